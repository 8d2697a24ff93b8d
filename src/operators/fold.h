/* Folding values into the accumulators of a worker's table.
 *
 * An accumulator that is a long string or a list is replaced by a longer one again and again. Its
 * bytes live in the worker's fold arena, apart from everything else, so that what was replaced can
 * be given up: when the arena has grown to twice of what lived in it last time, the living values
 * are copied to a new one. */
#ifndef OPERATORS_FOLD_H
#define OPERATORS_FOLD_H

#include "operators/scope.h"

/* How accumulators take values: reduce with a function; for combineByKey also how the first one is
 * made. */
typedef struct fold {
    const weir_function *function; /* REDUCE or COMBINE; NULL: keeps the first value */
    weir_value arg;
    bool creates; /* COMBINE over values; false: over combinations */
} fold;

/* Folds values[i] into the entry indexes[i] of the worker's table, in order of i. Returns false if
 * it saw a value that the function is not exact for (WEIR_EXACT_INTS). */
bool fold_vector(const fold *fold, scope_worker *worker, const uint32_t *indexes,
                 const weir_value *values, size_t count);
/* The values of the table are results now: they stay where they are until the batch is over. */
void fold_retire(scope_worker *worker);
/* One value into one accumulator, for folds without a table. Result in the current arena's
 * lifetime rules: as the function gives it. */
weir_value fold_one(const fold *fold, weir_value accumulator, weir_value value);

#endif
