#include "wal/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "wal/cut.h"
#include "wal/directory.h"
#include "wal/view.h"

struct wal_log {
    block_log blocks;      /* the doors: their addresses give the log */
    batch_journal journal;
    block_store store;     /* of blocks that were read without their bytes */
    char *directory;
    wal_writer *writer;
};

static wal_log *of_blocks(block_log *door)
{
    return (wal_log *)(void *)((char *)door - offsetof(wal_log, blocks));
}

static wal_log *of_journal(batch_journal *door)
{
    return (wal_log *)(void *)((char *)door - offsetof(wal_log, journal));
}

static const wal_log *of_store(const block_store *door)
{
    return (const wal_log *)(const void *)((const char *)door - offsetof(wal_log, store));
}

/* --- Blocks ---------------------------------------------------------------------------------- */

typedef struct block_request {
    wal_request base;
    block *block;
    block_log_stored stored;
    void *user;
} block_request;

static void answer_block(wal_request *base, weir_status status)
{
    block_request *request = (block_request *)base;
    if (status == WEIR_OK) {
        request->block->log_segment = base->place.segment;
        request->block->log_offset = base->place.offset;
    }
    request->stored(request->user, request->block, status);
    free(request);
}

/* The log copies the bytes out of the block when it writes them. */
static void append_block(block_log *door, block *block, block_log_stored stored, void *user)
{
    block_request *request = memory_zero_alloc(1, sizeof *request);
    request->base.kind = WAL_BLOCK;
    request->base.answered = answer_block;
    request->base.head_size = WAL_BLOCK_HEAD;
    wal_block_head_encode(block, request->base.head);
    request->base.bytes = block->bytes;
    request->base.size = block->size;
    request->block = block;
    request->stored = stored;
    request->user = user;
    wal_writer_submit(of_blocks(door)->writer, &request->base);
}

static void drain_blocks(block_log *door) { wal_writer_drain(of_blocks(door)->writer); }

static const block_log_class blocks_class = {
    .append = append_block, .drain = drain_blocks, .close = drain_blocks};

static weir_status read_block(wal_view *view, const block *stub, block **loaded)
{
    wal_entry entry;
    bool is_there = wal_view_entry(view, stub->log_offset, &entry) == WAL_VIEW_ENTRY &&
                    entry.header.kind == WAL_BLOCK;
    weir_status status = is_there ? wal_entry_block(&entry, loaded) : WEIR_DAMAGED;
    if (status == WEIR_OK && (*loaded)->number == stub->number) return WEIR_OK;
    if (status == WEIR_OK) block_drop(*loaded);
    return error_set(WEIR_DAMAGED,
                     "%s: byte %" PRIu64 ": block %" PRIu64
                     " was there when the log was opened and cannot be read any more; `weir "
                     "verify` says more",
                     view->path, stub->log_offset, stub->number);
}

static weir_status load_block(const block_store *door, const block *stub, block **loaded)
{
    wal_view view;
    weir_status status =
        wal_view_open_for_one(&view, of_store(door)->directory, stub->log_segment);
    if (status == WEIR_OK) status = read_block(&view, stub, loaded);
    wal_view_close(&view);
    return status;
}

/* --- Batches --------------------------------------------------------------------------------- */

typedef struct batch_request {
    wal_request base;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under the mutex */
    bool is_answered;
    weir_status status;
    char why[ERROR_TEXT_MAX];
} batch_request;

static void answer_batch(wal_request *base, weir_status status)
{
    batch_request *request = (batch_request *)base;
    pthread_mutex_lock(&request->mutex);
    request->is_answered = true;
    request->status = status;
    if (status != WEIR_OK) (void)snprintf(request->why, sizeof request->why, "%s", error_text());
    pthread_cond_signal(&request->changed);
    pthread_mutex_unlock(&request->mutex);
}

weir_status wal_log_append_batch(wal_log *log, wal_kind kind, int64_t time_ms, const void *bytes,
                                 size_t size, wal_position *place)
{
    batch_request request = {.base = {.kind = kind, .answered = answer_batch}};
    request.base.head_size = WAL_BATCH_HEAD;
    wal_batch_head_encode(time_ms, request.base.head);
    request.base.bytes = bytes;
    request.base.size = size;
    pthread_mutex_init(&request.mutex, NULL);
    pthread_cond_init(&request.changed, NULL);
    wal_writer_submit(log->writer, &request.base);

    pthread_mutex_lock(&request.mutex);
    while (!request.is_answered) pthread_cond_wait(&request.changed, &request.mutex);
    pthread_mutex_unlock(&request.mutex);
    pthread_cond_destroy(&request.changed);
    pthread_mutex_destroy(&request.mutex);
    if (request.status != WEIR_OK) return error_set(request.status, "%s", request.why);
    if (place) *place = request.base.place;
    return WEIR_OK;
}

static weir_status record(batch_journal *door, int64_t time_ms, const void *bytes, size_t size)
{
    return wal_log_append_batch(of_journal(door), WAL_BATCH_RECORD, time_ms, bytes, size, NULL);
}

static weir_status record_run(batch_journal *door, int64_t first_ms, const void *bytes,
                              size_t size)
{
    return wal_log_append_batch(of_journal(door), WAL_BATCH_RUN, first_ms, bytes, size, NULL);
}

static weir_status done(batch_journal *door, int64_t time_ms, const void *bytes, size_t size)
{
    return wal_log_append_batch(of_journal(door), WAL_BATCH_DONE, time_ms, bytes, size, NULL);
}

static void close_journal(batch_journal *door) { wal_writer_drain(of_journal(door)->writer); }

static const batch_journal_class journal_class = {
    .record = record, .record_run = record_run, .done = done, .close = close_journal};

/* --- Life ------------------------------------------------------------------------------------ */

/* The name of the log is durable before its first entry is. */
static weir_status make_directory(const char *directory)
{
    if (file_exists(directory)) return WEIR_OK;
    static const char up[] = "/..";
    size_t length = strlen(directory);
    char *parent = memory_alloc(length + sizeof up);
    memcpy(parent, directory, length);
    memcpy(parent + length, up, sizeof up);
    weir_status status = file_make_directories(directory);
    if (status == WEIR_OK) status = file_sync_directory(parent);
    free(parent);
    return status;
}

/* A reader that was to begin in a segment that is missing, with all behind it, is asked to begin
 * there again while no later checkpoint is there: a new one of that number would be read from its
 * middle on. From the beginning of one, all of it is read. */
static void pass_missing(wal_end *end, const wal_end *known)
{
    if (!known || known->tail.segment <= end->tail.segment) return;
    if (known->tail.offset > WAL_SEGMENT_HEADER)
        end->tail = (wal_position){known->tail.segment, 0};
}

weir_status wal_log_open(wal_log **made, const wal_options *options, const wal_end *known)
{
    wal_end end = {.next_sequence = 1};
    if (options->compress && !wal_can_compress())
        return error_set(WEIR_UNSUPPORTED, "%s: this weir was built without lz4, and cannot "
                         "compress the log", options->directory);
    weir_status status = make_directory(options->directory);
    /* A reader that has seen no entry at all does not know their number. */
    if (status == WEIR_OK && known && known->next_sequence > 1) end = *known;
    else if (status == WEIR_OK)
        status = wal_find_end(options->directory, options->context_id, &end);
    if (status == WEIR_OK)
        status = wal_directory_can_follow(options->directory, end.tail.segment);
    if (status == WEIR_OK) status = wal_cut(options->directory, &end);
    if (status != WEIR_OK) return status;
    pass_missing(&end, known);

    wal_log *log = memory_zero_alloc(1, sizeof *log);
    log->blocks.class = &blocks_class;
    log->journal.class = &journal_class;
    log->store.load = load_block;
    log->directory = memory_copy_text(options->directory);
    status = wal_writer_start(&log->writer, options, end);
    if (status == WEIR_OK) {
        *made = log;
        return WEIR_OK;
    }
    free(log->directory);
    free(log);
    return status;
}

void wal_log_close(wal_log *log)
{
    if (!log) return;
    wal_writer_stop(log->writer);
    free(log->directory);
    free(log);
}

weir_status wal_log_check_place(const wal_log *log) { return wal_writer_check_place(log->writer); }

block_log *wal_log_blocks(wal_log *log) { return &log->blocks; }

batch_journal *wal_log_journal(wal_log *log) { return &log->journal; }

const block_store *wal_log_store(const wal_log *log) { return &log->store; }

/* --- Segments -------------------------------------------------------------------------------- */

wal_position wal_log_position(wal_log *log) { return wal_writer_position(log->writer); }

uint64_t wal_log_newest(wal_log *log) { return wal_writer_newest(log->writer); }

weir_status wal_log_sync(wal_log *log) { return wal_writer_sync(log->writer); }

weir_status wal_log_drop_before(wal_log *log, wal_position position)
{
    return wal_directory_drop_before(log->directory, position.segment);
}

weir_status wal_log_quarantine(wal_log *log, uint64_t segment)
{
    return wal_directory_quarantine(log->directory, segment);
}

void wal_log_give_up(wal_log *log) { wal_writer_give_up(log->writer); }

wal_statistics wal_log_statistics(wal_log *log) { return wal_writer_statistics(log->writer); }
