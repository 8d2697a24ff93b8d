/* A place to emit to that keeps what comes as a list of records, whatever the size of its vector.
 */
#ifndef SUPPORT_EMITTED_H
#define SUPPORT_EMITTED_H

#include "record/out.h"

enum { EMITTED_MAX = 4096, EMITTED_VECTOR = 3 };

typedef struct emitted {
    out out;
    weir_value keys[EMITTED_VECTOR];
    weir_value values[EMITTED_VECTOR];
    weir_value records[EMITTED_MAX];
    size_t count;
} emitted;

/* Empties it; gives what to hand to a function. Call it again where the struct was moved. */
weir_out *emitted_begin(emitted *emitted);
/* All that came, pairs boxed, as a list value in the current arena. */
weir_value emitted_list(emitted *emitted);

#endif
