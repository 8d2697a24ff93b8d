#include "recovery/log_context.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "wal/directory.h"
#include "wal/view.h"

void context_id_write(const unsigned char *id, char text[CONTEXT_ID_TEXT])
{
    for (size_t i = 0; i < CONTEXT_ID_BYTES; i++) snprintf(text + 2 * i, 3, "%02x", id[i]);
}

/* What cannot be read, or was dropped just now, says nothing here: who walks the log is told. */
static bool read_context(const char *log, uint64_t number, unsigned char *id)
{
    wal_view view;
    if (wal_view_open_for_one(&view, log, number) != WEIR_OK) return false;
    bool is_said = view.has_header;
    if (is_said) memcpy(id, view.header.context_id, CONTEXT_ID_BYTES);
    wal_view_close(&view);
    return is_said;
}

weir_status log_context_check(const directory *directory, int64_t time_ms,
                              const manifest *manifest)
{
    _Static_assert((int)CONTEXT_ID_BYTES == (int)WAL_CONTEXT_ID, "one id");
    wal_segment_list list = {0};
    unsigned char id[CONTEXT_ID_BYTES], other[CONTEXT_ID_BYTES];
    uint64_t segment = 0; /* the first one of another context */
    bool is_own = false;
    weir_status status = wal_directory_list(directory->log, &list);
    for (size_t i = 0; i < list.count && !is_own; i++) {
        if (!read_context(directory->log, list.numbers[i], id)) continue;
        is_own = memcmp(id, manifest->context_id, CONTEXT_ID_BYTES) == 0;
        if (is_own || segment > 0) continue;
        segment = list.numbers[i];
        memcpy(other, id, CONTEXT_ID_BYTES);
    }
    wal_segment_list_release(&list);
    if (status != WEIR_OK || is_own || segment == 0) return status;
    char own_text[CONTEXT_ID_TEXT], other_text[CONTEXT_ID_TEXT];
    context_id_write(manifest->context_id, own_text);
    context_id_write(other, other_text);
    return error_set(WEIR_DAMAGED,
                     "%s/%" PRId64 " is of another context (id %s) than segment %" PRIu64
                     " of the log (id %s)",
                     directory->checkpoints, time_ms, own_text, segment, other_text);
}
