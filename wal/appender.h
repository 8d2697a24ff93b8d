/* The end of the log, as one thread writes it: the newest segment, when it is synced, and when the
 * next one begins. Knows nothing of who waits. */
#ifndef WAL_APPENDER_H
#define WAL_APPENDER_H

#include "base/error.h"
#include "wal/group.h"
#include "wal/segment.h"

typedef struct wal_appender {
    wal_options options; /* filled in; borrowed: the directory */
    int place;           /* the directory itself: under its path another one may come to be */
    wal_segment segment;
    uint64_t number; /* of the newest segment */
    uint64_t noted;  /* of the one that wal/newest.h knows */
    uint64_t next_sequence;
    int64_t sync_due_us; /* 0: nothing is waiting for a sync */
    weir_status lost;    /* why something may never be synced; WEIR_OK: nothing, or it was said */
    char why[ERROR_TEXT_MAX];
    uint64_t syncs;
} wal_appender;

/* Ready for wal_appender_begin; released by wal_appender_close. */
weir_status wal_appender_open(wal_appender *appender, const wal_options *options);
/* Is the directory where it was? WEIR_IO says that it is not. Any thread. */
weir_status wal_appender_check_place(const wal_appender *appender);
/* Makes the next segment, durable, with nothing in it; after a failure none is open. */
weir_status wal_appender_begin(wal_appender *appender);
/* Stores a prepared group: as durable as the policy asks for. After a failure the segment is to be
 * abandoned; the same group may then be stored again. Counts its numbers as used on success. */
weir_status wal_appender_store(wal_appender *appender, wal_group *group);
/* Closes the segment for ever. Under the policies that acknowledge before the sync, what is in it
 * is kept as it is, for the system to write if it can. */
void wal_appender_abandon(wal_appender *appender);

bool wal_appender_sync_is_due(const wal_appender *appender);
/* Syncs what was acknowledged before its sync. A failure is said, and the segment abandoned. */
void wal_appender_sync_late(wal_appender *appender);

/* The same, for whoever refers to what is in the log from now on: answers also what an earlier
 * sync failed with, once. */
weir_status wal_appender_sync_all(wal_appender *appender);

/* Closes the log in order: its last entry says that nothing before it is torn. */
void wal_appender_seal(wal_appender *appender);
void wal_appender_close(wal_appender *appender);

#endif
