#include "state/space_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "record/codec.h"

enum { FORM = 1 };

static const char boundary_key[] = "boundary";

/* --- writing -------------------------------------------------------------------------------- */

static void append_list(buffer *to, const weir_value *items, size_t count)
{
    char head[2] = {WEIR_LIST, (char)count};
    buffer_append(to, head, 2);
    for (size_t i = 0; i < count; i++) codec_encode(to, items[i]);
}

static weir_status put(database *database, const char *key, size_t key_size,
                       const weir_value *items, size_t count)
{
    buffer bytes = {0};
    char *error = NULL;
    append_list(&bytes, items, count);
    rocksdb_put_cf(database->rocks, database->options.write, database->defaults, key, key_size,
                   bytes.bytes, bytes.size, &error);
    buffer_release(&bytes);
    return database_error(database->directory, "cannot write what is known of a space", error);
}

weir_status space_record_put(database *database, const space_record *record)
{
    buffer key = {0};
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    database_quote(&key, record->name);
    weir_value items[] = {weir_int(FORM), weir_text(record->name),
                          weir_int((int64_t)record->partitions), weir_int((int64_t)record->begun)};
    weir_status status = put(database, key.bytes, key.size, items, 4);
    arena_set_current(before);
    arena_release(&scratch);
    buffer_release(&key);
    return status;
}

weir_status space_record_remove(database *database, const char *space)
{
    buffer key = {0};
    char *error = NULL;
    database_quote(&key, space);
    rocksdb_delete_cf(database->rocks, database->options.write, database->defaults, key.bytes,
                      key.size, &error);
    buffer_release(&key);
    return database_error(database->directory, "cannot forget a space", error);
}

weir_status space_boundary_put(database *database, uint64_t boundary)
{
    weir_value items[] = {weir_int(FORM), weir_int((int64_t)boundary)};
    return put(database, boundary_key, strlen(boundary_key), items, 2);
}

/* --- reading -------------------------------------------------------------------------------- */

/* The items of a record of `count` of them, in `arena`; NULL if it is none. */
static const weir_value *decode(const char *bytes, size_t size, size_t count, arena *arena)
{
    char *copy = arena_copy(arena, bytes, size);
    const char *at = copy;
    weir_value list;
    size_t length;
    if (!codec_decode(&at, copy + size, arena, &list) || at != copy + size) return NULL;
    const weir_value *items = weir_items(list, &length);
    return items && length == count && weir_as_int(items[0]) == FORM ? items : NULL;
}

static bool read_record(const weir_value *items, space_record *record)
{
    size_t length;
    if (!items || !weir_is_string(items[1])) return false;
    const char *name = weir_bytes(&items[1], &length);
    int64_t partitions = weir_as_int(items[2]), begun = weir_as_int(items[3]);
    if (length == 0 || length > SPACE_NAME_MAX || memchr(name, 0, length)) return false;
    if (partitions < 1 || begun < 0) return false;
    record->name = memory_zero_alloc(1, length + 1);
    memcpy(record->name, name, length);
    record->partitions = (size_t)partitions;
    record->begun = (uint64_t)begun;
    return true;
}

static weir_status read_from(database *database, rocksdb_iterator_t *from, space_record **records,
                             size_t *count)
{
    arena scratch;
    arena_init(&scratch, NULL);
    weir_status status = WEIR_OK;
    for (rocksdb_iter_seek(from, "space.", 6); rocksdb_iter_valid(from); rocksdb_iter_next(from)) {
        size_t size;
        space_record record;
        const char *value = rocksdb_iter_value(from, &size);
        if (!read_record(decode(value, size, 4, &scratch), &record)) {
            status = error_set(WEIR_DAMAGED, "%s: the record of a space is damaged",
                               database->directory);
            break;
        }
        *records = memory_resize(*records, (*count + 1) * sizeof **records);
        (*records)[(*count)++] = record;
    }
    arena_release(&scratch);
    return status;
}

weir_status space_records_read(database *database, space_record **records, size_t *count)
{
    rocksdb_readoptions_t *options = rocks_scan_options("space/", 6);
    rocksdb_iterator_t *from =
        rocksdb_create_iterator_cf(database->rocks, options, database->defaults);
    char *error = NULL;
    *records = NULL;
    *count = 0;
    weir_status status = read_from(database, from, records, count);
    rocksdb_iter_get_error(from, &error);
    if (error) status = database_error(database->directory, "cannot read its spaces", error);
    rocksdb_iter_destroy(from);
    rocksdb_readoptions_destroy(options);
    if (status == WEIR_OK) return WEIR_OK;
    space_records_release(*records, *count);
    *records = NULL;
    *count = 0;
    return status;
}

void space_records_release(space_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) free(records[i].name);
    free(records);
}

weir_status space_boundary_read(database *database, uint64_t *boundary)
{
    char *error = NULL;
    size_t size;
    *boundary = 0;
    char *bytes = rocksdb_get_cf(database->rocks, database->options.read, database->defaults,
                                 boundary_key, strlen(boundary_key), &size, &error);
    if (error) return database_error(database->directory, "cannot read its boundary", error);
    if (!bytes) return WEIR_OK;
    arena scratch;
    arena_init(&scratch, NULL);
    const weir_value *items = decode(bytes, size, 2, &scratch);
    bool is_good = items && weir_is_int(items[1]) && weir_as_int(items[1]) >= 0;
    if (is_good) *boundary = (uint64_t)weir_as_int(items[1]);
    arena_release(&scratch);
    rocksdb_free(bytes);
    if (is_good) return WEIR_OK;
    return error_set(WEIR_DAMAGED, "%s: its boundary is damaged", database->directory);
}
