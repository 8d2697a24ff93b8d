#include "state/sorted_entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/key_codec.h"

enum { PADDING = 8, AHEAD = 12 };

static weir_status refuse_depth(const frozen_space *space)
{
    return error_set(WEIR_RUNTIME,
                     "space \"%s\": a key or a state is nested deeper than %d lists and pairs",
                     space->space->base.name, CODEC_DEPTH_MAX);
}

static void make_room(sorted_entries *entries, size_t count)
{
    entries->count = count;
    entries->keys.size = 0;
    entries->bytes.size = 0;
    if (count <= entries->room) return;
    entries->room = count;
    entries->order = memory_resize(entries->order, count * sizeof *entries->order);
    entries->spare = memory_resize(entries->spare, count * sizeof *entries->spare);
}

static weir_status encode_keys(sorted_entries *entries, const frozen_space *space,
                               size_t partition)
{
    const frozen_partition *from = &space->partitions[partition];
    buffer *keys = &entries->keys;
    for (size_t i = 0; i < from->count; i++) {
        size_t begin = keys->size;
        frozen_fetch_entry(from, i + AHEAD < from->count ? i + AHEAD : i);
        if (!key_encode(keys, partition, frozen_entry(from, i).key)) return refuse_depth(space);
        size_t size = keys->size - begin;
        entries->order[i] =
            (sort_key){.word = begin, .size = (uint32_t)size, .index = (uint32_t)i};
    }
    memset(buffer_reserve(keys, PADDING), 0, PADDING);
    for (size_t i = 0; i < from->count; i++)
        entries->order[i].bytes = keys->bytes + entries->order[i].word;
    return WEIR_OK;
}

static void append_batch(buffer *to, uint64_t changed)
{
    char *place = buffer_reserve(to, 10);
    for (; changed >= 0x80; changed >>= 7, to->size++) *place++ = (char)(changed | 0x80);
    *place = (char)changed;
    to->size++;
}

/* From here on `word` is the size of the value. */
static weir_status encode_entries(sorted_entries *entries, const frozen_space *space,
                                  size_t partition)
{
    const frozen_partition *from = &space->partitions[partition];
    buffer *bytes = &entries->bytes;
    for (size_t i = 0; i < from->count; i++) {
        /* Sorted, the entries lie all over memory. */
        const sort_key *ahead = &entries->order[i + AHEAD < from->count ? i + AHEAD : i];
        frozen_fetch_entry(from, ahead->index);
        __builtin_prefetch(ahead->bytes);
        sort_key *key = &entries->order[i];
        state_frozen_entry entry = frozen_entry(from, key->index);
        buffer_append(bytes, key->bytes, key->size);
        size_t begin = bytes->size;
        if (!weir_is_absent(entry.value)) {
            append_batch(bytes, entry.changed);
            if (!codec_encode(bytes, entry.value)) return refuse_depth(space);
        }
        key->word = bytes->size - begin;
    }
    return WEIR_OK;
}

weir_status sorted_entries_make(sorted_entries *entries, const frozen_space *space,
                                size_t partition)
{
    make_room(entries, space->partitions[partition].count);
    weir_status status = encode_keys(entries, space, partition);
    if (status != WEIR_OK) return status;
    sort_keys(entries->order, entries->count, entries->spare);
    return encode_entries(entries, space, partition);
}

void sorted_entries_release(sorted_entries *entries)
{
    buffer_release(&entries->keys);
    buffer_release(&entries->bytes);
    free(entries->order);
    free(entries->spare);
}
