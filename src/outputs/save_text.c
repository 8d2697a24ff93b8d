/* Text files: a directory for each batch, under its name only when it is complete (O-61..O-63).
 *
 *   NAME/part-00000 ... part-N   one for each partition, empty ones too
 *   NAME/_SUCCESS                empty, written last
 *
 * All of it is written to .NAME.tmp beside the target and synced; then it gets its name by rename,
 * or, if the name is taken, by exchange, and what had the name is removed. A target that says the
 * same already is left alone. So a batch that is run again leaves what it left the first time. */
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "outputs/kinds.h"
#include "outputs/text_parts.h"

enum { COMPARE_BYTES = 64 << 10 };

typedef struct place {
    char *target;
    char *parent;
    char *temporary;
} place;

static char *make_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *make_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = memory_alloc((size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

static weir_status place_init(place *place, const char *path)
{
    memset(place, 0, sizeof *place);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (length == 0 || (length == 1 && *path == '/'))
        return error_set(WEIR_ILLEGAL_ARGUMENT, "\"%s\" is no name for a directory of text", path);
    place->target = make_text("%.*s", (int)length, path);
    char *slash = strrchr(place->target, '/');
    size_t stem = slash ? (size_t)(slash - place->target) + 1 : 0;
    place->parent = stem ? make_text("%.*s", (int)stem, place->target) : make_text(".");
    place->temporary =
        make_text("%.*s.%s.tmp", (int)stem, place->target, place->target + stem);
    return WEIR_OK;
}

static void place_release(place *place)
{
    free(place->target);
    free(place->parent);
    free(place->temporary);
}

/* --- is there the same already? -------------------------------------------------------------- */

static bool same_bytes(int a, const char *a_path, int b, const char *b_path)
{
    char *room = memory_alloc(2 * COMPARE_BYTES);
    bool same = true;
    size_t got_a = 1;
    size_t got_b = 1;
    for (int64_t at = 0; same && got_a > 0; at += COMPARE_BYTES) {
        char *other = room + COMPARE_BYTES;
        same = file_read_at(a, a_path, room, COMPARE_BYTES, at, &got_a) == WEIR_OK &&
               file_read_at(b, b_path, other, COMPARE_BYTES, at, &got_b) == WEIR_OK &&
               got_a == got_b && memcmp(room, other, got_a) == 0;
    }
    free(room);
    return same;
}

static bool same_file(const char *a_path, const char *b_path)
{
    file_info a_info;
    file_info b_info;
    if (file_stat(a_path, &a_info) != WEIR_OK) return false;
    if (file_stat(b_path, &b_info) != WEIR_OK) return false;
    if (!b_info.is_regular || a_info.size != b_info.size) return false;
    int a;
    int b;
    if (file_open_read(a_path, &a) != WEIR_OK) return false;
    bool same = false;
    if (file_open_read(b_path, &b) == WEIR_OK) {
        same = same_bytes(a, a_path, b, b_path);
        (void)file_close(b, b_path);
    }
    (void)file_close(a, a_path);
    return same;
}

static size_t count_entries(const char *directory)
{
    DIR *entries = opendir(directory);
    if (!entries) return 0;
    size_t count = 0;
    while (readdir(entries)) count++;
    closedir(entries);
    return count - 2; /* itself and its parent */
}

static bool same_directory(const char *made, const char *target, size_t partitions)
{
    file_info info;
    if (file_stat(target, &info) != WEIR_OK || !info.is_directory) return false;
    if (count_entries(target) != partitions + 1) return false;
    char *marker = make_text("%s/_SUCCESS", target);
    bool same = file_exists(marker);
    free(marker);
    for (size_t i = 0; same && i < partitions; i++) {
        char *a = text_parts_path(made, i);
        char *b = text_parts_path(target, i);
        same = same_file(a, b);
        free(a);
        free(b);
    }
    return same;
}

/* --- writing --------------------------------------------------------------------------------- */

static weir_status write_marker(const char *directory)
{
    char *path = make_text("%s/_SUCCESS", directory);
    int descriptor;
    weir_status status = file_create(path, &descriptor);
    if (status == WEIR_OK) {
        status = file_sync(descriptor, path);
        weir_status closed = file_close(descriptor, path);
        if (status == WEIR_OK) status = closed;
    }
    free(path);
    return status;
}

static weir_status write_temporary(const place *place, weir_dataset *dataset, uint64_t *records)
{
    weir_status status = file_make_directories(place->parent);
    if (status == WEIR_OK) status = file_remove_tree(place->temporary);
    if (status == WEIR_OK) status = file_make_directory(place->temporary);
    if (status == WEIR_OK) status = text_parts_write(dataset, place->temporary, records);
    if (status == WEIR_OK) status = write_marker(place->temporary);
    if (status == WEIR_OK) status = file_sync_directory(place->temporary);
    return status;
}

static weir_status publish(const place *place, size_t partitions)
{
    if (!file_exists(place->target)) {
        weir_status status = file_rename(place->temporary, place->target);
        return status == WEIR_OK ? file_sync_directory(place->parent) : status;
    }
    weir_status status = WEIR_OK;
    if (!same_directory(place->temporary, place->target, partitions))
        status = file_exchange(place->temporary, place->target);
    /* Also where it was there already: its name may not be durable since the process that gave it
     * was killed. */
    if (status == WEIR_OK) status = file_sync_directory(place->parent);
    return status == WEIR_OK ? file_remove_tree(place->temporary) : status;
}

/* Leaves nothing behind that is not complete, and the error as it is. */
static void clean_up(const place *place, weir_status status)
{
    char *text = memory_copy_text(error_text());
    (void)file_remove_tree(place->temporary);
    (void)error_set(status, "%s", text);
    free(text);
}

static weir_status save(weir_dataset *dataset, const char *path, uint64_t *records)
{
    place place;
    weir_status status = place_init(&place, path);
    if (status != WEIR_OK) return status;
    status = write_temporary(&place, dataset, records);
    if (status == WEIR_OK) status = publish(&place, weir_dataset_partitions(dataset));
    if (status != WEIR_OK) clean_up(&place, status);
    place_release(&place);
    return status;
}

weir_status weir_dataset_save_as_text(weir_dataset *in, const char *path)
{
    if (!in) return error_set(WEIR_ILLEGAL_ARGUMENT, "save as text: the dataset is NULL");
    if (!path) return error_set(WEIR_ILLEGAL_ARGUMENT, "save as text: the path is NULL");
    uint64_t records;
    return save(in, path, &records);
}

weir_status output_save_text(const output *output, weir_dataset *dataset, int64_t time_ms,
                             uint64_t *records)
{
    const char *prefix = output->prefix ? output->prefix : "";
    const char *suffix = output->suffix ? output->suffix : "";
    char *path = make_text("%s%s%" PRId64 "%s%s", prefix, *prefix ? "-" : "", time_ms,
                           *suffix ? "." : "", suffix);
    weir_status status = save(dataset, path, records);
    free(path);
    return status;
}
