#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "support/log_files.h"
#include "wal/directory.h"
#include "wal/view.h"

/* --- A disk with a place that cannot be read ------------------------------------------------- */

static off_t bad_from, bad_to;

ssize_t pread(int descriptor, void *bytes, size_t size, off_t offset)
{
    if (offset < bad_to && offset + (off_t)size > bad_from) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, descriptor, bytes, size, offset);
}

/* --- Logs ------------------------------------------------------------------------------------ */

static const wal_position beginning;
static log_files_found found;

/* Groups of 3, 1 and 2 records, 100 bytes each: 192 in the segment. */
static void make_segment(uint64_t number, uint64_t first, bool is_sealed)
{
    wal_segment segment;
    log_files_begin(&segment, number, first);
    log_files_group(&segment, first, 3, 100);
    log_files_group(&segment, first + 3, 1, 100);
    log_files_group(&segment, first + 4, 2, 100);
    if (is_sealed) log_files_seal(&segment, first + 6);
    else wal_segment_close(&segment);
}
enum { RECORDS = 6, RECORD = 192, END = WAL_SEGMENT_HEADER + RECORDS * RECORD };

static void assert_sequences(uint64_t first, size_t count)
{
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(found.sequences[i], first + i);
}

static void assert_all_is_well(void)
{
    assert_int_equal(found.damage_count, 0);
    assert_int_equal(found.torn.found, WAL_FOUND_END);
    assert_false(found.end.is_torn);
}

/* --- Good ones ------------------------------------------------------------------------------- */

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

/* Room that was allocated and never used. */
/* A checkpoint that was taken before anything was appended. */
static void test_it_begins_where_nothing_was_written_yet(void **state)
{
    (void)state;
    log_files_scan((wal_position){1, WAL_SEGMENT_HEADER}, 0, &found);
    assert_int_equal(found.damage_count, 0);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.end.next_sequence, 1);
}

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

/* --- Torn tails ------------------------------------------------------------------------------ */

/* The place of the record behind which nothing is whole if the file is cut at `size`. */
static uint64_t whole_before(uint64_t size)
{
    if (size < WAL_SEGMENT_HEADER) return 0;
    return WAL_SEGMENT_HEADER + (size - WAL_SEGMENT_HEADER) / RECORD * RECORD;
}

static void test_torn_at_every_length(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    size_t size;
    char *bytes = log_files_read(1, &size);
    assert_int_equal(size, END);
    for (size_t cut = 0; cut <= size; cut++) {
        log_files_write(1, bytes, cut);
        log_files_scan(beginning, 0, &found);
        uint64_t tail = whole_before(cut);
        bool is_padding = cut > tail && cut - tail >= WAL_ENTRY_HEADER + 8 + 100;
        if (is_padding && tail + RECORD <= END) { /* only zeros are missing */
            assert_sequences(1, (tail - WAL_SEGMENT_HEADER) / RECORD + 1);
            assert_all_is_well();
            continue;
        }
        assert_sequences(1, tail ? (tail - WAL_SEGMENT_HEADER) / RECORD : 0);
        assert_int_equal(found.damage_count, 0);
        assert_int_equal(found.end.tail.offset, tail);
        assert_int_equal(found.end.is_torn, cut != tail);
        assert_int_equal(found.end.next_sequence, found.count + 1);
    }
    free(bytes);
}

/* The same with the room behind it allocated, as a crash leaves it. */
static void test_torn_in_allocated_room(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    size_t size;
    char *bytes = log_files_read(1, &size);
    char *room = calloc(1, 16384);
    for (size_t cut = 0; cut <= size; cut++) {
        memset(room, 0, 16384);
        memcpy(room, bytes, cut);
        log_files_write(1, room, 16384);
        log_files_scan(beginning, 0, &found);
        assert_int_equal(found.damage_count, 0);
        assert_true(found.count >= (cut < 64 ? 0 : (cut - 64) / RECORD));
        assert_int_equal(found.end.next_sequence, found.count + 1);
    }
    free(room);
    free(bytes);
}

/* Parts of one write may reach the disk in any order. */
static void test_torn_group_with_whole_entries_behind(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 2, 100);
    log_files_group(&segment, 3, 4, 100);
    wal_segment_close(&segment);
    log_files_flip(1, WAL_SEGMENT_HEADER + 3 * RECORD + 60, 1); /* record 4 */
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, 3);
    assert_int_equal(found.damage_count, 0);
    assert_true(found.end.is_torn);
    assert_int_equal(found.end.torn_entries, 2);
    assert_int_equal(found.end.tail.offset, WAL_SEGMENT_HEADER + 3 * RECORD);
    assert_int_equal(found.end.next_sequence, 4);
}

/* A later group proves that the one before it was synced. */
static void test_damage_before_a_later_group(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 4, 100);
    log_files_group(&segment, 5, 1, 100);
    wal_segment_close(&segment);
    log_files_flip(1, WAL_SEGMENT_HEADER + RECORD + 60, 1);
    log_files_scan(beginning, 0, &found);
    assert_int_equal(found.count, 4);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.offset, WAL_SEGMENT_HEADER + RECORD);
    assert_int_equal(found.damage[0].end, WAL_SEGMENT_HEADER + 2 * RECORD);
    assert_int_equal(found.damage[0].first_missing, 2);
    assert_int_equal(found.damage[0].missing, 1);
    assert_false(found.end.is_torn);
}

/* --- Damage ---------------------------------------------------------------------------------- */

/* Everything but what was hit is found, and what was hit is reported with its place. */
static void check_flip(uint64_t offset, uint64_t segment_end)
{
    size_t lost = 0;
    log_files_scan(beginning, 0, &found);
    assert_false(found.end.is_torn && found.damage_count > 0);
    if (offset >= WAL_SEGMENT_HEADER && offset < segment_end) lost = 1;
    if (offset >= WAL_SEGMENT_HEADER && offset < segment_end &&
        (offset - WAL_SEGMENT_HEADER) % RECORD >= WAL_ENTRY_HEADER + 8 + 100)
        lost = 0; /* padding */
    assert_int_equal(found.count, 2 * RECORDS - lost);
    if (lost == 0) return;
    assert_int_equal(found.damage_count, 1);
    const wal_item *damage = &found.damage[0];
    assert_int_equal(damage->place.offset, whole_before(offset));
    assert_int_equal(damage->end, damage->place.offset + RECORD);
    assert_int_equal(damage->missing, 1);
}

static void test_every_byte_flipped(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    make_segment(2, 7, true);
    for (uint64_t number = 1; number <= 2; number++) {
        size_t size;
        char *bytes = log_files_read(number, &size);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
            log_files_write(number, bytes, size);
            check_flip(i, END);
            if (i < WAL_SEGMENT_HEADER) assert_int_equal(found.damage_count, 1);
            bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
        }
        log_files_write(number, bytes, size);
        free(bytes);
    }
    log_files_scan(beginning, 0, &found);
    assert_all_is_well();
}

/* In a log that was not closed, the last group may be torn: the flips there cost what follows in
 * the group, and never anything before. */
static void test_every_byte_flipped_in_an_open_log(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    size_t size;
    char *bytes = log_files_read(1, &size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)(bytes[i] ^ 0x10);
        log_files_write(1, bytes, size);
        log_files_scan(beginning, 0, &found);
        size_t hit = i < 64 ? RECORDS : (i - 64) / RECORD;
        if (hit < 4) {
            assert_true(found.count >= RECORDS - 1);
            assert_false(found.end.is_torn);
        } else if (hit < RECORDS) {
            assert_true(found.count >= hit);
            assert_int_equal(found.damage_count, 0);
        } else {
            assert_int_equal(found.count, RECORDS);
            assert_int_equal(found.damage_count, 1);
        }
        bytes[i] = (char)(bytes[i] ^ 0x10);
    }
    free(bytes);
}

static void test_a_long_hole(void **state)
{
    (void)state;
    make_segment(1, 1, true);
    make_segment(2, 8, true);
    size_t size;
    char *bytes = log_files_read(1, &size);
    memset(bytes + 100, 0x5a, 3 * RECORD);
    log_files_write(1, bytes, size);
    log_files_scan(beginning, 0, &found);
    assert_int_equal(found.count, 12 - 4);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].first_missing, 1);
    assert_int_equal(found.damage[0].missing, 4);
    assert_int_equal(found.damage[0].place.offset, 64);
    assert_int_equal(found.damage[0].end, 64 + 4 * RECORD);
    free(bytes);
}

static void test_the_end_of_an_earlier_segment(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    make_segment(2, 7, true);
    size_t size;
    char *bytes = log_files_read(1, &size);
    for (size_t cut = 0; cut < END; cut++) {
        log_files_write(1, bytes, cut);
        log_files_scan(beginning, 0, &found);
        assert_false(found.end.is_torn);
        size_t padding = RECORD - (WAL_ENTRY_HEADER + WAL_BATCH_HEAD + 100);
        size_t whole = cut < 64 ? 0 : (cut - 64 + padding) / RECORD;
        assert_int_equal(found.count, RECORDS + whole);
        /* Without a first header nobody can tell how many were in an empty file. */
        if (whole < RECORDS && cut > 0) assert_in_range(found.damage_count, 1, 2);
    }
    free(bytes);
}

static void test_a_segment_is_missing(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    make_segment(2, 7, false);
    make_segment(3, 13, true);
    log_files_remove(2);
    log_files_scan(beginning, 0, &found);
    assert_int_equal(found.count, 12);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.segment, 3);
    assert_int_equal(found.damage[0].first_missing, 7);
    assert_int_equal(found.damage[0].missing, 6);
}

static void test_segments_that_were_exchanged(void **state)
{
    (void)state;
    size_t size;
    make_segment(1, 1, true);
    make_segment(2, 8, true);
    char *bytes = log_files_read(1, &size);
    log_files_write(2, bytes, size);
    log_files_scan(beginning, 0, &found);
    assert_sequences(1, RECORDS);
    assert_true(found.end.is_torn || found.damage_count > 0);
    free(bytes);
}

/* A reader beside the writer: the window has a group as it was in the middle of its write, the
 * next one is read later. */
static void test_what_was_written_since_it_was_read(void **state)
{
    (void)state;
    enum { LARGE = 600000, LARGER = 1200000 };
    wal_segment segment;
    wal_reader *reader;
    wal_item item;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 1, 100);
    uint64_t second = segment.offset;
    log_files_group(&segment, 2, 1, LARGE);
    log_files_group(&segment, 3, 1, LARGER);
    wal_segment_close(&segment);
    log_files_flip(1, second + 1000, 1);
    assert_int_equal(wal_reader_open(&reader, log_files, beginning, 0), WEIR_OK);
    for (uint64_t i = 1; i <= 3; i++) {
        assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
        assert_int_equal(item.found, WAL_FOUND_ENTRY);
        assert_int_equal(item.entry.header.sequence, i);
        if (i == 1) log_files_flip(1, second + 1000, 1); /* and now it is whole */
    }
    wal_reader_free(reader);
}

static void test_a_segment_of_another_context(void **state)
{
    (void)state;
    make_segment(1, 1, true);
    wal_segment segment = {0};
    wal_segment_header header = {.owner = 1, .number = 2, .first_sequence = 8};
    assert_int_equal(wal_segment_create(&segment, log_files, &header, 16384, 64, false), WEIR_OK);
    log_files_group(&segment, 8, 2, 100);
    wal_segment_close(&segment);
    make_segment(3, 8, true);
    log_files_scan(beginning, 0, &found);
    assert_int_equal(found.count, 2 * RECORDS);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.segment, 2);
}

static void test_a_place_that_cannot_be_read(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    for (uint64_t i = 0; i < 50; i++) log_files_group(&segment, 1 + i, 1, 1000);
    log_files_seal(&segment, 51);
    bad_from = 5000;
    bad_to = 6000;
    log_files_scan(beginning, 0, &found);
    bad_to = 0;
    assert_int_equal(found.count, 50 - 5); /* a page of 4096 bytes, and what reaches into it */
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].missing, 5);
    assert_false(found.end.is_torn);
    /* The numbers of what may stand in a last place that cannot be read are not given again. */
    bad_from = 50 * 1088;
    bad_to = 60 * 1088;
    log_files_scan(beginning, 0, &found);
    bad_to = 0;
    assert_false(found.end.is_torn);
    assert_true(found.end.next_sequence >= 52);
    assert_int_equal(found.damage_count, 1);
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

/* --- Equal numbers --------------------------------------------------------------------------- */

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

#define log_test(name) cmocka_unit_test_setup_teardown(name, log_files_set_up, log_files_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_empty),
        log_test(test_payload_is_padded),
        log_test(test_segments_in_order),
        log_test(test_from_a_position),
        log_test(test_where_it_should_begin_is_missing),
        log_test(test_it_begins_where_nothing_was_written_yet),
        log_test(test_zeros_behind_the_end),
        log_test(test_a_segment_of_nothing),
        log_test(test_torn_at_every_length),
        log_test(test_torn_in_allocated_room),
        log_test(test_torn_group_with_whole_entries_behind),
        log_test(test_damage_before_a_later_group),
        log_test(test_every_byte_flipped),
        log_test(test_every_byte_flipped_in_an_open_log),
        log_test(test_a_long_hole),
        log_test(test_the_end_of_an_earlier_segment),
        log_test(test_a_segment_is_missing),
        log_test(test_segments_that_were_exchanged),
        log_test(test_what_was_written_since_it_was_read),
        log_test(test_a_segment_of_another_context),
        log_test(test_a_place_that_cannot_be_read),
        log_test(test_newer_format_is_refused),
        log_test(test_equal_numbers_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
