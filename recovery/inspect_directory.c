/* weir/inspect.h: how much there is, and who uses it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "recovery/control.h"
#include "recovery/inspect_inside.h"
#include "wal/directory.h"

/* Files by their identity: checkpoints, those that were set aside too, and the live state share
 * them by links. */
typedef enum file_owner { OWNED_BY_CHECKPOINT, OWNED_BY_LIVE, OWNED_BY_SET_ASIDE } file_owner;

typedef struct found_file {
    uint64_t device;
    uint64_t number;
    uint64_t bytes;
    file_owner owner;
} found_file;

/* Adds the files under a folder, but for what is in a folder "quarantine" there. What vanishes
 * meanwhile is not there. */
static void add_tree(const char *path, file_owner owner, buffer *found)
{
    DIR *opened = opendir(path);
    if (!opened) return;
    for (struct dirent *entry; (entry = readdir(opened));) {
        struct stat is;
        buffer name = {0};
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (strcmp(entry->d_name, "quarantine") == 0) continue;
        buffer_printf(&name, "%s/%s", path, entry->d_name);
        buffer_append(&name, "", 1);
        bool is_there = lstat(name.bytes, &is) == 0;
        if (is_there && S_ISDIR(is.st_mode)) add_tree(name.bytes, owner, found);
        found_file file = {is.st_dev, is.st_ino, (uint64_t)is.st_size, owner};
        if (is_there && S_ISREG(is.st_mode)) buffer_append(found, &file, sizeof file);
        buffer_release(&name);
    }
    closedir(opened);
}

/* The same file of several: the first owner's first. */
static int by_identity(const void *a, const void *b)
{
    const found_file *left = a, *right = b;
    if (left->device != right->device) return left->device < right->device ? -1 : 1;
    if (left->number != right->number) return left->number < right->number ? -1 : 1;
    return (int)left->owner - (int)right->owner;
}

/* Of what was set aside in that folder of the directory. To be freed. */
static char *quarantine_of(const char *folder)
{
    buffer path = {0};
    buffer_printf(&path, "%s/quarantine", folder);
    buffer_append(&path, "", 1);
    return path.bytes;
}

static void measure_state(const directory *directory, weir_directory_facts *facts)
{
    buffer found = {0};
    char *quarantine = quarantine_of(directory->checkpoints);
    add_tree(directory->checkpoints, OWNED_BY_CHECKPOINT, &found);
    add_tree(directory->live, OWNED_BY_LIVE, &found);
    add_tree(quarantine, OWNED_BY_SET_ASIDE, &found);
    free(quarantine);
    found_file *files = (found_file *)(void *)found.bytes;
    size_t count = found.size / sizeof *files;
    if (count) qsort(files, count, sizeof *files, by_identity);
    for (size_t i = 0; i < count; i++) {
        bool is_again = i > 0 && files[i].device == files[i - 1].device &&
                        files[i].number == files[i - 1].number;
        if (is_again) continue;
        switch (files[i].owner) {
        case OWNED_BY_CHECKPOINT: facts->checkpoint_bytes += files[i].bytes; break;
        case OWNED_BY_LIVE: facts->live_bytes += files[i].bytes; break;
        case OWNED_BY_SET_ASIDE: facts->set_aside_bytes += files[i].bytes; break;
        }
    }
    buffer_release(&found);
}

static void measure_log(const directory *directory, weir_directory_facts *facts)
{
    buffer found = {0}, kept = {0};
    char *quarantine = quarantine_of(directory->log);
    add_tree(directory->log, OWNED_BY_LIVE, &found);
    add_tree(quarantine, OWNED_BY_SET_ASIDE, &kept);
    free(quarantine);
    const found_file *files = (const found_file *)(void *)found.bytes;
    facts->quarantined = kept.size / sizeof *files;
    for (size_t i = 0; i < found.size / sizeof *files; i++) facts->log_bytes += files[i].bytes;
    wal_segment_list list = {0};
    if (wal_directory_list(directory->log, &list) == WEIR_OK) facts->log_segments = list.count;
    wal_segment_list_release(&list);
    buffer_release(&kept);
    buffer_release(&found);
}

static void read_holder(const directory *directory, weir_directory_facts *facts)
{
    buffer path = {0};
    size_t got = 0;
    int descriptor;
    buffer_printf(&path, "%s/lock", directory->path);
    buffer_append(&path, "", 1);
    if (file_open_read(path.bytes, &descriptor) == WEIR_OK) {
        if (file_read_at(descriptor, path.bytes, facts->holder, sizeof facts->holder - 1, 0,
                         &got) != WEIR_OK)
            got = 0;
        file_close(descriptor, path.bytes);
    }
    facts->holder[got] = '\0';
    facts->holder[strcspn(facts->holder, "\n")] = '\0';
    buffer_release(&path);
}

/* --- checkpoints that were set aside --------------------------------------------------------- */

static int by_time_and_number(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    long long left_ms = strtoll(left, NULL, 10), right_ms = strtoll(right, NULL, 10);
    size_t left_length = strlen(left), right_length = strlen(right);
    if (left_ms != right_ms) return left_ms < right_ms ? -1 : 1;
    if (left_length != right_length) return left_length < right_length ? -1 : 1;
    return strcmp(left, right);
}

/* Their names, in order; the array and each of them are to be freed. */
static char **list_set_aside(const directory *directory, size_t *count)
{
    char *quarantine = quarantine_of(directory->checkpoints), **names = NULL;
    DIR *opened = opendir(quarantine);
    *count = 0;
    for (struct dirent *entry; opened && (entry = readdir(opened));) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        names = memory_resize(names, (*count + 1) * sizeof *names);
        names[(*count)++] = memory_copy_text(entry->d_name);
    }
    if (opened) closedir(opened);
    free(quarantine);
    if (*count) qsort(names, *count, sizeof *names, by_time_and_number);
    return names;
}

static void visit_set_aside(const directory *directory, weir_set_aside_visit visit, void *user)
{
    size_t count;
    bool goes_on = true;
    char **names = list_set_aside(directory, &count);
    for (size_t i = 0; i < count; i++) {
        if (goes_on) goes_on = visit(names[i], user);
        free(names[i]);
    }
    free(names);
}

weir_status weir_inspect_set_aside(const char *path, weir_set_aside_visit visit, void *user)
{
    look look;
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) visit_set_aside(&look.directory, visit, user);
    look_end(&look);
    return status;
}

static bool count_one(const char *name, void *user)
{
    (void)name;
    uint64_t *count = user;
    (*count)++;
    return true;
}

/* --- the whole ------------------------------------------------------------------------------- */

weir_status weir_inspect_directory(const char *path, weir_directory_facts *facts)
{
    look look;
    memset(facts, 0, sizeof *facts);
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) {
        int64_t *times = NULL;
        size_t count = 0;
        int context = control_connect(&look.directory, 0);
        facts->is_in_use = context >= 0 || errno == EAGAIN;
        if (context >= 0) close(context);
        read_holder(&look.directory, facts);
        measure_log(&look.directory, facts);
        measure_state(&look.directory, facts);
        visit_set_aside(&look.directory, count_one, &facts->set_aside);
        status = directory_list_checkpoints(&look.directory, &times, &count);
        facts->checkpoints = count;
        free(times);
    }
    look_end(&look);
    return status;
}
