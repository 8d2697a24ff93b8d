/* What a disk remembers: between the file of its calls and the one of its crashes. */
#ifndef CRASH_DISK_INSIDE_H
#define CRASH_DISK_INSIDE_H

#include <pthread.h>

#include "base/buffer.h"
#include "crash/disk.h"

typedef struct disk_entry {
    char *name;
    disk_node *node;
} disk_entry;

typedef struct disk_names {
    disk_entry *entries;
    size_t count;
} disk_names;

struct disk_node {
    disk_node *next; /* all of the disk */
    bool is_directory;
    buffer now;      /* of a file */
    buffer durable;
    size_t lost;     /* bytes before it will never be durable, unless they are */
    disk_names names; /* of a directory */
    disk_names durable_names;
};

/* A change of names that is not durable. A rename is one change of two names. */
typedef struct disk_change {
    disk_node *directory[2];
    char *name[2];
    disk_node *before[2]; /* NULL: nothing */
    disk_node *after[2];
    bool is_over;
} disk_change;

typedef struct disk {
    pthread_mutex_t mutex;
    int depth;        /* of those that hold it */
    bool has_changed; /* in a call that goes on */
    char root[512];
    size_t root_length;
    disk_node *nodes;
    disk_node *top;
    disk_change *changes;
    size_t change_count;
    disk_plan plan;
    uint64_t calls;
    bool has_failed; /* with something but a crash */
    bool is_frozen;
} disk;

extern disk the_disk;

/* `node` NULL: the name goes. */
void disk_names_set(disk_names *names, const char *name, disk_node *node);
void disk_names_release(disk_names *names);
/* Makes a change durable; those before it that it has overtaken count no more. */
void disk_apply(disk_change *change);
void disk_forget_changes(void);

#endif
