#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "graph/lineage.h"
#include "record/codec.h"
#include "record/value.h"
#include "unit/graph/functions.h"

/* Two lineages with a source each; contexts are only compared. */
typedef struct fixture {
    lineage lineage, other;
    weir_stream *in, *foreign;
} fixture;

static weir_context *const context = (weir_context *)&weir_fn_test_map;

static int set_up(void **state)
{
    static fixture room;
    lineage_init(&room.lineage, context, 1000);
    lineage_init(&room.other, NULL, 1000);
    room.in = lineage_add_source(&room.lineage, &room, "queueStream");
    room.foreign = lineage_add_source(&room.other, &room, "queueStream");
    *state = &room;
    error_set(WEIR_RUNTIME, "nothing");
    return 0;
}

static int tear_down(void **state)
{
    fixture *room = *state;
    lineage_release(&room->lineage);
    lineage_release(&room->other);
    return 0;
}

static void assert_error(weir_status status, weir_status expected, const char *const words[])
{
    assert_int_equal(status, expected);
    for (; *words; words++)
        if (!strstr(error_text(), *words)) fail_msg("\"%s\" is not in: %s", *words, error_text());
}

/* Was it refused with that status, kept as the first error, and nothing appended? */
#define assert_refused(fixture, stream, expected, ...)                                         \
    do {                                                                                       \
        size_t streams_ = (fixture)->lineage.stream_count;                                     \
        assert_null(stream);                                                                   \
        const char *const words_[] = {__VA_ARGS__, NULL};                                     \
        assert_error((fixture)->lineage.status, expected, words_);                            \
        assert_string_equal((fixture)->lineage.error, error_text());                           \
        assert_int_equal((fixture)->lineage.stream_count, streams_);                           \
        (fixture)->lineage.status = WEIR_OK;                                                   \
    } while (0)

/* --- What is appended ------------------------------------------------------------------------ */

static void assert_stream(fixture *room, weir_stream *stream, stream_kind kind, int partitions,
                          const weir_function *function)
{
    assert_non_null(stream);
    assert_ptr_equal(room->lineage.streams[stream->id], stream);
    assert_int_equal(stream->id, room->lineage.stream_count - 1);
    assert_int_equal(stream->kind, kind);
    assert_int_equal(stream->partitions, partitions);
    assert_ptr_equal(stream->function, function);
    assert_int_equal(stream->slide_ms, 1000);
    assert_true(stream->parent_count >= 1);
    for (uint32_t i = 0; i < stream->parent_count; i++)
        assert_ptr_equal(stream->parents[i], room->in);
    assert_null(stream->name);
    assert_false(stream->cached);
    assert_ptr_equal(weir_stream_context(stream), context);
}

static void every_call_appends_its_kind(void **state)
{
    fixture *room = *state;
    weir_stream *in = room->in;
    weir_value null = weir_null();
    assert_stream(room, weir_map(in, &weir_fn_test_map, null), STREAM_MAP, 0, &weir_fn_test_map);
    assert_stream(room, weir_flat_map(in, &weir_fn_test_flat_map, null), STREAM_FLAT_MAP, 0,
                  &weir_fn_test_flat_map);
    assert_stream(room, weir_filter(in, &weir_fn_test_filter, null), STREAM_FILTER, 0,
                  &weir_fn_test_filter);
    assert_stream(room, weir_map_partitions(in, &weir_fn_test_partition, null),
                  STREAM_MAP_PARTITIONS, 0, &weir_fn_test_partition);
    assert_stream(room, weir_glom(in), STREAM_GLOM, 0, NULL);
    assert_stream(room, weir_repartition(in, 3), STREAM_REPARTITION, 3, NULL);
    assert_stream(room, weir_union(in, in), STREAM_UNION, 0, NULL);
    assert_stream(room, weir_count(in), STREAM_COUNT, 0, NULL);
    assert_stream(room, weir_reduce(in, &weir_fn_test_reduce, null), STREAM_REDUCE, 0,
                  &weir_fn_test_reduce);
    assert_stream(room, weir_count_by_value(in), STREAM_COUNT_BY_VALUE, 0, NULL);
    assert_stream(room, weir_transform(in, &weir_fn_test_transform, null), STREAM_TRANSFORM, 0,
                  &weir_fn_test_transform);
    assert_stream(room, weir_transform_with(in, in, &weir_fn_test_transform_with, null),
                  STREAM_TRANSFORM_WITH, 0, &weir_fn_test_transform_with);
    assert_stream(room, weir_transform_all(&in, 1, &weir_fn_test_transform_all, null),
                  STREAM_TRANSFORM_ALL, 0, &weir_fn_test_transform_all);
    assert_stream(room, weir_map_values(in, &weir_fn_test_map, null), STREAM_MAP_VALUES, 0,
                  &weir_fn_test_map);
    assert_stream(room, weir_flat_map_values(in, &weir_fn_test_flat_map, null),
                  STREAM_FLAT_MAP_VALUES, 0, &weir_fn_test_flat_map);
    assert_stream(room, weir_group_by_key(in, 4), STREAM_GROUP_BY_KEY, 4, NULL);
    assert_stream(room, weir_reduce_by_key(in, &weir_fn_test_reduce, null, 5),
                  STREAM_REDUCE_BY_KEY, 5, &weir_fn_test_reduce);
    assert_stream(room, weir_combine_by_key(in, &weir_fn_test_combine, null, 6),
                  STREAM_COMBINE_BY_KEY, 6, &weir_fn_test_combine);
    assert_stream(room, weir_join(in, in, 1), STREAM_JOIN, 1, NULL);
    assert_stream(room, weir_left_outer_join(in, in, 2), STREAM_LEFT_OUTER_JOIN, 2, NULL);
    assert_stream(room, weir_right_outer_join(in, in, 3), STREAM_RIGHT_OUTER_JOIN, 3, NULL);
    assert_stream(room, weir_full_outer_join(in, in, 4), STREAM_FULL_OUTER_JOIN, 4, NULL);
    assert_stream(room, weir_cogroup(in, in, 0), STREAM_COGROUP, 0, NULL);
    assert_int_equal(room->lineage.stream_count, 1 + 23);
    assert_int_equal(room->lineage.status, WEIR_OK);
}

static void two_parents_keep_their_sides(void **state)
{
    fixture *room = *state;
    weir_stream *mapped = weir_map(room->in, &weir_fn_test_map, weir_null());
    weir_stream *joined = weir_join(mapped, room->in, 0);
    assert_int_equal(joined->parent_count, 2);
    assert_ptr_equal(joined->parents[0], mapped);
    assert_ptr_equal(joined->parents[1], room->in);
    weir_stream *all[] = {room->in, joined, mapped};
    weir_stream *together = weir_union_all(all, 3);
    all[0] = NULL;
    assert_int_equal(together->parent_count, 3);
    assert_ptr_equal(together->parents[0], room->in);
    assert_ptr_equal(together->parents[1], joined);
    assert_ptr_equal(together->parents[2], mapped);
    assert_int_equal(weir_union_all(&together, 1)->parent_count, 1);
}

static void arguments_are_copied(void **state)
{
    fixture *room = *state;
    char text[64] = "a separator that is not inline"; /* reached by the value */
    weir_value items[] = {weir_int(7), {0}};
    items[1] = value_padded_string(text, strlen("a separator that is not inline"));
    weir_stream *stream = weir_map(room->in, &weir_fn_test_map, weir_list(items, 2));
    memset(text, '!', sizeof text);
    size_t count;
    const weir_value *kept = weir_items(stream->arg, &count);
    assert_int_equal(count, 2);
    assert_int_equal(weir_as_int(kept[0]), 7);
    assert_true(weir_equal(kept[1], weir_text("a separator that is not inline")));
}

static void outputs_are_appended(void **state)
{
    fixture *room = *state;
    char prefix[] = "out/p", suffix[] = "txt";
    assert_int_equal(weir_print(room->in, 0), WEIR_OK);
    assert_int_equal(weir_save_as_text_files(room->in, prefix, suffix), WEIR_OK);
    assert_int_equal(weir_save_as_text_files(room->in, "", ""), WEIR_OK);
    assert_int_equal(weir_foreach_rdd(room->in, &weir_fn_test_foreach, weir_int(3)), WEIR_OK);
    assert_int_equal(
        weir_foreach_partition(room->in, &weir_fn_test_foreach_partition, weir_null()), WEIR_OK);
    assert_int_equal(weir_count_output(room->in), WEIR_OK);
    prefix[0] = suffix[0] = '!';
    static const output_kind kinds[] = {OUTPUT_PRINT,   OUTPUT_SAVE_TEXT,         OUTPUT_SAVE_TEXT,
                                        OUTPUT_FOREACH, OUTPUT_FOREACH_PARTITION, OUTPUT_COUNT};
    assert_int_equal(room->lineage.output_count, 6);
    output *const *outputs = room->lineage.outputs;
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(outputs[i]->id, i);
        assert_int_equal(outputs[i]->kind, kinds[i]);
        assert_ptr_equal(outputs[i]->in, room->in);
    }
    assert_string_equal(outputs[1]->prefix, "out/p");
    assert_string_equal(outputs[1]->suffix, "txt");
    assert_string_equal(outputs[2]->prefix, "");
    assert_null(outputs[2]->suffix);
    assert_ptr_equal(outputs[3]->function, &weir_fn_test_foreach);
    assert_int_equal(weir_as_int(outputs[3]->arg), 3);
    assert_ptr_equal(outputs[4]->function, &weir_fn_test_foreach_partition);
    assert_int_equal(lineage_validate(&room->lineage), WEIR_OK);
}

/* C-54, C-55, C-64; O-52. */
static void checkpoint_intervals(void **state)
{
    fixture *room = *state;
    weir_stream *lists = weir_glom(room->in);
    int64_t slide_ms = lists->slide_ms;
    assert_ptr_equal(weir_checkpoint_every(lists, 3 * slide_ms), lists);
    assert_int_equal(lists->checkpoint_ms, 3 * slide_ms);
    assert_true(lists->cached);
    weir_stream *keeper =
        weir_map_with_state(room->in, &weir_fn_test_map_state, weir_null(), NULL);
    assert_ptr_equal(weir_checkpoint_every(keeper, 5 * slide_ms), keeper);
    assert_int_equal(keeper->timeout_scan_ms, 5 * slide_ms);
    weir_stream *snapshots = weir_state_snapshots(keeper);
    assert_ptr_equal(weir_checkpoint_every(snapshots, 2 * slide_ms), snapshots);
    assert_int_equal(keeper->timeout_scan_ms, 2 * slide_ms);
    const int64_t wrong[] = {0, -slide_ms, slide_ms / 2, slide_ms + 1};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(room, weir_checkpoint_every(room->in, wrong[i]), WEIR_ILLEGAL_ARGUMENT,
                       "checkpoint interval on #0", "a multiple of the slide");
    assert_false(room->in->cached);
    assert_int_equal(room->in->checkpoint_ms, 0);
}

static void names_and_hints(void **state)
{
    fixture *room = *state;
    weir_stream *stream = weir_glom(room->in);
    char name[] = "lists";
    assert_ptr_equal(weir_name(stream, name), stream);
    name[0] = '!';
    assert_string_equal(stream->name, "lists");
    assert_ptr_equal(weir_name(stream, "lists"), stream); /* its own name again */
    assert_ptr_equal(weir_cache(stream), stream);
    assert_true(stream->cached);
    assert_ptr_equal(weir_persist(room->in), room->in);
    assert_true(room->in->cached);
    assert_int_equal(room->lineage.stream_count, 2);
}

/* --- What is refused ------------------------------------------------------------------------- */

static void functions_must_fit(void **state)
{
    fixture *room = *state;
    weir_stream *in = weir_name(room->in, "lines");
    weir_value null = weir_null();
    static const weir_function misspelt = {
        .name = "test_reduse", .kind = WEIR_KIND_PARTITION, .call = {.partition = test_partition}};
    assert_refused(room, weir_filter(in, &weir_fn_test_map, null), WEIR_ILLEGAL_ARGUMENT,
                   "filter on lines", "\"test_map\" is a map function", "a filter function is");
    assert_refused(room, weir_reduce(in, &misspelt, null), WEIR_ILLEGAL_ARGUMENT,
                   "mapPartitions function", "did you mean the reduce function \"test_reduce\"?");
    assert_refused(room, weir_map(in, NULL, null), WEIR_ILLEGAL_ARGUMENT, "map on lines", "NULL",
                   "map function");
    assert_int_equal(weir_foreach_rdd(in, &weir_fn_test_map, null), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "a foreachRDD function is wanted"));
    assert_int_equal(weir_foreach_partition(in, NULL, null), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(room->lineage.output_count, 0);
}

static void functions_must_be_registered(void **state)
{
    fixture *room = *state;
    static const weir_function lost = {
        .name = "lost", .kind = WEIR_KIND_MAP, .call = {.map = test_map}};
    static const weir_function twin = {
        .name = "test_map", .kind = WEIR_KIND_MAP, .call = {.map = test_map}};
    static const weir_function nameless = {.kind = WEIR_KIND_MAP, .call = {.map = test_map}};
    weir_value null = weir_null();
    assert_refused(room, weir_map(room->in, &lost, null), WEIR_NOT_SERIALIZABLE, "map on #0",
                   "\"lost\"", "weir_register",
                   "DStreams with their functions are not serializable");
    assert_refused(room, weir_map_values(room->in, &twin, null), WEIR_NOT_SERIALIZABLE,
                   "another map function is registered as \"test_map\"");
    assert_refused(room, weir_map(room->in, &nameless, null), WEIR_NOT_SERIALIZABLE, "no name");
}

static void arguments_must_be_storable(void **state)
{
    fixture *room = *state;
    weir_value deep = weir_null();
    for (int i = 0; i <= CODEC_DEPTH_MAX + 1; i++) deep = weir_list(&deep, 1);
    assert_refused(room, weir_map(room->in, &weir_fn_test_map, deep), WEIR_NOT_SERIALIZABLE,
                   "map on #0", "argument", "deeper than 60");
    assert_int_equal(weir_foreach_rdd(room->in, &weir_fn_test_foreach, deep),
                     WEIR_NOT_SERIALIZABLE);
}

static void parents_must_agree(void **state)
{
    fixture *room = *state;
    weir_stream *in = room->in;
    weir_value null = weir_null();
    assert_refused(room, weir_union(in, room->foreign), WEIR_ILLEGAL_ARGUMENT, "union on #0",
                   "stream 2 of 2", "another context");
    assert_refused(room, weir_join(in, room->foreign, 0), WEIR_ILLEGAL_ARGUMENT,
                   "another context");
    assert_refused(room,
                   weir_transform_with(in, room->foreign, &weir_fn_test_transform_with, null),
                   WEIR_ILLEGAL_ARGUMENT, "another context");
    weir_stream *slow = weir_name(weir_glom(in), "slow");
    slow->slide_ms = 2000;
    assert_refused(room, weir_cogroup(in, slow, 0), WEIR_ILLEGAL_ARGUMENT,
                   "#0 yields every 1000 ms, but slow every 2000 ms");
    weir_stream *all[] = {slow, slow, in};
    assert_refused(room, weir_union_all(all, 3), WEIR_ILLEGAL_ARGUMENT, "slide");
    assert_int_equal(weir_union(slow, slow)->slide_ms, 2000);
    assert_null(weir_union_all(all, 0));
    assert_non_null(strstr(error_text(), "at least one"));
    assert_null(weir_union_all(NULL, 2));
    assert_null(weir_transform_all(all, 0, &weir_fn_test_transform_all, null));
    assert_non_null(strstr(error_text(), "transformAll of 0 streams; give at least one"));
    assert_refused(room, weir_transform_all(all, 3, &weir_fn_test_transform_all, null),
                   WEIR_ILLEGAL_ARGUMENT, "slide");
    assert_int_equal(room->other.stream_count, 1);
    assert_int_equal(room->other.status, WEIR_OK);
}

static void numbers_must_fit(void **state)
{
    fixture *room = *state;
    weir_stream *in = room->in;
    weir_value null = weir_null();
    assert_refused(room, weir_repartition(in, 0), WEIR_ILLEGAL_ARGUMENT,
                   "repartition on #0: 0 partitions");
    assert_refused(room, weir_repartition(in, -1), WEIR_ILLEGAL_ARGUMENT, "-1 partitions");
    assert_refused(room, weir_repartition(in, INT32_MAX), WEIR_ILLEGAL_ARGUMENT, "1 to 1048576");
    assert_refused(room, weir_group_by_key(in, -1), WEIR_ILLEGAL_ARGUMENT, "-1 partitions");
    assert_refused(room, weir_reduce_by_key(in, &weir_fn_test_reduce, null, -2),
                   WEIR_ILLEGAL_ARGUMENT, "reduceByKey on #0", "-2");
    assert_refused(room, weir_combine_by_key(in, &weir_fn_test_combine, null, -2),
                   WEIR_ILLEGAL_ARGUMENT, "-2");
    assert_refused(room, weir_full_outer_join(in, in, -3), WEIR_ILLEGAL_ARGUMENT, "-3");
    assert_int_equal(weir_print(in, -1), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "print on #0: -1"));
    assert_int_equal(weir_save_as_text_files(in, NULL, "txt"), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "prefix"));
    assert_int_equal(room->lineage.output_count, 0);
}

static void rows_must_not_be_endless(void **state)
{
    fixture *room = *state;
    weir_stream *last = room->in;
    for (int i = 0; i <= LINEAGE_DEPTH_MAX; i++)
        last = i % 2 ? weir_glom(last) : weir_union(room->in, last);
    assert_null(last);
    assert_int_equal(room->lineage.status, WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "1000 streams in a row"));
}

/* Each stream is named once, however many ways lead to it. */
static void names_of_states_take_no_time(void **state)
{
    fixture *room = *state;
    weir_stream *last = room->in;
    for (int i = 0; i < 100; i++) last = weir_union(last, last);
    weir_stream *counts =
        weir_update_state_by_key(last, &weir_fn_test_update, weir_null(), NULL);
    weir_stream *other =
        weir_update_state_by_key(room->in, &weir_fn_test_update, weir_null(), NULL);
    assert_int_equal(lineage_name_spaces(&room->lineage), WEIR_OK);
    assert_string_equal(other->space, "updateStateByKey(test_update) < queueStream");
    assert_true(strlen(counts->space) < 96);
    assert_memory_equal(counts->space, "updateStateByKey(test_update) < union < ", 40);
}

static void names_must_be_unique(void **state)
{
    fixture *room = *state;
    weir_name(room->in, "lines");
    weir_stream *stream = weir_glom(room->in);
    assert_refused(room, weir_name(stream, "lines"), WEIR_ILLEGAL_ARGUMENT, "name on #1",
                   "#0 is named \"lines\"");
    assert_refused(room, weir_name(stream, ""), WEIR_ILLEGAL_ARGUMENT, "empty");
    assert_refused(room, weir_name(stream, NULL), WEIR_ILLEGAL_ARGUMENT, "empty");
    assert_null(stream->name);
    assert_ptr_equal(weir_name(room->foreign, "lines"), room->foreign);
}

/* --- The first error ------------------------------------------------------------------------- */

static void the_first_error_is_kept(void **state)
{
    fixture *room = *state;
    weir_stream *bad = weir_repartition(room->in, 0);
    assert_null(weir_map(room->in, NULL, weir_null()));
    assert_non_null(strstr(error_text(), "map on #0"));
    assert_null(weir_count(bad));
    assert_null(weir_union(room->in, bad));
    assert_null(weir_cache(bad));
    assert_null(weir_checkpoint_every(bad, 1000));
    assert_null(weir_persist(bad));
    assert_null(weir_name(bad, "bad"));
    assert_null(weir_stream_context(bad));
    assert_int_equal(weir_print(bad, 10), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_save_as_text_files(bad, "p", NULL), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_foreach_rdd(bad, &weir_fn_test_foreach, weir_null()),
                     WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_count_output(bad), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "map on #0")); /* no new error */
    assert_int_equal(lineage_validate(&room->lineage), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "repartition on #0")); /* the first */
}

static void a_null_of_the_program_is_an_error(void **state)
{
    fixture *room = *state;
    assert_refused(room, weir_union(NULL, room->in), WEIR_ILLEGAL_ARGUMENT,
                   "stream 1 of 2 is NULL");
    assert_refused(room, weir_join(room->in, NULL, 0), WEIR_ILLEGAL_ARGUMENT,
                   "join: stream 2 of 2");
}

/* --- C-10 ------------------------------------------------------------------------------------ */

static void assert_closed(fixture *room, const char *word)
{
    weir_stream *in = room->in;
    size_t streams = room->lineage.stream_count;
    weir_stream *refused[] = {
        weir_count(in),
        weir_map(in, NULL, weir_null()),
        weir_union(in, NULL),
        weir_join(in, in, -1),
        weir_name(in, "late"),
        weir_cache(in),
        weir_checkpoint_every(in, 1),
        weir_persist(in),
        lineage_add_source(&room->lineage, NULL, "socketTextStream localhost:9999"),
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) assert_null(refused[i]);
    const char *const words[] = {word, NULL};
    assert_error(weir_print(in, -1), WEIR_ILLEGAL_STATE, words);
    assert_error(weir_save_as_text_files(in, "p", NULL), WEIR_ILLEGAL_STATE, words);
    assert_error(weir_foreach_rdd(in, NULL, weir_null()), WEIR_ILLEGAL_STATE, words);
    assert_error(weir_count_output(in), WEIR_ILLEGAL_STATE, words);
    error_set(WEIR_RUNTIME, "nothing");
    weir_glom(in);
    assert_error(WEIR_OK, WEIR_OK, words);
    assert_int_equal(room->lineage.stream_count, streams);
    assert_int_equal(room->lineage.output_count, 0);
    assert_int_equal(room->lineage.status, WEIR_OK);
    assert_null(in->name);
    assert_false(in->cached);
}

static void closed_lineages_stay_as_they_are(void **state)
{
    fixture *room = *state;
    room->lineage.is_started = true;
    assert_closed(room, "starting");
    room->lineage.is_stopped = true;
    assert_closed(room, "stopping");
    room->lineage.is_started = false;
    assert_closed(room, "stopping");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_call_appends_its_kind),
        TEST(two_parents_keep_their_sides),
        TEST(arguments_are_copied),
        TEST(outputs_are_appended),
        TEST(checkpoint_intervals),
        TEST(names_and_hints),
        TEST(functions_must_fit),
        TEST(functions_must_be_registered),
        TEST(arguments_must_be_storable),
        TEST(parents_must_agree),
        TEST(numbers_must_fit),
        TEST(rows_must_not_be_endless),
        TEST(names_of_states_take_no_time),
        TEST(names_must_be_unique),
        TEST(the_first_error_is_kept),
        TEST(a_null_of_the_program_is_an_error),
        TEST(closed_lineages_stay_as_they_are),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
