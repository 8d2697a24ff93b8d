#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/registry.h"
#include "library/library.h"
#include "weir/library.h"

static const struct {
    weir_function_kind kind;
    const char *names;
} promised[] = {
    {WEIR_KIND_MAP,
     "identity to_upper to_lower length pair_with_one pair_self pair_by_length pair_by_first "
     "pair_mod3 pair_parity swap key value parse_int parse_kv parse_csv_kv negate square "
     "increment "
     "half to_string is_even_flag const_one sum_list max_list sum_pair sizes mean nulls_to_zero "
     "swap_key_into_value fail_on_negative pair_with_arg"},
    {WEIR_KIND_FLAT_MAP,
     "split_ws split_space chars twice none elements up_to parse_ints kv_pairs"},
    {WEIR_KIND_FILTER,
     "always never is_even is_odd is_positive not_empty not_null longer_than_3 "
     "matches_glob key_not_empty "
     "value_not_null value_not_zero value_positive value_gt_1 value_is_even value_not_empty"},
    {WEIR_KIND_PARTITION,
     "part_identity part_count part_sum part_max part_first part_one part_distinct"},
    {WEIR_KIND_REDUCE,
     "sum product max min xor concat concat_sorted list_concat first last sum_pairs difference "
     "strip_prefix list_minus difference_pairs"},
    {WEIR_KIND_COMBINE, "to_list sum_count min_max count"},
    {WEIR_KIND_UPDATE,
     "count_update sum_update drop_when_idle_update max_update last_update concat_update "
     "sum_drop_at_10_update list_update idle_age_update calls_update"},
    {WEIR_KIND_UPDATE_AT, "last_seen_update sum_until_idle_update"},
    {WEIR_KIND_UPDATE_PARTITION, "sum_partition leader_partition"},
    {WEIR_KIND_PARTITIONER, "by_bounds by_modulus"},
    {WEIR_KIND_MAP_STATE,
     "running_sum_emit sum_report_timeout running_count_emit count_report_timeout sum_no_emit "
     "emit_and_remove_at_10 remove_on_negative first_seen_emit peek_emit peek_report_timeout "
     "time_emit"},
    {WEIR_KIND_TRANSFORM,
     "distinct sort sort_by_key sort_desc sort_by_key_desc top_3 take_2 count_rdd with_time "
     "join_static left_join_static subtract_static union_static"},
    {WEIR_KIND_TRANSFORM_WITH, "union intersection subtract cartesian join subtract_by_key"},
    {WEIR_KIND_TRANSFORM_ALL, "union_all"},
};

static void check_name(weir_function_kind kind, const char *name)
{
    const weir_function *function = weir_find_function(kind, name);
    if (!function) fail_msg("%s %s is not there", function_kind_text(kind), name);
    assert_string_equal(function->name, name);
    assert_int_equal(function->kind, kind);
    assert_non_null(function->call.map);
    assert_int_equal(function->create != NULL, kind == WEIR_KIND_COMBINE);
    assert_non_null(function->about);
    assert_null(strchr(function->about, '\n'));
}

static void every_promised_name_is_there(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t i = 0; i < sizeof promised / sizeof *promised; i++) {
        char names[1024];
        size_t length = strlen(promised[i].names);
        assert_true(length < sizeof names);
        memcpy(names, promised[i].names, length + 1);
        char *rest = names;
        for (char *name; (name = strtok_r(rest, " ", &rest)) != NULL; count++)
            check_name(promised[i].kind, name);
    }
    assert_int_equal(registry_list(NULL, 0), count);
}

static void registering_again_changes_nothing(void **state)
{
    (void)state;
    size_t before = registry_list(NULL, 0);
    library_register();
    assert_int_equal(registry_list(NULL, 0), before);
}

static void descriptors_are_what_is_found(void **state)
{
    (void)state;
    assert_ptr_equal(weir_find_function(WEIR_KIND_FLAT_MAP, "split_ws"), &weir_fn_split_ws);
    assert_ptr_equal(weir_find_function(WEIR_KIND_REDUCE, "sum"), &weir_fn_sum);
    assert_ptr_equal(weir_find_function(WEIR_KIND_TRANSFORM_WITH, "union"), &weir_fn_union);
    assert_null(weir_find_function(WEIR_KIND_MAP, "sum"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_promised_name_is_there),
        cmocka_unit_test(registering_again_changes_nothing),
        cmocka_unit_test(descriptors_are_what_is_found),
    };
    library_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
