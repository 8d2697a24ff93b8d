#include "ingest/file_splits.h"

#include "base/memory.h"

void file_splits_add_text(source_batch *batch, const char *path, const file_info *info)
{
    int64_t from = 0;
    do {
        int64_t to = info->size - from > FILE_SPLIT_BYTES ? from + FILE_SPLIT_BYTES : info->size;
        file_split *split = memory_zero_alloc(1, sizeof *split);
        *split = (file_split){.base = {&file_split_class},
                              .path = memory_copy_text(path),
                              .from = from,
                              .to = to,
                              .size = info->size,
                              .modified_ms = info->modified_ms};
        source_batch_add(batch, &split->base);
        from = to;
    } while (from < info->size);
}

void file_splits_add_binary(source_batch *batch, const char *path, const file_info *info,
                            size_t length)
{
    int64_t step = (int64_t)length;
    if (step < FILE_SPLIT_BYTES) step = FILE_SPLIT_BYTES / step * step;
    int64_t from = 0;
    do {
        int64_t to = info->size - from >= step + (int64_t)length ? from + step : info->size;
        binary_split *split = memory_zero_alloc(1, sizeof *split);
        *split = (binary_split){{&binary_split_class}, memory_copy_text(path), from, to, length};
        source_batch_add(batch, &split->base);
        from = to;
    } while (from < info->size);
}
