/* The calls for windows: what they append, and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/error.h"
#include "graph/lineage.h"
#include "record/value.h"
#include "unit/graph/functions.h"

static weir_value test_inverse(weir_value a, weir_value b, weir_value arg)
{
    (void)b, (void)arg;
    return a;
}
WEIR_REDUCE(test_inverse, 0)

typedef struct fixture {
    lineage lineage;
    weir_stream *in; /* "lines", every 1000 ms */
} fixture;

static int set_up(void **state)
{
    static fixture room;
    lineage_init(&room.lineage, NULL, 1000);
    room.in = lineage_add_source(&room.lineage, &room, "queueStream");
    assert_non_null(weir_name(room.in, "lines"));
    *state = &room;
    error_set(WEIR_RUNTIME, "nothing");
    return 0;
}

static int tear_down(void **state)
{
    lineage_release(&((fixture *)*state)->lineage);
    return 0;
}

/* The six calls, with what differs between them left out. */
static weir_stream *window_of(stream_kind kind, weir_stream *in, const weir_function *inverse,
                              int64_t window_ms, int64_t slide_ms,
                              const weir_window_options *options)
{
    const weir_function *reduce = &weir_fn_test_reduce;
    weir_value arg = weir_int(3);
    switch (kind) {
    case STREAM_WINDOW:
        return weir_window(in, window_ms, slide_ms, options);
    case STREAM_GROUP_BY_KEY_AND_WINDOW:
        return weir_group_by_key_and_window(in, window_ms, slide_ms, options);
    case STREAM_REDUCE_BY_KEY_AND_WINDOW:
        return weir_reduce_by_key_and_window(in, reduce, inverse, arg, window_ms, slide_ms,
                                             options);
    case STREAM_REDUCE_BY_WINDOW:
        return weir_reduce_by_window(in, reduce, inverse, arg, window_ms, slide_ms, options);
    case STREAM_COUNT_BY_WINDOW:
        return weir_count_by_window(in, window_ms, slide_ms, options);
    default:
        return weir_count_by_value_and_window(in, window_ms, slide_ms, options);
    }
}

static bool reduces(stream_kind kind)
{
    return kind == STREAM_REDUCE_BY_KEY_AND_WINDOW || kind == STREAM_REDUCE_BY_WINDOW;
}

static void every_call_appends_its_kind(void **state)
{
    fixture *room = *state;
    for (int kind = STREAM_WINDOW; kind <= STREAM_COUNT_BY_VALUE_AND_WINDOW; kind++) {
        weir_stream *stream = window_of((stream_kind)kind, room->in, NULL, 4000, 2000, NULL);
        assert_non_null(stream);
        assert_int_equal(stream->kind, kind);
        assert_true(stream_kind_is_window(stream->kind) && stream_kind_has_state(stream->kind));
        assert_ptr_equal(stream->parents[0], room->in);
        assert_int_equal(stream->window_ms, 4000);
        assert_int_equal(stream->slide_ms, 2000);
        assert_ptr_equal(stream->function,
                         reduces((stream_kind)kind) ? &weir_fn_test_reduce : NULL);
        assert_null(stream->inverse);
        assert_null(stream->filter);
        assert_false(stream->drops_neutral || stream->checks_inverse);
        /* the parent's slide, if none is given */
        weir_stream *over = window_of((stream_kind)kind, stream, NULL, 6000, 0, NULL);
        assert_non_null(over);
        assert_int_equal(over->slide_ms, 2000);
        assert_int_equal(over->window_ms, 6000);
    }
    /* longer than the window, and what comes behind a window slides as it does */
    weir_stream *gaps = weir_window(room->in, 1000, 5000, NULL);
    assert_int_equal(weir_count(gaps)->slide_ms, 5000);
    assert_int_equal(room->lineage.status, WEIR_OK);
}

static void options_are_kept(void **state)
{
    fixture *room = *state;
    char name[] = "sums";
    weir_window_options options = {.name = name,
                                   .partitions = 5,
                                   .filter = &weir_fn_test_filter,
                                   .filter_arg = weir_text("an argument that is longer"),
                                   .drop_neutral = true,
                                   .check_inverse = true};
    weir_stream *stream = window_of(STREAM_REDUCE_BY_KEY_AND_WINDOW, room->in,
                                    &weir_fn_test_inverse, 3000, 0, &options);
    assert_non_null(stream);
    memset(name, 'x', sizeof name - 1);
    assert_string_equal(stream->space, "sums");
    assert_int_equal(stream->partitions, 5);
    assert_ptr_equal(stream->inverse, &weir_fn_test_inverse);
    assert_ptr_equal(stream->filter, &weir_fn_test_filter);
    assert_true(weir_equal(stream->filter_arg, weir_text("an argument that is longer")));
    assert_true(stream->drops_neutral && stream->checks_inverse);
    assert_int_equal(weir_as_int(stream->arg), 3);
}

/* --- Refusals -------------------------------------------------------------------------------- */

static void assert_refused(fixture *room, weir_stream *stream, const char *text)
{
    assert_null(stream);
    assert_int_equal(room->lineage.status, WEIR_ILLEGAL_ARGUMENT);
    assert_string_equal(error_text(), text);
    assert_string_equal(room->lineage.error, text);
    room->lineage.status = WEIR_OK;
}

typedef struct length {
    int64_t window_ms, slide_ms;
    const char *text; /* behind "KIND on lines: " */
} length;

#define MULTIPLE "; give a multiple of the slide of the stream it is over, 1000 ms"
#define MOST "; give at most 2305843009213693951 ms"

static const length bad_lengths[] = {
    {0, 1000, "the window length is 0 ms" MULTIPLE},
    {-2000, 1000, "the window length is -2000 ms" MULTIPLE},
    {2500, 1000, "the window length is 2500 ms" MULTIPLE},
    {999, 0, "the window length is 999 ms" MULTIPLE},
    {INT64_MIN, 1000, "the window length is -9223372036854775808 ms" MULTIPLE},
    {INT64_MAX, 1000, "the window length is 9223372036854775807 ms" MOST},
    {INT64_MAX / 1000 * 1000, 0, "the window length is 9223372036854775000 ms" MOST},
    {3000, 1500, "the slide is 1500 ms" MULTIPLE},
    {3000, -1000, "the slide is -1000 ms" MULTIPLE},
    {3000, 1, "the slide is 1 ms" MULTIPLE},
    {3000, INT64_MIN, "the slide is -9223372036854775808 ms" MULTIPLE},
    {3000, INT64_MAX / 1000 * 1000, "the slide is 9223372036854775000 ms" MOST},
};

static void lengths_that_cannot_be_are_refused(void **state)
{
    fixture *room = *state;
    size_t before = room->lineage.stream_count;
    for (int kind = STREAM_WINDOW; kind <= STREAM_COUNT_BY_VALUE_AND_WINDOW; kind++) {
        for (size_t i = 0; i < sizeof bad_lengths / sizeof bad_lengths[0]; i++) {
            const length *bad = &bad_lengths[i];
            buffer text = {0};
            buffer_printf(&text, "%s on lines: %s", stream_kind_text((stream_kind)kind),
                          bad->text);
            buffer_append(&text, "", 1);
            assert_refused(room,
                           window_of((stream_kind)kind, room->in, NULL, bad->window_ms,
                                     bad->slide_ms, NULL),
                           text.bytes);
            buffer_release(&text);
        }
    }
    assert_int_equal(room->lineage.stream_count, before);
}

/* The slide that counts is that of the stream below, not the batch. */
static void a_window_over_a_window_is_a_multiple_of_its_slide(void **state)
{
    fixture *room = *state;
    weir_stream *below = weir_name(weir_window(room->in, 2000, 2000, NULL), "below");
    assert_refused(room, weir_window(below, 3000, 2000, NULL),
                   "window on below: the window length is 3000 ms; give a multiple of the slide "
                   "of the stream it is over, 2000 ms");
    assert_refused(room, weir_window(below, 4000, 3000, NULL),
                   "window on below: the slide is 3000 ms; give a multiple of the slide of the "
                   "stream it is over, 2000 ms");
    assert_non_null(weir_window(below, 4000, 6000, NULL));
}

static void what_needs_an_inverse_is_refused_without(void **state)
{
    fixture *room = *state;
    const weir_window_options options[] = {{.filter = &weir_fn_test_filter},
                                           {.drop_neutral = true},
                                           {.check_inverse = true}};
    for (int kind = STREAM_WINDOW; kind <= STREAM_COUNT_BY_VALUE_AND_WINDOW; kind++) {
        if (kind == STREAM_COUNT_BY_WINDOW) continue; /* has one of its own */
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
            buffer text = {0};
            buffer_printf(&text,
                          "%s on lines: a filter, drop_neutral and check_inverse go with an "
                          "inverse function; filter the stream behind the window",
                          stream_kind_text((stream_kind)kind));
            buffer_append(&text, "", 1);
            assert_refused(
                room, window_of((stream_kind)kind, room->in, NULL, 2000, 0, &options[i]),
                text.bytes);
            buffer_release(&text);
        }
    }
}

static void functions_of_another_kind_are_refused(void **state)
{
    fixture *room = *state;
    weir_window_options wrong = {.filter = &weir_fn_test_map};
    assert_refused(room,
                   weir_reduce_by_key_and_window(room->in, &weir_fn_test_reduce,
                                                 &weir_fn_test_map, weir_null(), 2000, 0, NULL),
                   "reduceByKeyAndWindow on lines: \"test_map\" is a map function, but a reduce "
                   "function is wanted here");
    room->lineage.status = WEIR_OK;
    assert_null(weir_reduce_by_window(room->in, &weir_fn_test_reduce, &weir_fn_test_inverse,
                                      weir_null(), 2000, 0, &wrong));
    assert_non_null(strstr(error_text(), "a filter function is wanted here"));
    room->lineage.status = WEIR_OK;
    assert_refused(room,
                   weir_reduce_by_window(room->in, NULL, NULL, weir_null(), 2000, 0, NULL),
                   "reduceByWindow on lines: the function is NULL; a reduce function is wanted "
                   "here");
    assert_refused(room, weir_window(room->in, 2000, 0, &(weir_window_options){.name = ""}),
                   "window on lines: the name of the window is empty");
    assert_refused(room,
                   weir_group_by_key_and_window(room->in, 2000, 0,
                                                &(weir_window_options){.partitions = -1}),
                   "groupByKeyAndWindow on lines: -1 partitions; give 0 to 1048576 (0: as many as "
                   "the context has)");
}

static void streams_of_different_slides_do_not_meet(void **state)
{
    fixture *room = *state;
    weir_stream *slow = weir_name(weir_window(room->in, 2000, 2000, NULL), "slow");
    assert_refused(room, weir_union(room->in, slow),
                   "union on lines: lines yields every 1000 ms, but slow every 2000 ms; give both "
                   "the same slide");
    assert_non_null(weir_join(slow, weir_window(room->in, 6000, 2000, NULL), 0));
}

static void a_started_context_takes_no_window(void **state)
{
    fixture *room = *state;
    room->lineage.is_started = true;
    for (int kind = STREAM_WINDOW; kind <= STREAM_COUNT_BY_VALUE_AND_WINDOW; kind++) {
        assert_null(window_of((stream_kind)kind, room->in, NULL, 2000, 0, NULL));
        assert_non_null(strstr(error_text(), "starting"));
    }
    assert_int_equal(room->lineage.status, WEIR_OK);
}

static void a_null_stream_gives_null_again(void **state)
{
    fixture *room = *state;
    for (int kind = STREAM_WINDOW; kind <= STREAM_COUNT_BY_VALUE_AND_WINDOW; kind++)
        assert_null(window_of((stream_kind)kind, NULL, NULL, 1500, 0, NULL));
    assert_int_equal(room->lineage.status, WEIR_OK);
}

/* --- What they keep -------------------------------------------------------------------------- */

static void who_keeps_what_is_known(void **state)
{
    fixture *room = *state;
    static const bool has_space[] = {false, false, false, false, true, false};
    static const bool must_last[] = {false, false, false, false, true, true};
    for (int i = 0; i < 6; i++) {
        stream_kind kind = (stream_kind)(STREAM_WINDOW + i);
        weir_stream *stream = window_of(kind, room->in, NULL, 2000, 0, NULL);
        assert_int_equal(stream_has_space(stream), has_space[i]);
        assert_int_equal(stream_must_last(stream), must_last[i]);
        if (!reduces(kind)) continue;
        stream = window_of(kind, room->in, &weir_fn_test_inverse, 2000, 0, NULL);
        assert_true(stream_has_space(stream) && stream_must_last(stream));
    }
}

/* Windows of different lengths over one stream keep their panes apart without names. */
static void derived_names_tell_windows_apart(void **state)
{
    fixture *room = *state;
    weir_stream *windows[] = {
        weir_window(room->in, 2000, 0, NULL),
        weir_window(room->in, 3000, 0, NULL),
        weir_window(room->in, 3000, 3000, NULL),
        weir_group_by_key_and_window(room->in, 3000, 0, NULL),
        window_of(STREAM_REDUCE_BY_KEY_AND_WINDOW, room->in, NULL, 3000, 0, NULL),
        window_of(STREAM_REDUCE_BY_KEY_AND_WINDOW, room->in, &weir_fn_test_inverse, 3000, 0, NULL),
        window_of(STREAM_REDUCE_BY_KEY_AND_WINDOW, room->in, &weir_fn_test_inverse, 3000, 0,
                  &(weir_window_options){.filter = &weir_fn_test_filter}),
    };
    assert_int_equal(lineage_name_spaces(&room->lineage), WEIR_OK);
    assert_string_equal(windows[0]->space, "window 2000/1000 < lines");
    assert_string_equal(windows[6]->space,
                        "reduceByKeyAndWindow(test_reduce) 3000/1000 - test_inverse | test_filter"
                        " < lines");
    assert_non_null(weir_window(room->in, 2000, 0, NULL));
    assert_int_equal(lineage_name_spaces(&room->lineage), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "weir_window_options.name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_appends_its_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lengths_that_cannot_be_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_window_over_a_window_is_a_multiple_of_its_slide, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_needs_an_inverse_is_refused_without, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(functions_of_another_kind_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(streams_of_different_slides_do_not_meet, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_started_context_takes_no_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_null_stream_gives_null_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_keeps_what_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(derived_names_tell_windows_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
