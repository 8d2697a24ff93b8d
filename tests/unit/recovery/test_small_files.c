/* Manifest, lineage and the sealed files they are in: what is written is read, and what is damaged
 * in any byte is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/file.h"
#include "graph/lineage.h"
#include "record/value.h"
#include "library/library.h"
#include "recovery/lineage_codec.h"
#include "recovery/manifest.h"
#include "recovery/sealed_file.h"
#include "support/scratch.h"
#include "weir/library.h"

static arena room;

static int set_up(void **state)
{
    (void)state;
    library_register();
    arena_init(&room, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&room);
    return 0;
}

static manifest example(void)
{
    static const manifest_file files[] = {{"000012.sst", 4096, 0xfeedfacecafebeefU},
                                          {"CURRENT", 16, 7}};
    return (manifest){.context_id = "0123456789abcde",
                      .owner = 1,
                      .app_name = "an application",
                      .zero_ms = 1475052702000,
                      .first_start_ms = 1475052702345,
                      .interval_ms = 1000,
                      .partitions = 8,
                      .time_ms = 1475052712000,
                      .next_block = 77,
                      .log_segment = 3,
                      .log_offset = 640,
                      .log_newest = 5,
                      .place = "place",
                      .place_size = 5,
                      .batches = 10,
                      .files = files,
                      .file_count = 2};
}

static void a_manifest_is_read_as_it_was_written(void **state)
{
    (void)state;
    manifest given = example(), read;
    buffer bytes = {0};
    manifest_encode(&given, &bytes);
    buffer_reserve(&bytes, 64);
    assert_int_equal(manifest_decode(bytes.bytes, bytes.size, &room, &read), WEIR_OK);
    assert_memory_equal(read.context_id, given.context_id, CONTEXT_ID_BYTES);
    assert_string_equal(read.app_name, given.app_name);
    assert_int_equal(read.zero_ms, given.zero_ms);
    assert_int_equal(read.first_start_ms, given.first_start_ms);
    assert_int_equal(read.time_ms, given.time_ms);
    assert_int_equal(read.next_block, 77);
    assert_int_equal(read.log_segment, 3);
    assert_int_equal(read.log_offset, 640);
    assert_int_equal(read.log_newest, 5);
    assert_int_equal(read.place_size, 5);
    assert_memory_equal(read.place, "place", 5);
    assert_int_equal(read.file_count, 2);
    assert_string_equal(read.files[0].name, "000012.sst");
    assert_true(read.files[0].hash == 0xfeedfacecafebeefU);
    buffer_release(&bytes);
}

/* No crash, whatever the bytes; a decoder may accept a flipped byte, the sealed file never
 * does. */
static void flipped_bytes_never_crash_a_decoder(void **state)
{
    (void)state;
    manifest given = example(), read;
    buffer bytes = {0};
    manifest_encode(&given, &bytes);
    buffer_reserve(&bytes, 64);
    for (size_t i = 0; i < bytes.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes.bytes[i] = (char)(bytes.bytes[i] ^ (1 << bit));
            (void)manifest_decode(bytes.bytes, bytes.size, &room, &read);
            bytes.bytes[i] = (char)(bytes.bytes[i] ^ (1 << bit));
        }
    }
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_not_equal(manifest_decode(bytes.bytes, size, &room, &read), WEIR_OK);
    buffer_release(&bytes);
}

static void a_file_name_cannot_lead_out_of_the_checkpoint(void **state)
{
    (void)state;
    static const char *const names[] = {"../other", "/etc/passwd", ""};
    for (size_t i = 0; i < 3; i++) {
        manifest_file file = {names[i], 1, 1};
        manifest given = example(), read;
        given.files = &file;
        given.file_count = 1;
        buffer bytes = {0};
        manifest_encode(&given, &bytes);
        buffer_reserve(&bytes, 64);
        assert_int_equal(manifest_decode(bytes.bytes, bytes.size, &room, &read), WEIR_DAMAGED);
        buffer_release(&bytes);
    }
}

static void a_lineage_is_read_as_it_was_written(void **state)
{
    (void)state;
    lineage lineage;
    lineage_init(&lineage, NULL, 1000);
    weir_stream *lines = lineage_add_source(&lineage, NULL, "socketTextStream localhost:9999");
    weir_stream *ones = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_state_options options = {.name = "counts", .partitions = 4};
    weir_stream *counts =
        weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), &options);
    assert_non_null(counts);
    assert_int_equal(weir_print(counts, 10), WEIR_OK);
    assert_int_equal(lineage_name_spaces(&lineage), WEIR_OK);
    buffer bytes = {0};
    stored_lineage read;
    lineage_encode(&lineage, &bytes);
    buffer_reserve(&bytes, 64);
    assert_int_equal(lineage_decode(bytes.bytes, bytes.size, &room, &read), WEIR_OK);
    assert_int_equal(read.stream_count, 3);
    assert_int_equal(read.output_count, 1);
    assert_string_equal(read.streams[0].source_text, "socketTextStream localhost:9999");
    assert_string_equal(read.streams[1].function, "pair_with_one");
    assert_null(read.streams[1].space);
    assert_string_equal(read.streams[2].space, "counts");
    assert_int_equal(read.streams[2].kind, STREAM_UPDATE_STATE_BY_KEY);
    assert_int_equal(read.streams[2].partitions, 4);
    for (size_t i = 0; i < bytes.size; i++) {
        bytes.bytes[i] = (char)(bytes.bytes[i] ^ 0x41);
        (void)lineage_decode(bytes.bytes, bytes.size, &room, &read);
        bytes.bytes[i] = (char)(bytes.bytes[i] ^ 0x41);
    }
    buffer_release(&bytes);
    lineage_release(&lineage);
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void a_sealed_file_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    char base[64], path[80];
    assert_true(scratch_make(base, sizeof base, "weir-sealed"));
    snprintf(path, sizeof path, "%s/sealed", base);
    buffer payload = {0}, read = {0};
    buffer_append_text(&payload, "what is sealed");
    assert_int_equal(sealed_file_write(path, manifest_magic, &payload), WEIR_OK);
    assert_int_equal(sealed_file_read(path, manifest_magic, &read), WEIR_OK);
    assert_int_equal(read.size, payload.size);
    assert_memory_equal(read.bytes, payload.bytes, payload.size);
    assert_int_equal(sealed_file_read(path, lineage_magic, &read), WEIR_DAMAGED);

    char whole[64];
    FILE *file = fopen(path, "rb");
    size_t size = fread(whole, 1, sizeof whole, file);
    fclose(file);
    assert_int_equal(size, SEALED_HEADER + payload.size);
    for (size_t i = 0; i < size; i++) {
        whole[i] = (char)(whole[i] ^ 0x20);
        write_bytes(path, whole, size);
        assert_int_not_equal(sealed_file_read(path, manifest_magic, &read), WEIR_OK);
        whole[i] = (char)(whole[i] ^ 0x20);
    }
    for (size_t cut = 0; cut < size; cut++) {
        write_bytes(path, whole, cut);
        assert_int_not_equal(sealed_file_read(path, manifest_magic, &read), WEIR_OK);
    }
    whole[8] = 2; /* a version to come */
    write_bytes(path, whole, size);
    assert_int_equal(sealed_file_read(path, manifest_magic, &read), WEIR_UNSUPPORTED);
    assert_int_equal(file_remove_tree(base), WEIR_OK);
    buffer_release(&payload);
    buffer_release(&read);
}

/* What could not be read again is not written. */
static void a_payload_that_is_too_large_is_refused(void **state)
{
    (void)state;
    char base[64], path[80], bytes[] = "more than there are";
    assert_true(scratch_make(base, sizeof base, "weir-sealed"));
    snprintf(path, sizeof path, "%s/sealed", base);
    buffer payload = {.bytes = bytes, .size = (size_t)SEALED_PAYLOAD_MAX + 1};
    assert_int_equal(sealed_file_write(path, manifest_magic, &payload), WEIR_UNSUPPORTED);
    assert_false(file_exists(path));
    assert_int_equal(file_remove_tree(base), WEIR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_is_read_as_it_was_written),
        cmocka_unit_test(flipped_bytes_never_crash_a_decoder),
        cmocka_unit_test(a_file_name_cannot_lead_out_of_the_checkpoint),
        cmocka_unit_test(a_lineage_is_read_as_it_was_written),
        cmocka_unit_test(a_sealed_file_with_any_byte_changed_is_refused),
        cmocka_unit_test(a_payload_that_is_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
