#include "state/pane_reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "state/pane_format.h"

/* The files of the live database are those of a checkpoint. */
#define WHAT_TO_DO                                                                                \
    "`weir verify` finds the damaged file; --from goes on from an older checkpoint without it"

/* What can be believed of a number that was read before the bytes it speaks of: room for so many
 * records is made at once. */
enum { BELIEVED = 1 << 20 };

static weir_status check(const rocks_store *store, const char *name, char *error)
{
    weir_status status = database_error(store->database->directory, "cannot read panes", error);
    if (status != WEIR_DAMAGED) return error_prefix(status, "the panes of \"%s\"", name);
    atomic_store(&store->database->is_damaged, true);
    char why[ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", error_text());
    return error_set(status, "the panes of \"%s\": %s; " WHAT_TO_DO, name, why);
}

/* --- headers -------------------------------------------------------------------------------- */

static weir_status refuse_header(const rocks_store *store, const char *name)
{
    atomic_store(&store->database->is_damaged, true);
    return error_set(WEIR_DAMAGED,
                     "%s: the panes of \"%s\": the header of a pane is damaged; " WHAT_TO_DO,
                     store->database->directory, name);
}

static bool take_header(rocks_panes *panes, rocksdb_iterator_t *from, int64_t *time_ms)
{
    size_t key_size, size;
    const char *bytes = rocksdb_iter_key(from, &key_size);
    pane_key key;
    pane_header header;
    if (!pane_key_decode(bytes, key_size, &key) || !key.is_header) return false;
    bytes = rocksdb_iter_value(from, &size);
    if (!pane_header_decode(bytes, size, &header)) return false;
    if (panes->base.is_keyed && header.part_count != panes->part_count) return false;
    pane_set_insert(&panes->base, key.time_ms, header.part_count, header.records);
    *time_ms = key.time_ms;
    return true;
}

/* From header to header: behind all that is of a pane stands the next one. */
weir_status pane_reading_slots(rocks_store *store, rocks_panes *panes)
{
    char place[PANE_HEADER_KEY], *error = NULL;
    int64_t time_ms = panes->base.final_expired_ms;
    weir_status status = WEIR_OK;
    rocksdb_readoptions_t *options = rocks_range_options(NULL, 0);
    rocksdb_iterator_t *from =
        rocksdb_create_iterator_cf(store->database->rocks, options, panes->family);
    for (;;) {
        rocksdb_iter_seek(from, place, pane_key_behind(place, time_ms));
        if (!rocksdb_iter_valid(from)) break;
        if (take_header(panes, from, &time_ms)) continue;
        status = refuse_header(store, panes->base.name);
        break;
    }
    rocksdb_iter_get_error(from, &error);
    if (error) status = check(store, panes->base.name, error);
    rocksdb_iter_destroy(from);
    rocksdb_readoptions_destroy(options);
    return status;
}

/* --- a part --------------------------------------------------------------------------------- */

/* A part on its way into memory. Long strings are left in the bytes of their block, which is a
 * copy for that reason; where there are none the next block is copied over it. */
typedef struct part_read {
    pane_part *part;
    char *spare;
    size_t spare_size;
    uint64_t left; /* records that must still come; once a block was read */
} part_read;

static char *copy_block(part_read *read, const char *bytes, size_t size)
{
    if (size > read->spare_size) {
        bool is_first = read->part->records.count == 0; /* a short one is alone */
        read->spare_size = is_first || size > PANE_BLOCK_BYTES ? size : PANE_BLOCK_BYTES;
        read->spare = arena_alloc(&read->part->memory, read->spare_size);
    }
    memcpy(read->spare, bytes, size);
    return read->spare;
}

/* Memory is taken for what the first block promises, and later for more than was read by a factor
 * only. */
static void make_room(part_read *read, const pane_block *block)
{
    records *records = &read->part->records;
    if (records->capacity - records->count >= block->count) return;
    size_t most = records->count > BELIEVED / 8 ? 8 * records->count : BELIEVED;
    size_t more = block->left < most ? (size_t)block->left : most;
    records_reserve(records, &read->part->memory, more > block->count ? more : block->count);
}

static bool take_block(part_read *read, rocksdb_iterator_t *from)
{
    size_t size;
    pane_block block;
    bool is_shared;
    const char *bytes = rocksdb_iter_value(from, &size);
    if (!pane_block_decode_head(bytes, size, &block)) return false;
    bool is_first = read->part->records.count == 0;
    if (!is_first && block.left != read->left) return false;
    const char *copy = copy_block(read, bytes, size);
    make_room(read, &block);
    if (!pane_block_decode(copy, size, &block, &read->part->records, &read->part->memory,
                           &is_shared))
        return false;
    read->left = block.left - block.count;
    if (is_shared) read->spare_size = 0;
    return true;
}

static weir_status refuse_part(const rocks_store *store, const char *name, int64_t time_ms,
                               size_t partition)
{
    atomic_store(&store->database->is_damaged, true);
    return error_set(WEIR_DAMAGED,
                     "the pane of %" PRId64 " ms, partition %zu: the panes of \"%s\": %s: "
                     "what is there does not fit; " WHAT_TO_DO,
                     time_ms, partition, name, store->database->directory);
}

static weir_status check_part(const rocks_store *store, const char *name, int64_t time_ms,
                              size_t partition, char *error)
{
    weir_status status = check(store, name, error);
    return error_prefix(status, "the pane of %" PRId64 " ms, partition %zu", time_ms, partition);
}

weir_status pane_reading_part(pane_set *set, int64_t time_ms, size_t partition, pane_part *part)
{
    rocks_store *store = rocks_store_of(set->store);
    char begin[PANE_BLOCK_KEY], end[PANE_BLOCK_KEY], *error = NULL;
    pane_key_begin(begin, time_ms, partition);
    pane_key_end(end, time_ms, partition);
    rocksdb_readoptions_t *options = rocks_range_options(end, sizeof end);
    rocksdb_iterator_t *from = rocksdb_create_iterator_cf(store->database->rocks, options,
                                                          ((rocks_panes *)set)->family);
    part_read read = {.part = part};
    bool is_good = true;
    rocksdb_iter_seek(from, begin, sizeof begin);
    for (; is_good && rocksdb_iter_valid(from); rocksdb_iter_next(from))
        is_good = take_block(&read, from);
    rocksdb_iter_get_error(from, &error);
    weir_status status = WEIR_OK;
    if (error) status = check_part(store, set->name, time_ms, partition, error);
    else if (!is_good || read.left > 0)
        status = refuse_part(store, set->name, time_ms, partition);
    rocksdb_iter_destroy(from);
    rocksdb_readoptions_destroy(options);
    if (status == WEIR_OK) return WEIR_OK;
    arena_release(&part->memory);
    part->records = (records){0};
    return status;
}
