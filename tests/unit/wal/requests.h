/* For tests of the writer: requests that note their answers, over system calls with faults.
 * Included by one test file each, as faults.h is. */
#ifndef UNIT_WAL_REQUESTS_H
#define UNIT_WAL_REQUESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "support/log_files.h"
#include "unit/wal/faults.h"
#include "weir/context.h"

enum { MOST = 400, SIZE = 100 };

typedef struct note {
    wal_request base;
    char bytes[SIZE];
    weir_status status;
    int order; /* of its answer; 0: none yet */
    int syncs; /* that had been made when it was answered */
    char why[200];
} note;

static note notes[MOST];
static atomic_int answers;
static wal_writer *writer;
static log_files_found found;
static atomic_int warnings, errors;

static inline void answered(wal_request *request, weir_status status)
{
    note *note = (struct note *)request;
    note->status = status;
    note->syncs = syncs;
    if (status != WEIR_OK) snprintf(note->why, sizeof note->why, "%.150s", error_text());
    note->order = ++answers;
}

/* The i-th one holds the record i + 1. */
static inline void submit(size_t i)
{
    notes[i] = (note){.base = {.kind = WAL_BATCH_RECORD, .answered = answered}};
    notes[i].base.head_size = WAL_BATCH_HEAD;
    wal_batch_head_encode((int64_t)(i + 1) * 1000, notes[i].base.head);
    log_files_fill(notes[i].bytes, SIZE, i + 1);
    notes[i].base.bytes = notes[i].bytes;
    notes[i].base.size = SIZE;
    wal_writer_submit(writer, &notes[i].base);
}

static inline void submit_all(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) submit(i);
}

static inline void count_lines(weir_level level, const char *text, void *user)
{
    (void)text, (void)user;
    if (level == WEIR_WARNING) warnings++;
    if (level == WEIR_ERROR) errors++;
}

static inline int set_up(void **state)
{
    faults_clear();
    answers = warnings = errors = 0;
    weir_set_log(count_lines, NULL, WEIR_INFO);
    return log_files_set_up(state);
}

static inline void start(wal_options options)
{
    options.directory = log_files;
    memcpy(options.context_id, log_files_context, WAL_CONTEXT_ID);
    assert_int_equal(wal_writer_start(&writer, &options, (wal_end){.next_sequence = 1}), WEIR_OK);
    assert_int_equal(syncs, 1); /* of its first segment; what is counted begins here */
    writes = syncs = 0;
}

/* As behind the end of a log: the next segment is made with the first group. */
static inline void start_behind(wal_options options)
{
    wal_end end = {.tail = {0, WAL_SEGMENT_HEADER}, .next_sequence = 1};
    options.directory = log_files;
    memcpy(options.context_id, log_files_context, WAL_CONTEXT_ID);
    assert_int_equal(wal_writer_start(&writer, &options, end), WEIR_OK);
    assert_int_equal(syncs, 0);
}

static inline void assert_answered(size_t from, size_t to, weir_status status)
{
    for (size_t i = from; i < to; i++) {
        assert_int_equal(notes[i].order, (int)i + 1);
        assert_int_equal(notes[i].status, status);
    }
}

/* All of the log is well, and has `count` records. */
static inline void assert_log(size_t count)
{
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(found.sequences[i], i + 1);
    assert_int_equal(found.damage_count, 0);
    assert_false(found.end.is_torn);
}

#define writer_test(name) cmocka_unit_test_setup_teardown(name, set_up, log_files_tear_down)

#endif
