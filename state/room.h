/* Room on the disk that the live database is on. It is looked for before RocksDB writes anything
 * of its own: RocksDB 7.8 does not outlive a flush that finds the disk full, it ends the process
 * when there is room again; and after any other write of its own that failed so it takes nothing
 * in until it has looked for room itself, every few seconds. */
#ifndef STATE_ROOM_H
#define STATE_ROOM_H

#include "base/log_line.h"
#include "state/store_inside.h"

/* WEIR_NO_SPACE: there is no room for `bytes` and what RocksDB writes beside them. Any thread. */
weir_status room_check(const database *database, size_t bytes);

/* About so many bytes of files are made of what is not in the database. Batch runner's thread,
 * while nobody puts anything in. */
size_t room_for_dirty(rocks_store *store);

/* A wait for room. Zero-initialised but for the store. */
typedef struct room_wait {
    rocks_store *store;
    int64_t since_us; /* 0: there was room */
    uint64_t refused; /* database.refused when it began */
    log_damper damper;
} room_wait;

/* This thread's error says that there is no room: says so to the user, and waits until it is worth
 * another try. false: it is not, as somebody gave up (rocks_store_give_up), or as RocksDB takes
 * nothing in although there is room; the error is as before. Batch runner's thread. */
bool room_await(room_wait *wait);
/* There was room. */
void room_found(room_wait *wait);

#endif
