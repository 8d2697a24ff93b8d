/* The lines of a socket: however the bytes arrive, no line is lost, doubled or broken. The first
 * byte of the input chooses how the rest is cut into arrivals. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "ingest/framing.h"

enum { MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tally {
    buffer lines; /* each ended by an LF */
    size_t refused;
} tally;

static void read_lines(tally *tally, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && text[end] != '\n' && text[end] != '\r') end++;
        if (end - at > MAX) {
            tally->refused++;
        } else {
            buffer_append(&tally->lines, text + at, end - at);
            buffer_append(&tally->lines, "\n", 1);
        }
        if (end + 1 < length && text[end] == '\r' && text[end + 1] == '\n') end++;
        at = end + 1;
    }
}

static void cut(framing *lines, uint64_t limit, tally *got)
{
    lines->class->admit(lines, limit);
    block *block = lines->class->cut(lines);
    if (block) read_lines(got, block->bytes, block->size);
    block_drop(block);
}

static void receive(framing *lines, const char *bytes, size_t length)
{
    size_t room;
    char *place = lines->class->room(lines, &room);
    if (room < length) abort();
    memcpy(place, bytes, length);
    lines->class->received(lines, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096) return 0;
    unsigned step = data[0];
    const char *text = (const char *)data + 1;
    size--;
    framing *lines = framing_of_lines(0, MAX);
    tally expected = {0}, got = {0};
    for (size_t at = 0; at < size;) {
        step = step * 73 + 11;
        size_t piece = 1 + step % 40;
        if (piece > size - at) piece = size - at;
        receive(lines, text + at, piece);
        if (step % 3 == 0) cut(lines, step % 5 ? UINT64_MAX : step % 4, &got);
        at += piece;
    }
    lines->class->ended(lines, true);
    cut(lines, UINT64_MAX, &got);
    read_lines(&expected, text, size);
    if (lines->refused + got.refused != expected.refused) abort();
    if (got.lines.size != expected.lines.size) abort();
    if (got.lines.size && memcmp(got.lines.bytes, expected.lines.bytes, got.lines.size)) abort();
    lines->class->free(lines);
    buffer_release(&expected.lines);
    buffer_release(&got.lines);
    return 0;
}
