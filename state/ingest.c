#include "state/ingest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/incoming.h"
#include "state/key_codec.h"
#include "state/key_sort.h"
#include "state/pane_ingest.h"

enum { PADDING = 8, AHEAD = 12 };

/* One space on its way into the database. */
typedef struct ingestion {
    const frozen_space *space;
    incoming file;
    buffer keys; /* of one partition, end to end */
    buffer value;
    sort_key *order;
    sort_key *spare;
    size_t room; /* of both */
    size_t written;
} ingestion;

/* --- one partition -------------------------------------------------------------------------- */

static weir_status refuse_depth(const ingestion *at)
{
    return error_set(WEIR_RUNTIME,
                     "space \"%s\": a key or a state is nested deeper than %d lists and pairs",
                     at->space->space->base.name, CODEC_DEPTH_MAX);
}

static weir_status encode_keys(ingestion *at, size_t partition)
{
    const frozen_partition *from = &at->space->partitions[partition];
    if (from->count > at->room) {
        at->room = from->count;
        at->order = memory_resize(at->order, at->room * sizeof *at->order);
        at->spare = memory_resize(at->spare, at->room * sizeof *at->spare);
    }
    at->keys.size = 0;
    for (size_t i = 0; i < from->count; i++) {
        size_t begin = at->keys.size;
        frozen_fetch_entry(from, i + AHEAD < from->count ? i + AHEAD : i);
        if (!key_encode(&at->keys, partition, frozen_entry(from, i).key)) return refuse_depth(at);
        size_t size = at->keys.size - begin;
        at->order[i] = (sort_key){.word = begin, .size = (uint32_t)size, .index = (uint32_t)i};
    }
    memset(buffer_reserve(&at->keys, PADDING), 0, PADDING);
    for (size_t i = 0; i < from->count; i++)
        at->order[i].bytes = at->keys.bytes + at->order[i].word;
    return WEIR_OK;
}

static void append_batch(buffer *to, uint64_t changed)
{
    char *place = buffer_reserve(to, 10);
    for (; changed >= 0x80; changed >>= 7, to->size++) *place++ = (char)(changed | 0x80);
    *place = (char)changed;
    to->size++;
}

static weir_status write_entry(ingestion *at, const sort_key *key, state_frozen_entry entry)
{
    at->written++;
    if (weir_is_absent(entry.value)) return incoming_delete(&at->file, key->bytes, key->size);
    at->value.size = 0;
    append_batch(&at->value, entry.changed);
    if (!codec_encode(&at->value, entry.value)) return refuse_depth(at);
    return incoming_put(&at->file, key->bytes, key->size, at->value.bytes, at->value.size);
}

static weir_status write_partition(ingestion *at, size_t partition)
{
    const frozen_partition *from = &at->space->partitions[partition];
    if (from->count == 0) return WEIR_OK;
    weir_status status = encode_keys(at, partition);
    if (status != WEIR_OK) return status;
    sort_keys(at->order, from->count, at->spare);
    for (size_t i = 0; i < from->count && status == WEIR_OK; i++) {
        /* Sorted, the entries lie all over memory. */
        const sort_key *ahead = &at->order[i + AHEAD < from->count ? i + AHEAD : i];
        frozen_fetch_entry(from, ahead->index);
        __builtin_prefetch(ahead->bytes);
        status = write_entry(at, &at->order[i], frozen_entry(from, at->order[i].index));
    }
    return status;
}

/* --- one space ------------------------------------------------------------------------------ */

static size_t count_entries(const frozen_space *space)
{
    size_t count = 0;
    for (size_t i = 0; i < space->space->base.partitions; i++) count += space->partitions[i].count;
    return count;
}

/* Keys begin with the partition, so one file holds all of them in order. */
static weir_status write_partitions(ingestion *at)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < at->space->space->base.partitions && status == WEIR_OK; i++)
        status = write_partition(at, i);
    return status;
}

static weir_status ingest_space(rocks_store *store, const frozen_space *space)
{
    if (count_entries(space) == 0) return WEIR_OK;
    ingestion at = {.space = space};
    weir_status status = incoming_begin(&at.file, store->database);
    if (status != WEIR_OK) return status;
    status = incoming_end(&at.file, space->space->family, write_partitions(&at));
    if (status == WEIR_OK)
        database_estimate_keys(store->database, space->space->family, &space->space->behind);
    atomic_fetch_add_explicit(&store->keys_ingested, at.written, memory_order_relaxed);
    buffer_release(&at.keys);
    buffer_release(&at.value);
    free(at.order);
    free(at.spare);
    return status;
}

/* --- sets ----------------------------------------------------------------------------------- */

/* Panes that have expired by the last set need not be put in any more. */
static weir_status ingest_set(rocks_store *store, state_frozen *set, const state_frozen *last)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < set->space_count && status == WEIR_OK; i++)
        status = ingest_space(store, &set->spaces[i]);
    for (size_t i = 0; i < set->pane_count && status == WEIR_OK; i++)
        status = pane_ingest(store, &set->panes[i], last->panes[i].expired_ms);
    return status;
}

weir_status ingest_begin(rocks_store *store, const state_frozen *last)
{
    pthread_mutex_lock(&store->lock);
    while (store->is_writing) pthread_cond_wait(&store->changed, &store->lock);
    store->is_writing = true;
    state_frozen *set = store->frozen;
    pthread_mutex_unlock(&store->lock);
    /* Sets up to the last do not change while we may write: only newer ones are appended. */
    weir_status status = WEIR_OK;
    for (bool is_last = false; !is_last && status == WEIR_OK; set = is_last ? set : set->newer) {
        assert(set);
        is_last = set == last;
        status = ingest_set(store, set, last);
    }
    for (size_t i = 0; i < last->pane_count && status == WEIR_OK; i++)
        status = pane_expire(store, &last->panes[i]);
    return status;
}

void ingest_end(rocks_store *store, const state_frozen *last, bool is_stored)
{
    state_frozen *done = NULL;
    pthread_mutex_lock(&store->lock);
    if (is_stored) {
        done = store->frozen;
        state_frozen *end = done;
        while (end != last) end = end->newer;
        store->frozen = end->newer;
        store->stored = end->boundary;
        end->newer = NULL;
    } else {
        for (state_frozen *set = store->frozen;; set = set->newer) {
            set->is_abandoned = true;
            if (set == last) break;
        }
    }
    store->is_writing = false;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
    for (state_frozen *newer; done; done = newer) {
        newer = done->newer;
        state_frozen_free(store, done);
    }
}
