#include "recovery/inspect_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "batch/batch_record.h"
#include "record/codec.h"
#include "record/value.h"
#include "recovery/facts.h"
#include "wal/newest.h"

weir_status look_begin(look *look, const char *path)
{
    memset(look, 0, sizeof *look);
    arena_init(&look->arena, NULL);
    directory_init(&look->directory, path);
    return directory_check(&look->directory);
}

weir_status look_checkpoint(look *look, int64_t at_ms)
{
    return stored_checkpoint_find(&look->directory, at_ms, look->is_for_start, &look->arena,
                                  &look->checkpoint);
}

void look_end(look *look)
{
    directory_release(&look->directory);
    arena_release(&look->arena);
}

weir_status look_refuse_name(const look *look, const char *what, const char *name,
                             const void *named, size_t count,
                             const char *(*name_of)(const void *named, size_t at))
{
    buffer names = {0};
    for (size_t i = 0; i < count; i++)
        buffer_printf(&names, "%s\"%s\"", i ? ", " : "", name_of(named, i));
    if (count == 0) buffer_append_text(&names, "none at all");
    weir_status status =
        error_set(WEIR_NO_ELEMENT, "%s has no %s \"%s\"; there is %.*s", look->directory.path,
                  what, name, (int)names.size, names.bytes);
    buffer_release(&names);
    return status;
}

weir_status look_tell_damage(const look *look, const char *what, uint64_t places)
{
    if (places == 0) return WEIR_OK;
    return error_set(WEIR_DAMAGED,
                     "%s: the %s in the checkpoint of %lld ms are damaged in %llu place%s",
                     look->directory.path, what, (long long)look->checkpoint.manifest.time_ms,
                     (unsigned long long)places, places == 1 ? "" : "s");
}

/* Where a checkpoint stands at the beginning of a segment, the segment may not have been made. */
static void know(log_known *known, const manifest *manifest, int64_t time_ms)
{
    wal_position end = {manifest->log_segment, manifest->log_offset};
    if (end.offset > WAL_SEGMENT_HEADER && position_is_before(known->end, end)) {
        known->end = end;
        known->end_ms = time_ms;
    }
    uint64_t newest = manifest->log_newest;
    if (end.offset > WAL_SEGMENT_HEADER && end.segment > newest) newest = end.segment;
    if (newest > known->newest) {
        known->newest = newest;
        known->newest_ms = time_ms;
    }
}

log_known look_known(const look *look)
{
    log_known known = {.newest = 0};
    stored_checkpoint stored;
    int64_t *times = NULL;
    size_t count = 0;
    arena room;
    arena_init(&room, NULL);
    if (directory_list_checkpoints(&look->directory, &times, &count) != WEIR_OK) count = 0;
    for (size_t i = 0; i < count; i++)
        if (stored_checkpoint_read(&look->directory, times[i], &room, &stored) == WEIR_OK)
            know(&known, &stored.manifest, times[i]);
    free(times);
    arena_release(&room);
    uint64_t noted = wal_newest_read(look->directory.log);
    if (noted > known.newest) {
        known.newest = noted;
        known.newest_ms = -1;
    }
    return known;
}

int64_t look_batch_ms(const look *look, uint64_t index)
{
    const manifest *manifest = &look->checkpoint.manifest;
    return manifest->zero_ms + (int64_t)index * manifest->interval_ms;
}

const char *look_text(weir_value value, arena *arena)
{
    size_t length;
    if (!weir_is_string(value)) return NULL;
    const char *bytes = weir_bytes(&value, &length);
    char *text = arena_alloc(arena, length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

/* --- items of the log ------------------------------------------------------------------------ */

static void read_block(const wal_entry *entry, weir_log_facts *facts)
{
    block *block;
    if (wal_entry_block(entry, &block) != WEIR_OK) {
        facts->kind = WEIR_LOG_OTHER;
        facts->what = "a block that cannot be understood";
        return;
    }
    facts->block = block->number;
    facts->source = block->stream_id;
    facts->records = block->records;
    facts->bytes = block->size;
    block_drop(block);
}

/* Of what batch/done_mark.h says, all behind the time. */
static bool read_done(const char *bytes, size_t size, arena *arena, weir_value *content)
{
    weir_value whole;
    size_t count;
    const char *at = bytes;
    if (!codec_decode(&at, bytes + size, arena, &whole)) return false;
    const weir_value *part = weir_items(whole, &count);
    if (count < 4) return false;
    *content = weir_list(part + 2, count - 2);
    return true;
}

static void read_batch(const wal_entry *entry, arena *arena, weir_log_facts *facts)
{
    const char *bytes;
    size_t size;
    int64_t time_ms;
    bool is_read = wal_entry_batch(entry, &facts->time_ms, &bytes, &size) == WEIR_OK;
    if (is_read && facts->kind == WEIR_LOG_BATCH)
        is_read = batch_record_decode(bytes, size, &time_ms, &facts->content) == WEIR_OK;
    else if (is_read && facts->kind == WEIR_LOG_DONE)
        is_read = read_done(bytes, size, arena, &facts->content);
    if (is_read) return;
    facts->kind = WEIR_LOG_OTHER;
    facts->what = "a batch that cannot be understood";
}

/* The parts, as they are in the encoding. */
static void read_run(const wal_entry *entry, weir_log_facts *facts)
{
    const char *bytes;
    size_t size;
    batch_run run = {0};
    bool is_read = wal_entry_batch(entry, &facts->time_ms, &bytes, &size) == WEIR_OK &&
                   batch_run_decode(bytes, size, &run) == WEIR_OK;
    if (is_read) {
        weir_value *parts = value_make_list(run.count, &facts->content);
        for (size_t i = 0; i < run.count; i++) {
            const batch_run_part *part = &run.parts[i];
            weir_value items[] = {weir_int(part->first_ms), weir_int(part->step_ms),
                                  weir_int((int64_t)part->count), part->list};
            parts[i] = weir_list(items, sizeof items / sizeof items[0]);
        }
        batch_run_release(&run);
        return;
    }
    facts->kind = WEIR_LOG_OTHER;
    facts->what = "a record of batches that cannot be understood";
}

static void read_entry(const wal_entry *entry, arena *arena, weir_log_facts *facts)
{
    facts->sequence = entry->header.sequence;
    facts->size = entry->header.size;
    switch (entry->header.kind) {
    case WAL_BLOCK:
        facts->kind = WEIR_LOG_BLOCK;
        read_block(entry, facts);
        break;
    case WAL_BATCH_RECORD:
    case WAL_BATCH_DONE:
        facts->kind = entry->header.kind == WAL_BATCH_DONE ? WEIR_LOG_DONE : WEIR_LOG_BATCH;
        read_batch(entry, arena, facts);
        break;
    case WAL_BATCH_GIVEN_UP:
        facts->kind = WEIR_LOG_GIVEN_UP;
        read_batch(entry, arena, facts);
        break;
    case WAL_LOSS_GIVEN_UP:
        facts->kind = WEIR_LOG_LOSS;
        read_batch(entry, arena, facts);
        break;
    case WAL_BATCH_RUN:
        facts->kind = WEIR_LOG_RUN;
        read_run(entry, facts);
        break;
    default:
        facts->kind = WEIR_LOG_OTHER;
        facts->what = "an entry of a later weir";
    }
}

void look_log_item(const wal_item *item, arena *arena, weir_log_facts *facts)
{
    *facts = (weir_log_facts){.segment = item->place.segment,
                              .offset = item->place.offset,
                              .end = item->end,
                              .missing = item->missing,
                              .first_missing = item->first_missing,
                              .what = item->what ? item->what : "",
                              .content = weir_null()};
    if (item->found == WAL_FOUND_DAMAGE) facts->kind = WEIR_LOG_DAMAGE;
    if (item->found == WAL_FOUND_TORN_TAIL) facts->kind = WEIR_LOG_TORN;
    if (item->found != WAL_FOUND_ENTRY) return;
    struct arena *before = arena_set_current(arena);
    read_entry(&item->entry, arena, facts);
    arena_set_current(before);
}

void look_batches(const weir_log_facts *item, look_batch_visit visit, void *user)
{
    size_t count, items;
    if (item->kind == WEIR_LOG_BATCH) visit(item->time_ms, item->content, user);
    if (item->kind != WEIR_LOG_RUN) return;
    const weir_value *parts = weir_items(item->content, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *part = weir_items(parts[i], &items);
        int64_t first_ms = weir_as_int(part[0]), step_ms = weir_as_int(part[1]);
        for (int64_t j = 0; j < weir_as_int(part[2]); j++)
            visit(first_ms + j * step_ms, part[3], user);
    }
}

/* Sources that the log has blocks of say their numbers, others say something else. */
void look_blocks(weir_value sources, look_block_visit visit, void *user)
{
    size_t count, numbers, parts;
    const weir_value *pairs = weir_items(sources, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(pairs[i], &parts);
        const weir_value *number = parts == 2 ? weir_items(pair[1], &numbers) : NULL;
        for (size_t j = 0; number && j < numbers && weir_is_int(number[j]); j++)
            visit((uint64_t)weir_as_int(number[j]), user);
    }
}
