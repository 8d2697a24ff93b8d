#include "state/ingest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "state/key_codec.h"
#include "state/key_sort.h"

enum { PADDING = 8, AHEAD = 12 };

/* One space on its way into the database. */
typedef struct ingestion {
    rocks_store *store;
    const frozen_space *space;
    rocksdb_sstfilewriter_t *file;
    buffer path;
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
        if (!key_encode(&at->keys, partition, from->entries[i].key)) return refuse_depth(at);
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

static weir_status write_entry(ingestion *at, const sort_key *key, const state_frozen_entry *entry)
{
    char *error = NULL;
    if (weir_is_absent(entry->value)) {
        rocksdb_sstfilewriter_delete(at->file, key->bytes, key->size, &error);
    } else {
        at->value.size = 0;
        append_batch(&at->value, entry->changed);
        if (!codec_encode(&at->value, entry->value)) return refuse_depth(at);
        rocksdb_sstfilewriter_put(at->file, key->bytes, key->size, at->value.bytes,
                                  at->value.size, &error);
    }
    at->written++;
    return database_error(at->path.bytes, "cannot write state", error);
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
        __builtin_prefetch(&from->entries[ahead->index].key);
        __builtin_prefetch(&from->entries[ahead->index].changed);
        __builtin_prefetch(ahead->bytes);
        status = write_entry(at, &at->order[i], &from->entries[at->order[i].index]);
    }
    return status;
}

/* --- one space ------------------------------------------------------------------------------ */

/* Keys begin with the partition, so one file holds all of them in order. */
static weir_status write_file(ingestion *at)
{
    char *error = NULL;
    rocksdb_sstfilewriter_open(at->file, at->path.bytes, &error);
    weir_status status = database_error(at->path.bytes, "cannot write state", error);
    for (size_t i = 0; i < at->space->space->base.partitions && status == WEIR_OK; i++)
        status = write_partition(at, i);
    if (status != WEIR_OK) return status;
    error = NULL;
    rocksdb_sstfilewriter_finish(at->file, &error);
    return database_error(at->path.bytes, "cannot write state", error);
}

static weir_status take_in(ingestion *at)
{
    database *database = at->store->database;
    char *error = NULL;
    const char *files[] = {at->path.bytes};
    rocksdb_ingest_external_file_cf(database->rocks, at->space->space->family, files, 1,
                                    database->options.ingest, &error);
    return database_error(at->path.bytes, "cannot take in state", error);
}

static size_t count_entries(const frozen_space *space)
{
    size_t count = 0;
    for (size_t i = 0; i < space->space->base.partitions; i++) count += space->partitions[i].count;
    return count;
}

static weir_status ingest_space(rocks_store *store, const frozen_space *space)
{
    if (count_entries(space) == 0) return WEIR_OK;
    database *database = store->database;
    ingestion at = {.store = store, .space = space};
    buffer_printf(&at.path, "%s/incoming.sst", database->directory);
    buffer_append(&at.path, "", 1);
    /* One left over from a failure may be linked into the database: never write to it. */
    weir_status status = file_remove_tree(at.path.bytes);
    at.file = rocksdb_sstfilewriter_create(database->options.files, database->options.database);
    if (status == WEIR_OK) status = write_file(&at);
    if (status == WEIR_OK) status = take_in(&at);
    rocksdb_sstfilewriter_destroy(at.file);
    if (status == WEIR_OK)
        database_estimate_keys(database, space->space->family, &space->space->behind);
    else state_files_give_up(at.path.bytes, status);
    atomic_fetch_add_explicit(&store->keys_ingested, at.written, memory_order_relaxed);
    buffer_release(&at.path);
    buffer_release(&at.keys);
    buffer_release(&at.value);
    free(at.order);
    free(at.spare);
    return status;
}

/* --- sets ----------------------------------------------------------------------------------- */

static weir_status ingest_set(rocks_store *store, const state_frozen *set)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < set->space_count && status == WEIR_OK; i++)
        status = ingest_space(store, &set->spaces[i]);
    return status;
}

weir_status ingest_begin(rocks_store *store, const state_frozen *last)
{
    pthread_mutex_lock(&store->lock);
    while (store->is_writing) pthread_cond_wait(&store->changed, &store->lock);
    store->is_writing = true;
    const state_frozen *set = store->frozen;
    pthread_mutex_unlock(&store->lock);
    /* Sets up to the last do not change while we may write: only newer ones are appended. */
    weir_status status = WEIR_OK;
    for (bool is_last = false; !is_last && status == WEIR_OK; set = is_last ? set : set->newer) {
        assert(set);
        is_last = set == last;
        status = ingest_set(store, set);
    }
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
