#include "ingest/record_builder.h"

#include "base/error.h"

static weir_status append(record_builder *builder, weir_value key, weir_value value)
{
    size_t before = builder->bytes.size;
    bool is_encoded = codec_encode(&builder->bytes, key) &&
                      codec_encode(&builder->bytes, value_present(value));
    size_t size = builder->bytes.size - before;
    if (is_encoded && size <= builder->max_record_bytes) {
        builder->records++;
        return WEIR_OK;
    }
    builder->bytes.size = before;
    if (!is_encoded)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "a record is refused: nested deeper than %d lists "
                         "and pairs",
                         CODEC_DEPTH_MAX);
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "a record is refused: its %zu bytes are more than max_record_bytes (%zu)",
                     size, builder->max_record_bytes);
}

weir_status record_builder_append_any(record_builder *builder, weir_value key, weir_value value)
{
    if (!weir_is_absent(key) || weir_kind_of(value) != WEIR_PAIR)
        return append(builder, key, value);
    const weir_value *items = (const weir_value *)(uintptr_t)value.body;
    return append(builder, items[0], items[1]); /* a pair is a record with a key */
}

size_t record_builder_append_flat(record_builder *builder, const weir_value *values, size_t most,
                                  size_t count)
{
    enum { ROOM = 1 + CODEC_FLAT_ROOM };
    if (builder->max_record_bytes < 2 * CODEC_FLAT_ROOM) return 0;
    if (count > most) count = most;
    char *begin = buffer_reserve(&builder->bytes, count * ROOM), *at = begin;
    size_t i = 0;
    for (; i < count && !value_is_outside(values[i]); i++) {
        *at++ = WEIR_ABSENT; /* the key */
        at += codec_put_flat(at, value_present(values[i]));
    }
    builder->bytes.size += (size_t)(at - begin);
    builder->records += i;
    return i;
}

block *record_builder_cut(record_builder *builder, uint32_t stream_id)
{
    if (builder->bytes.size == 0) return NULL;
    block *block = block_from_buffer(BLOCK_RECORDS, stream_id, &builder->bytes);
    block->records = builder->records;
    builder->records = 0;
    return block;
}

void record_builder_release(record_builder *builder)
{
    buffer_release(&builder->bytes);
}
