#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/framing.h"
#include "record/text.h"

enum {
    ROOM_MIN = 32 << 10,
    BLOCK_MIN = 64 << 10,
    UNUSED_MAX = 1 << 20 /* more unused room than that is given back */
};

typedef enum skipping {
    NOT_SKIPPING,
    IN_LINE, /* what comes belongs to a line that was refused */
    AFTER_CR /* an LF that comes first belongs to its end */
} skipping;

/* The open block: [0, admitted) whole lines that may be cut, [admitted, whole) whole lines that
 * the rate holds back, [whole, size) the beginning of a line. */
typedef struct lines {
    framing base;
    uint32_t stream_id;
    size_t max_record_bytes;
    block *open;
    size_t admitted;
    size_t whole;
    skipping skipping;
} lines;

static char *room(framing *base, size_t *size)
{
    lines *self = (lines *)base;
    block *open = self->open;
    if (open->capacity - open->size < ROOM_MIN) {
        size_t capacity = 2 * open->capacity;
        if (capacity < open->size + ROOM_MIN) capacity = open->size + ROOM_MIN;
        block_reserve(open, capacity);
    }
    *size = open->capacity - open->size;
    return open->bytes + open->size;
}

/* Bytes of the rest of a refused line at the beginning of `text`. */
static size_t skip_line(lines *self, const char *text, size_t length)
{
    size_t at = 0;
    if (self->skipping == IN_LINE) {
        while (at < length && text[at] != '\n' && text[at] != '\r') at++;
        if (at == length) return length;
        if (text[at++] == '\n') {
            self->skipping = NOT_SKIPPING;
            return at;
        }
        self->skipping = AFTER_CR;
    }
    if (at == length) return length;
    self->skipping = NOT_SKIPPING;
    return text[at] == '\n' ? at + 1 : at;
}

/* Just behind the last line end in bytes [from, to); `from` if there is none. */
static size_t find_last_end(const char *bytes, size_t from, size_t to)
{
    const char *lf = to > from ? memrchr(bytes + from, '\n', to - from) : NULL;
    size_t end = lf ? (size_t)(lf - bytes) + 1 : from;
    const char *cr = to > end ? memrchr(bytes + end, '\r', to - end) : NULL;
    return cr ? (size_t)(cr - bytes) + 1 : end;
}

/* Drops the beginning of a line. An LF that comes next is not to become part of the end of the
 * line before: should that be a CR, it gets an LF of its own. */
static void drop_beginning(lines *self)
{
    block *open = self->open;
    open->size = self->whole;
    self->base.refused++;
    if (self->whole == 0 || open->bytes[self->whole - 1] != '\r') return;
    bool is_admitted = self->admitted == self->whole; /* there was a byte behind it: it has room */
    open->bytes[open->size++] = '\n';
    self->whole = open->size;
    if (is_admitted) self->admitted = self->whole;
}

/* Refuses the line that has begun if it is too long. Its end, should it be a CR that waits, is not
 * counted. */
static void check_length(lines *self)
{
    block *open = self->open;
    bool waits = open->size > self->whole && open->bytes[open->size - 1] == '\r';
    if (open->size - self->whole - waits <= self->max_record_bytes) return;
    drop_beginning(self);
    block_trim(open);
    self->skipping = waits ? AFTER_CR : IN_LINE;
    self->base.complaint = "a line is longer than max_record_bytes";
}

static void received(framing *base, size_t count)
{
    lines *self = (lines *)base;
    block *open = self->open;
    char *fresh = open->bytes + open->size;
    if (self->skipping != NOT_SKIPPING) {
        size_t skipped = skip_line(self, fresh, count);
        count -= skipped;
        memmove(fresh, fresh + skipped, count);
    }
    if (count == 0) return;
    /* A CR that waited at the end is a line end now, whatever follows. */
    size_t from = open->size > self->whole ? open->size - 1 : open->size;
    open->size += count;
    size_t to = open->size - (open->bytes[open->size - 1] == '\r');
    size_t end = find_last_end(open->bytes, from, to);
    if (end > from) self->whole = end;
    check_length(self);
}

static uint64_t admit(framing *base, uint64_t limit)
{
    lines *self = (lines *)base;
    if (limit == UINT64_MAX) {
        self->admitted = self->whole;
        return 0; /* nobody counts */
    }
    uint64_t count = 0;
    for (; count < limit && self->admitted < self->whole; count++)
        self->admitted = text_line_end(self->open->bytes, self->whole, self->admitted);
    self->open->records += count;
    return count;
}

static bool is_holding(const framing *base)
{
    const lines *self = (const lines *)base;
    return self->admitted < self->whole;
}

static void ended(framing *base, bool is_clean)
{
    lines *self = (lines *)base;
    self->skipping = NOT_SKIPPING;
    block *open = self->open;
    if (open->size == self->whole) return;
    if (is_clean) {
        /* What the next connection brings is not to become part of the line. */
        if (open->size == open->capacity) block_reserve(open, open->size + 1);
        open->bytes[open->size++] = '\n';
        self->whole = open->size;
    } else {
        drop_beginning(self);
        self->base.complaint = "the connection ended in the middle of a line";
    }
}

static size_t ready(const framing *base)
{
    return ((const lines *)base)->admitted;
}

static block *cut(framing *base)
{
    lines *self = (lines *)base;
    if (self->admitted == 0) return NULL;
    block *full = self->open;
    size_t rest = full->size - self->admitted;
    block *open = block_create(BLOCK_TEXT, self->stream_id, rest + BLOCK_MIN);
    memcpy(open->bytes, full->bytes + self->admitted, rest);
    open->size = rest;
    full->size = self->admitted;
    if (full->capacity - full->size > UNUSED_MAX) block_trim(full);
    self->open = open;
    self->whole -= self->admitted;
    self->admitted = 0;
    return full;
}

static void free_lines(framing *base)
{
    lines *self = (lines *)base;
    block_drop(self->open);
    free(self);
}

static const framing_class lines_class = {
    .room = room,
    .received = received,
    .admit = admit,
    .is_holding = is_holding,
    .ended = ended,
    .ready = ready,
    .cut = cut,
    .free = free_lines,
};

framing *framing_of_lines(uint32_t stream_id, size_t max_record_bytes)
{
    lines *self = memory_zero_alloc(1, sizeof *self);
    self->base.class = &lines_class;
    self->stream_id = stream_id;
    self->max_record_bytes = max_record_bytes;
    self->open = block_create(BLOCK_TEXT, stream_id, BLOCK_MIN);
    return &self->base;
}
