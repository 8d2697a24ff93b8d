/* What a crash leaves of the disk, and damage. */
#include <stdio.h>
#include <string.h>

#include "crash/disk_calls.h"
#include "crash/disk_inside.h"
#include "crash/random.h"

enum { SECTOR = 512 };

static void choose_changes(random_source *random)
{
    uint64_t way = random_below(random, 4); /* none, all, up to one of them, any */
    uint64_t until = random_below(random, the_disk.change_count + 1);
    for (size_t i = 0; i < the_disk.change_count; i++) {
        disk_change *change = &the_disk.changes[i];
        bool survives = way == 1 || (way == 2 && i < until) ||
            (way == 3 && random_once_in(random, 2));
        if (survives && !change->is_over) disk_apply(change);
    }
    disk_forget_changes();
}

static size_t choose_size(const disk_node *file, random_source *random)
{
    size_t a = file->durable.size, b = file->now.size;
    size_t least = a < b ? a : b, most = a < b ? b : a;
    uint64_t way = random_below(random, 3);
    return way == 0 ? a : way == 1 ? b : least + (size_t)random_below(random, most - least + 1);
}

static void take_sector(const buffer *from, buffer *to, size_t at, size_t size)
{
    if (at + size > from->size) size = from->size > at ? from->size - at : 0;
    if (size) memcpy(to->bytes + at, from->bytes + at, size);
}

static void choose_content(disk_node *file, random_source *random)
{
    uint64_t way = random_below(random, 3); /* none of what was not synced, all, any sectors */
    size_t size = way == 0 ? file->durable.size : way == 1 ? file->now.size
                                                           : choose_size(file, random);
    buffer image = {0};
    memset(buffer_reserve(&image, size + 1), 0, size + 1);
    image.size = size;
    for (size_t at = 0; at < size; at += SECTOR) {
        size_t length = size - at < SECTOR ? size - at : SECTOR;
        bool is_new = way == 1 || (way == 2 && random_once_in(random, 2));
        if (is_new && at < file->lost) is_new = random_once_in(random, 2);
        take_sector(is_new ? &file->now : &file->durable, &image, at, length);
    }
    buffer_release(&file->now);
    buffer_release(&file->durable);
    file->now = image;
    buffer_append(&file->durable, image.bytes, image.size);
    file->lost = 0;
}

static void lay_out(disk_node *directory, const char *path)
{
    disk_names_release(&directory->names);
    for (size_t i = 0; i < directory->durable_names.count; i++) {
        const disk_entry *entry = &directory->durable_names.entries[i];
        char below[1024];
        disk_names_set(&directory->names, entry->name, entry->node);
        (void)snprintf(below, sizeof below, "%.511s/%.511s", path, entry->name);
        if (!entry->node->is_directory) {
            disk_calls_lay_file(below, entry->node->now.bytes, entry->node->now.size);
        } else {
            disk_calls_lay_directory(below);
            lay_out(entry->node, below);
        }
    }
}

void disk_restart(void)
{
    disk_lock();
    random_source random = {the_disk.plan.seed ^ UINT64_C(0x5eed)};
    choose_changes(&random);
    for (disk_node *node = the_disk.nodes; node; node = node->next)
        if (!node->is_directory) choose_content(node, &random);
    the_disk.is_frozen = false;
    disk_calls_forget();
    disk_calls_clear(the_disk.root);
    lay_out(the_disk.top, the_disk.root);
    memset(&the_disk.plan, 0, sizeof the_disk.plan);
    disk_unlock();
}

bool disk_damage(const char *path, int kind, uint64_t random, uint64_t *at)
{
    const char *name;
    disk_lock();
    disk_node *parent = disk_find_parent(path, &name);
    disk_node *file = parent ? disk_find_in(parent, name) : NULL;
    bool is_there = file && !file->is_directory && file->now.size > 0;
    if (is_there && kind == 0 && random % file->now.size / 4 == 2)
        random += 4; /* the version: a newer one is refused, and rightly */
    if (is_there) *at = random % file->now.size;
    if (is_there && kind == 0) file->now.bytes[*at] ^= (char)(1 << (random >> 32) % 8);
    if (is_there && kind == 1) file->now.size = *at;
    if (is_there && kind < 2) {
        file->durable.size = 0;
        buffer_append(&file->durable, file->now.bytes, file->now.size);
        disk_calls_lay_file(path, file->now.bytes, file->now.size);
    } else if (is_there) {
        disk_names_set(&parent->durable_names, name, NULL);
        disk_names_set(&parent->names, name, NULL);
        disk_calls_remove(path);
    }
    disk_unlock();
    return is_there;
}
