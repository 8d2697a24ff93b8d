#include "state/pane_record.h"

#include <stdlib.h>

#include "durability/panes.h"
#include "state/metadata.h"

weir_status pane_record_put(database *database, const pane_record *record)
{
    buffer key = {0};
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    database_quote(&key, COLUMN_PANES, record->name);
    weir_value items[] = {weir_text(record->name), weir_bool(record->is_keyed),
                          weir_int((int64_t)record->part_count), weir_int(record->expired_ms)};
    weir_status status = metadata_put(database, key.bytes, key.size, items, 4);
    arena_set_current(before);
    arena_release(&scratch);
    buffer_release(&key);
    return status;
}

weir_status pane_record_remove(database *database, const char *name)
{
    buffer key = {0};
    database_quote(&key, COLUMN_PANES, name);
    weir_status status = metadata_remove(database, key.bytes, key.size);
    buffer_release(&key);
    return status;
}

typedef struct reading {
    arena scratch;
    pane_record *records;
    size_t count;
} reading;

static bool read_record(void *user, const char *bytes, size_t size)
{
    reading *reading = user;
    const weir_value *items = metadata_decode(bytes, size, 4, &reading->scratch);
    if (!items || weir_kind_of(items[1]) != WEIR_BOOL || !weir_is_int(items[3])) return false;
    int64_t parts = weir_as_int(items[2]);
    pane_record record = {.is_keyed = weir_as_bool(items[1]), .expired_ms = weir_as_int(items[3])};
    if (parts < 0 || parts > PANE_PARTS_MAX || record.is_keyed != (parts > 0)) return false;
    record.part_count = (size_t)parts;
    if (!metadata_name(items[0], &record.name)) return false;
    reading->records =
        memory_resize(reading->records, (reading->count + 1) * sizeof *reading->records);
    reading->records[reading->count++] = record;
    return true;
}

weir_status pane_records_read(database *database, pane_record **records, size_t *count)
{
    reading reading = {.records = NULL};
    arena_init(&reading.scratch, NULL);
    weir_status status =
        metadata_each(database, "panes.", "a windowed stream", read_record, &reading);
    arena_release(&reading.scratch);
    if (status != WEIR_OK) {
        pane_records_release(reading.records, reading.count);
        reading.records = NULL;
        reading.count = 0;
    }
    *records = reading.records;
    *count = reading.count;
    return status;
}

void pane_records_release(pane_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) free(records[i].name);
    free(records);
}
