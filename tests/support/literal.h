/* Values written down in tests: JSON with ' for ", pairs as {'k':1,'v':2}; NULL is absent. Numbers
 * with a point or an exponent are doubles. */
#ifndef SUPPORT_LITERAL_H
#define SUPPORT_LITERAL_H

#include "weir/value.h"

/* Made in the current arena. Ends the program if it is no JSON. */
weir_value literal(const char *text);
/* Ends the test with both values if they differ. `what` says where. */
void check_value(const char *what, weir_value got, weir_value expected);

#endif
