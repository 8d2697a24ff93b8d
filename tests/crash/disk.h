/* A disk that can fail: everything below one directory, its root, is written through (the calls of
 * disk_calls.c), and the disk remembers what of it a crash of the machine would leave.
 *
 * A file has what it says now and what was synced; a directory has its names and those that were
 * synced. A crash freezes the disk: from then on every call fails. disk_restart then makes the
 * root what survived: of what was not synced, whole or no sectors of 512 bytes in any choice, and
 * each change of a name or not, as the seed decides. Reading goes to the real files. */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What shall happen, by the number of the changing call since disk_plan; 0: never. */
typedef struct disk_plan {
    uint64_t seed;
    uint64_t crash_at;
    uint64_t error_at;  /* that call answers EIO, once */
    uint64_t full_from; /* calls from here on that need room answer ENOSPC */
    uint64_t full_to;   /* up to here; each call that is answered so counts */
    bool no_sync;       /* planted: syncs of the log are answered, and do nothing */
    bool no_name_sync;  /* planted: the same with syncs of directories */
    bool no_file_sync;  /* planted: the same with syncs of files of checkpoints */
} disk_plan;

/* Begins with an empty root, a real directory, absolute, which exists. */
void disk_begin(const char *root);
void disk_end(void);

void disk_set_plan(const disk_plan *plan);
bool disk_is_frozen(void);
bool disk_has_failed(void); /* has a call answered with an error since disk_set_plan? */
uint64_t disk_calls(void); /* changing calls since disk_set_plan */

/* After a crash: the root becomes what survived, and the disk works again. */
void disk_restart(void);

/* Is everything that the files in this directory (of the root) say durable, and their names, but
 * for those that begin with `but`? */
bool disk_is_synced(const char *directory, const char *but);
/* The same for all below a directory. */
bool disk_is_synced_below(const char *directory);
/* Changes a byte, cuts or removes a file, as if it had always been so. `kind` 0, 1, 2. *at: the
 * byte that was changed, or where it was cut. False: there is nothing to damage. */
bool disk_damage(const char *path, int kind, uint64_t random, uint64_t *at);

/* Called with every rename before it is done; NULL: nobody. */
extern void (*disk_on_rename)(const char *from, const char *to);

/* --- what the calls need --------------------------------------------------------------------- */

typedef struct disk_node disk_node;

typedef enum disk_verdict {
    DISK_GOES_ON,
    DISK_FAILS,        /* errno is set */
    DISK_FAILS_AFTER   /* is done, and then the disk is frozen: as if it had failed */
} disk_verdict;

/* Every call between these two; recursive. */
void disk_lock(void);
void disk_unlock(void);
bool disk_has(const char *path); /* is it below the root? */
disk_node *disk_find(const char *path);
disk_node *disk_find_in(disk_node *directory, const char *name);
bool disk_is_directory(const disk_node *node);
/* A changing call of `path`; `needs_room`: it may answer ENOSPC. */
disk_verdict disk_decide(const char *what, const char *path, bool needs_room);
/* Reading: fails only when the disk is frozen. */
bool disk_can_read(void);

disk_node *disk_make(disk_node *directory, const char *name, bool is_directory);
void disk_link(disk_node *directory, const char *name, disk_node *node);
void disk_remove(disk_node *directory, const char *name);
void disk_rename(disk_node *from, const char *from_name, disk_node *to, const char *to_name);
void disk_exchange(disk_node *a, const char *a_name, disk_node *b, const char *b_name);
void disk_write(disk_node *file, const void *bytes, size_t size, size_t offset);
size_t disk_size(const disk_node *file);
void disk_set_size(disk_node *file, size_t size);
/* `failed`: what is not durable never will be, whatever is answered later. */
void disk_sync(disk_node *node, bool failed);
/* The directory that the last part of the path is in, and that part. */
disk_node *disk_find_parent(const char *path, const char **name);

#endif
