/* Keys as the database has them: bytes whose order (memcmp) is the order of the values.
 *
 *   bytes 0, 1    the partition, big-endian
 *   from byte 2   the key: a tag, then
 *     1 absent, 2 null   nothing more
 *     3 bool             1 byte, 0 or 1
 *     4 int              8 bytes big-endian, the sign bit flipped
 *     5 double           8 bytes big-endian: the bits with the sign bit flipped, or all flipped if
 *                        the number is negative; -0.0 stands before 0.0, NaN after infinity
 *     6 string, 7 bytes  the bytes, 00 written as 01 01 and 01 as 01 02; then 00
 *     8 list             the items, each from its tag on; then 00
 *     9 pair             the key, then the value, each from its tag on
 *
 * So the kinds stand in the order of their tags (ints before doubles), strings and bytes in the
 * order of their bytes, lists element by element with the shorter first. A value has exactly one
 * spelling; what is spelled otherwise is damaged. Lists and pairs are nested at most
 * CODEC_DEPTH_MAX deep. */
#ifndef STATE_KEY_CODEC_H
#define STATE_KEY_CODEC_H

#include "record/codec.h"

enum { KEY_PARTITIONS_MAX = 1 << 16, KEY_PREFIX = 2 };

/* Appends. false (nothing appended) if the key is nested too deep. */
bool key_encode(buffer *to, size_t partition, weir_value key);
/* Decodes all of it. Strings, lists and pairs are made in `arena`. false on any damage. */
bool key_decode(const char *bytes, size_t size, arena *arena, size_t *partition, weir_value *key);

#endif
