/* What becomes of state under a changed program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "library/library.h"
#include "recovery/verdict.h"
#include "weir/library.h"

enum { PARTITIONS = 8 }; /* of the context */

typedef struct program {
    const char *name; /* of the state; NULL: there is none */
    const weir_function *update;
    int partitions;
} program;

typedef struct row {
    const char *about;
    program before;
    program now;
    const char *dropped;
    verdict_kind kind; /* of the first verdict */
    size_t verdicts;
    size_t refused;
} row;

static const row rows[] = {
    {"the same program", {"sums", &weir_fn_sum_update, 0}, {"sums", &weir_fn_sum_update, 0}, NULL,
     VERDICT_KEPT, 1, 0},
    {"another function", {"sums", &weir_fn_sum_update, 0}, {"sums", &weir_fn_max_update, 0}, NULL,
     VERDICT_CHANGED, 1, 1},
    {"other partitions", {"sums", &weir_fn_sum_update, 0}, {"sums", &weir_fn_sum_update, 4}, NULL,
     VERDICT_CHANGED, 1, 1},
    {"the context's partitions, written out", {"sums", &weir_fn_sum_update, 0},
     {"sums", &weir_fn_sum_update, PARTITIONS}, NULL, VERDICT_KEPT, 1, 0},
    {"no longer written out", {"sums", &weir_fn_sum_update, PARTITIONS},
     {"sums", &weir_fn_sum_update, 0}, NULL, VERDICT_KEPT, 1, 0},
    {"no longer written out, and others", {"sums", &weir_fn_sum_update, 4},
     {"sums", &weir_fn_sum_update, 0}, NULL, VERDICT_CHANGED, 1, 1},
    {"state that nobody wants", {"sums", &weir_fn_sum_update, 0}, {NULL, NULL, 0}, NULL,
     VERDICT_GONE, 1, 1},
    {"the same, dropped by name", {"sums", &weir_fn_sum_update, 0}, {NULL, NULL, 0}, "sums",
     VERDICT_GONE, 1, 0},
    {"another name", {"sums", &weir_fn_sum_update, 0}, {"totals", &weir_fn_sum_update, 0}, NULL,
     VERDICT_GONE, 2, 1},
    {"the same, all dropped", {"sums", &weir_fn_sum_update, 0}, {"totals", &weir_fn_sum_update, 0},
     "*", VERDICT_GONE, 2, 0},
    {"with the time now", {"sums", &weir_fn_sum_update, 0},
     {"sums", &weir_fn_last_seen_update, 0}, NULL, VERDICT_CHANGED, 1, 1},
    {"by partition now, dropped", {"sums", &weir_fn_sum_update, 0},
     {"sums", &weir_fn_sum_partition, 0}, "sums", VERDICT_CHANGED, 1, 0},
    {"by partition as before", {"sums", &weir_fn_sum_partition, 0},
     {"sums", &weir_fn_sum_partition, 0}, NULL, VERDICT_KEPT, 1, 0},
    {"new state", {NULL, NULL, 0}, {"sums", &weir_fn_sum_update, 0}, NULL, VERDICT_NEW, 1, 0},
};

static void build(lineage *lineage, const program *program)
{
    lineage_init(lineage, NULL, 1000);
    weir_stream *in = lineage_add_source(lineage, NULL, "a source");
    weir_state_options options = {.name = program->name, .partitions = program->partitions};
    weir_stream *out =
        program->name ? weir_update_state_by_key(in, program->update, weir_null(), &options) : in;
    assert_int_equal(weir_print(out, 1), WEIR_OK);
    assert_int_equal(lineage_name_spaces(lineage), WEIR_OK);
}

/* What becomes of what is stored of a lineage, under another. Releases both. */
static void compare(lineage *before, lineage *now, const char *dropped, verdicts *verdicts)
{
    arena arena;
    buffer bytes = {0};
    stored_lineage stored;
    arena_init(&arena, NULL);
    lineage_encode(before, &bytes);
    buffer_reserve(&bytes, 64);
    assert_int_equal(lineage_decode(bytes.bytes, bytes.size, &arena, &stored), WEIR_OK);
    verdicts_make(&stored, now, PARTITIONS, &dropped, dropped ? 1 : 0, verdicts);
    buffer_release(&bytes);
    lineage_release(before);
    lineage_release(now);
    arena_release(&arena);
}

static void check(const row *row)
{
    lineage before, now;
    verdicts verdicts;
    build(&before, &row->before);
    build(&now, &row->now);
    compare(&before, &now, row->dropped, &verdicts);
    assert_int_equal(verdicts.count, row->verdicts);
    assert_int_equal(verdicts.refused, row->refused);
    assert_int_equal(verdicts.items[0].kind, row->kind);
    assert_int_equal(strlen(verdicts.items[0].how) > 0, row->kind == VERDICT_CHANGED);
    verdicts_release(&verdicts);
}

/* --- partitioners ---------------------------------------------------------------------------- */

typedef struct placed_row {
    const weir_function *before;
    int before_arg;
    const weir_function *now;
    int now_arg;
    const char *how; /* "": kept */
} placed_row;

static const placed_row placed_rows[] = {
    {NULL, 0, &weir_fn_by_modulus, 0, "it had no partitioner, it has \"by_modulus\""},
    {&weir_fn_by_modulus, 0, NULL, 0, "it had the partitioner \"by_modulus\", it has none"},
    {&weir_fn_by_modulus, 0, &weir_fn_by_bounds, 0,
     "its partitioner was \"by_modulus\", it is \"by_bounds\""},
    {&weir_fn_by_bounds, 1, &weir_fn_by_bounds, 2,
     "its partitioner \"by_bounds\" has another argument"},
    {&weir_fn_by_bounds, 1, &weir_fn_by_bounds, 1, ""},
    {&weir_fn_by_modulus, 0, &weir_fn_by_modulus, 0, ""},
};

static void build_placed(lineage *lineage, const weir_function *partitioner, int arg)
{
    lineage_init(lineage, NULL, 1000);
    weir_stream *in = lineage_add_source(lineage, NULL, "a source");
    weir_state_options options = {.name = "sums", .partitioner = partitioner};
    if (arg) options.partitioner_arg = weir_int(arg);
    weir_stream *out =
        weir_update_state_by_key(in, &weir_fn_sum_update, weir_null(), &options);
    assert_int_equal(weir_print(out, 1), WEIR_OK);
    assert_int_equal(lineage_name_spaces(lineage), WEIR_OK);
}

static void state_is_kept_only_where_it_was_placed(void **state)
{
    (void)state;
    library_register();
    for (size_t i = 0; i < sizeof placed_rows / sizeof placed_rows[0]; i++) {
        const placed_row *row = &placed_rows[i];
        lineage before, now;
        verdicts verdicts;
        build_placed(&before, row->before, row->before_arg);
        build_placed(&now, row->now, row->now_arg);
        compare(&before, &now, NULL, &verdicts);
        assert_int_equal(verdicts.count, 1);
        assert_string_equal(verdicts.items[0].how, row->how);
        assert_int_equal(verdicts.items[0].kind, *row->how ? VERDICT_CHANGED : VERDICT_KEPT);
        assert_int_equal(verdicts.refused, *row->how ? 1 : 0);
        verdicts_release(&verdicts);
    }
}

/* --- windows --------------------------------------------------------------------------------- */

/* reduceByKeyAndWindow, or, with a kind, another window of the same name. */
typedef struct windowed {
    stream_kind kind; /* 0: reduceByKeyAndWindow */
    const weir_function *reduce;
    const weir_function *inverse;
    const weir_function *filter;
    int filter_arg;
    int arg;
    const char *over;
    int64_t window_ms;
    int64_t slide_ms;
    int64_t parent_slide_ms; /* 0: of a source, 1000 */
    int partitions;
    bool drop_neutral;
    bool check_inverse;
} windowed;

#define SUM .reduce = &weir_fn_sum, .inverse = &weir_fn_difference
#define TIMES .window_ms = 8000, .slide_ms = 4000

static const windowed as_stored = {SUM, TIMES, .filter = &weir_fn_value_not_zero,
                                   .over = "clicks"};

typedef struct window_row {
    windowed now;
    const char *how; /* "": kept */
} window_row;

static const window_row window_rows[] = {
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero}, ""},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .check_inverse = true}, ""},
    {{.kind = STREAM_WINDOW, TIMES}, "it was reduceByKeyAndWindow, it is window"},
    {{.kind = STREAM_COUNT_BY_WINDOW, TIMES}, "it was reduceByKeyAndWindow, it is countByWindow"},
    {{.reduce = &weir_fn_max, .inverse = &weir_fn_difference, TIMES,
      .filter = &weir_fn_value_not_zero},
     "its function was \"sum\", it is \"max\""},
    {{.reduce = &weir_fn_sum, TIMES}, "it had the inverse \"difference\", it has none"},
    {{.reduce = &weir_fn_sum, .inverse = &weir_fn_strip_prefix, TIMES,
      .filter = &weir_fn_value_not_zero},
     "its inverse was \"difference\", it is \"strip_prefix\""},
    {{SUM, TIMES}, "it had the filter \"value_not_zero\", it has none"},
    {{SUM, TIMES, .filter = &weir_fn_value_positive},
     "its filter was \"value_not_zero\", it is \"value_positive\""},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .filter_arg = 1},
     "its filter \"value_not_zero\" has another argument"},
    {{SUM, .window_ms = 12000, .slide_ms = 4000, .filter = &weir_fn_value_not_zero},
     "its length was 8000 ms, it is 12000 ms"},
    {{SUM, .window_ms = 8000, .slide_ms = 2000, .filter = &weir_fn_value_not_zero},
     "its slide was 4000 ms, it is 2000 ms"},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .parent_slide_ms = 2000},
     "the slide of the stream it is over was 1000 ms, it is 2000 ms"},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .arg = 2},
     "its function \"sum\" has another argument"},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .over = "clicks"}, ""},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .over = "views"},
     "it was over \"clicks\", it is over \"views\""},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .drop_neutral = true},
     "it kept neutral keys, it is to drop them"},
    {{SUM, TIMES, .filter = &weir_fn_value_not_zero, .partitions = 3},
     "it had 8 partitions, it has 3"},
};

static void build_window(lineage *lineage, const windowed *is)
{
    lineage_init(lineage, NULL, 1000);
    weir_stream *in = lineage_add_source(lineage, NULL, "a source");
    weir_window_options options = {.name = "panes",
                                   .partitions = is->partitions,
                                   .filter = is->filter,
                                   .drop_neutral = is->drop_neutral,
                                   .check_inverse = is->check_inverse};
    if (is->filter_arg) options.filter_arg = weir_int(is->filter_arg);
    if (is->over) in = weir_name(in, is->over);
    weir_value arg = is->arg ? weir_int(is->arg) : weir_null();
    if (is->parent_slide_ms) in->slide_ms = is->parent_slide_ms;
    weir_stream *out =
        is->kind == STREAM_WINDOW ? weir_window(in, is->window_ms, is->slide_ms, &options)
        : is->kind ? weir_count_by_window(in, is->window_ms, is->slide_ms, &options)
                   : weir_reduce_by_key_and_window(in, is->reduce, is->inverse, arg,
                                                   is->window_ms, is->slide_ms, &options);
    assert_int_equal(weir_print(out, 1), WEIR_OK);
    assert_int_equal(lineage_name_spaces(lineage), WEIR_OK);
}

static void a_window_is_kept_only_as_it_was(void **state)
{
    (void)state;
    library_register();
    for (size_t i = 0; i < sizeof window_rows / sizeof window_rows[0]; i++) {
        lineage before, now;
        verdicts verdicts;
        const window_row *row = &window_rows[i];
        build_window(&before, &as_stored);
        build_window(&now, &row->now);
        compare(&before, &now, NULL, &verdicts);
        assert_int_equal(verdicts.count, 1);
        assert_string_equal(verdicts.items[0].how, row->how);
        assert_int_equal(verdicts.items[0].kind, *row->how ? VERDICT_CHANGED : VERDICT_KEPT);
        assert_int_equal(verdicts.refused, *row->how ? 1 : 0);
        verdicts_release(&verdicts);
    }
}

static void every_change_has_its_verdict(void **state)
{
    (void)state;
    library_register();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].about);
        check(&rows[i]);
    }
}

/* --- what is kept of a database -------------------------------------------------------------- */

static void build_both(lineage *lineage, bool has_sums, bool has_window, const char *over_state)
{
    lineage_init(lineage, NULL, 1000);
    weir_stream *in = lineage_add_source(lineage, NULL, "a source");
    weir_state_options sums = {.name = "sums"}, other = {.name = over_state};
    weir_window_options window = {.name = "window"};
    if (has_sums)
        (void)weir_print(weir_update_state_by_key(in, &weir_fn_sum_update, weir_null(), &sums), 1);
    if (over_state)
        (void)weir_print(weir_update_state_by_key(in, &weir_fn_sum_update, weir_null(), &other),
                         1);
    if (has_window)
        (void)weir_print(weir_reduce_by_key_and_window(in, &weir_fn_sum, &weir_fn_difference,
                                                       weir_null(), 3000, 1000, &window), 1);
    assert_int_equal(lineage_name_spaces(lineage), WEIR_OK);
}

/* Of a checkpoint with sums and a window: a name is kept if both sides have it, as what it was. */
static void what_no_stream_has_is_not_kept(void **state)
{
    (void)state;
    static const struct {
        bool has_sums, has_window;
        const char *other;   /* a stream of state of that name */
        const char *dropped;
        bool keeps_sums, keeps_keys, keeps_panes;
    } cases[] = {
        {true, true, NULL, NULL, true, true, true},
        {true, false, NULL, NULL, true, false, false}, /* the window is gone */
        {false, true, NULL, NULL, false, true, true},
        {true, true, NULL, "window", true, false, false},
        {true, true, NULL, "*", false, false, false},
        {true, false, "window", NULL, true, true, false}, /* state has no panes */
        {true, true, "new", NULL, true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lineage before, now;
        arena arena;
        buffer bytes = {0};
        stored_lineage stored;
        arena_init(&arena, NULL);
        build_both(&before, true, true, NULL);
        build_both(&now, cases[i].has_sums, cases[i].has_window, cases[i].other);
        lineage_encode(&before, &bytes);
        buffer_reserve(&bytes, 64);
        assert_int_equal(lineage_decode(bytes.bytes, bytes.size, &arena, &stored), WEIR_OK);
        const char *const *dropped = &cases[i].dropped;
        size_t count = cases[i].dropped ? 1 : 0;
        assert_int_equal(verdict_keeps(&stored, &now, dropped, count, "sums", false),
                         cases[i].keeps_sums);
        assert_int_equal(verdict_keeps(&stored, &now, dropped, count, "window", false),
                         cases[i].keeps_keys);
        assert_int_equal(verdict_keeps(&stored, &now, dropped, count, "window", true),
                         cases[i].keeps_panes);
        /* Left over in the database: a new stream of that name does not begin with it. */
        assert_false(verdict_keeps(&stored, &now, dropped, count, "new", false));
        lineage_release(&before);
        lineage_release(&now);
        arena_release(&arena);
        buffer_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_change_has_its_verdict),
                                       cmocka_unit_test(state_is_kept_only_where_it_was_placed),
        cmocka_unit_test(a_window_is_kept_only_as_it_was),
                                       cmocka_unit_test(what_no_stream_has_is_not_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
