/* The one thread that writes the log. It takes what waits as a group, writes it at once, syncs it,
 * and then answers; meanwhile the next group gathers.
 *
 *   idle ── something waits ──> write ──> sync ──> answer all, in order ──> idle
 *                                 │ failed  │ failed
 *                                 └────┬────┘
 *              close the segment for ever, cut to what is durable; begin a new one, same numbers
 *                 ├─ the disk is full: say so, wait, try again for as long as it takes
 *                 └─ anything else: try again at once; after WAL_FAILURES_MAX times the log has
 *                    failed: this and everything later is answered with the failure
 *
 * After a failure for good no number is used again by this writer: what the next start finds in
 * the segments is what there is. */
#ifndef WAL_WRITER_H
#define WAL_WRITER_H

#include "wal/entry.h"
#include "wal/reader.h"

enum { WAL_FAILURES_MAX = 3 };

typedef enum wal_sync {
    WAL_SYNC_GROUP = 0, /* answers when the group is synced */
    WAL_SYNC_INTERVAL,  /* answers when it is written; synced every sync_ms: a power failure can
                           cost that much of what was acknowledged; a crash of the process costs
                           nothing */
    WAL_SYNC_NONE       /* the same, but synced when the system likes */
} wal_sync;

/* Zero is the default of each, but of the directory. */
typedef struct wal_options {
    const char *directory;
    uint8_t context_id[WAL_CONTEXT_ID];
    uint64_t owner;         /* ticket of who writes; 1 when alone */
    wal_sync sync;
    int64_t sync_ms;        /* 100 */
    uint64_t segment_bytes; /* 64 MiB; a group that is larger gets a segment of its own */
    uint64_t group_bytes;   /* 16 MiB; a group has one entry or more */
    bool compress;          /* blocks, by lz4 */
    int64_t retry_ms;       /* 1000; while the disk is full */
    uint64_t newest;        /* segment that is known to have been there: if it is not, its number
                               is not used again */
} wal_options;

/* Something to be written. Belongs to the caller, borrowed until it is answered. */
typedef struct wal_request wal_request;
struct wal_request {
    /* the caller's; the rest is zero */
    wal_kind kind;
    size_t head_size; /* the payload is `head` and `bytes`, one behind the other */
    char head[WAL_BLOCK_HEAD];
    const void *bytes;
    size_t size;
    /* From the writer's thread. With a failure, error_text() says why. The request is the caller's
     * again, and may be freed. */
    void (*answered)(wal_request *request, weir_status status);
    /* the writer's */
    wal_position place; /* valid when it was answered with WEIR_OK */
    wal_request *next;
    char *compressed;
    wal_entry_header header;
    char front[WAL_ENTRY_HEADER];
};

typedef struct wal_statistics {
    uint64_t entries;   /* written */
    uint64_t bytes;     /* of the segments, padding included */
    uint64_t groups;
    uint64_t syncs;
    uint64_t waiting;   /* requests without an answer */
    bool is_full;       /* the disk is full, and the writer waits for room */
    bool has_failed;    /* for good */
} wal_statistics;

typedef struct wal_writer wal_writer;

/* Goes on behind `end`, in a new segment, which is made when there is something to write. Where
 * there is no segment yet the first one is made, and synced, before this returns: whoever misses
 * it later knows that it was there. WEIR_NO_SPACE, WEIR_IO: it cannot be made. */
weir_status wal_writer_start(wal_writer **writer, const wal_options *options, wal_end end);
/* Answers everything, seals the log, ends the thread and frees the writer. While the disk is full,
 * what waits is answered with WEIR_NO_SPACE. */
void wal_writer_stop(wal_writer *writer);

/* Any thread; what one thread submits keeps its order. A payload over WAL_PAYLOAD_MAX is answered
 * at once with WEIR_ILLEGAL_ARGUMENT. */
void wal_writer_submit(wal_writer *writer, wal_request *request);
/* Waits until everything that was submitted before is answered. Any thread but the writer's. */
void wal_writer_drain(wal_writer *writer);
/* Waits until everything that was answered before is synced, under WAL_SYNC_INTERVAL: under the
 * other policies it is already, or never for sure. A failure: what was answered since the last
 * call, or before, may be lost if the power fails. Does not wait for room on the disk. Any thread
 * but the writer's. */
weir_status wal_writer_sync(wal_writer *writer);
/* Waits for room no more: what waits, and everything after it, is answered with a failure if the
 * disk is full. For a stop. Any thread. */
void wal_writer_give_up(wal_writer *writer);

/* Is the directory where it was when the log was opened? WEIR_IO says that it is not. Any
 * thread. */
weir_status wal_writer_check_place(const wal_writer *writer);
wal_statistics wal_writer_statistics(wal_writer *writer); /* any thread */
/* Where the next group goes at the earliest, in a segment that is there. Any thread. */
wal_position wal_writer_position(wal_writer *writer);
/* The newest segment that something in the log, or the log itself, stands in. Any thread. */
uint64_t wal_writer_newest(wal_writer *writer);

#endif
