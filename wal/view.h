/* A segment that is being read: one file, looked at through a window of memory. Nothing is ever
 * modified. Bytes that the disk refuses to give read as zeros, so that they cost only what they
 * hit. One thread. */
#ifndef WAL_VIEW_H
#define WAL_VIEW_H

#include "wal/entry.h"

typedef struct wal_view {
    char *path; /* NULL: none is open */
    int file;
    uint64_t number;
    uint64_t size;       /* of the file, when it was opened */
    bool is_unreadable;  /* the disk refused some of it */
    bool has_header;     /* `header` was right */
    bool is_misnamed;    /* `header` is a right one, of another segment */
    wal_segment_header header;
    size_t step;  /* so much is read at once, or more */
    char *window; /* bytes [at, at + held) of the file */
    uint64_t at;
    size_t held;
    size_t capacity;
} wal_view;

typedef enum wal_view_state {
    WAL_VIEW_NOTHING,     /* no entry begins there */
    WAL_VIEW_BAD_PAYLOAD, /* an entry begins there, and its payload is not what was written */
    WAL_VIEW_ENTRY
} wal_view_state;

/* A header that is not right is no failure; one of a newer format is: WEIR_UNSUPPORTED. */
weir_status wal_view_open(wal_view *view, const char *directory, uint64_t number);
/* The same for one entry, of which no more is read than it takes. */
weir_status wal_view_open_for_one(wal_view *view, const char *directory, uint64_t number);
/* Where there is no right header: can that be what a crash has left of a segment that was begun?
 * Then nothing in it was ever acknowledged. */
bool wal_view_is_beginning(wal_view *view);
/* What is looked at next is read from the file, whatever was read of it before. */
void wal_view_read_again(wal_view *view);
void wal_view_close(wal_view *view);

/* What is at `offset`, a multiple of WAL_STEP. The payload is valid until the next call, and 16
 * bytes behind it can be read, as decoders do. */
wal_view_state wal_view_entry(wal_view *view, uint64_t offset, wal_entry *entry);
/* The first valid entry at `offset` or after. */
bool wal_view_find(wal_view *view, uint64_t offset, wal_entry *entry);
/* Is there nothing but zeros from `offset` on? */
bool wal_view_is_zero(wal_view *view, uint64_t offset);
/* How much of the file there is before nothing but zeros; up to a page more. */
uint64_t wal_view_used(wal_view *view);
/* Where the entry's successor would be. */
uint64_t wal_view_after(const wal_entry *entry);

#endif
