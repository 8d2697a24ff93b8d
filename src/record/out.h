/* A weir_out with what becomes of its full vectors. Embedded as the first member of whatever
 * collects what functions emit. */
#ifndef RECORD_OUT_H
#define RECORD_OUT_H

#include "weir/function.h"

typedef struct out {
    weir_out base;
    /* Takes the records of base and empties it (count 0). NULL: the vector must never become
     * full. */
    void (*flush)(struct out *out);
} out;

#endif
