/* Walks the entries of a log, in order, each number once, and says what is wrong on the way.
 * Modifies nothing; a log that is being written may be read, too. One thread.
 *
 * What is not a valid entry is one of these:
 * - nothing: zeros up to the end of the segment, room that was never used
 * - left behind: not in the last segment, and the next one begins with the number that is
 *   expected here: the group was written again there after a failed sync
 * - a torn tail: in the last segment, and no later group proves that it had been synced. It was
 *   never acknowledged as safe; whoever opens the log to append cuts it
 * - damage: everything else. Costs what it hit; reading goes on at the next valid entry. */
#ifndef WAL_READER_H
#define WAL_READER_H

#include "wal/entry.h"

typedef enum wal_found {
    WAL_FOUND_END, /* no more */
    WAL_FOUND_ENTRY,
    WAL_FOUND_DAMAGE,
    WAL_FOUND_TORN_TAIL /* comes last */
} wal_found;

typedef struct wal_item {
    wal_found found;
    wal_entry entry;     /* of an entry; valid until the next call */
    wal_position place;  /* of any */
    uint64_t end;        /* where damage or tail ends in the segment; = place.offset: nothing is
                            there that is wrong, but entries are missing before it */
    uint64_t missing;    /* entries that damage has cost, as far as their numbers tell */
    uint64_t first_missing; /* number of the first of them; 0: not known */
    bool is_whole;       /* of damage: it is known that it has cost no entry */
    const char *what;    /* of damage, in words; the reader's, valid until the next call */
} wal_item;

/* What a reader that came to the end knows, and what appending goes on from. */
typedef struct wal_end {
    wal_position tail;      /* behind the last valid entry, where the last segment may be cut;
                               {0, 0}: there is no segment */
    uint64_t next_sequence;
    bool is_torn;           /* there was a torn tail at `tail` */
    uint64_t torn_entries;  /* valid ones in it */
} wal_end;

typedef struct wal_reader wal_reader;

/* Reads from the entry at `from` on, {0, 0} for the first there is. `sequence` is the number of
 * that entry, 0 if it is not known: then nobody can tell what is missing before the first one. */
weir_status wal_reader_open(wal_reader **reader, const char *directory, wal_position from,
                            uint64_t sequence);
void wal_reader_free(wal_reader *reader);
/* Before the first entry is read: segments of another context than `context_id` (WAL_CONTEXT_ID
 * bytes, copied) are damage. Else those of another one than the first that is read. */
void wal_reader_expect(wal_reader *reader, const uint8_t *context_id);

/* A status other than WEIR_OK: the log cannot be read at all (a newer format, no permission);
 * damage is an item. */
weir_status wal_reader_next(wal_reader *reader, wal_item *item);
/* After WAL_FOUND_END. */
wal_end wal_reader_end(const wal_reader *reader);

/* Reads on to the end, caring for nothing but that. */
weir_status wal_reader_skip_to_end(wal_reader *reader, wal_end *end);

#endif
