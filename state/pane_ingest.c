#include "state/pane_ingest.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/incoming.h"
#include "state/key_codec.h"
#include "state/key_sort.h"
#include "state/pane_format.h"
#include "state/room.h"

enum { PADDING = 8, AHEAD = 12 };

/* One set's panes on their way into the database, and where in them it is. */
typedef struct pane_writing {
    const char *name;
    bool is_keyed;
    incoming file;
    buffer keys;  /* of one part, end to end */
    buffer key;   /* of a block */
    buffer block;
    sort_key *order;
    sort_key *spare;
    size_t room; /* of both */
    int64_t time_ms;
    size_t partition;
} pane_writing;

static weir_status refuse_depth(const pane_writing *at)
{
    return error_set(WEIR_RUNTIME,
                     "the panes of \"%s\": a key or a value is nested deeper than %d lists and "
                     "pairs", at->name, CODEC_DEPTH_MAX);
}

/* --- the order of a part -------------------------------------------------------------------- */

static weir_status sort_part(pane_writing *at, const records *from)
{
    if (from->count > at->room) {
        at->room = from->count;
        at->order = memory_resize(at->order, at->room * sizeof *at->order);
        at->spare = memory_resize(at->spare, at->room * sizeof *at->spare);
    }
    at->keys.size = 0;
    for (size_t i = 0; i < from->count; i++) {
        size_t begin = at->keys.size;
        if (!key_encode(&at->keys, at->partition, records_key(from, i))) return refuse_depth(at);
        size_t size = at->keys.size - begin;
        at->order[i] = (sort_key){.word = begin, .size = (uint32_t)size, .index = (uint32_t)i};
    }
    memset(buffer_reserve(&at->keys, PADDING), 0, PADDING);
    for (size_t i = 0; i < from->count; i++)
        at->order[i].bytes = at->keys.bytes + at->order[i].word;
    sort_keys(at->order, from->count, at->spare);
    return WEIR_OK;
}

/* --- blocks --------------------------------------------------------------------------------- */

/* Writes the first `size` bytes of `block`, with the records from `first` on; what is behind them
 * begins the next block. */
static weir_status write_block(pane_writing *at, size_t first, size_t size, pane_block block)
{
    char begin[PANE_BLOCK_KEY], position[PANE_POSITION_BYTES];
    pane_key_begin(begin, at->time_ms, at->partition);
    at->key.size = 0;
    buffer_append(&at->key, begin, sizeof begin);
    if (at->is_keyed) {
        const sort_key *key = &at->order[first];
        buffer_append(&at->key, key->bytes + KEY_PREFIX, key->size - KEY_PREFIX);
    } else {
        pane_position_encode(position, first);
        buffer_append(&at->key, position, sizeof position);
    }
    pane_block_encode_head(at->block.bytes, &block);
    weir_status status =
        incoming_put(&at->file, at->key.bytes, at->key.size, at->block.bytes, size);
    size_t rest = at->block.size - size;
    memmove(at->block.bytes + PANE_BLOCK_HEAD, at->block.bytes + size, rest);
    at->block.size = PANE_BLOCK_HEAD + rest;
    return status;
}

static inline size_t index_of(const pane_writing *at, const records *from, size_t i)
{
    if (!at->is_keyed) return i;
    /* Sorted, the records lie all over memory. */
    const sort_key *ahead = &at->order[i + AHEAD < from->count ? i + AHEAD : i];
    if (from->keys) __builtin_prefetch(&from->keys[ahead->index]);
    __builtin_prefetch(&from->values[ahead->index]);
    return at->order[i].index;
}

static weir_status write_records(pane_writing *at, const records *from)
{
    weir_status status = WEIR_OK;
    size_t first = 0;
    buffer_reserve(&at->block, PANE_BLOCK_HEAD);
    at->block.size = PANE_BLOCK_HEAD;
    for (size_t i = 0; i < from->count && status == WEIR_OK; i++) {
        size_t before = at->block.size, index = index_of(at, from, i);
        if (!pane_block_append(&at->block, records_key(from, index), from->values[index]))
            return refuse_depth(at);
        if (at->block.size <= PANE_BLOCK_BYTES || i == first) continue;
        pane_block block = {(uint32_t)(i - first), from->count - first};
        status = write_block(at, first, before, block);
        first = i;
    }
    pane_block last = {(uint32_t)(from->count - first), from->count - first};
    return status == WEIR_OK ? write_block(at, first, at->block.size, last) : status;
}

/* --- panes ---------------------------------------------------------------------------------- */

static weir_status write_header(pane_writing *at, const pane *pane)
{
    char key[PANE_HEADER_KEY];
    pane_header header = {pane->part_count, pane_records(pane)};
    pane_key_header(key, pane->time_ms);
    at->block.size = 0;
    pane_header_encode(&at->block, &header);
    return incoming_put(&at->file, key, sizeof key, at->block.bytes, at->block.size);
}

static weir_status write_pane(pane_writing *at, const pane *pane)
{
    at->time_ms = pane->time_ms;
    weir_status status = write_header(at, pane);
    for (size_t i = 0; i < pane->part_count && status == WEIR_OK; i++) {
        const records *from = &pane->parts[i].records;
        if (from->count == 0) continue;
        at->partition = i;
        if (at->is_keyed) status = sort_part(at, from);
        if (status == WEIR_OK) status = write_records(at, from);
    }
    return status;
}

static weir_status write_file(rocks_store *store, const frozen_panes *frozen, size_t first)
{
    const rocks_panes *panes = frozen->panes;
    pane_writing at = {.name = panes->base.name, .is_keyed = panes->base.is_keyed};
    weir_status status = incoming_begin(&at.file, store->database, 0);
    if (status != WEIR_OK) return status;
    for (size_t i = first; i < frozen->count && status == WEIR_OK; i++)
        status = write_pane(&at, frozen->items[i]);
    if (status == WEIR_OK) status = incoming_finish(&at.file);
    status = incoming_end(&at.file, 1, panes->family, status);
    buffer_release(&at.keys);
    buffer_release(&at.key);
    buffer_release(&at.block);
    free(at.order);
    free(at.spare);
    return status;
}

weir_status pane_ingest(rocks_store *store, frozen_panes *frozen, int64_t expired_ms)
{
    size_t first = 0;
    while (first < frozen->count && frozen->items[first]->time_ms <= expired_ms) first++;
    if (frozen->is_in || first == frozen->count) return WEIR_OK;
    weir_status status = write_file(store, frozen, first);
    frozen->is_in = status == WEIR_OK;
    return status;
}

weir_status pane_expire(rocks_store *store, const frozen_panes *frozen)
{
    rocks_panes *panes = frozen->panes;
    char end[PANE_HEADER_KEY], *error = NULL;
    if (frozen->expired_ms <= panes->dropped_ms) return WEIR_OK;
    weir_status status = room_check(store->database, 0);
    if (status != WEIR_OK) return status;
    size_t size = pane_key_behind(end, frozen->expired_ms);
    rocksdb_delete_file_in_range_cf(store->database->rocks, panes->family, NULL, 0, end, size,
                                    &error);
    if (error)
        return database_error(store->database->directory, "cannot drop expired panes", error);
    panes->dropped_ms = frozen->expired_ms;
    return WEIR_OK;
}
