/* The functions that come with weir, for programs: `weir_map(words, &weir_fn_pair_with_one,
 * weir_null())`. Job files say their names without the prefix; `weir functions` says what each one
 * does. All of them take every value: what they say nothing about becomes null, nothing, or stays
 * as it is.
 *
 * A function of a program's own must not have one of these names, unless the program does without
 * this header. */
#ifndef WEIR_LIBRARY_H
#define WEIR_LIBRARY_H

#include "weir/function.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Map, mapValues */
extern WEIR_API const weir_function weir_fn_identity;
extern WEIR_API const weir_function weir_fn_pair_with_one;
extern WEIR_API const weir_function weir_fn_pair_self;
extern WEIR_API const weir_function weir_fn_pair_with_arg;
extern WEIR_API const weir_function weir_fn_pair_mod3;
extern WEIR_API const weir_function weir_fn_pair_parity;
extern WEIR_API const weir_function weir_fn_swap;
extern WEIR_API const weir_function weir_fn_key;
extern WEIR_API const weir_function weir_fn_value;
extern WEIR_API const weir_function weir_fn_sum_pair;
extern WEIR_API const weir_function weir_fn_sizes;
extern WEIR_API const weir_function weir_fn_mean;
extern WEIR_API const weir_function weir_fn_nulls_to_zero;
extern WEIR_API const weir_function weir_fn_swap_key_into_value;
extern WEIR_API const weir_function weir_fn_to_upper;
extern WEIR_API const weir_function weir_fn_to_lower;
extern WEIR_API const weir_function weir_fn_length;
extern WEIR_API const weir_function weir_fn_pair_by_length;
extern WEIR_API const weir_function weir_fn_pair_by_first;
extern WEIR_API const weir_function weir_fn_parse_int;
extern WEIR_API const weir_function weir_fn_to_string;
extern WEIR_API const weir_function weir_fn_negate;
extern WEIR_API const weir_function weir_fn_square;
extern WEIR_API const weir_function weir_fn_increment;
extern WEIR_API const weir_function weir_fn_half;
extern WEIR_API const weir_function weir_fn_is_even_flag;
extern WEIR_API const weir_function weir_fn_const_one;
extern WEIR_API const weir_function weir_fn_fail_on_negative;
extern WEIR_API const weir_function weir_fn_sum_list;
extern WEIR_API const weir_function weir_fn_max_list;
extern WEIR_API const weir_function weir_fn_parse_kv;
extern WEIR_API const weir_function weir_fn_parse_csv_kv;

/* Flat map, flatMapValues */
extern WEIR_API const weir_function weir_fn_split_ws;
extern WEIR_API const weir_function weir_fn_split_space;
extern WEIR_API const weir_function weir_fn_chars;
extern WEIR_API const weir_function weir_fn_twice;
extern WEIR_API const weir_function weir_fn_none;
extern WEIR_API const weir_function weir_fn_elements;
extern WEIR_API const weir_function weir_fn_up_to;
extern WEIR_API const weir_function weir_fn_parse_ints;
extern WEIR_API const weir_function weir_fn_kv_pairs;

/* Filter */
extern WEIR_API const weir_function weir_fn_always;
extern WEIR_API const weir_function weir_fn_never;
extern WEIR_API const weir_function weir_fn_is_even;
extern WEIR_API const weir_function weir_fn_is_odd;
extern WEIR_API const weir_function weir_fn_is_positive;
extern WEIR_API const weir_function weir_fn_not_empty;
extern WEIR_API const weir_function weir_fn_not_null;
extern WEIR_API const weir_function weir_fn_longer_than_3;
extern WEIR_API const weir_function weir_fn_matches_glob;
extern WEIR_API const weir_function weir_fn_key_not_empty;
extern WEIR_API const weir_function weir_fn_value_not_null;
extern WEIR_API const weir_function weir_fn_value_not_zero;
extern WEIR_API const weir_function weir_fn_value_positive;
extern WEIR_API const weir_function weir_fn_value_gt_1;
extern WEIR_API const weir_function weir_fn_value_is_even;
extern WEIR_API const weir_function weir_fn_value_not_empty;

/* mapPartitions */
extern WEIR_API const weir_function weir_fn_part_identity;
extern WEIR_API const weir_function weir_fn_part_count;
extern WEIR_API const weir_function weir_fn_part_sum;
extern WEIR_API const weir_function weir_fn_part_max;
extern WEIR_API const weir_function weir_fn_part_first;
extern WEIR_API const weir_function weir_fn_part_one;
extern WEIR_API const weir_function weir_fn_part_distinct;

/* Reduce, and the inverses of reduces */
extern WEIR_API const weir_function weir_fn_sum;
extern WEIR_API const weir_function weir_fn_max;
extern WEIR_API const weir_function weir_fn_min;
extern WEIR_API const weir_function weir_fn_product;
extern WEIR_API const weir_function weir_fn_xor;
extern WEIR_API const weir_function weir_fn_concat;
extern WEIR_API const weir_function weir_fn_concat_sorted;
extern WEIR_API const weir_function weir_fn_list_concat;
extern WEIR_API const weir_function weir_fn_first;
extern WEIR_API const weir_function weir_fn_last;
extern WEIR_API const weir_function weir_fn_sum_pairs;
extern WEIR_API const weir_function weir_fn_difference;
extern WEIR_API const weir_function weir_fn_difference_pairs;
extern WEIR_API const weir_function weir_fn_strip_prefix;
extern WEIR_API const weir_function weir_fn_list_minus;

/* combineByKey */
extern WEIR_API const weir_function weir_fn_to_list;
extern WEIR_API const weir_function weir_fn_sum_count;
extern WEIR_API const weir_function weir_fn_min_max;
extern WEIR_API const weir_function weir_fn_count;

/* updateStateByKey */
extern WEIR_API const weir_function weir_fn_count_update;
extern WEIR_API const weir_function weir_fn_sum_update;
extern WEIR_API const weir_function weir_fn_drop_when_idle_update;
extern WEIR_API const weir_function weir_fn_max_update;
extern WEIR_API const weir_function weir_fn_last_update;
extern WEIR_API const weir_function weir_fn_concat_update;
extern WEIR_API const weir_function weir_fn_sum_drop_at_10_update;
extern WEIR_API const weir_function weir_fn_list_update;
extern WEIR_API const weir_function weir_fn_idle_age_update;
extern WEIR_API const weir_function weir_fn_calls_update;
extern WEIR_API const weir_function weir_fn_last_seen_update;      /* with the time */
extern WEIR_API const weir_function weir_fn_sum_until_idle_update;
extern WEIR_API const weir_function weir_fn_sum_partition;         /* over partitions */
extern WEIR_API const weir_function weir_fn_leader_partition;

/* mapWithState */
extern WEIR_API const weir_function weir_fn_running_sum_emit;
extern WEIR_API const weir_function weir_fn_sum_report_timeout;
extern WEIR_API const weir_function weir_fn_running_count_emit;
extern WEIR_API const weir_function weir_fn_count_report_timeout;
extern WEIR_API const weir_function weir_fn_sum_no_emit;
extern WEIR_API const weir_function weir_fn_emit_and_remove_at_10;
extern WEIR_API const weir_function weir_fn_remove_on_negative;
extern WEIR_API const weir_function weir_fn_first_seen_emit;
extern WEIR_API const weir_function weir_fn_peek_emit;
extern WEIR_API const weir_function weir_fn_peek_report_timeout;
extern WEIR_API const weir_function weir_fn_time_emit;

/* partitioners of state */
extern WEIR_API const weir_function weir_fn_by_bounds;
extern WEIR_API const weir_function weir_fn_by_modulus;

/* transform, transformWith, transformAll */
extern WEIR_API const weir_function weir_fn_distinct;
extern WEIR_API const weir_function weir_fn_sort;
extern WEIR_API const weir_function weir_fn_sort_by_key;
extern WEIR_API const weir_function weir_fn_sort_desc;
extern WEIR_API const weir_function weir_fn_sort_by_key_desc;
extern WEIR_API const weir_function weir_fn_top_3;
extern WEIR_API const weir_function weir_fn_take_2;
extern WEIR_API const weir_function weir_fn_count_rdd;
extern WEIR_API const weir_function weir_fn_with_time;
extern WEIR_API const weir_function weir_fn_join_static;
extern WEIR_API const weir_function weir_fn_left_join_static;
extern WEIR_API const weir_function weir_fn_subtract_static;
extern WEIR_API const weir_function weir_fn_union_static;
extern WEIR_API const weir_function weir_fn_union;
extern WEIR_API const weir_function weir_fn_intersection;
extern WEIR_API const weir_function weir_fn_subtract;
extern WEIR_API const weir_function weir_fn_cartesian;
extern WEIR_API const weir_function weir_fn_join;
extern WEIR_API const weir_function weir_fn_subtract_by_key;
extern WEIR_API const weir_function weir_fn_union_all;

#ifdef __cplusplus
}
#endif
#endif
