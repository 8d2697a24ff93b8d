#include "state/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/key_codec.h"
#include "state/key_sort.h"

enum { PADDING = 16, SCRATCH_KEPT = 1 << 20 };

/* --- values --------------------------------------------------------------------------------- */

bool reading_decode(const char *bytes, size_t size, arena *arena, uint64_t *changed,
                    weir_value *value)
{
    const char *at = bytes, *end = bytes + size;
    *changed = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at == end || shift > 42) return false;
        unsigned char byte = (unsigned char)*at++;
        *changed |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80) continue;
        if (byte == 0 && shift > 0) return false;
        break;
    }
    if (*changed > STATE_BATCH_MAX) return false;
    return codec_decode(&at, end, arena, value) && at == end && !weir_is_absent(*value);
}

/* The files of the live database are those of a checkpoint. */
#define WHAT_TO_DO                                                                                \
    "`weir verify` finds the damaged file; --from goes on from an older checkpoint without it"

static weir_status refuse(const rocks_store *store, const rocks_space *space, size_t partition)
{
    atomic_store(&store->database->is_damaged, true);
    return error_set(WEIR_DAMAGED,
                     "%s: space \"%s\", partition %zu: an entry is damaged; " WHAT_TO_DO,
                     store->database->directory, space->base.name, partition);
}

static weir_status check(const rocks_store *store, const rocks_space *space, char *error)
{
    if (!error) return WEIR_OK;
    weir_status status = database_error(store->database->directory, "cannot read state", error);
    if (status != WEIR_DAMAGED) return error_prefix(status, "space \"%s\"", space->base.name);
    atomic_store(&store->database->is_damaged, true);
    char why[ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", error_text());
    return error_set(status, "space \"%s\": %s; " WHAT_TO_DO, space->base.name, why);
}

/* --- keys ----------------------------------------------------------------------------------- */

/* A vector of keys on their way to the database and back. */
typedef struct key_read {
    buffer bytes;
    arena scratch;
    sort_key order[WEIR_VECTOR_SIZE];
    sort_key spare[WEIR_VECTOR_SIZE];
    const char *keys[WEIR_VECTOR_SIZE];
    size_t sizes[WEIR_VECTOR_SIZE];
    rocksdb_pinnableslice_t *found[WEIR_VECTOR_SIZE];
    char *errors[WEIR_VECTOR_SIZE];
} key_read;

static bool encode_sorted(key_read *read, size_t partition, const weir_value *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t begin = read->bytes.size;
        weir_value key = weir_is_absent(keys[i]) ? weir_null() : keys[i];
        if (!key_encode(&read->bytes, partition, key)) return false;
        size_t size = read->bytes.size - begin;
        read->order[i] = (sort_key){.word = begin, .size = (uint32_t)size, .index = (uint32_t)i};
    }
    memset(buffer_reserve(&read->bytes, PADDING), 0, PADDING);
    for (size_t i = 0; i < count; i++)
        read->order[i].bytes = read->bytes.bytes + read->order[i].word;
    sort_keys(read->order, count, read->spare);
    for (size_t i = 0; i < count; i++) {
        read->keys[i] = read->order[i].bytes;
        read->sizes[i] = read->order[i].size;
    }
    return true;
}

/* RocksDB's memory is not padded: values are decoded from a copy. */
static bool insert_found(key_read *read, size_t at, const weir_value *keys, state_table *table)
{
    size_t size;
    uint64_t changed;
    weir_value value;
    const char *bytes = rocksdb_pinnableslice_value(read->found[at], &size);
    const char *copy = arena_copy(&read->scratch, bytes, size);
    if (!reading_decode(copy, size, &read->scratch, &changed, &value)) return false;
    state_table_insert(table, keys[read->order[at].index], value, changed);
    return true;
}

static weir_status take_found(rocks_store *store, rocks_space *space, size_t partition,
                              key_read *read, const weir_value *keys, size_t count,
                              state_table *table)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < count; i++) {
        if (read->errors[i]) {
            status = check(store, space, read->errors[i]);
        } else if (read->found[i]) {
            bool is_good = status != WEIR_OK || insert_found(read, i, keys, table);
            if (!is_good) status = refuse(store, space, partition);
            rocksdb_pinnableslice_destroy(read->found[i]);
        }
    }
    return status;
}

weir_status reading_keys(rocks_store *store, rocks_space *space, size_t partition,
                         const weir_value *keys, size_t count, state_table *table)
{
    key_read *read = memory_alloc(sizeof *read);
    read->bytes = (buffer){0};
    arena_init(&read->scratch, NULL);
    weir_status status = WEIR_OK;
    if (!encode_sorted(read, partition, keys, count)) {
        status = error_set(WEIR_RUNTIME, "space \"%s\": a key is nested deeper than %d",
                           space->base.name, CODEC_DEPTH_MAX);
    } else {
        memset(read->errors, 0, count * sizeof *read->errors);
        rocksdb_batched_multi_get_cf(store->database->rocks, store->database->options.read,
                                     space->family, count, read->keys, read->sizes, read->found,
                                     read->errors, true);
        status = take_found(store, space, partition, read, keys, count, table);
    }
    atomic_fetch_add_explicit(&store->keys_read, count, memory_order_relaxed);
    buffer_release(&read->bytes);
    arena_release(&read->scratch);
    free(read);
    return status;
}

/* --- scans ---------------------------------------------------------------------------------- */

/* A scan of a partition, and the entries of a vector of it, until they are given on. */
typedef struct scanned {
    rocks_store *store;
    rocks_space *space;
    size_t partition;
    const state_table *table; /* what it has is left out */
    state_space_visit visit;
    void *user;
    reading_stop stop;
    arena scratch;
    weir_value keys[WEIR_VECTOR_SIZE];
    weir_value values[WEIR_VECTOR_SIZE];
    uint64_t changed[WEIR_VECTOR_SIZE];
    uint32_t indexes[WEIR_VECTOR_SIZE];
    size_t count;
} scanned;

static bool take_entry(scanned *to, rocksdb_iterator_t *from)
{
    size_t key_size, size, found;
    const char *key = rocksdb_iter_key(from, &key_size);
    const char *bytes = rocksdb_iter_value(from, &size);
    const char *copy = arena_copy(&to->scratch, bytes, size);
    size_t at = to->count++;
    return key_decode(key, key_size, &to->scratch, &found, &to->keys[at]) &&
           found == to->partition &&
           reading_decode(copy, size, &to->scratch, &to->changed[at], &to->values[at]);
}

static weir_status give_scanned(scanned *from)
{
    size_t missing = 0;
    state_table_find(from->table, from->keys, from->count, from->indexes);
    for (size_t i = 0; i < from->count; i++) {
        if (from->indexes[i] != UINT32_MAX) continue;
        from->keys[missing] = from->keys[i];
        from->values[missing] = from->values[i];
        from->changed[missing++] = from->changed[i];
    }
    atomic_fetch_add_explicit(&from->store->keys_scanned, from->count, memory_order_relaxed);
    weir_status status =
        missing > 0 ? from->visit(from->user, from->keys, from->values, from->changed, missing)
                    : WEIR_OK;
    from->count = 0;
    arena_reset(&from->scratch, SCRATCH_KEPT);
    return status;
}

static weir_status scan(scanned *to, rocksdb_iterator_t *from)
{
    for (; rocksdb_iter_valid(from); rocksdb_iter_next(from)) {
        if (!take_entry(to, from)) return refuse(to->store, to->space, to->partition);
        bool is_full = to->scratch.chunk_bytes > SCRATCH_KEPT;
        if (to->count < WEIR_VECTOR_SIZE && !is_full) continue;
        weir_status status = give_scanned(to);
        if (status != WEIR_OK) return status;
        if (to->stop && to->stop(to->store)) return WEIR_TIMEOUT;
    }
    char *error = NULL;
    rocksdb_iter_get_error(from, &error);
    return error ? check(to->store, to->space, error) : give_scanned(to);
}

static weir_status scan_partition(scanned *to)
{
    size_t partition = to->partition;
    char begin[KEY_PREFIX] = {(char)(partition >> 8), (char)partition};
    char end[KEY_PREFIX] = {(char)((partition + 1) >> 8), (char)(partition + 1)};
    bool is_last = partition + 1 == KEY_PARTITIONS_MAX;
    rocksdb_readoptions_t *options = rocks_scan_options(is_last ? NULL : end, KEY_PREFIX);
    rocksdb_iterator_t *from =
        rocksdb_create_iterator_cf(to->store->database->rocks, options, to->space->family);
    arena_init(&to->scratch, NULL);
    rocksdb_iter_seek(from, begin, KEY_PREFIX);
    weir_status status = scan(to, from);
    arena_release(&to->scratch);
    rocksdb_iter_destroy(from);
    rocksdb_readoptions_destroy(options);
    return status;
}

static scanned *make_scanned(rocks_store *store, rocks_space *space, size_t partition,
                             const state_table *table)
{
    scanned *made = memory_zero_alloc(1, sizeof *made);
    made->store = store;
    made->space = space;
    made->partition = partition;
    made->table = table;
    return made;
}

static weir_status insert_all(void *user, const weir_value *keys, const weir_value *values,
                              const uint64_t *changed, size_t count)
{
    state_table *table = user;
    for (size_t i = 0; i < count; i++)
        state_table_insert(table, keys[i], values[i], changed[i]);
    return WEIR_OK;
}

weir_status reading_partition(rocks_store *store, rocks_space *space, size_t partition,
                              state_table *table, reading_stop stop)
{
    scanned *to = make_scanned(store, space, partition, table);
    to->visit = insert_all;
    to->user = table;
    to->stop = stop;
    weir_status status = scan_partition(to);
    free(to);
    return status;
}

weir_status reading_missing(rocks_store *store, rocks_space *space, size_t partition,
                            const state_table *table, state_space_visit visit, void *user)
{
    scanned *to = make_scanned(store, space, partition, table);
    to->visit = visit;
    to->user = user;
    weir_status status = scan_partition(to);
    free(to);
    return status;
}
