/* The record of a batch and that of several that were cut at once, of any bytes: refused, or
 * bounded and such that writing it again says the same. The first byte of the input chooses
 * which. */
#include <stdint.h>
#include <stdlib.h>

#include "batch/batch_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_record(const char *bytes, size_t size)
{
    int64_t time_ms, again_ms;
    weir_value list, again;
    buffer written = {0};
    if (batch_record_decode(bytes, size, &time_ms, &list) != WEIR_OK) return;
    batch_record_encode_list(time_ms, list, &written);
    const char *copy = arena_copy(arena_current(), written.bytes, written.size);
    if (batch_record_decode(copy, written.size, &again_ms, &again) != WEIR_OK) abort();
    if (again_ms != time_ms || weir_compare(list, again) != 0) abort();
    buffer_release(&written);
}

static void read_run(const char *bytes, size_t size)
{
    batch_run run, again;
    buffer written = {0};
    if (batch_run_decode(bytes, size, &run) != WEIR_OK) {
        if (run.count != 0) abort();
        return;
    }
    uint64_t batches = 0;
    for (size_t i = 0; i < run.count; i++) batches += run.parts[i].count;
    if (batches < 1 || batches > BATCH_RUN_MAX) abort();
    batch_run_encode(&run, &written);
    const char *copy = arena_copy(arena_current(), written.bytes, written.size);
    if (batch_run_decode(copy, written.size, &again) != WEIR_OK) abort();
    if (again.count != run.count) abort();
    for (size_t i = 0; i < run.count; i++)
        if (again.parts[i].first_ms != run.parts[i].first_ms ||
            again.parts[i].count != run.parts[i].count)
            abort();
    batch_run_release(&run);
    batch_run_release(&again);
    buffer_release(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    arena arena;
    arena_init(&arena, NULL);
    arena_set_current(&arena);
    const char *bytes = arena_copy(&arena, (const char *)data + 1, size - 1); /* padded */
    if (data[0] & 1) read_record(bytes, size - 1);
    else read_run(bytes, size - 1);
    arena_set_current(NULL);
    arena_release(&arena);
    return 0;
}
