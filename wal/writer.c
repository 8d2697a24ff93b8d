#include "wal/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "base/named_thread.h"
#include "base/priority.h"
#include "wal/appender.h"

struct wal_writer {
    wal_options options;
    char *directory;
    pthread_t thread;

    /* the writer thread's */
    wal_appender appender;
    wal_group group;
    int64_t full_since_us;
    log_damper full_damper;
    unsigned failures; /* one after another, a full disk not counted */
    weir_status failed;
    char why[ERROR_TEXT_MAX];

    pthread_mutex_t mutex;
    pthread_cond_t wanted;   /* for the writer: something waits, or it should end */
    pthread_cond_t answered; /* for drain */
    /* under the mutex */
    wal_request *first_waiting;
    wal_request *last_waiting;
    uint64_t submitted;
    uint64_t answers;
    uint64_t syncs_asked;
    uint64_t syncs_answered;
    weir_status sync_status; /* of the last one that was asked for */
    char sync_why[ERROR_TEXT_MAX];
    bool is_stopping;
    bool has_given_up;
    wal_position position;
    uint64_t newest; /* segment that is there */
    wal_statistics statistics;
};

/* --- Waiting --------------------------------------------------------------------------------- */

/* Under the mutex: until somebody signals, or `until_us` (0: no limit) has come. */
static void wait_until(wal_writer *writer, int64_t until_us)
{
    if (until_us == 0) {
        pthread_cond_wait(&writer->wanted, &writer->mutex);
        return;
    }
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_cond_timedwait(&writer->wanted, &writer->mutex, &until);
}

static void take_group(wal_writer *writer)
{
    wal_group *group = &writer->group;
    *group = (wal_group){.pieces = group->pieces};
    while (writer->first_waiting && group->count < WAL_GROUP_ENTRIES) {
        wal_request *request = writer->first_waiting;
        uint64_t space = wal_entry_space(request->head_size + request->size);
        if (group->count > 0 && group->bytes + space > writer->options.group_bytes) break;
        writer->first_waiting = request->next;
        wal_group_add(group, request);
    }
    if (!writer->first_waiting) writer->last_waiting = NULL;
}

/* Waits for a group or for a sync that is due; false when there is nothing more to do. */
static bool await_work(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    while (!writer->first_waiting && !writer->is_stopping &&
           writer->syncs_asked == writer->syncs_answered &&
           !wal_appender_sync_is_due(&writer->appender))
        wait_until(writer, writer->appender.sync_due_us);
    take_group(writer);
    bool is_over = writer->is_stopping && writer->group.count == 0;
    pthread_mutex_unlock(&writer->mutex);
    return !is_over;
}

/* --- Answering ------------------------------------------------------------------------------- */

/* The request may be gone after its answer. */
static void answer_group(wal_writer *writer, weir_status status)
{
    wal_request *next;
    for (wal_request *request = writer->group.first; request; request = next) {
        next = request->next;
        free(request->compressed);
        if (status != WEIR_OK) error_set(status, "%s", writer->why);
        request->answered(request, status);
    }
    /* Not before they are answered: a checkpoint needs the log from the position on, or from what
     * the sources know of, and they know of a block by its answer. */
    pthread_mutex_lock(&writer->mutex);
    writer->answers += writer->group.count;
    if (status == WEIR_OK) {
        writer->statistics.groups++;
        writer->statistics.entries += writer->group.count;
        writer->statistics.bytes += writer->group.bytes;
        writer->statistics.syncs = writer->appender.syncs;
        const wal_segment *segment = &writer->appender.segment;
        writer->position = (wal_position){segment->number, segment->offset};
        writer->newest = segment->number;
    }
    pthread_cond_broadcast(&writer->answered);
    pthread_mutex_unlock(&writer->mutex);
}

/* For those who asked before the group that was just stored, or that waits for room. */
static void sync_asked(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    uint64_t asked = writer->syncs_asked;
    bool is_asked = asked > writer->syncs_answered;
    pthread_mutex_unlock(&writer->mutex);
    if (!is_asked) return;
    weir_status status = wal_appender_sync_all(&writer->appender);
    pthread_mutex_lock(&writer->mutex);
    writer->syncs_answered = asked;
    writer->sync_status = status;
    if (status != WEIR_OK)
        (void)snprintf(writer->sync_why, sizeof writer->sync_why, "%s", error_text());
    pthread_cond_broadcast(&writer->answered);
    pthread_mutex_unlock(&writer->mutex);
}

/* --- Failures -------------------------------------------------------------------------------- */

static void set_full(wal_writer *writer, bool is_full)
{
    pthread_mutex_lock(&writer->mutex);
    writer->statistics.is_full = is_full;
    pthread_mutex_unlock(&writer->mutex);
}

/* false: there is nobody left who would wait for room. */
static bool await_room(wal_writer *writer)
{
    int64_t now_us = clock_monotonic_us();
    if (writer->full_since_us == 0) {
        writer->full_since_us = now_us;
        set_full(writer, true);
    }
    log_damped(&writer->full_damper, WEIR_WARNING,
               "%s; what is received waits, nothing is acknowledged, until there is room on the "
               "disk", writer->why);
    sync_asked(writer);
    int64_t until_us = now_us + writer->options.retry_ms * 1000;
    pthread_mutex_lock(&writer->mutex);
    while (!writer->is_stopping && !writer->has_given_up && clock_monotonic_us() < until_us)
        wait_until(writer, until_us);
    bool is_over = writer->is_stopping || writer->has_given_up;
    pthread_mutex_unlock(&writer->mutex);
    return !is_over;
}

/* Closes the segment in which something failed; true if the group is to be written again. */
static bool can_retry(wal_writer *writer, weir_status status)
{
    (void)snprintf(writer->why, sizeof writer->why, "%s", error_text());
    wal_appender_abandon(&writer->appender);
    if (status == WEIR_NO_SPACE) {
        if (await_room(writer)) return true;
    } else if (++writer->failures < WAL_FAILURES_MAX) {
        log_line(WEIR_ERROR, "%s; what was to be written there goes to a new segment",
                 writer->why);
        return true;
    }
    writer->failed = status;
    log_line(WEIR_ERROR, "%s; the log takes nothing more", writer->why);
    pthread_mutex_lock(&writer->mutex);
    writer->statistics.has_failed = true;
    pthread_mutex_unlock(&writer->mutex);
    return false;
}

static void note_success(wal_writer *writer)
{
    writer->failures = 0;
    if (writer->full_since_us == 0) return;
    log_line(WEIR_INFO, "%s: there is room on the disk again, after %" PRId64 " ms",
             writer->directory, (clock_monotonic_us() - writer->full_since_us) / 1000);
    writer->full_since_us = 0;
    writer->full_damper = (log_damper){0};
    set_full(writer, false);
}

static void commit_group(wal_writer *writer)
{
    if (writer->group.count == 0) return;
    wal_group_prepare(&writer->group, writer->appender.next_sequence, writer->options.compress);
    weir_status status = writer->failed;
    while (status == WEIR_OK) {
        status = wal_appender_store(&writer->appender, &writer->group);
        if (status == WEIR_OK) {
            note_success(writer);
            break;
        }
        if (can_retry(writer, status)) status = WEIR_OK;
    }
    answer_group(writer, status);
}

/* --- The thread ------------------------------------------------------------------------------ */

static void *run(void *user)
{
    wal_writer *writer = user;
    priority_short_turns(); /* whoever sent a block waits for this thread */
    while (await_work(writer)) {
        commit_group(writer);
        if (wal_appender_sync_is_due(&writer->appender)) wal_appender_sync_late(&writer->appender);
        sync_asked(writer);
    }
    if (writer->failed == WEIR_OK) wal_appender_seal(&writer->appender);
    wal_appender_close(&writer->appender);
    return NULL;
}

/* --- From outside ---------------------------------------------------------------------------- */

static void free_writer(wal_writer *writer)
{
    pthread_cond_destroy(&writer->answered);
    pthread_cond_destroy(&writer->wanted);
    pthread_mutex_destroy(&writer->mutex);
    wal_group_release(&writer->group);
    free(writer->directory);
    free(writer);
}

static bool start_thread(wal_writer *writer)
{
    errno = named_thread_start(&writer->thread, "weir-log", run, writer);
    return errno == 0;
}

static void init_locks(wal_writer *writer)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->wanted, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_cond_init(&writer->answered, NULL);
}

static void fill_defaults(wal_options *options)
{
    if (options->owner == 0) options->owner = 1;
    if (options->sync_ms <= 0) options->sync_ms = 100;
    if (options->segment_bytes == 0) options->segment_bytes = UINT64_C(64) << 20;
    if (options->group_bytes == 0) options->group_bytes = UINT64_C(16) << 20;
    if (options->retry_ms <= 0) options->retry_ms = 1000;
}

/* The log stands in the segment that it ends in; where there is none, or one that has lost its
 * end, in one that is made now. */
static weir_status begin(wal_writer *writer, wal_end end)
{
    weir_status status = wal_appender_open(&writer->appender, &writer->options);
    uint64_t newest = writer->options.newest;
    if (newest < writer->appender.noted) newest = writer->appender.noted;
    writer->appender.number = newest > end.tail.segment ? newest : end.tail.segment;
    writer->appender.next_sequence = end.next_sequence;
    writer->position = end.tail;
    writer->newest = end.tail.segment;
    bool can_be_read_from = end.tail.offset > 0 && end.tail.offset % WAL_STEP == 0;
    if (status != WEIR_OK || can_be_read_from) return status;
    status = wal_appender_begin(&writer->appender);
    const wal_segment *segment = &writer->appender.segment;
    writer->position = (wal_position){segment->number, segment->offset};
    writer->newest = segment->number;
    return status;
}

weir_status wal_writer_start(wal_writer **made, const wal_options *options, wal_end end)
{
    wal_writer *writer = memory_zero_alloc(1, sizeof *writer);
    writer->options = *options;
    fill_defaults(&writer->options);
    writer->directory = memory_copy_text(options->directory);
    writer->options.directory = writer->directory;
    init_locks(writer);
    weir_status status = begin(writer, end);
    if (status == WEIR_OK && !start_thread(writer))
        status = error_set_errno(WEIR_RUNTIME, "cannot start the thread that writes the log");
    if (status != WEIR_OK) {
        wal_appender_close(&writer->appender);
        free_writer(writer);
        return status;
    }
    *made = writer;
    return WEIR_OK;
}

void wal_writer_stop(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->is_stopping = true;
    pthread_cond_signal(&writer->wanted);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    free_writer(writer);
}

void wal_writer_submit(wal_writer *writer, wal_request *request)
{
    if (request->size > WAL_PAYLOAD_MAX - request->head_size) {
        error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %zu bytes are more than an entry of the log takes, "
                  "which is %u", writer->directory, request->size, WAL_PAYLOAD_MAX);
        request->answered(request, WEIR_ILLEGAL_ARGUMENT);
        return;
    }
    request->next = NULL;
    if (!writer->options.compress || request->kind != WAL_BLOCK) wal_group_check_payload(request);
    pthread_mutex_lock(&writer->mutex);
    if (writer->last_waiting) writer->last_waiting->next = request;
    else writer->first_waiting = request;
    writer->last_waiting = request;
    writer->submitted++;
    pthread_cond_signal(&writer->wanted);
    pthread_mutex_unlock(&writer->mutex);
}

void wal_writer_drain(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    const uint64_t all = writer->submitted;
    while (writer->answers < all) pthread_cond_wait(&writer->answered, &writer->mutex);
    pthread_mutex_unlock(&writer->mutex);
}

weir_status wal_writer_sync(wal_writer *writer)
{
    if (writer->options.sync != WAL_SYNC_INTERVAL) return WEIR_OK;
    pthread_mutex_lock(&writer->mutex);
    const uint64_t mine = ++writer->syncs_asked;
    pthread_cond_signal(&writer->wanted);
    while (writer->syncs_answered < mine) pthread_cond_wait(&writer->answered, &writer->mutex);
    weir_status status = writer->sync_status;
    if (status != WEIR_OK) error_set(status, "%s", writer->sync_why);
    pthread_mutex_unlock(&writer->mutex);
    return status;
}

void wal_writer_give_up(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->has_given_up = true;
    pthread_cond_signal(&writer->wanted);
    pthread_mutex_unlock(&writer->mutex);
}

wal_statistics wal_writer_statistics(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    wal_statistics statistics = writer->statistics;
    statistics.waiting = writer->submitted - writer->answers;
    pthread_mutex_unlock(&writer->mutex);
    return statistics;
}

weir_status wal_writer_check_place(const wal_writer *writer)
{
    return wal_appender_check_place(&writer->appender);
}

wal_position wal_writer_position(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    wal_position position = writer->position;
    pthread_mutex_unlock(&writer->mutex);
    return position;
}

uint64_t wal_writer_newest(wal_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    uint64_t newest = writer->newest;
    pthread_mutex_unlock(&writer->mutex);
    return newest;
}
