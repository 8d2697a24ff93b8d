/* The open block of a source whose records are values. One thread at a time. */
#ifndef INGEST_RECORD_BUILDER_H
#define INGEST_RECORD_BUILDER_H

#include "base/buffer.h"
#include "record/block.h"
#include "record/codec.h"

/* Zero-initialised but for the limit is empty. */
typedef struct record_builder {
    buffer bytes;
    uint64_t records;
    size_t max_record_bytes;
} record_builder;

/* Appends a record. WEIR_ILLEGAL_ARGUMENT, and nothing is appended, if it is too long or nested
 * too deep. */
weir_status record_builder_append_any(record_builder *builder, weir_value key, weir_value value);
static inline weir_status record_builder_append(record_builder *builder, weir_value key,
                                                weir_value value)
{
    enum { ROOM = 2 * CODEC_FLAT_ROOM };
    if (value_is_outside(key) || value_is_outside(value) || builder->max_record_bytes < ROOM)
        return record_builder_append_any(builder, key, value);
    char *begin = buffer_reserve(&builder->bytes, ROOM), *at = begin;
    at += codec_put_flat(at, key);
    at += codec_put_flat(at, value_present(value));
    builder->bytes.size += (size_t)(at - begin);
    builder->records++;
    return WEIR_OK;
}

/* Appends the first of the values as records without keys, at most `most` of them, up to the first
 * one that is a list, a pair or a long string. How many; may be 0. */
size_t record_builder_append_flat(record_builder *builder, const weir_value *values, size_t most,
                                  size_t count);

/* The block; NULL if it would be empty. The builder is empty afterwards. */
block *record_builder_cut(record_builder *builder, uint32_t stream_id);
void record_builder_release(record_builder *builder);

#endif
