#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "graph/registry.h"

static void keep(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                 weir_value *out_value)
{
    (void)arg;
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(keep)

static weir_value first(weir_value a, weir_value b, weir_value arg)
{
    (void)b, (void)arg;
    return a;
}
WEIR_REDUCE(first, WEIR_EXACT)

static weir_value begin(weir_value value, weir_value arg)
{
    (void)arg;
    return value;
}
WEIR_COMBINE(begin, begin, first, 0)

static void macros_register(void **state)
{
    (void)state;
    assert_ptr_equal(weir_find_function(WEIR_KIND_MAP, "keep"), &weir_fn_keep);
    assert_ptr_equal(weir_find_function(WEIR_KIND_REDUCE, "first"), &weir_fn_first);
    assert_ptr_equal(weir_find_function(WEIR_KIND_COMBINE, "begin"), &weir_fn_begin);
    assert_int_equal(weir_fn_first.flags, WEIR_EXACT);
    assert_null(weir_find_function(WEIR_KIND_FILTER, "keep"));
    assert_null(weir_find_function(WEIR_KIND_MAP, "kee"));
    assert_null(weir_find_function(WEIR_KIND_MAP, NULL));
}

static void names_are_unique_in_a_kind(void **state)
{
    (void)state;
    static const weir_function same_name = {
        .name = "keep", .kind = WEIR_KIND_MAP, .call = {.map = keep}};
    static const weir_function other_kind = {
        .name = "keep", .kind = WEIR_KIND_REDUCE, .call = {.reduce = first}};
    assert_int_equal(weir_register(&weir_fn_keep), WEIR_OK);
    assert_int_equal(weir_register(&same_name), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "\"keep\""));
    assert_ptr_equal(weir_find_function(WEIR_KIND_MAP, "keep"), &weir_fn_keep);
    assert_int_equal(weir_register(&other_kind), WEIR_OK);
    assert_ptr_equal(weir_find_function(WEIR_KIND_REDUCE, "keep"), &other_kind);
}

static void bad_descriptors_are_refused(void **state)
{
    (void)state;
    static const weir_function bad[] = {
        {.name = NULL, .kind = WEIR_KIND_MAP, .call = {.map = keep}},
        {.name = "", .kind = WEIR_KIND_MAP, .call = {.map = keep}},
        {.name = "no_kind", .call = {.map = keep}},
        {.name = "kind_99", .kind = (weir_function_kind)99, .call = {.map = keep}},
        {.name = "no_call", .kind = WEIR_KIND_MAP},
        {.name = "no_create", .kind = WEIR_KIND_COMBINE, .call = {.reduce = first}},
    };
    size_t before = registry_list(NULL, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(weir_register(&bad[i]), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_register(NULL), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(registry_list(NULL, 0), before);
}

/* --- Many, from several threads -------------------------------------------------------------- */

enum { THREADS = 4, MANY = 500 };
static weir_function many[MANY];
static char many_names[MANY][16];

/* Every thread registers every function, beginning elsewhere. */
typedef struct worker {
    pthread_t thread;
    size_t start;
    size_t done;
} worker;

static void *register_many(void *argument)
{
    worker *worker = argument;
    for (size_t i = 0; i < MANY; i++) {
        const weir_function *function = &many[(worker->start + 7 * i) % MANY];
        if (weir_register(function) != WEIR_OK) break;
        if (weir_find_function(function->kind, function->name) != function) break;
        worker->done++;
    }
    return NULL;
}

static void grows_and_stays_sorted(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(many_names[i], sizeof many_names[i], "many_%zu", i);
        many[i] = (weir_function){.name = many_names[i],
                                  .kind = i % 2 ? WEIR_KIND_MAP : WEIR_KIND_FILTER,
                                  .call = {.map = keep}};
    }
    size_t before = registry_list(NULL, 0);
    worker workers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.start = i * MANY / THREADS};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, register_many, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].done, MANY);
    }
    const weir_function *list[2 * MANY];
    size_t count = registry_list(list, sizeof list / sizeof list[0]);
    assert_int_equal(count, before + MANY);
    for (size_t i = 1; i < count; i++) {
        assert_true(list[i - 1]->kind <= list[i]->kind);
        if (list[i - 1]->kind == list[i]->kind)
            assert_true(strcmp(list[i - 1]->name, list[i]->name) < 0);
    }
    list[2] = NULL;
    assert_int_equal(registry_list(list, 2), count);
    assert_null(list[2]);
}

/* --- Did you mean ---------------------------------------------------------------------------- */

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } table[] = {
        {"", "", 0},        {"", "abc", 3},     {"sum", "sum", 0},
        {"sum", "sun", 1},  {"sum", "summ", 1}, {"sum", "um", 1},
        {"sum", "usm", 1},  {"abc", "xyz", 3},  {"split_ws", "splitWs", 2},
        {"kitten", "sitting", 3},               {"abcdef", "badcfe", 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(registry_distance(table[i].a, table[i].b), table[i].distance);
        assert_int_equal(registry_distance(table[i].b, table[i].a), table[i].distance);
    }
}

static void nearest(void **state)
{
    (void)state;
    assert_string_equal(registry_nearest(WEIR_KIND_MAP, "kepe"), "keep");
    assert_string_equal(registry_nearest(WEIR_KIND_REDUCE, "first"), "first");
    assert_null(registry_nearest(WEIR_KIND_MAP, "something_else"));
    assert_null(registry_nearest(WEIR_KIND_UPDATE, "keep"));
}

static void kinds_have_words(void **state)
{
    (void)state;
    assert_string_equal(function_kind_text(WEIR_KIND_FLAT_MAP), "flatMap");
    assert_string_equal(function_kind_text(WEIR_KIND_FOREACH), "foreachRDD");
    assert_string_equal(weir_function_kind_text(WEIR_KIND_FOREACH_PARTITION), "foreachPartition");
    assert_string_equal(weir_function_kind_text(WEIR_KIND_TRANSFORM_ALL), "transformAll");
    assert_string_equal(function_kind_text((weir_function_kind)0), "unknown");
    assert_string_equal(function_kind_text(WEIR_KINDS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_register),
        cmocka_unit_test(names_are_unique_in_a_kind),
        cmocka_unit_test(bad_descriptors_are_refused),
        cmocka_unit_test(grows_and_stays_sorted),
        cmocka_unit_test(distances),
        cmocka_unit_test(nearest),
        cmocka_unit_test(kinds_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
