#include "record/block.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "record/codec.h"
#include "record/text.h"
#include "record/value.h"

block *block_create_stub(block_format format, uint32_t stream_id)
{
    block *block = memory_zero_alloc(1, sizeof *block);
    block->references = 1;
    block->format = format;
    block->stream_id = stream_id;
    return block;
}

block *block_create(block_format format, uint32_t stream_id, size_t capacity)
{
    block *block = block_create_stub(format, stream_id);
    block_reserve(block, capacity);
    return block;
}

void block_reserve(block *block, size_t capacity)
{
    if (block->bytes && capacity <= block->capacity) return;
    block->bytes = memory_resize(block->bytes, capacity + TEXT_PADDING);
    block->capacity = capacity;
}

void block_trim(block *block)
{
    block->bytes = memory_resize(block->bytes, block->size + TEXT_PADDING);
    block->capacity = block->size;
}

block *block_from_buffer(block_format format, uint32_t stream_id, buffer *bytes)
{
    buffer_reserve(bytes, TEXT_PADDING);
    block *block = block_create_stub(format, stream_id);
    block->bytes = bytes->bytes;
    block->size = block->capacity = bytes->size;
    *bytes = (buffer){0};
    return block;
}

block *block_hold(block *block)
{
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
    return block;
}

void block_drop(block *block)
{
    if (!block || atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
        return;
    free(block->bytes);
    free(block);
}

/* --- Marks ----------------------------------------------------------------------------------- */

bool block_append_mark(buffer *bytes, weir_value mark)
{
    size_t before = bytes->size;
    if (!codec_encode(bytes, mark)) return false;
    uint32_t size = (uint32_t)(bytes->size - before);
    buffer_append(bytes, &size, sizeof size);
    return true;
}

/* Where the records end: at the mark, if there is one. */
static const char *records_end(const block *block)
{
    const char *end = block->bytes + block->size;
    uint32_t size;
    if (block->format != BLOCK_MARKED || block->size < sizeof size) return end;
    memcpy(&size, end - sizeof size, sizeof size);
    return size <= block->size - sizeof size ? end - sizeof size - size : end;
}

static weir_value read_mark(const block *block, arena *arena)
{
    weir_value mark;
    if (block->size < sizeof(uint32_t)) return weir_null();
    const char *at = records_end(block);
    const char *end = block->bytes + block->size - sizeof(uint32_t);
    if (at > end || !codec_decode(&at, end, arena, &mark) || at != end) return weir_null();
    return value_copy(mark, arena);
}

weir_value block_mark(const block *stub, arena *arena)
{
    if (stub->format != BLOCK_MARKED) return weir_null();
    if (stub->bytes) return read_mark(stub, arena);
    block *loaded;
    if (stub->store->load(stub->store, stub, &loaded) != WEIR_OK) return weir_null();
    weir_value mark = read_mark(loaded, arena);
    block_drop(loaded);
    return mark;
}

/* --- Reading --------------------------------------------------------------------------------- */

typedef struct block_split {
    split base;
    block *block;
} block_split;

static bool decode_record(const char **at, const char *end, arena *arena, weir_value *key,
                          weir_value *value)
{
    const char *next = *at;
    if (!codec_decode(&next, end, arena, key)) return false;
    if (!codec_decode(&next, end, arena, value)) return false;
    *at = next;
    return true;
}

static void refuse_rest(const block *block, task *task, size_t at)
{
    task->refused++;
    log_line(WEIR_ERROR,
             "block %llu of source %u: byte %zu of %zu begins no record; the rest is refused",
             (unsigned long long)block->number, block->stream_id, at, block->size);
}

/* Records go on a vector at a time. Lists and pairs are made in the scratch arena of the task. */
static void read_records(const block *block, task *task, sink *sink)
{
    weir_value keys[WEIR_VECTOR_SIZE], values[WEIR_VECTOR_SIZE];
    const char *at = block->bytes;
    const char *end = records_end(block);
    while (at < end && !task_is_failed(task)) {
        size_t count = 0;
        bool has_keys = false;
        while (count < WEIR_VECTOR_SIZE && at < end) {
            if (!decode_record(&at, end, &task->scratch, &keys[count], &values[count])) {
                refuse_rest(block, task, (size_t)(at - block->bytes));
                end = at;
                break;
            }
            has_keys = has_keys || !weir_is_absent(keys[count]);
            count++;
        }
        if (count == 0) return;
        task->records_in += count;
        weir_vector vector = {has_keys ? keys : NULL, values, count};
        sink->push(sink, task, &vector);
    }
}

static weir_status read_bytes(const block *block, task *task, sink *sink)
{
    if (block->format == BLOCK_TEXT) return split_push_text(task, sink, block->bytes, block->size);
    assert(block->format == BLOCK_RECORDS || block->format == BLOCK_MARKED);
    read_records(block, task, sink);
    return task->status;
}

static weir_status read_block(const split *base, task *task, sink *sink)
{
    const block *stub = ((const block_split *)base)->block;
    if (stub->bytes) return read_bytes(stub, task, sink);
    block *loaded;
    weir_status status = stub->store->load(stub->store, stub, &loaded);
    if (status != WEIR_OK) return task_fail(task, status, "%s", error_text());
    status = read_bytes(loaded, task, sink);
    block_drop(loaded);
    return status;
}

static void free_block_split(split *base)
{
    block_split *split = (block_split *)base;
    block_drop(split->block);
    free(split);
}

static const split_class block_split_class = {
    .name = "block", .read = read_block, .free = free_block_split};

block *block_split_block(const split *base)
{
    assert(base->class == &block_split_class);
    return ((const block_split *)base)->block;
}

split *block_split_create(block *block)
{
    block_split *split = memory_alloc(sizeof *split);
    *split = (block_split){{&block_split_class}, block};
    return &split->base;
}
