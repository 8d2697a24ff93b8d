/* A log that has lost what was synced once. */
#include "unit/wal/six_records.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Also the first one, whose context would be taken for that of the log else. */
static void test_segments_of_another_context_than_expected(void **state)
{
    (void)state;
    static const uint8_t other[WAL_CONTEXT_ID] = {1};
    wal_reader *reader;
    wal_item item;
    make_segment(1, 1, true);
    make_segment(2, 8, true);
    for (int is_own = 0; is_own < 2; is_own++) {
        assert_int_equal(wal_reader_open(&reader, log_files, beginning, 0), WEIR_OK);
        wal_reader_expect(reader, is_own ? log_files_context : other);
        for (uint64_t segment = 1; segment <= 2 && !is_own; segment++) {
            assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
            assert_int_equal(item.found, WAL_FOUND_DAMAGE);
            assert_int_equal(item.place.segment, segment);
        }
        assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
        assert_int_equal(item.found, is_own ? WAL_FOUND_ENTRY : WAL_FOUND_END);
        wal_reader_free(reader);
    }
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

/* Where reading begins nothing was read before; the entry before tells the number all the same. */
static void test_what_is_missing_where_reading_begins(void **state)
{
    (void)state;
    make_segment(1, 1, false);
    make_segment(2, 7, true);
    const wal_position third = {1, WAL_SEGMENT_HEADER + 2 * RECORD};
    log_files_scan(third, 0, &found);
    assert_int_equal(found.damage_count, 0);
    size_t size;
    char *bytes = log_files_read(1, &size);
    memset(bytes + third.offset, 0, size - third.offset);
    log_files_write(1, bytes, size); /* as if nothing had been written there */
    free(bytes);
    for (int i = 0; i < 2; i++) {
        log_files_scan(third, 0, &found);
        assert_int_equal(found.damage_count, 1);
        assert_int_equal(found.damage[0].first_missing, 3);
        assert_int_equal(found.damage[0].missing, 4);
        log_files_cut(1, third.offset); /* the same, with nothing there at all */
    }
    log_files_scan((wal_position){1, WAL_SEGMENT_HEADER}, 0, &found);
    assert_int_equal(found.damage[0].missing, 4);
    log_files_cut(1, WAL_SEGMENT_HEADER);
    log_files_scan((wal_position){1, WAL_SEGMENT_HEADER}, 0, &found);
    assert_int_equal(found.damage[0].missing, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_every_byte_flipped),
        log_test(test_every_byte_flipped_in_an_open_log),
        log_test(test_a_long_hole),
        log_test(test_the_end_of_an_earlier_segment),
        log_test(test_a_segment_is_missing),
        log_test(test_segments_that_were_exchanged),
        log_test(test_what_was_written_since_it_was_read),
        log_test(test_a_segment_of_another_context),
        log_test(test_segments_of_another_context_than_expected),
        log_test(test_a_place_that_cannot_be_read),
        log_test(test_what_is_missing_where_reading_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
