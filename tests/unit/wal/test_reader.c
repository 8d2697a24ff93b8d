/* Reading a log that has all it should have. */
#include "unit/wal/six_records.h"

#include "base/error.h"
#include "wal/directory.h"
#include "wal/view.h"

static void test_empty(void **state)
{
    (void)state;
    log_files_scan(beginning, 0, &found);
    assert_sequences(0, 0);
    assert_all_is_well();
    assert_int_equal(found.end.tail.segment, 0);
    assert_int_equal(found.end.next_sequence, 1);
}

static void test_segments_in_order(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    make_segment(2, 7, false);
    make_segment(5, 13, true); /* numbers of segments may be left out */
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, 18);
    assert_all_is_well();
    assert_int_equal(found.end.tail.segment, 5);
    assert_int_equal(found.end.tail.offset, END + 64);
    assert_int_equal(found.end.next_sequence, 20);
}

static void test_from_a_position(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    make_segment(2, 7, false);
    log_files_scan((wal_position){1, WAL_SEGMENT_HEADER + 4 * RECORD}, 5, &found);
    assert_sequences(5, 8);
    assert_all_is_well();
    log_files_scan((wal_position){1, END}, 0, &found); /* the end of a segment */
    assert_sequences(7, 6);
    assert_all_is_well();
    log_files_scan((wal_position){2, 0}, 0, &found);
    assert_sequences(7, 6);
    assert_all_is_well();
    log_files_scan((wal_position){2, END}, 13, &found);
    assert_sequences(0, 0);
    assert_all_is_well();
    assert_int_equal(found.end.next_sequence, 13);
    wal_reader *reader;
    assert_int_equal(wal_reader_open(&reader, log_files, (wal_position){1, 65}, 0), WEIR_DAMAGED);
}

static void test_where_it_should_begin_is_missing(void **state)
{
    (void)state;
    make_segment(3, 13, false);
    log_files_scan((wal_position){2, 64}, 0, &found);
    assert_sequences(13, 6);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.segment, 2);
    log_files_scan((wal_position){2, 64}, 10, &found);
    assert_sequences(13, 6);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].first_missing, 10);
    assert_int_equal(found.damage[0].missing, 3);
    log_files_scan((wal_position){3, 64000}, 0, &found);
    assert_int_equal(found.damage_count, 1);
    log_files_scan((wal_position){4, 640}, 19, &found);
    assert_int_equal(found.end.tail.segment, 4);
    assert_int_equal(found.end.next_sequence, 19);
}

/* A checkpoint that was taken before anything was appended. */
static void test_it_begins_where_nothing_was_written_yet(void **state)
{
    (void)state;
    log_files_scan((wal_position){1, WAL_SEGMENT_HEADER}, 0, &found);
    assert_int_equal(found.damage_count, 0);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.end.next_sequence, 1);
}

/* Room that was allocated and never used. */
static void test_zeros_behind_the_end(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    size_t size;
    char *bytes = log_files_read(1, &size);
    char *longer = calloc(1, 3 << 20);
    memcpy(longer, bytes, size);
    log_files_write(1, longer, (3 << 20) - 5);
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, RECORDS);
    assert_all_is_well();
    assert_int_equal(found.end.tail.offset, END);
    make_segment(2, 7, false);
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, 12);
    assert_all_is_well();
    free(longer);
    free(bytes);
}

static void test_a_segment_of_nothing(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    log_files_write(2, "", 0);
    char zeros[1000] = {0};
    log_files_write(3, zeros, sizeof zeros);
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, RECORDS);
    assert_all_is_well();
    assert_int_equal(found.end.tail.segment, 3);
    assert_int_equal(found.end.tail.offset, 0);
    make_segment(4, 7, false);
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, 12);
    assert_all_is_well();
}

static void test_newer_format_is_refused(void **state)
{
    (void)state;
    make_segment(1, 1, true);
    size_t size;
    char *bytes = log_files_read(1, &size);
    bytes[8] = 2;
    uint64_t checksum = wal_checksum(bytes, 56, NULL, 0);
    memcpy(bytes + 56, &checksum, 8);
    log_files_write(1, bytes, size);
    free(bytes);
    wal_reader *reader;
    wal_item item;
    assert_int_equal(wal_reader_open(&reader, log_files, beginning, 0), WEIR_OK);
    assert_int_equal(wal_reader_next(reader, &item), WEIR_UNSUPPORTED);
    assert_non_null(strstr(error_text(), "newer"));
    wal_reader_free(reader);
}

/* What decodes a payload reads up to 16 bytes behind it, also where the file ends there. */
static void test_payload_is_padded(void **state)
{
    static const char zeros[16];
    char behind[16]; /* copied: a sanitizer sees no comparison of cmocka's */
    wal_view view;
    wal_entry entry;
    uint64_t offset = END - RECORD;
    (void)state;
    make_segment(1, 1, false);
    log_files_cut(1, offset + WAL_ENTRY_HEADER + WAL_BATCH_HEAD + 100);
    assert_int_equal(wal_view_open(&view, log_files, 1), WEIR_OK);
    assert_int_equal(wal_view_entry(&view, offset, &entry), WAL_VIEW_ENTRY);
    memcpy(behind, entry.payload + entry.header.size, sizeof behind);
    assert_memory_equal(behind, zeros, sizeof zeros);
    wal_view_close(&view);
}

/* After a failed sync a group is written again, to a new segment: what is left in the old one may
 * be all of it, a part, or nothing. */
static void test_equal_numbers_count_once(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 2, 100);
    log_files_group(&segment, 3, 3, 100);
    wal_segment_close(&segment);
    log_files_begin(&segment, 2, 3);
    log_files_group(&segment, 3, 3, 100);
    log_files_group(&segment, 6, 1, 100);
    log_files_seal(&segment, 7);
    size_t size;
    char *bytes = log_files_read(1, &size);
    for (size_t cut = 64 + 2 * RECORD; cut <= size; cut += 16) {
        log_files_write(1, bytes, cut);
        log_files_scan(beginning, 0, &found);
        assert_sequences(1, 6);
        assert_all_is_well();
        assert_int_equal(found.end.next_sequence, 8);
    }
    for (size_t i = 64 + 2 * RECORD; i < size; i += 16) { /* likewise with holes */
        bytes[i] = (char)(bytes[i] ^ 4);
        log_files_write(1, bytes, size);
        log_files_scan(beginning, 0, &found);
        assert_sequences(1, 6);
        assert_all_is_well();
        bytes[i] = (char)(bytes[i] ^ 4);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_empty),
        log_test(test_segments_in_order),
        log_test(test_from_a_position),
        log_test(test_where_it_should_begin_is_missing),
        log_test(test_it_begins_where_nothing_was_written_yet),
        log_test(test_zeros_behind_the_end),
        log_test(test_a_segment_of_nothing),
        log_test(test_newer_format_is_refused),
        log_test(test_payload_is_padded),
        log_test(test_equal_numbers_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
