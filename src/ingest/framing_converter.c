#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "ingest/framing.h"
#include "ingest/record_builder.h"
#include "record/out.h"

enum {
    ROOM_MIN = 32 << 10,
    HEADER_MAX = 4 << 10, /* what a frame may have around its record */
    VECTOR_SIZE = 128,
    ARENA_KEEP = 64 << 10
};

typedef struct converted {
    framing base;
    uint32_t stream_id;
    weir_converter convert;
    weir_value arg;
    buffer raw;      /* bytes received, from the beginning of a frame */
    bool needs_more; /* the converter has said so about all of raw */
    record_builder open;
    /* what the converter emits */
    out out;
    weir_value keys[VECTOR_SIZE], values[VECTOR_SIZE];
    arena emitted;
} converted;

static void flush(out *out)
{
    converted *self = (converted *)((char *)out - offsetof(converted, out));
    for (size_t i = 0; i < out->base.count; i++) {
        weir_value key = out->base.keys[i], value = out->base.values[i];
        if (record_builder_append(&self->open, key, value) == WEIR_OK) continue;
        self->base.refused++;
        self->base.complaint = error_text();
    }
    out->base.count = 0;
}

static char *room(framing *base, size_t *size)
{
    converted *self = (converted *)base;
    char *place = buffer_reserve(&self->raw, ROOM_MIN);
    *size = self->raw.capacity - self->raw.size;
    return place;
}

static void received(framing *base, size_t count)
{
    converted *self = (converted *)base;
    self->raw.size += count;
    self->needs_more = false;
}

/* Runs the converter once. How many bytes it took; 0: none, for more bytes or because it failed.
 */
static size_t convert(converted *self, size_t from)
{
    size_t length = self->raw.size - from;
    arena *before = arena_set_current(&self->emitted);
    ptrdiff_t taken = self->convert(self->raw.bytes + from, length, self->arg, &self->out.base);
    flush(&self->out);
    arena_set_current(before);
    arena_reset(&self->emitted, ARENA_KEEP);
    if (taken < 0)
        self->base.failure = "the converter finds the bytes wrong";
    else if ((size_t)taken > length)
        self->base.failure = "the converter says that it took more bytes than there were";
    else if (taken == 0 && length > self->open.max_record_bytes + HEADER_MAX)
        self->base.failure = "a frame is longer than max_record_bytes";
    if (self->base.failure) {
        self->base.refused++;
        self->raw.size = 0;
        return 0;
    }
    return (size_t)taken;
}

static uint64_t admit(framing *base, uint64_t limit)
{
    converted *self = (converted *)base;
    uint64_t before = self->open.records;
    size_t at = 0;
    while (!self->needs_more && self->open.records - before < limit && at < self->raw.size) {
        size_t taken = convert(self, at);
        self->needs_more = taken == 0;
        at += taken;
    }
    if (at > 0 && self->raw.size > 0) {
        self->raw.size -= at;
        memmove(self->raw.bytes, self->raw.bytes + at, self->raw.size);
    }
    return self->open.records - before;
}

static bool is_holding(const framing *base)
{
    const converted *self = (const converted *)base;
    return self->raw.size > 0 && !self->needs_more;
}

static void ended(framing *base, bool is_clean)
{
    converted *self = (converted *)base;
    (void)is_clean; /* a frame is whole or nothing */
    admit(base, UINT64_MAX);
    if (self->raw.size == 0) return;
    self->raw.size = 0;
    self->base.refused++;
    self->base.complaint = "the connection ended in the middle of a frame";
}

static size_t ready(const framing *base)
{
    return ((const converted *)base)->open.bytes.size;
}

static block *cut(framing *base)
{
    converted *self = (converted *)base;
    return record_builder_cut(&self->open, self->stream_id);
}

static void free_converted(framing *base)
{
    converted *self = (converted *)base;
    buffer_release(&self->raw);
    record_builder_release(&self->open);
    arena_release(&self->emitted);
    free(self);
}

static const framing_class converted_class = {
    .room = room,
    .received = received,
    .admit = admit,
    .is_holding = is_holding,
    .ended = ended,
    .ready = ready,
    .cut = cut,
    .free = free_converted,
};

framing *framing_by_converter(uint32_t stream_id, size_t max_record_bytes,
                              weir_converter converter, weir_value arg)
{
    converted *self = memory_zero_alloc(1, sizeof *self);
    self->base.class = &converted_class;
    self->stream_id = stream_id;
    self->convert = converter;
    arena_init(&self->emitted, NULL);
    self->arg = arg;
    self->open.max_record_bytes = max_record_bytes;
    self->out = (out){{self->keys, self->values, 0, VECTOR_SIZE}, flush};
    return &self->base;
}

ptrdiff_t weir_length_prefixed(const char *bytes, size_t length, weir_value arg, weir_out *out)
{
    (void)arg;
    size_t taken = 0;
    while (length - taken >= 4) {
        const unsigned char *head = (const unsigned char *)bytes + taken;
        size_t size =
            (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        if (length - taken - 4 < size) break;
        weir_emit(out, weir_absent(), weir_bytes_value(head + 4, size));
        taken += 4 + size;
    }
    return (ptrdiff_t)taken;
}
