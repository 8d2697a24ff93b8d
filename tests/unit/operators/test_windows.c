/* Windows: batches in, operation, batches out, from their definitions (spec 02 §4). Each row is
 * run by one, two and three workers; with all but panes and state forgotten after each batch; with
 * each batch taken back and computed again; and with its keys among many others that make
 * panes sparse. The result must be the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/error.h"
#include "library/library.h"
#include "record/value.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "weir/library.h"

typedef weir_stream *(*builder)(weir_stream *in);

#define BUILD(name, expression)                                                                   \
    static weir_stream *name(weir_stream *in) { return expression; }
#define OPTIONS(...) (&(weir_window_options){__VA_ARGS__})
#define SUMS(length, slide, inverse, ...)                                                         \
    weir_reduce_by_key_and_window(in, &weir_fn_sum, inverse, weir_null(), length, slide,          \
                                  OPTIONS(__VA_ARGS__))

BUILD(window_2_1, weir_window(in, 2000, 0, NULL))
BUILD(window_2_2, weir_window(in, 2000, 2000, NULL))
BUILD(window_4_2, weir_window(in, 4000, 2000, NULL))
BUILD(window_2_3, weir_window(in, 2000, 3000, NULL))
BUILD(window_of_window, weir_window(weir_window(in, 2000, 2000, NULL), 4000, 4000, NULL))
BUILD(count_behind_window, weir_count(weir_window(in, 2000, 0, NULL)))
BUILD(group_2_1, weir_group_by_key_and_window(in, 2000, 0, NULL))
BUILD(sum_2_1, SUMS(2000, 0, NULL, .name = "w"))
BUILD(sum_4_2, SUMS(4000, 2000, NULL, .name = "w"))
BUILD(sum_1_1, SUMS(1000, 0, NULL, .name = "w"))
BUILD(sum_1_3, SUMS(1000, 3000, NULL, .name = "w"))
BUILD(max_3_1, weir_reduce_by_key_and_window(in, &weir_fn_max, NULL, weir_null(), 3000, 0, NULL))
BUILD(last_3_1, weir_reduce_by_key_and_window(in, &weir_fn_last, NULL, weir_null(), 3000, 0, NULL))
BUILD(concat_5_1,
      weir_reduce_by_key_and_window(in, &weir_fn_concat, NULL, weir_null(), 5000, 0, NULL))
BUILD(going_2_1, SUMS(2000, 0, &weir_fn_difference, .name = "w"))
BUILD(going_4_2, SUMS(4000, 2000, &weir_fn_difference, .name = "w"))
BUILD(going_1_3, SUMS(1000, 3000, &weir_fn_difference, .name = "w"))
BUILD(going_filtered, SUMS(3000, 0, &weir_fn_difference, .filter = &weir_fn_value_positive))
BUILD(going_not_zero, SUMS(2000, 0, &weir_fn_difference, .filter = &weir_fn_value_not_zero))
BUILD(going_dropped, SUMS(2000, 0, &weir_fn_difference, .drop_neutral = true))
BUILD(going_checked, SUMS(2000, 0, &weir_fn_difference, .check_inverse = true))
BUILD(reduce_2_1, weir_reduce_by_window(in, &weir_fn_concat, NULL, weir_null(), 2000, 0, NULL))
BUILD(reduce_going, weir_reduce_by_window(in, &weir_fn_concat, &weir_fn_strip_prefix, weir_null(),
                                          2000, 0, NULL))
BUILD(count_2_1, weir_count_by_window(in, 2000, 0, NULL))
BUILD(count_dropped, weir_count_by_window(in, 2000, 0, OPTIONS(.drop_neutral = true)))
BUILD(count_1_2, weir_count_by_window(in, 1000, 2000, NULL))
BUILD(values_2_1, weir_count_by_value_and_window(in, 2000, 0, NULL))
BUILD(joined, weir_join(weir_name(SUMS(2000, 2000, NULL, .name = "x"), "left"),
                        weir_name(SUMS(4000, 2000, NULL, .name = "y"), "right"), 0))
BUILD(over_state, weir_window(weir_update_state_by_key(in, &weir_fn_sum_update, weir_null(), NULL),
                              2000, 0, NULL))

#define A(value) "{'k':'a','v':" #value "}"
#define B(value) "{'k':'b','v':" #value "}"

/* The records of all partitions of each batch; null: no dataset. */
static const struct row {
    const char *name;
    builder build;
    const char *batches;
    const char *expected;
    bool is_ordered;
    bool is_plain; /* records are no pairs: nothing can be mixed in by key */
} rows[] = {
    {"window", window_2_1, "[[0],[1],[2],[3],[4],[5]]", "[[0],[0,1],[1,2],[2,3],[3,4],[4,5]]",
     true, true},
    {"window(2,2)", window_2_2, "[[0],[1],[2],[3],[4],[5]]",
     "[null,[0,1],null,[2,3],null,[4,5]]", true, true},
    {"window(4,2)", window_4_2, "[[0],[1],[2],[3],[4],[5],[],[]]",
     "[null,[0,1],null,[0,1,2,3],null,[2,3,4,5],null,[4,5]]", true, true},
    {"a gap between windows", window_2_3, "[[0],[1],[2],[3],[4],[5]]",
     "[null,null,[1,2],null,null,[4,5]]", true, true},
    {"a window of windows", window_of_window, "[[0],[1],[2],[3],[4],[5],[6],[7]]",
     "[null,null,null,[0,1,2,3],null,null,null,[4,5,6,7]]", true, true},
    {"batches without a dataset", window_2_1, "[null,[1],null,null,[2]]",
     "[[],[1],[1],[],[2]]", true, true},
    {"what needs a dataset behind a window", count_behind_window, "[null,[1,1],null,null]",
     "[[0],[2],[2],[0]]", true, true},
    {"groups, the oldest values first", group_2_1,
     "[[" A(1) "," B(5) "],[" A(2) "," A(3) "],[],[]]",
     "[[{'k':'a','v':[1]},{'k':'b','v':[5]}],[{'k':'a','v':[1,2,3]},{'k':'b','v':[5]}],"
     "[{'k':'a','v':[2,3]}],[]]", false, false},
    {"plain sum", sum_2_1, "[[" A(1) "],[" A(1) "],[],[]]",
     "[[" A(1) "],[" A(2) "],[" A(1) "],[]]", false, false},
    {"O-33: a neutral key stays", going_2_1, "[[" A(1) "],[" A(1) "],[],[],[]]",
     "[[" A(1) "],[" A(2) "],[" A(1) "],[" A(0) "],[" A(0) "]]", false, false},
    {"or is dropped", going_dropped, "[[" A(1) "," B(0) "],[" A(1) "],[],[],[" A(7) "]]",
     "[[" A(1) "," B(0) "],[" A(2) "," B(0) "],[" A(1) "],[],[" A(7) "]]", false, false},
    {"or filtered out", going_not_zero, "[[" A(1) "],[" A(1) "],[],[],[" A(7) "]]",
     "[[" A(1) "],[" A(2) "],[" A(1) "],[],[" A(7) "]]", false, false},
    {"sum, window(4,2)", sum_4_2,
     "[[" A(1) "],[" A(2) "],[" A(3) "],[" A(4) "],[" A(5) "],[" A(6) "],[],[]]",
     "[null,[" A(3) "],null,[" A(10) "],null,[" A(18) "],null,[" A(11) "]]", false, false},
    {"O-37: the other form agrees", going_4_2,
     "[[" A(1) "],[" A(2) "],[" A(3) "],[" A(4) "],[" A(5) "],[" A(6) "],[],[]]",
     "[null,[" A(3) "],null,[" A(10) "],null,[" A(18) "],null,[" A(11) "]]", false, false},
    {"a window of one batch", sum_1_1, "[[" A(1) "," A(2) "],[" B(1) "],[]]",
     "[[" A(3) "],[" B(1) "],[]]", false, false},
    {"a slide beyond the length", sum_1_3, "[[" A(1) "],[],[" A(5) "],[" A(9) "],[" B(2) "],[]]",
     "[null,null,[" A(5) "],null,null,[]]", false, false},
    {"O-36: nor does a gap count with an inverse", going_1_3,
     "[[" A(1) "],[" B(2) "],[" A(5) "],[" A(9) "],[" B(2) "],[" B(3) "]]",
     "[null,null,[" A(5) "],null,null,[" A(0) "," B(3) "]]", false, false},
    {"O-35: a filter does not lose a live key", going_filtered,
     "[[" A(1) "],[" A(-2) "],[],[],[]]",
     "[[" A(1) "],[],[],[],[]]", false, false},
    {"O-35: and gives it out again", going_filtered,
     "[[" A(5) "],[" A(-7) "],[" A(1) "],[" A(9) "],[]]",
     "[[" A(5) "],[],[],[" A(3) "],[" A(10) "]]", false, false},
    {"max, which nothing undoes", max_3_1, "[[" A(9) "],[" A(2) "],[" A(5) "],[],[],[]]",
     "[[" A(9) "],[" A(9) "],[" A(9) "],[" A(5) "],[" A(5) "],[]]", false, false},
    {"the order of values holds", last_3_1, "[[" A(9) "," B(1) "],[" A(2) "],[],[" A(7) "],[]]",
     "[[" A(9) "," B(1) "],[" A(2) "," B(1) "],[" A(2) "," B(1) "],[" A(7) "],[" A(7) "]]", false,
     false},
    {"over chunks of half a window, too", concat_5_1,
     "[[" A('1') "],[" A('2') "],[" A('3') "],[" A('4') "],[" A('5') "],[" A('6') "],[" A('7')
     "],[" A('8') "]]",
     "[[" A('1') "],[" A('12') "],[" A('123') "],[" A('1234') "],[" A('12345') "],[" A('23456')
     "],[" A('34567') "],[" A('45678') "]]", false, false},
    {"a double among ints", sum_2_1, "[[" A(1) "],[" A(2) "],[" A(0.5) "],[" A(4) "],[" A(1) "]]",
     "[[" A(1) "],[" A(3) "],[" A(2.5) "],[" A(4.5) "],[" A(5) "]]", false, false},
    {"what is no number", sum_2_1, "[[" A(1) "],[" A('x') "],[" A(3) "],[" A(4) "]]",
     "[[" A(1) "],[" A(null) "],[" A(null) "],[" A(7) "]]", false, false},
    {"an inverse that is checked", going_checked, "[[" A(1) "],[" A(2) "],[" A(3) "],[]]",
     "[[" A(1) "],[" A(3) "],[" A(5) "],[" A(3) "]]", false, false},
    {"reduceByWindow", reduce_2_1, "[['a'],['b','c'],['d'],[],[]]",
     "[['a'],['abc'],['bcd'],['d'],[]]", true, true},
    {"reduceByWindow with an inverse", reduce_going, "[[],['a'],['b','c'],['d'],[],[]]",
     "[[],['a'],['abc'],['bcd'],['d'],['']]", true, true},
    {"O-34: nothing before the first record, then 0", count_2_1, "[[],[1],[1],[1,2],[0],[],[],[]]",
     "[[],[1],[2],[3],[3],[1],[0],[0]]", true, true},
    {"nor after the last, if it is asked for", count_dropped, "[[],[1],[],[],[2]]",
     "[[],[1],[1],[],[1]]", true, true},
    {"a count with gaps", count_1_2, "[[1],[],[1,1],[1],[],[]]",
     "[null,[],null,[1],null,[0]]", true, true},
    {"countByValueAndWindow", values_2_1, "[['a'],['b','b'],['a','b'],[],[]]",
     "[[" A(1) "],[" A(1) "," B(2) "],[" A(1) "," B(3) "],[" A(1) "," B(1) "],[]]", false, true},
    {"windows of one slide joined", joined, "[[" A(1) "],[" A(2) "],[" A(3) "],[" B(4) "]]",
     "[null,[{'k':'a','v':{'k':3,'v':3}}],null,[{'k':'a','v':{'k':3,'v':6}},"
     "{'k':'b','v':{'k':4,'v':4}}]]", false, false},
    {"a window over state", over_state, "[[" A(1) "],[" A(2) "],[" B(1) "]]",
     "[[" A(1) "],[" A(1) "," A(3) "],[" A(3) "," A(3) "," B(1) "]]", false, true},
};

/* --- running --------------------------------------------------------------------------------- */

typedef enum way { FORWARD, RESTARTED, TAKEN_BACK, SPARSE } way;

enum { OTHERS = 64 };

/* In every batch a key that no other batch has, so that the window has many times the keys of a
 * pane. They are left out of the result. */
static weir_value mix_in(weir_value batch, size_t number)
{
    size_t count;
    char name[64];
    const weir_value *records = weir_items(batch, &count);
    weir_value mixed;
    weir_value *items = value_make_list(count + OTHERS, &mixed);
    if (count) memcpy(items, records, count * sizeof *items);
    for (size_t i = 0; i < OTHERS; i++) {
        snprintf(name, sizeof name, "other %zu.%zu", number, i);
        items[count + i] = weir_pair(weir_text(name), weir_int(1));
    }
    return mixed;
}

static bool is_other(weir_value record)
{
    size_t count, length;
    if (weir_kind_of(record) != WEIR_PAIR) return false;
    const weir_value *parts = weir_items(record, &count);
    if (!weir_is_string(parts[0])) return false;
    const char *text = weir_bytes(&parts[0], &length);
    return length > 6 && memcmp(text, "other ", 6) == 0;
}

static int by_text(const void *a, const void *b)
{
    char left[256], right[256];
    weir_format(*(const weir_value *)a, left, sizeof left);
    weir_format(*(const weir_value *)b, right, sizeof right);
    return strcmp(left, right);
}

/* All records, in one list. */
static weir_value flatten(weir_value partitions, bool is_ordered)
{
    size_t parts, count, total = 0;
    if (weir_kind_of(partitions) != WEIR_LIST) return weir_null();
    const weir_value *part = weir_items(partitions, &parts);
    for (size_t i = 0; i < parts; i++) {
        (void)weir_items(part[i], &count);
        total += count;
    }
    weir_value *items = arena_alloc(arena_current(), (total + 1) * sizeof *items);
    total = 0;
    for (size_t i = 0; i < parts; i++) {
        const weir_value *records = weir_items(part[i], &count);
        for (size_t j = 0; j < count; j++)
            if (!is_other(records[j])) items[total++] = records[j];
    }
    if (!is_ordered) qsort(items, total, sizeof *items, by_text);
    return weir_list(items, total);
}

static void start(dry_run *run, pool *pool, state_store *store)
{
    dry_run_start(run, pool, 2, 0);
    if (dry_run_open_state(run, store) != WEIR_OK) fail_msg("%s", weir_last_error());
}

static weir_value run_once(dry_run *run, const weir_stream *stream, weir_value batch,
                           int64_t time_ms, bool is_final)
{
    weir_value got;
    bool is_there = weir_kind_of(batch) == WEIR_LIST;
    const weir_value batches[] = {is_there ? batch : weir_absent()};
    dry_run_begin(run, time_ms, batches, (const int[]){2});
    if (dry_run_collect(run, stream, &got) != WEIR_OK) fail_msg("%s", weir_last_error());
    if (is_final) assert_int_equal(dry_run_finish(run), WEIR_OK);
    dry_run_end(run);
    return got;
}

static void check_row(const struct row *row, size_t workers, way way)
{
    dry_run run;
    char what[128];
    size_t count, expected_count;
    dry_run_init(&run);
    arena_set_current(&run.results);
    state_store *store = state_store_in_memory();
    pool *pool = pool_create(workers);
    weir_stream *stream = row->build(dry_run_source(&run));
    dry_run_need(&run, stream);
    start(&run, pool, store);
    const weir_value *batches = weir_items(literal(row->batches), &count);
    const weir_value *expected = weir_items(literal(row->expected), &expected_count);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        weir_value batch = batches[i];
        int64_t time_ms = (int64_t)(i + 1) * 1000;
        if (way == RESTARTED) start(&run, pool, store);
        if (way == SPARSE && weir_kind_of(batch) == WEIR_LIST) batch = mix_in(batch, i);
        if (way == TAKEN_BACK) run_once(&run, stream, batch, time_ms, false);
        weir_value got = run_once(&run, stream, batch, time_ms, true);
        snprintf(what, sizeof what, "%s, batch %zu, %zu workers, way %d", row->name, i + 1,
                 workers, (int)way);
        weir_value want = weir_kind_of(expected[i]) == WEIR_LIST
                              ? flatten(weir_list(&expected[i], 1), row->is_ordered)
                              : weir_null();
        check_value(what, flatten(got, row->is_ordered), want);
    }
    dry_run_stop(&run);
    store->class->close(store);
    pool_free(pool);
    arena_set_current(NULL);
    dry_run_release(&run);
}

static void gives_what_is_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t workers = 1; workers <= 3; workers++) check_row(&rows[i], workers, FORWARD);
}

static void a_restart_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check_row(&rows[i], 2, RESTARTED);
}

static void a_batch_taken_back_leaves_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check_row(&rows[i], 2, TAKEN_BACK);
}

static void sparse_panes_give_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!rows[i].is_plain) check_row(&rows[i], 2, SPARSE);
}

/* --- failures -------------------------------------------------------------------------------- */

static weir_value less_half(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_int(weir_as_int(a) - weir_as_int(b) / 2);
}
WEIR_REDUCE(less_half, 0)

/* The check names the key; what the batch did is taken back, and the next one goes on. */
static void an_inverse_that_does_not_undo_is_named(void **state)
{
    (void)state;
    dry_run run;
    weir_value got;
    dry_run_init(&run);
    arena_set_current(&run.results);
    state_store *store = state_store_in_memory();
    pool *pool = pool_create(2);
    weir_stream *in = dry_run_source(&run);
    weir_stream *stream = weir_reduce_by_key_and_window(
        in, &weir_fn_sum, &weir_fn_less_half, weir_null(), 2000, 0,
        OPTIONS(.check_inverse = true));
    dry_run_need(&run, stream);
    start(&run, pool, store);
    run_once(&run, stream, literal("[{'k':'good','v':0},{'k':'bad','v':8}]"), 1000, true);
    const weir_value batches[] = {literal("[{'k':'good','v':0},{'k':'bad','v':5}]")};
    dry_run_begin(&run, 2000, batches, (const int[]){2});
    assert_int_equal(dry_run_collect(&run, stream, &got), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "the inverse less_half does not undo sum: key bad"));
    dry_run_end(&run);
    weir_value after = run_once(&run, stream, literal("[]"), 2000, true);
    check_value("after the failure", flatten(after, false),
                literal("[{'k':'bad','v':8},{'k':'good','v':0}]"));
    dry_run_stop(&run);
    store->class->close(store);
    pool_free(pool);
    arena_set_current(NULL);
    dry_run_release(&run);
}

/* All panes are behind the set, and a part of them cannot be read. */
static size_t unreadable;

static weir_status load_fails(pane_set *set, int64_t time_ms, size_t part_index, pane_part *part)
{
    (void)time_ms;
    (void)part;
    return part_index == unreadable ? error_set(WEIR_IO, "%s: input/output error", set->name)
                                    : WEIR_OK;
}

static void lose_panes(state_store *store, const weir_stream *stream, size_t parts)
{
    pane_set *set;
    assert_int_equal(store->class->open_panes(store, stream->space, parts > 0, parts, &set),
                     WEIR_OK);
    assert_true(set->count > 0);
    set->load = load_fails;
    for (size_t i = 0; i < set->count; i++) {
        pane_release(set->slots[i].data);
        set->slots[i].data = NULL;
        set->slots[i].records = 0;
    }
}

static void check_unreadable(builder build, size_t parts, size_t part)
{
    dry_run run;
    weir_value got;
    unreadable = part;
    dry_run_init(&run);
    arena_set_current(&run.results);
    state_store *store = state_store_in_memory();
    pool *pool = pool_create(2);
    weir_stream *stream = build(dry_run_source(&run));
    dry_run_need(&run, stream);
    start(&run, pool, store);
    run_once(&run, stream, literal("[" A(1) "," B(2) "]"), 1000, true);
    start(&run, pool, store); /* what was made of the panes is forgotten */
    lose_panes(store, stream, parts);
    const weir_value batches[] = {literal("[" A(1) "," B(2) "]")};
    dry_run_begin(&run, 2000, batches, (const int[]){2});
    assert_int_equal(dry_run_collect(&run, stream, &got), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "input/output error"));
    dry_run_end(&run);
    dry_run_stop(&run);
    store->class->close(store);
    pool_free(pool);
    arena_set_current(NULL);
    dry_run_release(&run);
}

/* That it cannot be read does not say that it is damaged. */
static void a_pane_that_cannot_be_read_is_told_as_what_it_is(void **state)
{
    (void)state;
    check_unreadable(window_2_1, 0, 1);
    for (size_t part = 0; part < 2; part++) { /* partition 0 also decides about the form */
        check_unreadable(max_3_1, 2, part);
        check_unreadable(going_filtered, 2, part);
    }
}

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_is_expected),
        cmocka_unit_test(a_restart_changes_nothing),
        cmocka_unit_test(a_batch_taken_back_leaves_nothing),
        cmocka_unit_test(sparse_panes_give_the_same),
        cmocka_unit_test(an_inverse_that_does_not_undo_is_named),
        cmocka_unit_test(a_pane_that_cannot_be_read_is_told_as_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
