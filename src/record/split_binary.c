/* Records of equal length from a file. */
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "record/split.h"
#include "record/text.h"

enum { PIECE_BYTES = 128 << 10, BLOCK_KEEP = 4 << 20 };

static void push_records(task *task, sink *sink, const char *bytes, size_t length, size_t count)
{
    weir_value values[WEIR_VECTOR_SIZE];
    for (size_t done = 0; done < count && !task_is_failed(task);) {
        size_t part = count - done < WEIR_VECTOR_SIZE ? count - done : WEIR_VECTOR_SIZE;
        for (size_t i = 0; i < part; i++, bytes += length)
            values[i] = value_padded_bytes(bytes, length);
        weir_vector vector = {NULL, values, part};
        task->records_in += part;
        sink->push(sink, task, &vector);
        done += part;
    }
}

static void read_pieces(const binary_split *split, int descriptor, task *task, sink *sink)
{
    range_hasher hasher;
    range_hasher_begin(&hasher, split->from, split->to, split->hash);
    size_t length = split->length;
    int64_t piece = (int64_t)(length < PIECE_BYTES ? PIECE_BYTES / length * length : length);
    for (int64_t at = split->from; at < split->to && !task_is_failed(task); at += piece) {
        size_t size = (size_t)(split->to - at < piece ? split->to - at : piece), got;
        task->block.size = 0;
        char *bytes = buffer_reserve(&task->block, size + TEXT_PADDING);
        weir_status status = file_read_at(descriptor, split->path, bytes, size, at, &got);
        if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
        else if (got < size)
            task_fail(task, WEIR_IO,
                      "%s: the file has become shorter: %lld bytes are left of %lld; "
                      "files must not change after they appear",
                      split->path, (long long)at + (long long)got, (long long)split->to);
        else {
            range_hasher_add(&hasher, at, bytes, size);
            push_records(task, sink, bytes, length, size / length);
        }
    }
    range_hasher_end(&hasher);
}

static weir_status refuse_tail(const binary_split *split, task *task, int64_t size)
{
    return task_fail(task, WEIR_IO,
                     "%s: the file of %lld bytes is not a multiple of the record length %zu; "
                     "is it complete, and the length right?",
                     split->path, (long long)size, split->length);
}

/* A file without size, piece by piece to its end. */
static void read_to_end(const binary_split *split, int descriptor, task *task, sink *sink)
{
    size_t length = split->length, got;
    size_t piece = length < PIECE_BYTES ? PIECE_BYTES / length * length : length;
    for (int64_t at = 0; !task_is_failed(task); at += (int64_t)piece) {
        task->block.size = 0;
        char *bytes = buffer_reserve(&task->block, piece + TEXT_PADDING);
        weir_status status = file_read_at(descriptor, split->path, bytes, piece, at, &got);
        if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
        else push_records(task, sink, bytes, length, got / length);
        if (status != WEIR_OK || got == piece) continue;
        if (got % length != 0) refuse_tail(split, task, at + (int64_t)got);
        return;
    }
}

static weir_status read_binary(const split *base, task *task, sink *sink)
{
    const binary_split *split = (const binary_split *)base;
    if (split->length == 0 || split->length > task->max_record_bytes || split->length > UINT32_MAX)
        return task_fail(task, WEIR_ILLEGAL_ARGUMENT,
                         "%s: records of %zu bytes; from 1 to max_record_bytes (%zu) can be read",
                         split->path, split->length, task->max_record_bytes);
    if ((split->to - split->from) % (int64_t)split->length != 0)
        return refuse_tail(split, task, split->to);
    int descriptor;
    bool is_empty;
    weir_status status =
        split_open_file(split->path, &split->chosen, task, &descriptor, &is_empty);
    if (status != WEIR_OK) return status;
    bool is_unsized = split->to == 0 && is_empty;
    if (is_unsized) read_to_end(split, descriptor, task, sink);
    else read_pieces(split, descriptor, task, sink);
    (void)file_close(descriptor, split->path); /* nothing was written that could be lost */
    if (task->block.capacity > BLOCK_KEEP) buffer_release(&task->block);
    return task->status;
}

static void free_binary(split *base)
{
    binary_split *split = (binary_split *)base;
    free(split->hash);
    free(split->path);
    free(split);
}

const split_class binary_split_class = {
    .name = "binary file",
    .read = read_binary,
    .free = free_binary,
};
