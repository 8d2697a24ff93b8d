#include "crash/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "crash/disk_calls.h"
#include "crash/disk_inside.h"
#include "crash/random.h"
#include "crash/turns.h"

enum { LONGEST_CALL_US = 500 };

disk the_disk;
void (*disk_on_rename)(const char *from, const char *to);

/* --- names ----------------------------------------------------------------------------------- */

static disk_node *names_find(const disk_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->entries[i].name, name) == 0) return names->entries[i].node;
    return NULL;
}

void disk_names_set(disk_names *names, const char *name, disk_node *node)
{
    size_t at = 0;
    while (at < names->count && strcmp(names->entries[at].name, name) != 0) at++;
    if (at < names->count && node) {
        names->entries[at].node = node;
    } else if (at < names->count) {
        free(names->entries[at].name);
        names->entries[at] = names->entries[--names->count];
    } else if (node) {
        names->entries = memory_resize(names->entries, (at + 1) * sizeof *names->entries);
        names->entries[names->count++] = (disk_entry){memory_copy_text(name), node};
    }
}

void disk_names_release(disk_names *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->entries[i].name);
    free(names->entries);
    memset(names, 0, sizeof *names);
}

static disk_node *node_create(bool is_directory)
{
    disk_node *node = memory_zero_alloc(1, sizeof *node);
    node->is_directory = is_directory;
    node->next = the_disk.nodes;
    the_disk.nodes = node;
    return node;
}

/* --- changes --------------------------------------------------------------------------------- */

static bool touches(const disk_change *change, const disk_node *directory, const char *name)
{
    for (int i = 0; i < 2; i++) {
        if (change->directory[i] != directory) continue;
        if (!name || strcmp(change->name[i], name) == 0) return true;
    }
    return false;
}

void disk_apply(disk_change *change)
{
    for (disk_change *earlier = the_disk.changes; earlier < change; earlier++)
        for (int i = 0; i < 2; i++)
            if (change->directory[i] && touches(earlier, change->directory[i], change->name[i]))
                earlier->is_over = true;
    for (int i = 0; i < 2; i++)
        if (change->directory[i])
            disk_names_set(&change->directory[i]->durable_names, change->name[i],
                           change->after[i]);
    change->is_over = true;
}

static void note_change(disk_change change)
{
    for (int i = 0; i < 2; i++) {
        if (!change.directory[i]) continue;
        change.name[i] = memory_copy_text(change.name[i]);
        disk_names_set(&change.directory[i]->names, change.name[i], change.after[i]);
    }
    size_t count = the_disk.change_count;
    if ((count & (count - 1)) == 0)
        the_disk.changes =
            memory_resize(the_disk.changes, (count ? 2 * count : 1) * sizeof *the_disk.changes);
    the_disk.changes[the_disk.change_count++] = change;
}

void disk_forget_changes(void)
{
    for (size_t i = 0; i < the_disk.change_count; i++)
        for (int j = 0; j < 2; j++) free(the_disk.changes[i].name[j]);
    the_disk.change_count = 0;
    free(the_disk.changes);
    the_disk.changes = NULL;
}

/* --- life ------------------------------------------------------------------------------------ */

void disk_lock(void)
{
    turns_plain_lock(&the_disk.mutex);
    the_disk.depth++;
}

/* Behind a call that changes something others may go on: it took its time. */
void disk_unlock(void)
{
    bool has_changed = the_disk.has_changed && the_disk.depth == 1;
    if (has_changed) the_disk.has_changed = false;
    the_disk.depth--;
    turns_plain_unlock(&the_disk.mutex);
    if (!has_changed || !turns_are_on()) return;
    turns_take_us((int64_t)turns_random_below(LONGEST_CALL_US));
    turns_pass();
}

void disk_begin(const char *root)
{
    pthread_mutexattr_t attributes;
    memset(&the_disk, 0, sizeof the_disk);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&the_disk.mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    (void)snprintf(the_disk.root, sizeof the_disk.root, "%s", root);
    the_disk.root_length = strlen(root);
    the_disk.top = node_create(true);
}

static void free_nodes(void)
{
    while (the_disk.nodes) {
        disk_node *node = the_disk.nodes;
        the_disk.nodes = node->next;
        buffer_release(&node->now);
        buffer_release(&node->durable);
        disk_names_release(&node->names);
        disk_names_release(&node->durable_names);
        free(node);
    }
}

void disk_end(void)
{
    disk_forget_changes();
    free_nodes();
    pthread_mutex_destroy(&the_disk.mutex);
    the_disk.root_length = 0;
}

void disk_set_plan(const disk_plan *plan)
{
    disk_lock();
    the_disk.plan = *plan;
    the_disk.calls = 0;
    the_disk.has_failed = false;
    disk_unlock();
}

bool disk_is_frozen(void)
{
    disk_lock();
    bool is_frozen = the_disk.is_frozen;
    disk_unlock();
    return is_frozen;
}

bool disk_has_failed(void)
{
    disk_lock();
    bool has_failed = the_disk.has_failed;
    disk_unlock();
    return has_failed;
}

uint64_t disk_calls(void)
{
    disk_lock();
    uint64_t calls = the_disk.calls;
    disk_unlock();
    return calls;
}

/* --- finding --------------------------------------------------------------------------------- */

bool disk_has(const char *path)
{
    size_t length = the_disk.root_length;
    return length && strncmp(path, the_disk.root, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

disk_node *disk_find_in(disk_node *directory, const char *name)
{
    if (!directory || !directory->is_directory) return NULL;
    if (strcmp(name, ".") == 0 || !*name) return directory;
    return names_find(&directory->names, name);
}

/* `path/..` is asked for where a parent is to be synced. */
disk_node *disk_find_parent(const char *path, const char **name)
{
    static _Thread_local char part[512];
    disk_node *trail[64] = {the_disk.top};
    size_t depth = 0;
    const char *at = path + the_disk.root_length;
    part[0] = '\0';
    *name = part;
    disk_node *parent = the_disk.top;
    while (*(at += strspn(at, "/"))) {
        size_t length = strcspn(at, "/");
        if (part[0]) {
            parent = disk_find_in(parent, part);
            if (!parent || depth + 1 == 64) return NULL;
            trail[++depth] = parent;
        }
        part[0] = '\0';
        if (length == 2 && at[0] == '.' && at[1] == '.') {
            depth -= depth > 0;
            parent = trail[depth];
        } else {
            (void)snprintf(part, sizeof part, "%.*s", (int)length, at);
        }
        at += length;
    }
    return parent;
}

disk_node *disk_find(const char *path)
{
    const char *name;
    disk_node *parent = disk_find_parent(path, &name);
    return parent ? disk_find_in(parent, name) : NULL;
}

bool disk_is_directory(const disk_node *node) { return node->is_directory; }

/* --- what shall happen ----------------------------------------------------------------------- */

disk_verdict disk_decide(const char *what, const char *path, bool needs_room)
{
    const disk_plan *plan = &the_disk.plan;
    if (the_disk.is_frozen) {
        errno = EIO;
        return DISK_FAILS;
    }
    uint64_t call = ++the_disk.calls;
    the_disk.has_changed = true;
    disk_calls_trace(call, what, path);
    if (call == plan->crash_at) {
        the_disk.is_frozen = true;
        errno = EIO;
        random_source random = {plan->seed};
        return random_once_in(&random, 2) ? DISK_FAILS : DISK_FAILS_AFTER;
    }
    if (call == plan->error_at) {
        the_disk.has_failed = true;
        errno = EIO;
        return DISK_FAILS;
    }
    if (needs_room && plan->full_from && call >= plan->full_from && call < plan->full_to) {
        the_disk.has_failed = true;
        errno = ENOSPC;
        return DISK_FAILS;
    }
    return DISK_GOES_ON;
}

bool disk_can_read(void)
{
    if (the_disk.is_frozen) errno = EIO;
    return !the_disk.is_frozen;
}

/* --- changing -------------------------------------------------------------------------------- */

void disk_link(disk_node *directory, const char *name, disk_node *node)
{
    note_change((disk_change){.directory = {directory},
                              .name = {(char *)(uintptr_t)name},
                              .before = {names_find(&directory->names, name)},
                              .after = {node}});
}

disk_node *disk_make(disk_node *directory, const char *name, bool is_directory)
{
    disk_node *node = node_create(is_directory);
    disk_link(directory, name, node);
    return node;
}

void disk_remove(disk_node *directory, const char *name)
{
    note_change((disk_change){.directory = {directory},
                              .name = {(char *)(uintptr_t)name},
                              .before = {names_find(&directory->names, name)}});
}

void disk_rename(disk_node *from, const char *from_name, disk_node *to, const char *to_name)
{
    disk_node *node = names_find(&from->names, from_name);
    note_change((disk_change){.directory = {from, to},
                              .name = {(char *)(uintptr_t)from_name, (char *)(uintptr_t)to_name},
                              .before = {node, names_find(&to->names, to_name)},
                              .after = {NULL, node}});
}

void disk_exchange(disk_node *a, const char *a_name, disk_node *b, const char *b_name)
{
    disk_node *first = names_find(&a->names, a_name), *second = names_find(&b->names, b_name);
    note_change((disk_change){.directory = {a, b},
                              .name = {(char *)(uintptr_t)a_name, (char *)(uintptr_t)b_name},
                              .before = {first, second},
                              .after = {second, first}});
}

void disk_set_size(disk_node *file, size_t size)
{
    buffer *now = &file->now;
    if (size > now->size) {
        char *room = buffer_reserve(now, size - now->size);
        memset(room, 0, size - now->size);
    }
    now->size = size;
}

size_t disk_size(const disk_node *file) { return file->now.size; }

void disk_write(disk_node *file, const void *bytes, size_t size, size_t offset)
{
    if (offset + size > file->now.size) disk_set_size(file, offset + size);
    if (size) memcpy(file->now.bytes + offset, bytes, size);
}

static void sync_file(disk_node *file, bool failed)
{
    if (failed) file->lost = file->now.size;
    if (failed) return;
    size_t kept = file->lost < file->durable.size ? file->lost : file->durable.size;
    size_t hole = file->lost < file->now.size ? file->lost : file->now.size;
    if (kept > file->now.size) kept = file->now.size;
    buffer_reserve(&file->durable, file->now.size);
    if (hole > kept) memset(file->durable.bytes + kept, 0, hole - kept);
    if (file->now.size > hole)
        memcpy(file->durable.bytes + hole, file->now.bytes + hole, file->now.size - hole);
    file->durable.size = file->now.size;
}

void disk_sync(disk_node *node, bool failed)
{
    if (!node->is_directory) sync_file(node, failed);
    for (size_t i = 0; node->is_directory && !failed && i < the_disk.change_count; i++)
        if (!the_disk.changes[i].is_over && touches(&the_disk.changes[i], node, NULL))
            disk_apply(&the_disk.changes[i]);
}

/* --- looking at it --------------------------------------------------------------------------- */

static bool file_is_synced(const disk_node *file)
{
    return file->durable.size >= file->now.size &&
           (file->now.size == 0 ||
            memcmp(file->durable.bytes, file->now.bytes, file->now.size) == 0);
}

static bool names_are_synced(const disk_node *directory, const char *but)
{
    for (size_t i = 0; i < directory->names.count; i++) {
        const disk_entry *entry = &directory->names.entries[i];
        if (but && strncmp(entry->name, but, strlen(but)) == 0) continue;
        if (names_find(&directory->durable_names, entry->name) != entry->node) return false;
    }
    return true;
}

static bool is_synced(const disk_node *directory, bool below, const char *but)
{
    if (!names_are_synced(directory, but)) return false;
    for (size_t i = 0; i < directory->names.count; i++) {
        const disk_node *node = directory->names.entries[i].node;
        if (!node->is_directory && !file_is_synced(node)) return false;
        if (below && node->is_directory && !is_synced(node, true, NULL)) return false;
    }
    return true;
}

static bool look(const char *directory, bool below, const char *but)
{
    disk_lock();
    const disk_node *node = disk_find(directory);
    bool synced = !node || !node->is_directory || the_disk.is_frozen;
    if (!synced) synced = is_synced(node, below, but);
    disk_unlock();
    return synced;
}

bool disk_is_synced(const char *directory, const char *but)
{
    return look(directory, false, but);
}

bool disk_is_synced_below(const char *directory) { return look(directory, true, NULL); }

const disk_plan *disk_current_plan(void) { return &the_disk.plan; }
