#include "state/files.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { PIECE = 1 << 20 };

/* --- the list ------------------------------------------------------------------------------- */

void state_files_add(state_files *files, const char *name, uint64_t size, uint64_t hash)
{
    size_t at = files->count;
    files->files = memory_resize(files->files, (files->count + 1) * sizeof *files->files);
    for (; at > 0 && strcmp(files->files[at - 1].name, name) > 0; at--)
        files->files[at] = files->files[at - 1];
    files->files[at] = (state_file){memory_copy_text(name), size, hash};
    files->count++;
}

const state_file *state_files_find(const state_files *files, const char *name)
{
    size_t low = 0, high = files->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(files->files[middle].name, name);
        if (order == 0) return &files->files[middle];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

void state_files_release(state_files *files)
{
    for (size_t i = 0; i < files->count; i++) free(files->files[i].name);
    free(files->files);
    *files = (state_files){0};
}

/* --- what is on disk ------------------------------------------------------------------------ */

weir_status state_file_hash(const char *path, uint64_t *size, uint64_t *hash)
{
    int descriptor;
    weir_status status = file_open_read(path, &descriptor);
    if (status != WEIR_OK) return status;
    XXH3_state_t *running = XXH3_createState();
    char *piece = memory_alloc(PIECE);
    size_t got = PIECE;
    XXH3_64bits_reset(running);
    for (*size = 0; got == PIECE && status == WEIR_OK; *size += got) {
        got = 0;
        status = file_read_at(descriptor, path, piece, PIECE, (int64_t)*size, &got);
        XXH3_64bits_update(running, piece, got);
    }
    *hash = XXH3_64bits_digest(running);
    XXH3_freeState(running);
    free(piece);
    weir_status closed = file_close(descriptor, path);
    return status == WEIR_OK ? closed : status;
}

weir_status state_files_give_up(const char *path, weir_status status)
{
    char text[ERROR_TEXT_MAX];
    memcpy(text, error_text(), sizeof text);
    file_remove_tree(path); /* what stays is removed by whoever makes it again */
    return error_set(status, "%s", text);
}

typedef struct listing {
    const char *directory;
    const state_files *known;
    state_files *files;
    weir_status status;
} listing;

static bool is_table(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".sst") == 0;
}

static weir_status add_file(listing *listing, const char *name, const char *path)
{
    file_info info;
    uint64_t size, hash;
    weir_status status = file_stat(path, &info);
    if (status != WEIR_OK || !info.is_regular) return status;
    const state_file *known = is_table(name) && listing->known
                                  ? state_files_find(listing->known, name)
                                  : NULL;
    if (known && known->size == (uint64_t)info.size) {
        state_files_add(listing->files, name, known->size, known->hash);
        return WEIR_OK;
    }
    status = state_file_hash(path, &size, &hash);
    if (status == WEIR_OK) state_files_add(listing->files, name, size, hash);
    return status;
}

static void list_file(void *user, const char *name)
{
    listing *listing = user;
    if (listing->status != WEIR_OK) return;
    buffer path = {0};
    buffer_printf(&path, "%s/%s", listing->directory, name);
    buffer_append(&path, "", 1);
    listing->status = add_file(listing, name, path.bytes);
    buffer_release(&path);
}

weir_status state_files_list(const char *directory, const state_files *known, state_files *files)
{
    listing listing = {directory, known, files, WEIR_OK};
    weir_status status = file_list(directory, list_file, &listing);
    if (status == WEIR_OK) status = listing.status;
    if (status != WEIR_OK) state_files_release(files);
    return status;
}
