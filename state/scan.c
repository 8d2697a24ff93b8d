#include "state/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/large_files.h"
#include "record/value.h"
#include "state/key_codec.h"
#include "state/reading.h"

static const size_t cache_bytes = 8 << 20;

struct state_scan {
    int held; /* the directory: its files are not emptied meanwhile */
    database *database;
    space_record *records;
    size_t record_count;
    pane_record *windows;
    size_t window_count;
    uint64_t boundary;
    const space_record *space; /* the one that is read; NULL: none */
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *at;
    size_t partition;
    bool is_placed; /* `at` is in `partition`, at what comes next */
    buffer begin;   /* what keys of this partition begin with */
    char *prefix;
    arena scratch;
};

/* --- a scan's life -------------------------------------------------------------------------- */

weir_status state_scan_open(const char *state_directory, state_scan **made)
{
    state_scan *scan = memory_zero_alloc(1, sizeof *scan);
    arena_init(&scan->scratch, NULL);
    scan->held = large_files_hold(state_directory);
    weir_status status = database_open_read_only(state_directory, cache_bytes, &scan->database);
    if (status == WEIR_OK) status = space_boundary_read(scan->database, &scan->boundary);
    if (status == WEIR_OK)
        status = space_records_read(scan->database, &scan->records, &scan->record_count);
    if (status == WEIR_OK)
        status = pane_records_read(scan->database, &scan->windows, &scan->window_count);
    if (status == WEIR_OK) *made = scan;
    else state_scan_close(scan);
    return status;
}

static void end_space(state_scan *scan)
{
    if (scan->at) rocksdb_iter_destroy(scan->at);
    if (scan->options) rocksdb_readoptions_destroy(scan->options);
    free(scan->prefix);
    scan->at = NULL;
    scan->options = NULL;
    scan->prefix = NULL;
    scan->space = NULL;
}

void state_scan_close(state_scan *scan)
{
    if (!scan) return;
    end_space(scan);
    space_records_release(scan->records, scan->record_count);
    pane_records_release(scan->windows, scan->window_count);
    database_close(scan->database);
    large_files_release(scan->held);
    buffer_release(&scan->begin);
    arena_release(&scan->scratch);
    free(scan);
}

const space_record *state_scan_spaces(const state_scan *scan, size_t *count)
{
    *count = scan->record_count;
    return scan->records;
}

const pane_record *state_scan_windows(const state_scan *scan, size_t *count)
{
    *count = scan->window_count;
    return scan->windows;
}

database *state_scan_database(const state_scan *scan)
{
    return scan->database;
}

uint64_t state_scan_boundary(const state_scan *scan)
{
    return scan->boundary;
}

/* --- reading a space ------------------------------------------------------------------------ */

weir_status state_scan_begin(state_scan *scan, const char *space, const char *prefix)
{
    end_space(scan);
    for (size_t i = 0; i < scan->record_count; i++)
        if (strcmp(scan->records[i].name, space) == 0) scan->space = &scan->records[i];
    if (!scan->space)
        return error_set(WEIR_NO_ELEMENT, "%s: there is no space \"%s\"",
                         scan->database->directory, space);
    rocksdb_column_family_handle_t *family = database_find(scan->database, COLUMN_SPACE, space);
    if (!family) {
        scan->space = NULL;
        return error_set(WEIR_DAMAGED, "%s: the entries of space \"%s\" are missing",
                         scan->database->directory, space);
    }
    scan->options = rocks_scan_options(NULL, 0);
    scan->at = rocksdb_create_iterator_cf(scan->database->rocks, scan->options, family);
    scan->prefix = memory_copy_text(prefix);
    scan->partition = 0;
    scan->is_placed = false;
    return WEIR_OK;
}

/* Goes to the first key of the partition. What keys there begin with is an encoded string without
 * its end. */
static void place(state_scan *scan)
{
    scan->begin.size = 0;
    arena_reset(&scan->scratch, 1 << 16);
    if (scan->prefix) {
        arena *before = arena_set_current(&scan->scratch);
        key_encode(&scan->begin, scan->partition, weir_text(scan->prefix));
        arena_set_current(before);
        scan->begin.size--;
    } else {
        key_encode(&scan->begin, scan->partition, weir_null());
        scan->begin.size = KEY_PREFIX;
    }
    rocksdb_iter_seek(scan->at, scan->begin.bytes, scan->begin.size);
    scan->is_placed = true;
}

static bool is_in_partition(const state_scan *scan, const char *key, size_t size)
{
    return size >= scan->begin.size && memcmp(key, scan->begin.bytes, scan->begin.size) == 0;
}

static weir_status decode_entry(state_scan *scan, state_scan_entry *entry)
{
    size_t key_size, size;
    const char *key = rocksdb_iter_key(scan->at, &key_size);
    const char *bytes = rocksdb_iter_value(scan->at, &size);
    arena_reset(&scan->scratch, 1 << 20);
    const char *copy = arena_copy(&scan->scratch, bytes, size);
    bool is_good =
        key_decode(key, key_size, &scan->scratch, &entry->partition, &entry->key) &&
        reading_decode(copy, size, &scan->scratch, &entry->changed, &entry->value);
    rocksdb_iter_next(scan->at);
    if (is_good) return WEIR_OK;
    return error_set(WEIR_DAMAGED, "%s: space \"%s\", partition %zu: an entry is damaged",
                     scan->database->directory, scan->space->name, scan->partition);
}

static weir_status end_partition(state_scan *scan)
{
    char *error = NULL;
    rocksdb_iter_get_error(scan->at, &error);
    size_t partition = scan->partition++;
    scan->is_placed = false;
    if (!error) return WEIR_OK;
    weir_status status = database_error(scan->database->directory, "cannot read state", error);
    return error_prefix(status, "space \"%s\", partition %zu", scan->space->name, partition);
}

weir_status state_scan_next(state_scan *scan, state_scan_entry *entry)
{
    weir_status status = WEIR_OK;
    while (status == WEIR_OK && scan->space && scan->partition < scan->space->partitions) {
        if (!scan->is_placed) place(scan);
        size_t size;
        const char *key = rocksdb_iter_valid(scan->at) ? rocksdb_iter_key(scan->at, &size) : NULL;
        if (key && is_in_partition(scan, key, size)) return decode_entry(scan, entry);
        status = end_partition(scan);
    }
    return status == WEIR_OK ? WEIR_NO_ELEMENT : status;
}
