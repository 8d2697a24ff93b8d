/* What functions of one record (functions.c) lend to those of many (functions_of_many.c). */
#ifndef MODEL_FUNCTIONS_INSIDE_H
#define MODEL_FUNCTIONS_INSIDE_H

#include "model/functions.h"

/* The int with these bits: sums and products go round. */
int64_t model_wrap(uint64_t bits);
plain model_pair_self(plain x);
plain model_const_one(plain x);
/* Null of an empty list. Sets model_is_vague where values of equal rank are not the same. */
plain model_max_list(plain x);
void model_chars(plain x, records_out *out);
void model_elements(plain x, records_out *out);

#endif
