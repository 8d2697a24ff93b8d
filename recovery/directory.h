/* The directory of a context, and who may use it.
 *
 *   DIR/lock · control (control.h) · log/<segments> · live/<random>/ (open RocksDB, scratch) ·
 *   checkpoints/<time>/{state, lineage, MANIFEST} · checkpoints/.tmp-<time> (being written) ·
 *   checkpoints/.old-<time> (being deleted) · checkpoints/quarantine/ · dropped (given_up.h) */
#ifndef RECOVERY_DIRECTORY_H
#define RECOVERY_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "recovery/manifest.h"

typedef struct directory {
    char *path;
    char *log;
    char *live;
    char *checkpoints;
    int lock; /* descriptor; -1: not locked */
} directory;

/* Paths only. Released by directory_release, which unlocks, too. */
void directory_init(directory *directory, const char *path);
void directory_release(directory *directory);
/* For those who only look: is it a directory that a context lasts in? WEIR_IO, or
 * WEIR_NO_ELEMENT. */
weir_status directory_check(const directory *directory);
/* Makes the directories. */
weir_status directory_create(const directory *directory);
/* Takes the lock, which lasts as long as the process holds it. WEIR_LOCKED says by whom. */
weir_status directory_lock(directory *directory);
/* Is the directory that is locked the one under its path? Somebody may have moved or removed it,
 * and another context may have begun there: WEIR_IO says that nothing may be written. Before what
 * is done by path. Any thread. */
weir_status directory_check_held(const directory *directory);

/* Empties live/ and makes the path of a database in it, a new one each time: RocksDB goes by its
 * path to the end, also where another context has the directory's by now. The path is given to the
 * caller. For whoever holds the lock. WEIR_IO, WEIR_RUNTIME. */
weir_status directory_renew_live(const directory *directory, char **path);

/* The times of the checkpoints that are there, ascending, in memory given to the caller. */
weir_status directory_list_checkpoints(const directory *directory, int64_t **times, size_t *count);
/* The path of a checkpoint, or of something in it (name not NULL), given to the caller. */
char *directory_checkpoint_path(const directory *directory, int64_t time_ms, const char *name);
/* A descriptor of a folder, for paths that are too long; -1. */
int directory_descriptor(const char *path);
/* Moves the checkpoints that are newer than `time_ms` to checkpoints/quarantine/, which is synced:
 * a later start must not take them, nor a later checkpoint of their time meet them. */
weir_status directory_set_aside(const directory *directory, int64_t time_ms);
/* Is there anything in the log? */
bool directory_has_log(const directory *directory);

#endif
