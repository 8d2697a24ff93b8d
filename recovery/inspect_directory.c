/* weir/inspect.h: how much there is, and who uses it. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "recovery/control.h"
#include "recovery/inspect_inside.h"

/* Files by their identity: checkpoints and the live state share them by links. */
typedef struct found_file {
    uint64_t device;
    uint64_t number;
    uint64_t bytes;
    bool is_live;
} found_file;

/* Adds the files under a folder. What vanishes meanwhile is not there. */
static void add_tree(const char *path, bool is_live, buffer *found)
{
    DIR *opened = opendir(path);
    if (!opened) return;
    for (struct dirent *entry; (entry = readdir(opened));) {
        struct stat is;
        buffer name = {0};
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        buffer_printf(&name, "%s/%s", path, entry->d_name);
        buffer_append(&name, "", 1);
        bool is_there = lstat(name.bytes, &is) == 0;
        if (is_there && S_ISDIR(is.st_mode)) add_tree(name.bytes, is_live, found);
        found_file file = {is.st_dev, is.st_ino, (uint64_t)is.st_size, is_live};
        if (is_there && S_ISREG(is.st_mode)) buffer_append(found, &file, sizeof file);
        buffer_release(&name);
    }
    closedir(opened);
}

/* The same file of a checkpoint and of the live state: the checkpoint's first. */
static int by_identity(const void *a, const void *b)
{
    const found_file *left = a, *right = b;
    if (left->device != right->device) return left->device < right->device ? -1 : 1;
    if (left->number != right->number) return left->number < right->number ? -1 : 1;
    return (int)left->is_live - (int)right->is_live;
}

static void measure_state(const directory *directory, weir_directory_facts *facts)
{
    buffer found = {0};
    add_tree(directory->checkpoints, false, &found);
    add_tree(directory->live, true, &found);
    found_file *files = (found_file *)(void *)found.bytes;
    size_t count = found.size / sizeof *files;
    if (count) qsort(files, count, sizeof *files, by_identity);
    for (size_t i = 0; i < count; i++) {
        bool is_again = i > 0 && files[i].device == files[i - 1].device &&
                        files[i].number == files[i - 1].number;
        if (is_again) continue;
        if (files[i].is_live) facts->live_bytes += files[i].bytes;
        else facts->checkpoint_bytes += files[i].bytes;
    }
    buffer_release(&found);
}

static void measure_log(const directory *directory, weir_directory_facts *facts)
{
    buffer found = {0}, kept = {0}, quarantine = {0};
    add_tree(directory->log, false, &found);
    buffer_printf(&quarantine, "%s/quarantine", directory->log);
    buffer_append(&quarantine, "", 1);
    add_tree(quarantine.bytes, false, &kept);
    const found_file *files = (const found_file *)(void *)found.bytes;
    const found_file *quarantined = (const found_file *)(void *)kept.bytes;
    facts->quarantined = kept.size / sizeof *quarantined;
    facts->log_segments = found.size / sizeof *files - facts->quarantined;
    for (size_t i = 0; i < found.size / sizeof *files; i++) facts->log_bytes += files[i].bytes;
    for (size_t i = 0; i < facts->quarantined; i++) facts->log_bytes -= quarantined[i].bytes;
    buffer_release(&quarantine);
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

weir_status weir_inspect_directory(const char *path, weir_directory_facts *facts)
{
    look look;
    memset(facts, 0, sizeof *facts);
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) {
        int64_t *times = NULL;
        size_t count = 0;
        int context = control_connect(&look.directory);
        facts->is_in_use = context >= 0;
        if (context >= 0) close(context);
        read_holder(&look.directory, facts);
        measure_log(&look.directory, facts);
        measure_state(&look.directory, facts);
        status = directory_list_checkpoints(&look.directory, &times, &count);
        facts->checkpoints = count;
        free(times);
    }
    look_end(&look);
    return status;
}
