/* Lineages that were stored are built again as they were, those of a weir before windows too;
 * windows that lack what makes them windows are damage. */
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
#include "base/file.h"
#include "context/context.h"
#include "graph/builder.h"
#include "library/library.h"
#include "record/codec.h"
#include "record/value.h"
#include "recovery/lineage_codec.h"
#include "recovery/manifest.h"
#include "recovery/rebuild.h"
#include "recovery/sealed_file.h"
#include "weir/library.h"
#include "weir/source.h"

static arena room;
static arena *before_room;

static int set_up(void **state)
{
    (void)state;
    library_register();
    arena_init(&room, NULL);
    before_room = arena_set_current(&room);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_set_current(before_room);
    arena_release(&room);
    return 0;
}

static weir_context *new_context(int64_t interval_ms)
{
    weir_options options = {
        .app_name = "stored", .master = "local[1]", .batch_interval_ms = interval_ms,
        .manual_clock = true};
    weir_context *context = NULL;
    assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
    return context;
}

/* Every window, with everything that it can have. */
static void build_windows(weir_context *context)
{
    weir_stream *lines = weir_text_file_stream(context, "/nowhere", NULL);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_kv, weir_null());
    weir_window_options options = {.name = "w1", .partitions = 3};
    weir_stream *slow = weir_window(pairs, 4000, 2000, &options);
    weir_name(slow, "slow");
    weir_stream *grouped = weir_group_by_key_and_window(slow, 8000, 4000, NULL);
    weir_stream *reduced = weir_reduce_by_key_and_window(
        pairs, &weir_fn_sum, &weir_fn_difference, weir_null(), 60000, 0,
        &(weir_window_options){.name = "w2",
                               .filter = &weir_fn_value_not_zero,
                               .filter_arg = weir_int(7),
                               .drop_neutral = true,
                               .check_inverse = true});
    weir_stream *plain = weir_reduce_by_key_and_window(pairs, &weir_fn_max, NULL, weir_int(3),
                                                       5000, 5000, NULL);
    weir_stream *one = weir_reduce_by_window(lines, &weir_fn_concat, &weir_fn_strip_prefix,
                                             weir_null(), 2000, 1000, NULL);
    weir_stream *count = weir_count_by_window(
        lines, 2000, 3000, &(weir_window_options){.drop_neutral = true});
    weir_stream *values = weir_count_by_value_and_window(lines, 2000, 0, NULL);
    weir_stream *outputs[] = {slow, grouped, weir_cache(reduced), plain, one, count, values};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        assert_int_equal(weir_print(outputs[i], 10), WEIR_OK);
    assert_int_equal(lineage_name_spaces(&context->lineage), WEIR_OK);
}

static void decode(const buffer *bytes, stored_lineage *stored)
{
    assert_int_equal(lineage_decode(bytes->bytes, bytes->size, &room, stored), WEIR_OK);
}

static void windows_are_built_again_as_they_were(void **state)
{
    (void)state;
    weir_context *first = new_context(1000), *second = new_context(1000);
    buffer stored_bytes = {0}, again = {0};
    stored_lineage stored;
    build_windows(first);
    lineage_encode(&first->lineage, &stored_bytes);
    buffer_reserve(&stored_bytes, 64);
    decode(&stored_bytes, &stored);
    assert_int_equal(lineage_rebuild(&stored, second), WEIR_OK);
    assert_int_equal(lineage_name_spaces(&second->lineage), WEIR_OK);
    lineage_encode(&second->lineage, &again);
    assert_int_equal(again.size, stored_bytes.size);
    assert_memory_equal(again.bytes, stored_bytes.bytes, again.size);

    const stored_stream *reduced = &stored.streams[4];
    assert_int_equal(reduced->kind, STREAM_REDUCE_BY_KEY_AND_WINDOW);
    assert_string_equal(reduced->space, "w2");
    assert_int_equal(reduced->window_ms, 60000);
    assert_int_equal(reduced->slide_ms, 1000);
    assert_int_equal(reduced->pane_ms, 1000);
    assert_string_equal(reduced->inverse, "difference");
    assert_string_equal(reduced->filter, "value_not_zero");
    assert_int_equal(weir_as_int(reduced->filter_arg), 7);
    assert_true(reduced->drops_neutral && reduced->checks_inverse);
    assert_int_equal(stored.streams[3].pane_ms, 2000);
    assert_null(stored.streams[5].inverse);
    assert_int_equal(stored.streams[0].window_ms, 0);
    buffer_release(&stored_bytes);
    buffer_release(&again);
    weir_context_free(first);
    weir_context_free(second);
}

static void intervals_and_filters_are_built_again_as_they_were(void **state)
{
    (void)state;
    weir_context *first = new_context(1000), *second = new_context(1000);
    buffer stored_bytes = {0}, again = {0};
    stored_lineage stored;
    weir_file_options options = {.filter = &weir_fn_matches_glob,
                                 .filter_arg = weir_text("*/part-*")};
    weir_value bound = weir_int(5);
    weir_state_options fine = {.checkpoint_ms = 8000,
                               .timeout_scan_ms = 2000,
                               .partitioner = &weir_fn_by_bounds,
                               .partitioner_arg = weir_list(&bound, 1)};
    weir_stream *lines = weir_binary_records_stream(first, "/nowhere", 8, &options);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_stream *state_of = weir_map_with_state(pairs, &weir_fn_running_sum_emit, weir_null(),
                                                &fine);
    weir_checkpoint_every(pairs, 5000);
    assert_int_equal(weir_print(state_of, 10), WEIR_OK);
    assert_int_equal(lineage_name_spaces(&first->lineage), WEIR_OK);
    lineage_encode(&first->lineage, &stored_bytes);
    buffer_reserve(&stored_bytes, 64);
    decode(&stored_bytes, &stored);
    assert_int_equal(lineage_rebuild(&stored, second), WEIR_OK);
    assert_int_equal(lineage_name_spaces(&second->lineage), WEIR_OK);
    lineage_encode(&second->lineage, &again);
    assert_int_equal(again.size, stored_bytes.size);
    assert_memory_equal(again.bytes, stored_bytes.bytes, again.size);
    assert_string_equal(stored.streams[0].filter, "matches_glob");
    assert_true(weir_equal(stored.streams[0].filter_arg, options.filter_arg));
    assert_int_equal(stored.streams[0].checkpoint_ms, 0);
    assert_null(stored.streams[1].partitioner);
    assert_string_equal(stored.streams[2].partitioner, "by_bounds");
    assert_true(weir_equal(stored.streams[2].partitioner_arg, fine.partitioner_arg));
    assert_ptr_equal(second->lineage.streams[2]->partitioner, &weir_fn_by_bounds);
    assert_int_equal(second->lineage.streams[1]->checkpoint_ms, 5000);
    assert_int_equal(second->lineage.streams[2]->checkpoint_ms, 8000);
    assert_int_equal(second->lineage.streams[2]->timeout_scan_ms, 2000);
    buffer_release(&stored_bytes);
    buffer_release(&again);
    weir_context_free(first);
    weir_context_free(second);
}

static weir_value nest(int levels)
{
    weir_value value = weir_null();
    for (int i = 0; i < levels; i++) value = weir_list(&value, 1);
    return value;
}

static weir_status look_at_nothing(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in, (void)time_ms, (void)arg;
    return WEIR_OK;
}
WEIR_FOREACH(look_at_nothing)

/* Everything that takes an argument, with one of the deepest; one of them (from 1 on; 0: none)
 * with one that is deeper. */
enum { ARGUMENTS = 6 };

static weir_status build_deep(weir_context *context, int too_deep)
{
    int levels[ARGUMENTS + 1];
    for (int i = 1; i <= ARGUMENTS; i++) levels[i] = BUILDER_ARG_LEVELS + (i == too_deep);
    weir_value key = weir_pair(nest(levels[1] - 2), weir_null());
    weir_file_options files = {.filter = &weir_fn_matches_glob, .filter_arg = nest(levels[2])};
    weir_state_options kept = {.initial = weir_list(&key, 1),
                               .partitioner = &weir_fn_by_modulus,
                               .partitioner_arg = nest(levels[3])};
    weir_window_options filtered = {.filter = &weir_fn_value_not_zero,
                                    .filter_arg = nest(levels[4])};
    weir_stream *lines = weir_text_file_stream(context, "/nowhere", &files);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_kv, nest(levels[5]));
    weir_stream *sums = weir_update_state_by_key(pairs, &weir_fn_sum_update, weir_null(), &kept);
    weir_stream *reduced = weir_reduce_by_key_and_window(
        pairs, &weir_fn_sum, &weir_fn_difference, weir_null(), 5000, 0, &filtered);
    weir_print(sums, 10);
    weir_foreach_rdd(reduced, &weir_fn_look_at_nothing, nest(levels[6]));
    return weir_error(context);
}

static void the_deepest_arguments_are_stored(void **state)
{
    (void)state;
    buffer bytes = {0};
    stored_lineage stored;
    weir_context *context = new_context(1000);
    assert_int_equal(build_deep(context, 0), WEIR_OK);
    assert_true(lineage_encode(&context->lineage, &bytes));
    buffer_reserve(&bytes, 64);
    decode(&bytes, &stored);
    assert_true(weir_equal(stored.streams[0].filter_arg, nest(BUILDER_ARG_LEVELS)));
    buffer_release(&bytes);
    weir_context_free(context);
    for (int i = 1; i <= ARGUMENTS; i++) {
        context = new_context(1000);
        assert_int_equal(build_deep(context, i), WEIR_NOT_SERIALIZABLE);
        assert_non_null(strstr(weir_last_error(), "deeper than 60"));
        weir_context_free(context);
    }
}

/* The stored windows with that part of every stream replaced, or left out. */
static void store_with_part(weir_value part, bool is_there, buffer *to)
{
    weir_context *context = new_context(1000);
    buffer bytes = {0};
    stored_lineage stored;
    size_t count, parts;
    build_windows(context);
    lineage_encode(&context->lineage, &bytes);
    buffer_reserve(&bytes, 64);
    decode(&bytes, &stored);
    const weir_value *whole = weir_items(stored.whole, &count);
    const weir_value *streams = weir_items(whole[1], &count);
    weir_value changed;
    weir_value *items = value_make_list(count, &changed);
    for (size_t i = 0; i < count; i++) {
        weir_value copy[18];
        const weir_value *old = weir_items(streams[i], &parts);
        assert_int_equal(parts, 18);
        memcpy(copy, old, sizeof copy);
        copy[15] = part;
        items[i] = weir_list(copy, is_there ? 18 : 15);
    }
    codec_encode(to, weir_list((weir_value[]){whole[0], changed, whole[2]}, 3));
    buffer_reserve(to, 64);
    buffer_release(&bytes);
    weir_context_free(context);
}

static void a_window_without_its_length_is_damage(void **state)
{
    (void)state;
    const weir_value parts[] = {weir_null(), weir_int(1), weir_list(NULL, 0),
                                weir_list((weir_value[]){weir_int(1000)}, 1)};
    for (size_t i = 0; i <= sizeof parts / sizeof parts[0]; i++) {
        buffer bytes = {0};
        stored_lineage stored;
        bool is_there = i < sizeof parts / sizeof parts[0];
        store_with_part(is_there ? parts[i] : weir_null(), is_there, &bytes);
        assert_int_equal(lineage_decode(bytes.bytes, bytes.size, &room, &stored), WEIR_DAMAGED);
        assert_string_equal(error_text(), "stream 2 of the lineage cannot be read");
        buffer_release(&bytes);
    }
}

/* Nor is a length that cannot be, or a function that nobody knows, ever built. */
static void a_window_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t window_ms;
        const char *inverse;
        weir_status status;
    } rows[] = {{0, NULL, WEIR_ILLEGAL_ARGUMENT},
                {-1000, NULL, WEIR_ILLEGAL_ARGUMENT},
                {1500, NULL, WEIR_ILLEGAL_ARGUMENT},
                {INT64_MAX / 1000 * 1000, NULL, WEIR_ILLEGAL_ARGUMENT},
                {2000, "no such function", WEIR_NOT_SERIALIZABLE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buffer bytes = {0};
        stored_lineage stored;
        weir_value window[] = {
            weir_int(rows[i].window_ms),
            rows[i].inverse ? weir_text(rows[i].inverse) : weir_null(),
            weir_null(), weir_null(), weir_bool(false), weir_bool(false)};
        store_with_part(weir_list(window, 6), true, &bytes);
        decode(&bytes, &stored);
        weir_context *context = new_context(1000);
        assert_int_equal(lineage_rebuild(&stored, context), rows[i].status);
        assert_true(strlen(error_text()) > 0);
        weir_context_free(context);
        buffer_release(&bytes);
    }
}

static void no_changed_byte_crashes_the_reader(void **state)
{
    (void)state;
    weir_context *context = new_context(1000);
    buffer bytes = {0};
    build_windows(context);
    lineage_encode(&context->lineage, &bytes);
    buffer_reserve(&bytes, 64);
    size_t refused = 0;
    for (size_t i = 0; i < 8 * bytes.size; i++) {
        stored_lineage stored;
        bytes.bytes[i / 8] = (char)(bytes.bytes[i / 8] ^ (1 << i % 8));
        refused += lineage_decode(bytes.bytes, bytes.size, &room, &stored) != WEIR_OK;
        bytes.bytes[i / 8] = (char)(bytes.bytes[i / 8] ^ (1 << i % 8));
    }
    assert_true(refused > 0);
    buffer_release(&bytes);
    weir_context_free(context);
}

static void a_lineage_from_before_windows_is_read(void **state)
{
    (void)state;
    const char *source = getenv("WEIR_SOURCE");
    char path[4096];
    buffer bytes = {0};
    stored_lineage stored;
    snprintf(path, sizeof path, "%s/tests/formats/v1/lineage/without_windows",
             source ? source : ".");
    if (!file_exists(path)) fail_msg("%s is missing; WEIR_SOURCE names the source tree", path);
    assert_int_equal(sealed_file_read(path, lineage_magic, &bytes), WEIR_OK);
    decode(&bytes, &stored);
    assert_int_equal(stored.stream_count, 5);
    assert_string_equal(stored.streams[2].space, "sums");
    assert_int_equal(stored.streams[2].partitions, 4);
    assert_int_equal(stored.streams[2].slide_ms, 20);
    assert_int_equal(stored.streams[2].window_ms, 0);
    weir_context *context = new_context(20);
    assert_int_equal(lineage_rebuild(&stored, context), WEIR_OK);
    assert_int_equal(context->lineage.stream_count, 5);
    assert_int_equal(context->lineage.streams[3]->timeout_ms, 5000);
    assert_true(context->lineage.streams[4]->cached);
    weir_context_free(context);
    buffer_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_built_again_as_they_were),
        cmocka_unit_test(intervals_and_filters_are_built_again_as_they_were),
        cmocka_unit_test(the_deepest_arguments_are_stored),
        cmocka_unit_test(a_window_without_its_length_is_damage),
        cmocka_unit_test(a_window_that_cannot_be_is_refused),
        cmocka_unit_test(no_changed_byte_crashes_the_reader),
        cmocka_unit_test(a_lineage_from_before_windows_is_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
