/* The self-describing encoding of values: what blocks, state and checkpoints hold.
 *
 *   byte 0      kind (weir_kind; never 0xff)
 *   absent, null   nothing more
 *   bool           1 byte, 0 or 1
 *   int, double    8 bytes little-endian
 *   string, bytes  length as varint (LEB128, at most 5 bytes), then the bytes
 *   list           count as varint, then the items
 *   pair           key, then value
 *
 * Decoding checks every length and stops at CODEC_DEPTH_MAX nested lists and pairs. */
#ifndef RECORD_CODEC_H
#define RECORD_CODEC_H

#include "base/arena.h"
#include "base/buffer.h"
#include "weir/value.h"

enum { CODEC_DEPTH_MAX = 64 };

/* Appends the encoding of a value. false (nothing appended) if it is nested too deep. */
bool codec_encode(buffer *to, weir_value value);
/* Decodes the value at *at, before end, into *value and moves *at behind it. Strings longer than
 * 14 bytes point into the bytes (which must be padded by 16); lists and pairs are made in `arena`.
 * false on any damage: *at is not moved. */
bool codec_decode(const char **at, const char *end, arena *arena, weir_value *value);

#endif
