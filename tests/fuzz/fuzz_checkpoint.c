/* The manifest and the lineage of a checkpoint, of any bytes: refused, or such that a program can
 * be tried from them; a manifest says the same when it is written again. The first byte of the
 * input chooses which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "library/library.h"
#include "recovery/lineage_codec.h"
#include "recovery/manifest.h"
#include "recovery/rebuild.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_manifest(const char *bytes, size_t size, arena *arena)
{
    manifest read, again;
    buffer written = {0};
    if (manifest_decode(bytes, size, arena, &read) != WEIR_OK) return;
    manifest_encode(&read, &written);
    const char *copy = arena_copy(arena, written.bytes, written.size);
    if (manifest_decode(copy, written.size, arena, &again) != WEIR_OK) abort();
    if (again.time_ms != read.time_ms || again.log_offset != read.log_offset ||
        again.file_count != read.file_count)
        abort();
    buffer_release(&written);
}

static void read_lineage(const char *bytes, size_t size, arena *arena)
{
    stored_lineage stored;
    weir_context *context;
    if (lineage_decode(bytes, size, arena, &stored) != WEIR_OK) return;
    if (weir_context_create(&context, &(weir_options){.batch_interval_ms = 1000}) != WEIR_OK)
        abort();
    (void)lineage_rebuild(&stored, context);
    weir_context_free(context);
    weir_forget_values();
}

static void hear_nothing(weir_level level, const char *text, void *user)
{
    (void)level, (void)text, (void)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    arena arena;
    library_register();
    weir_set_log(hear_nothing, NULL, WEIR_ERROR);
    arena_init(&arena, NULL);
    arena_set_current(&arena);
    const char *bytes = arena_copy(&arena, (const char *)data + 1, size - 1); /* padded */
    if (data[0] & 1) read_manifest(bytes, size - 1, &arena);
    else read_lineage(bytes, size - 1, &arena);
    arena_set_current(NULL);
    arena_release(&arena);
    return 0;
}
