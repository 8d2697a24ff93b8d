/* A log whose last segment ends in the middle of a write. */
#include "unit/wal/six_records.h"

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

/* From where the first checkpoint of a context stands, too: its header says which number the first
 * entry has. */
static void test_torn_first_group_behind_the_header(void **state)
{
    (void)state;
    static const wal_position behind_header = {1, WAL_SEGMENT_HEADER};
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 2, 100);
    wal_segment_close(&segment);
    log_files_flip(1, WAL_SEGMENT_HEADER + 60, 1); /* record 1 */
    log_files_scan(behind_header, 0, &found);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.damage_count, 0);
    assert_true(found.end.is_torn);
    assert_int_equal(found.end.torn_entries, 1);
    assert_int_equal(found.end.tail.offset, WAL_SEGMENT_HEADER);
    assert_int_equal(found.end.next_sequence, 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_torn_at_every_length),
        log_test(test_torn_in_allocated_room),
        log_test(test_torn_group_with_whole_entries_behind),
        log_test(test_torn_first_group_behind_the_header),
        log_test(test_damage_before_a_later_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
