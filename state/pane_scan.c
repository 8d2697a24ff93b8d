#include "state/pane_scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "durability/panes.h"
#include "state/key_codec.h"
#include "state/pane_format.h"

enum { SCRATCH_KEPT = 1 << 20 };

struct pane_scan {
    database *database;
    const pane_record *window;
    rocksdb_column_family_handle_t *family;
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *at;
    bool is_over;

    /* the pane that is read */
    bool has_pane;
    bool is_broken; /* it was said already: what is missing is no news */
    int64_t time_ms;
    pane_header header;
    uint64_t seen; /* records */

    /* the partition */
    size_t partition;
    bool has_partition;
    uint64_t position;
    uint64_t left; /* records that must still come */
    buffer last;   /* the key before, encoded */

    /* the block */
    arena scratch;
    records records;
    size_t next;
    buffer key;
};

/* --- a scan's life -------------------------------------------------------------------------- */

weir_status pane_scan_open(const state_scan *states, const pane_record *window, pane_scan **made)
{
    database *database = state_scan_database(states);
    rocksdb_column_family_handle_t *family =
        database_find(database, COLUMN_PANES, window->name);
    if (!family)
        return error_set(WEIR_DAMAGED, "%s: the panes of \"%s\" are missing", database->directory,
                         window->name);
    char place[PANE_HEADER_KEY];
    pane_scan *scan = memory_zero_alloc(1, sizeof *scan);
    scan->database = database;
    scan->window = window;
    scan->family = family;
    scan->options = rocks_scan_options(NULL, 0);
    scan->at = rocksdb_create_iterator_cf(database->rocks, scan->options, family);
    scan->time_ms = window->expired_ms;
    arena_init(&scan->scratch, NULL);
    rocksdb_iter_seek(scan->at, place, pane_key_behind(place, window->expired_ms));
    *made = scan;
    return WEIR_OK;
}

void pane_scan_close(pane_scan *scan)
{
    if (!scan) return;
    rocksdb_iter_destroy(scan->at);
    rocksdb_readoptions_destroy(scan->options);
    arena_release(&scan->scratch);
    buffer_release(&scan->last);
    buffer_release(&scan->key);
    free(scan);
}

uint64_t pane_scan_bytes(const pane_scan *scan, int64_t time_ms)
{
    char begin[PANE_HEADER_KEY], end[PANE_HEADER_KEY];
    uint64_t bytes = 0;
    size_t size;
    pane_key_header(begin, time_ms);
    rocksdb_readoptions_t *options = rocks_scan_options(end, pane_key_behind(end, time_ms));
    rocksdb_iterator_t *at =
        rocksdb_create_iterator_cf(scan->database->rocks, options, scan->family);
    for (rocksdb_iter_seek(at, begin, sizeof begin); rocksdb_iter_valid(at);
         rocksdb_iter_next(at)) {
        (void)rocksdb_iter_key(at, &size);
        bytes += size;
        (void)rocksdb_iter_value(at, &size);
        bytes += size;
    }
    rocksdb_iter_destroy(at);
    rocksdb_readoptions_destroy(options);
    return bytes;
}

/* --- damage --------------------------------------------------------------------------------- */

static weir_status refuse(pane_scan *scan, const char *what)
{
    scan->is_broken = true;
    if (!scan->has_pane)
        return error_set(WEIR_DAMAGED, "%s: the panes of \"%s\": %s", scan->database->directory,
                         scan->window->name, what);
    return error_set(WEIR_DAMAGED,
                     "%s: the panes of \"%s\", the one of %" PRId64 " ms, partition %zu: %s",
                     scan->database->directory, scan->window->name, scan->time_ms,
                     scan->partition, what);
}

/* The iterator stands nowhere: at the end, or where something cannot be read. Then the panes
 * behind this one may still be. */
static weir_status pass_over(pane_scan *scan)
{
    char place[PANE_HEADER_KEY], *error = NULL;
    rocksdb_iter_get_error(scan->at, &error);
    if (!error) {
        scan->is_over = true;
        return WEIR_OK;
    }
    weir_status status = database_error(scan->database->directory, "cannot read panes", error);
    status = error_prefix(status, "the panes of \"%s\", behind the beginning of %" PRId64 " ms",
                          scan->window->name, scan->time_ms);
    scan->is_over = !scan->has_pane;
    scan->has_pane = false;
    if (!scan->is_over)
        rocksdb_iter_seek(scan->at, place, pane_key_behind(place, scan->time_ms));
    return status;
}

/* --- panes ---------------------------------------------------------------------------------- */

static weir_status end_partition(pane_scan *scan)
{
    bool is_whole = !scan->has_partition || scan->left == 0 || scan->is_broken;
    scan->left = 0;
    return is_whole ? WEIR_OK : refuse(scan, "records are missing at its end");
}

static weir_status end_pane(pane_scan *scan)
{
    weir_status status = scan->has_pane ? end_partition(scan) : WEIR_OK;
    bool is_whole = !scan->has_pane || scan->is_broken || scan->seen == scan->header.records;
    if (status == WEIR_OK && !is_whole)
        status = refuse(scan, "there are not as many records as its header says");
    scan->has_pane = scan->has_partition = false;
    return status;
}

static void enter_pane(pane_scan *scan, int64_t time_ms)
{
    scan->has_pane = true;
    scan->is_broken = false;
    scan->time_ms = time_ms;
    scan->header = (pane_header){PANE_PARTS_MAX, 0};
    scan->seen = 0;
    scan->partition = 0;
}

static weir_status begin_pane(pane_scan *scan, int64_t time_ms, pane_scan_item *item)
{
    size_t size, parts = scan->window->part_count;
    enter_pane(scan, time_ms);
    const char *bytes = rocksdb_iter_value(scan->at, &size);
    bool is_good = pane_header_decode(bytes, size, &scan->header);
    rocksdb_iter_next(scan->at);
    if (!is_good) return refuse(scan, "its header is damaged");
    if (parts > 0 && scan->header.part_count != parts)
        return refuse(scan, "it has not the partitions that the others have");
    *item = (pane_scan_item){.is_pane = true,
                             .time_ms = time_ms,
                             .part_count = scan->header.part_count,
                             .records = scan->header.records};
    return WEIR_OK;
}

/* --- blocks --------------------------------------------------------------------------------- */

static const char *check_place(const pane_scan *scan, const pane_key *key, const pane_block *block)
{
    if (key->partition >= scan->header.part_count) return "there is no such partition";
    if (scan->is_broken) return NULL; /* from here on the rest cannot be told */
    bool is_same = scan->has_partition && key->partition == scan->partition;
    if (is_same && block->left != scan->left) return "blocks are missing";
    return NULL;
}

/* What the keys of blocks say of the first record in them. */
static bool is_first(pane_scan *scan, const pane_key *key)
{
    uint64_t position;
    if (!scan->window->is_keyed)
        return pane_position_decode(key->first, key->first_size, &position) &&
               (scan->is_broken || position == scan->position);
    scan->key.size = 0;
    return key_encode(&scan->key, key->partition, scan->records.keys ? scan->records.keys[0]
                                                                     : weir_absent()) &&
           scan->key.size - KEY_PREFIX == key->first_size &&
           memcmp(scan->key.bytes + KEY_PREFIX, key->first, key->first_size) == 0;
}

static bool is_behind_last(const pane_scan *scan)
{
    const buffer *last = &scan->last, *key = &scan->key;
    size_t shorter = last->size < key->size ? last->size : key->size;
    int order = shorter ? memcmp(last->bytes, key->bytes, shorter) : 0;
    return order < 0 || (order == 0 && last->size < key->size);
}

static bool is_sorted(pane_scan *scan)
{
    for (size_t i = 0; scan->window->is_keyed && i < scan->records.count; i++) {
        scan->key.size = 0;
        if (!key_encode(&scan->key, scan->partition, records_key(&scan->records, i))) return false;
        if (!is_behind_last(scan)) return false;
        buffer last = scan->last;
        scan->last = scan->key;
        scan->key = last;
    }
    return true;
}

static void enter_partition(pane_scan *scan, size_t partition)
{
    if (scan->has_partition && scan->partition == partition) return;
    scan->has_partition = true;
    scan->partition = partition;
    scan->position = 0;
    scan->last.size = 0;
}

static bool decode_block(pane_scan *scan, const char *bytes, size_t size, const pane_block *block)
{
    bool is_shared;
    const char *copy = arena_copy(&scan->scratch, bytes, size);
    bool is_good =
        pane_block_decode(copy, size, block, &scan->records, &scan->scratch, &is_shared);
    if (!is_good) scan->records = (records){0};
    return is_good;
}

static weir_status read_block(pane_scan *scan, const pane_key *key)
{
    size_t size;
    pane_block block;
    const char *bytes = rocksdb_iter_value(scan->at, &size);
    bool is_good = pane_block_decode_head(bytes, size, &block);
    const char *wrong = is_good ? check_place(scan, key, &block) : "a block is damaged";
    weir_status status = WEIR_OK;
    if (!wrong && key->partition != scan->partition) status = end_partition(scan);
    enter_partition(scan, key->partition);
    if (!wrong && !decode_block(scan, bytes, size, &block)) wrong = "a block is damaged";
    if (!wrong && !is_first(scan, key)) wrong = "a block does not begin with what its key says";
    if (!wrong && !is_sorted(scan)) wrong = "its keys are not in order";
    if (is_good) {
        scan->left = block.left - block.count;
        scan->position += block.count;
        scan->seen += block.count;
    }
    if (!wrong) return status;
    scan->records.count = 0;
    return refuse(scan, wrong);
}

/* --- one by one ----------------------------------------------------------------------------- */

static void give_record(pane_scan *scan, pane_scan_item *item)
{
    size_t at = scan->next++;
    *item = (pane_scan_item){.time_ms = scan->time_ms,
                             .part_count = scan->header.part_count,
                             .records = scan->header.records,
                             .partition = scan->partition,
                             .key = records_key(&scan->records, at),
                             .value = scan->records.values[at]};
}

/* The blocks of a pane are told even if its header is not there. */
static weir_status miss_header(pane_scan *scan, int64_t time_ms)
{
    weir_status status = end_pane(scan);
    enter_pane(scan, time_ms);
    return status == WEIR_OK ? refuse(scan, "its header is missing") : status;
}

/* What stands next in the database. *is_given: it is something to give. */
static weir_status take_next(pane_scan *scan, pane_scan_item *item, bool *is_given)
{
    size_t size;
    pane_key key;
    const char *bytes = rocksdb_iter_key(scan->at, &size);
    weir_status status;
    if (!pane_key_decode(bytes, size, &key)) {
        status = refuse(scan, "a key is damaged");
    } else if (key.is_header) {
        status = end_pane(scan);
        if (status != WEIR_OK) return status;
        status = begin_pane(scan, key.time_ms, item);
        *is_given = status == WEIR_OK;
        return status;
    } else if (!scan->has_pane || key.time_ms != scan->time_ms) {
        return miss_header(scan, key.time_ms);
    } else {
        status = read_block(scan, &key);
    }
    rocksdb_iter_next(scan->at);
    return status;
}

weir_status pane_scan_next(pane_scan *scan, pane_scan_item *item)
{
    weir_status status = WEIR_OK;
    bool is_given = false;
    while (status == WEIR_OK && !is_given) {
        if (scan->next < scan->records.count) {
            give_record(scan, item);
            return WEIR_OK;
        }
        scan->next = 0;
        scan->records = (records){0};
        arena_reset(&scan->scratch, SCRATCH_KEPT);
        if (scan->is_over) return WEIR_NO_ELEMENT;
        if (rocksdb_iter_valid(scan->at)) status = take_next(scan, item, &is_given);
        else status = pass_over(scan);
        if (scan->is_over && status == WEIR_OK) status = end_pane(scan);
    }
    return status;
}
