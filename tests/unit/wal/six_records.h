/* For tests of the reader: segments of six records, and what is found of them. */
#ifndef UNIT_WAL_SIX_RECORDS_H
#define UNIT_WAL_SIX_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/log_files.h"

static const wal_position beginning;
static log_files_found found;

/* Groups of 3, 1 and 2 records, 100 bytes each: 192 in the segment. */
static inline void make_segment(uint64_t number, uint64_t first, bool is_sealed)
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

static inline void assert_sequences(uint64_t first, size_t count)
{
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(found.sequences[i], first + i);
}

static inline void assert_all_is_well(void)
{
    assert_int_equal(found.damage_count, 0);
    assert_int_equal(found.torn.found, WAL_FOUND_END);
    assert_false(found.end.is_torn);
}

/* The place of the record behind which nothing is whole if the file is cut at `size`. */
static inline uint64_t whole_before(uint64_t size)
{
    if (size < WAL_SEGMENT_HEADER) return 0;
    return WAL_SEGMENT_HEADER + (size - WAL_SEGMENT_HEADER) / RECORD * RECORD;
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, log_files_set_up, log_files_tear_down)

#endif
