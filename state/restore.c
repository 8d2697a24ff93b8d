#include "state/restore.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"

enum { PIECE = 1 << 20 };

/* --- one file ------------------------------------------------------------------------------- */

static weir_status copy_bytes(int in, const char *from, int out, const char *to)
{
    char *piece = memory_alloc(PIECE);
    weir_status status = WEIR_OK;
    int64_t offset = 0;
    for (size_t got = PIECE; got == PIECE && status == WEIR_OK; offset += (int64_t)got) {
        got = 0;
        status = file_read_at(in, from, piece, PIECE, offset, &got);
        if (status == WEIR_OK) status = file_write(out, to, piece, got);
    }
    free(piece);
    return status;
}

static weir_status copy_file(const char *from, const char *to)
{
    int in, out;
    weir_status status = file_open_read(from, &in);
    if (status != WEIR_OK) return status;
    status = file_create(to, &out);
    if (status == WEIR_OK) {
        status = copy_bytes(in, from, out, to);
        weir_status closed = file_close(out, to);
        if (status == WEIR_OK) status = closed;
    }
    file_close(in, from);
    return status;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), ending = strlen(end);
    return length > ending && strcmp(name + length - ending, end) == 0;
}

/* --- all files ------------------------------------------------------------------------------ */

typedef struct restoring {
    const char *from;
    const char *to;
    bool cannot_link;
    bool has_current;
    weir_status status;
} restoring;

static weir_status place_file(restoring *restoring, const char *name, const char *from,
                              const char *to)
{
    file_info info;
    weir_status status = file_stat(from, &info);
    if (status != WEIR_OK || !info.is_regular) return status;
    if (strcmp(name, "CURRENT") == 0) restoring->has_current = true;
    if (!ends_with(name, ".sst") || restoring->cannot_link) return copy_file(from, to);
    if (file_link(from, to) == WEIR_OK) return WEIR_OK;
    log_line(WEIR_WARNING, "%s: copying the state instead", error_text());
    restoring->cannot_link = true;
    return copy_file(from, to);
}

static void restore_file(void *user, const char *name)
{
    restoring *restoring = user;
    if (restoring->status != WEIR_OK) return;
    buffer from = {0}, to = {0};
    buffer_printf(&from, "%s/%s", restoring->from, name);
    buffer_append(&from, "", 1);
    buffer_printf(&to, "%s/%s", restoring->to, name);
    buffer_append(&to, "", 1);
    restoring->status = place_file(restoring, name, from.bytes, to.bytes);
    buffer_release(&from);
    buffer_release(&to);
}

weir_status state_restore(const char *state_directory, const char *live_directory)
{
    restoring restoring = {.from = state_directory, .to = live_directory};
    weir_status status = file_remove_tree(live_directory);
    if (status == WEIR_OK) status = file_make_directory(live_directory);
    if (status == WEIR_OK) status = file_list(state_directory, restore_file, &restoring);
    if (status == WEIR_OK) status = restoring.status;
    if (status != WEIR_OK || restoring.has_current) return status;
    return error_set(WEIR_DAMAGED, "%s: there is no state here (CURRENT is missing)",
                     state_directory);
}
