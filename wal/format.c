#include "wal/format.h"

#include <string.h>

#define XXH_STATIC_LINKING_ONLY /* for a state on the stack */
#include <xxhash.h>

static const char magic[8] = {'w', 'e', 'i', 'r', 'l', 'o', 'g', '\n'};

static uint64_t seed_of(wal_position place)
{
    return (place.segment << 32) + place.offset / WAL_STEP;
}

static bool is_sequence(uint64_t number)
{
    return number > 0 && number <= WAL_SEQUENCE_MAX;
}

/* --- Segments ------------------------------------------------------------------------------- */

void wal_segment_header_encode(const wal_segment_header *header, void *bytes)
{
    char *to = bytes;
    const uint32_t version = WAL_VERSION;
    memset(to, 0, WAL_SEGMENT_HEADER);
    memcpy(to, magic, sizeof magic);
    memcpy(to + 8, &version, 4);
    memcpy(to + 16, &header->owner, 8);
    memcpy(to + 24, header->context_id, WAL_CONTEXT_ID);
    memcpy(to + 40, &header->number, 8);
    memcpy(to + 48, &header->first_sequence, 8);
    const uint64_t checksum = XXH3_64bits(to, 56);
    memcpy(to + 56, &checksum, 8);
}

wal_header_state wal_segment_header_decode(const void *bytes, wal_segment_header *header,
                                           uint32_t *version)
{
    const char *from = bytes;
    uint64_t checksum;
    memcpy(&checksum, from + 56, 8);
    if (memcmp(from, magic, sizeof magic) != 0 || checksum != XXH3_64bits(from, 56))
        return WAL_HEADER_BAD;
    memcpy(version, from + 8, 4);
    if (*version > WAL_VERSION) return WAL_HEADER_NEWER;
    memcpy(&header->owner, from + 16, 8);
    memcpy(header->context_id, from + 24, WAL_CONTEXT_ID);
    memcpy(&header->number, from + 40, 8);
    memcpy(&header->first_sequence, from + 48, 8);
    bool is_right = *version == WAL_VERSION && is_sequence(header->first_sequence);
    return is_right ? WAL_HEADER_GOOD : WAL_HEADER_BAD;
}

/* Whatever is written into the sector of the header has the whole header with it. */
bool wal_segment_header_is_part(const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size > 0 && from[size - 1] == 0) size--;
    size_t known = size < sizeof magic ? size : sizeof magic;
    return size < WAL_SEGMENT_HEADER && memcmp(from, magic, known) == 0;
}

/* --- Entries -------------------------------------------------------------------------------- */

void wal_entry_header_encode(const wal_entry_header *header, wal_position place, void *bytes)
{
    char *to = bytes;
    memcpy(to + 8, &header->sequence, 8);
    memcpy(to + 16, &header->size, 4);
    memcpy(to + 20, &header->kind, 1);
    memcpy(to + 21, &header->flags, 1);
    memcpy(to + 22, &header->in_group, 2);
    memcpy(to + 24, &header->payload_checksum, 8);
    const uint64_t checksum = XXH3_64bits_withSeed(to + 8, 24, seed_of(place));
    memcpy(to, &checksum, 8);
}

bool wal_entry_header_decode(const void *bytes, wal_position place, wal_entry_header *header)
{
    const char *from = bytes;
    uint64_t checksum;
    if (from[20] == 0) return false; /* the kind; also what most of an unused segment is */
    memcpy(&checksum, from, 8);
    if (checksum != XXH3_64bits_withSeed(from + 8, 24, seed_of(place))) return false;
    memcpy(&header->sequence, from + 8, 8);
    memcpy(&header->size, from + 16, 4);
    memcpy(&header->kind, from + 20, 1);
    memcpy(&header->flags, from + 21, 1);
    memcpy(&header->in_group, from + 22, 2);
    memcpy(&header->payload_checksum, from + 24, 8);
    return header->size <= WAL_PAYLOAD_MAX && is_sequence(header->sequence);
}

uint64_t wal_checksum(const void *head, size_t head_size, const void *rest, size_t rest_size)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, head, head_size);
    XXH3_64bits_update(&state, rest, rest_size);
    return XXH3_64bits_digest(&state);
}
