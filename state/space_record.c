#include "state/space_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/metadata.h"

static const char boundary_key[] = "boundary";

/* --- spaces --------------------------------------------------------------------------------- */

weir_status space_record_put(database *database, const space_record *record)
{
    buffer key = {0};
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    database_quote(&key, COLUMN_SPACE, record->name);
    weir_value items[] = {weir_text(record->name), weir_int((int64_t)record->partitions),
                          weir_int((int64_t)record->begun)};
    weir_status status = metadata_put(database, key.bytes, key.size, items, 3);
    arena_set_current(before);
    arena_release(&scratch);
    buffer_release(&key);
    return status;
}

weir_status space_record_remove(database *database, const char *space)
{
    buffer key = {0};
    database_quote(&key, COLUMN_SPACE, space);
    weir_status status = metadata_remove(database, key.bytes, key.size);
    buffer_release(&key);
    return status;
}

typedef struct reading {
    arena scratch;
    space_record *records;
    size_t count;
} reading;

static bool read_record(void *user, const char *bytes, size_t size)
{
    reading *reading = user;
    const weir_value *items = metadata_decode(bytes, size, 3, &reading->scratch);
    if (!items) return false;
    space_record record;
    int64_t partitions = weir_as_int(items[1]), begun = weir_as_int(items[2]);
    if (partitions < 1 || begun < 0 || !metadata_name(items[0], &record.name)) return false;
    record.partitions = (size_t)partitions;
    record.begun = (uint64_t)begun;
    reading->records =
        memory_resize(reading->records, (reading->count + 1) * sizeof *reading->records);
    reading->records[reading->count++] = record;
    return true;
}

weir_status space_records_read(database *database, space_record **records, size_t *count)
{
    reading reading = {.records = NULL};
    arena_init(&reading.scratch, NULL);
    weir_status status = metadata_each(database, "space.", "a space", read_record, &reading);
    arena_release(&reading.scratch);
    if (status != WEIR_OK) {
        space_records_release(reading.records, reading.count);
        reading.records = NULL;
        reading.count = 0;
    }
    *records = reading.records;
    *count = reading.count;
    return status;
}

void space_records_release(space_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) free(records[i].name);
    free(records);
}

/* --- the boundary --------------------------------------------------------------------------- */

weir_status space_boundary_put(database *database, uint64_t boundary)
{
    weir_value item = weir_int((int64_t)boundary);
    return metadata_put(database, boundary_key, strlen(boundary_key), &item, 1);
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
    const weir_value *item = metadata_decode(bytes, size, 1, &scratch);
    bool is_good = item && weir_is_int(*item) && weir_as_int(*item) >= 0;
    if (is_good) *boundary = (uint64_t)weir_as_int(*item);
    arena_release(&scratch);
    rocksdb_free(bytes);
    if (is_good) return WEIR_OK;
    return error_set(WEIR_DAMAGED, "%s: its boundary is damaged", database->directory);
}
