#include "state/sorted_entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/key_codec.h"

enum { PADDING = 8, AHEAD = 12, RUN_BYTES = 256 << 10 };

static weir_status refuse_depth(const frozen_space *space)
{
    return error_set(WEIR_RUNTIME,
                     "space \"%s\": a key or a state is nested deeper than %d lists and pairs",
                     space->space->base.name, CODEC_DEPTH_MAX);
}

static void make_room(sorted_entries *entries, size_t count)
{
    entries->count = count;
    entries->done = 0;
    entries->keys.size = 0;
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

weir_status sorted_entries_sort(sorted_entries *entries, const frozen_space *space,
                                size_t partition)
{
    entries->space = space;
    entries->partition = partition;
    make_room(entries, space->partitions[partition].count);
    weir_status status = encode_keys(entries, space, partition);
    if (status == WEIR_OK) sort_keys(entries->order, entries->count, entries->spare);
    return status;
}

/* From here on `word` is the size of the value. */
static bool encode_entry(buffer *run, sort_key *key, state_frozen_entry entry)
{
    buffer_append(run, key->bytes, key->size);
    size_t begin = run->size;
    if (!weir_is_absent(entry.value)) {
        append_batch(run, entry.changed);
        if (!codec_encode(run, entry.value)) return false;
    }
    key->word = run->size - begin;
    return true;
}

weir_status sorted_entries_encode(sorted_entries *entries, size_t *count)
{
    const frozen_partition *from = &entries->space->partitions[entries->partition];
    sort_key *order = entries->order;
    size_t i = entries->done;
    entries->run.size = 0;
    for (; i < entries->count && entries->run.size < RUN_BYTES; i++) {
        /* Sorted, the entries lie all over memory. */
        const sort_key *ahead = &order[i + AHEAD < entries->count ? i + AHEAD : i];
        frozen_fetch_entry(from, ahead->index);
        __builtin_prefetch(ahead->bytes);
        if (!encode_entry(&entries->run, &order[i], frozen_entry(from, order[i].index)))
            return refuse_depth(entries->space);
    }
    *count = i - entries->done;
    return WEIR_OK;
}

void sorted_entries_release(sorted_entries *entries)
{
    buffer_release(&entries->keys);
    buffer_release(&entries->run);
    free(entries->order);
    free(entries->spare);
}
