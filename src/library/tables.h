/* The library's tables, one a file, each ended by NULL; and the few functions that files of the
 * library share. */
#ifndef LIBRARY_TABLES_H
#define LIBRARY_TABLES_H

#include "weir/function.h"

extern const weir_function *const library_text_maps[];
extern const weir_function *const library_number_maps[];
extern const weir_function *const library_pair_maps[];
extern const weir_function *const library_key_value_maps[];
extern const weir_function *const library_flat_maps[];
extern const weir_function *const library_filters[];
extern const weir_function *const library_partitions[];
extern const weir_function *const library_reduces[];
extern const weir_function *const library_inverses[];
extern const weir_function *const library_combines[];
extern const weir_function *const library_updates[];
extern const weir_function *const library_wide_updates[];
extern const weir_function *const library_map_states[];
extern const weir_function *const library_partitioners[];
extern const weir_function *const library_transforms[];

/* to_string: null, a bool, an int or a string as a string, else "?". */
weir_value value_to_string(weir_value value);
/* parse_kv of a string: "a=b" to a and the int b (or null); without the cut, the whole string and
 * null. */
void parse_key_value(weir_value string, char cut, weir_value *key, weir_value *value);
/* sum_pairs: two pairs added place by place; null if one is no pair. */
weir_value add_pairs(weir_value a, weir_value b);
/* Lists and strings one behind the other. */
weir_value join_lists(weir_value a, weir_value b);
weir_value join_strings(weir_value a, weir_value b);

#endif
