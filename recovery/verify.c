/* weir_verify: reads everything in the directory of a context. Here: the checkpoints. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/file.h"
#include "recovery/given_up.h"
#include "recovery/log_context.h"
#include "recovery/log_walk.h"
#include "recovery/verify_inside.h"
#include "state/pane_scan.h"

enum { CHUNK = 1 << 20, TEXT_MAX = ERROR_TEXT_MAX + 256 };

/* --- telling --------------------------------------------------------------------------------- */

void verify_progress(verifying *verifying, uint64_t more_bytes, const char *what)
{
    verifying->done_bytes += more_bytes;
    if (verifying->done_bytes > verifying->all_bytes) verifying->all_bytes = verifying->done_bytes;
    if (verifying->verifier->progress)
        verifying->verifier->progress(verifying->done_bytes, verifying->all_bytes, what,
                                      verifying->user);
}

void verify_damage(verifying *verifying, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (verifying->holds) {
        buffer_append(&verifying->held, text, strlen(text) + 1);
        return;
    }
    verifying->damaged++;
    if (verifying->verifier->found) verifying->verifier->found(true, text, verifying->user);
}

void verify_note(verifying *verifying, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (verifying->verifier->found) verifying->verifier->found(false, text, verifying->user);
}

/* What we may not read is no damage: the verdict is left open. */
static void verify_failure(verifying *verifying)
{
    if (!error_is_denied()) verify_damage(verifying, "%s", error_text());
    else if (!verifying->denied[0])
        snprintf(verifying->denied, sizeof verifying->denied, "%s", error_text());
}

/* --- the files of a checkpoint --------------------------------------------------------------- */

static weir_status hash_file(verifying *verifying, const char *path, uint64_t *hash)
{
    int descriptor;
    weir_status status = file_open_read(path, &descriptor);
    if (status != WEIR_OK) return status;
    XXH3_state_t *state = XXH3_createState();
    char *chunk = memory_alloc(CHUNK);
    int64_t offset = 0;
    size_t got = CHUNK;
    XXH3_64bits_reset(state);
    while (status == WEIR_OK && got == CHUNK) {
        status = file_read_at(descriptor, path, chunk, CHUNK, offset, &got);
        if (status != WEIR_OK) break;
        XXH3_64bits_update(state, chunk, got);
        offset += (int64_t)got;
        verify_progress(verifying, got, "checkpoints");
    }
    *hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    free(chunk);
    file_close(descriptor, path);
    return status;
}

/* A table that several checkpoints have by links is read once. */
typedef struct hashed_file {
    uint64_t device;
    uint64_t number;
    uint64_t hash;
} hashed_file;

static weir_status find_hash(verifying *verifying, const char *path, uint64_t *hash)
{
    struct stat is;
    hashed_file *files = (hashed_file *)(void *)verifying->hashed.bytes;
    if (lstat(path, &is) != 0) return error_set_errno(WEIR_DAMAGED, "%s is missing", path);
    for (size_t i = 0; i < verifying->hashed.size / sizeof *files; i++) {
        if (files[i].device != is.st_dev || files[i].number != is.st_ino) continue;
        *hash = files[i].hash;
        verify_progress(verifying, (uint64_t)is.st_size, "checkpoints");
        return WEIR_OK;
    }
    weir_status status = hash_file(verifying, path, hash);
    hashed_file file = {is.st_dev, is.st_ino, *hash};
    if (status == WEIR_OK) buffer_append(&verifying->hashed, &file, sizeof file);
    return status;
}

static void verify_file(verifying *verifying, const char *state, const manifest_file *file)
{
    buffer path = {0};
    uint64_t hash = 0;
    buffer_printf(&path, "%s/%s", state, file->name);
    buffer_append(&path, "", 1);
    if (find_hash(verifying, path.bytes, &hash) != WEIR_OK)
        verify_failure(verifying);
    else if (hash != file->hash)
        verify_damage(verifying, "%s: its content is not what was written (hash %016" PRIx64
                      ", %016" PRIx64 " in MANIFEST)", path.bytes, hash, file->hash);
    buffer_release(&path);
}

/* --- the state in it ------------------------------------------------------------------------- */

static bool keeps_state(const stored_lineage *lineage, const char *space)
{
    for (size_t i = 0; i < lineage->stream_count; i++)
        if (lineage->streams[i].space && strcmp(lineage->streams[i].space, space) == 0)
            return true;
    return false;
}

static void verify_space(verifying *verifying, state_scan *scan, const char *space,
                         const char *state)
{
    state_scan_entry entry;
    weir_status status = state_scan_begin(scan, space, NULL);
    if (status != WEIR_OK) {
        verify_failure(verifying);
        return;
    }
    do {
        status = state_scan_next(scan, &entry);
        if (status != WEIR_OK && status != WEIR_NO_ELEMENT)
            verify_failure(verifying);
    } while (status != WEIR_NO_ELEMENT);
    if (!keeps_state(&verifying->look->checkpoint.lineage, space))
        verify_note(verifying, "%s: no stream of the lineage keeps the state \"%s\"", state,
                    space);
}

static void verify_window(verifying *verifying, const state_scan *scan, const pane_record *window,
                          const char *state)
{
    pane_scan *panes;
    pane_scan_item item;
    if (pane_scan_open(scan, window, &panes) != WEIR_OK) {
        verify_failure(verifying);
        return;
    }
    for (weir_status status = WEIR_OK; status != WEIR_NO_ELEMENT;) {
        status = pane_scan_next(panes, &item);
        if (status != WEIR_OK && status != WEIR_NO_ELEMENT)
            verify_failure(verifying);
    }
    pane_scan_close(panes);
    if (!keeps_state(&verifying->look->checkpoint.lineage, window->name))
        verify_note(verifying, "%s: no stream of the lineage keeps the panes \"%s\"", state,
                    window->name);
}

static void pass_name(void *user, const char *name)
{
    (void)user;
    (void)name;
}

/* Does the database open, and can every entry be understood? It does not say that it may not list
 * its directory. */
static void verify_state(verifying *verifying, const char *state)
{
    state_scan *scan = NULL;
    size_t count;
    const stored_checkpoint *checkpoint = &verifying->look->checkpoint;
    if (file_list(state, pass_name, NULL) != WEIR_OK ||
        state_scan_open(state, &scan) != WEIR_OK) {
        verify_failure(verifying);
        return;
    }
    const space_record *spaces = state_scan_spaces(scan, &count);
    for (size_t i = 0; i < count; i++) verify_space(verifying, scan, spaces[i].name, state);
    const pane_record *windows = state_scan_windows(scan, &count);
    for (size_t i = 0; i < count; i++) verify_window(verifying, scan, &windows[i], state);
    if (state_scan_boundary(scan) != checkpoint->manifest.batches)
        verify_damage(verifying, "%s is of batch %" PRIu64 ", not of batch %" PRIu64, state,
                      state_scan_boundary(scan), checkpoint->manifest.batches);
    state_scan_close(scan);
}

static void verify_parts(verifying *verifying, int64_t time_ms)
{
    look *look = verifying->look;
    char *state = directory_checkpoint_path(&look->directory, time_ms, "state");
    weir_status status =
        stored_checkpoint_read(&look->directory, time_ms, &look->arena, &look->checkpoint);
    const manifest *manifest = &look->checkpoint.manifest;
    if (status != WEIR_OK) verify_failure(verifying);
    for (size_t i = 0; i < manifest->file_count; i++)
        verify_file(verifying, state, &manifest->files[i]);
    bool is_read = verifying->held.size == 0 && !verifying->denied[0];
    if (is_read && manifest->file_count > 0) verify_state(verifying, state);
    free(state);
}

/* One that a running context has dropped meanwhile is nobody's any more, whatever was found. */
static void verify_checkpoint(verifying *verifying, int64_t time_ms)
{
    char *whole = directory_checkpoint_path(&verifying->look->directory, time_ms, NULL);
    buffer *held = &verifying->held;
    verifying->holds = true;
    verify_parts(verifying, time_ms);
    verifying->holds = false;
    bool is_there = file_exists(whole);
    for (size_t at = 0; is_there && at < held->size; at += strlen(held->bytes + at) + 1)
        verify_damage(verifying, "%s", held->bytes + at);
    held->size = 0;
    free(whole);
}

/* --- all of it ------------------------------------------------------------------------------- */

static uint64_t measure(look *look, const int64_t *times, size_t count)
{
    uint64_t bytes = verify_log_bytes(look);
    for (size_t i = 0; i < count; i++) {
        stored_checkpoint read;
        (void)stored_checkpoint_read(&look->directory, times[i], &look->arena, &read);
        for (size_t j = 0; j < read.manifest.file_count; j++)
            bytes += read.manifest.files[j].size;
    }
    return bytes;
}

static void note_leftover(void *user, const char *name)
{
    verifying *verifying = user;
    if (strncmp(name, ".tmp-", 5) == 0 || strncmp(name, ".old-", 5) == 0)
        verify_note(verifying,
                    "%s/%s: a checkpoint that is not finished, or was dropped; it is not used",
                    verifying->look->directory.checkpoints, name);
}

/* What is not a file cannot be locked. */
static void verify_lock(verifying *verifying)
{
    buffer path = {0};
    file_info info;
    buffer_printf(&path, "%s/lock", verifying->look->directory.path);
    buffer_append(&path, "", 1);
    if (file_stat(path.bytes, &info) == WEIR_OK && info.is_directory)
        verify_damage(verifying, "%s is a directory in the place of a file: no run can begin",
                      path.bytes);
    buffer_release(&path);
}

/* Where the log does not tell whose it is, or is of several, checkpoints tell of each other. */
static void verify_contexts(verifying *verifying, const int64_t *times, size_t count)
{
    look *look = verifying->look;
    stored_checkpoint read, newest = {.is_foreign = false};
    bool has_newest = false;
    for (size_t i = count; i-- > 0;) {
        char own[CONTEXT_ID_TEXT], other[CONTEXT_ID_TEXT];
        if (stored_checkpoint_read(&look->directory, times[i], &look->arena, &read) != WEIR_OK)
            continue;
        if (!has_newest) newest = read;
        has_newest = true;
        if (memcmp(read.manifest.context_id, newest.manifest.context_id, CONTEXT_ID_BYTES) == 0)
            continue;
        context_id_write(read.manifest.context_id, own);
        context_id_write(newest.manifest.context_id, other);
        verify_damage(verifying,
                      "%s/%" PRId64 " is of another context (id %s) than the checkpoint of "
                      "%" PRId64 " ms (id %s)",
                      look->directory.checkpoints, times[i], own, newest.manifest.time_ms, other);
    }
}

/* There is no checkpoint. */
static void verify_unbegun(verifying *verifying)
{
    const directory *directory = &verifying->look->directory;
    bool is_unbegun = false;
    if (log_is_unbegun(directory->log, &is_unbegun) == WEIR_OK && is_unbegun)
        verify_note(verifying,
                    "%s: its first start has not come to a checkpoint: nothing is in it",
                    directory->path);
    else
        verify_damage(verifying, "%s has a log but no checkpoint: something was deleted",
                      directory->path);
}

static weir_status verify_all(verifying *verifying)
{
    look *look = verifying->look;
    int64_t *times = NULL;
    size_t count = 0;
    weir_status status = directory_list_checkpoints(&look->directory, &times, &count);
    if (status != WEIR_OK) return status;
    if (count == 0) verify_unbegun(verifying);
    verifying->all_bytes = measure(look, times, count);
    for (size_t i = 0; i < count; i++) verify_checkpoint(verifying, times[i]);
    verify_contexts(verifying, times, count);
    free(times);
    (void)file_list(look->directory.checkpoints, note_leftover, verifying);
    verify_lock(verifying);
    if (given_up_add(&look->directory, 0, &look->arena, &(weir_durability){0}) != WEIR_OK)
        verify_failure(verifying);
    return verify_log(verifying);
}

weir_status weir_verify(const char *path, const weir_verifier *verifier, void *user)
{
    look look;
    verifying verifying = {.look = &look, .verifier = verifier, .user = user};
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = verify_all(&verifying);
    if (status == WEIR_OK && verifying.denied[0])
        status = error_set(WEIR_IO, "%s", verifying.denied);
    if (status == WEIR_OK && verifying.damaged > 0)
        status = error_set(WEIR_DAMAGED, "%s is damaged in %" PRIu64 " place%s", path,
                           verifying.damaged, verifying.damaged == 1 ? "" : "s");
    buffer_release(&verifying.hashed);
    buffer_release(&verifying.held);
    look_end(&look);
    return status;
}
