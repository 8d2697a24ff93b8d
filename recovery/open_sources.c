/* Do the sources of the program go on with what is stored of them? */
#include "base/log_line.h"
#include "batch/batch_record.h"
#include "recovery/lost_sources.h"
#include "recovery/recovery.h"

enum { ROOM_KEPT = 1 << 20 };

/* All that the log and the checkpoint know of them. */
static weir_status find_lost(const recovery *recovery, lost_sources *lost)
{
    const facts *facts = &recovery->facts;
    const manifest *manifest = &recovery->manifest;
    int64_t time_ms;
    weir_value list;
    weir_status status = WEIR_OK;
    if (manifest->place_size > 0) {
        status = batch_record_decode(manifest->place, manifest->place_size, &time_ms, &list);
        if (status == WEIR_OK) lost_sources_place(lost, list);
    }
    for (size_t i = 0; i < facts->record_count && status == WEIR_OK; i++) {
        const fact_record *record = &facts->records[i];
        status = batch_record_decode(facts->bytes.bytes + record->offset, record->size, &time_ms,
                                     &list);
        if (status == WEIR_OK) lost_sources_record(lost, record->time_ms, list);
        arena_reset(arena_current(), ROOM_KEPT);
    }
    for (size_t i = 0; i < facts->block_count; i++)
        lost_sources_block(lost, facts->blocks[i]->number, facts->blocks[i]->stream_id);
    return status;
}

static weir_status refuse_lost(const recovery *recovery, const known_source *lost)
{
    return error_set(WEIR_INCOMPATIBLE,
                     "%s: the program lacks the source \"%s\": %s; nothing was touched. Give the "
                     "source its old name, or give it up with --drop-source=%s",
                     recovery->directory.path, lost->name, lost->how, lost->name);
}

/* What is given up is said, and alone is noted. */
static void tell_dropped(recovery *recovery, const lost_sources *lost)
{
    const char **names = arena_alloc(&recovery->arena, lost->count * sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < lost->count; i++) {
        const known_source *source = &lost->items[i];
        if (source->is_there && source->is_dropped)
            log_line(WEIR_WARNING, "%s: the source \"%s\" is %s", recovery->directory.path,
                     source->name, source->how);
        if (source->is_there || !source->is_dropped) continue;
        names[count++] = source->name;
        log_line(WEIR_WARNING, "%s: the source \"%s\" is given up%s%s", recovery->directory.path,
                 source->name, source->how[0] ? ": " : "", source->how);
    }
    recovery->options.drop_source = names;
    recovery->options.drop_source_count = count;
}

weir_status recovery_check_changed(const recovery *recovery, const weir_context *context)
{
    lost_sources lost;
    weir_status status = WEIR_OK;
    lost_sources_init(&lost, &recovery->lineage, &context->ingest, &recovery->options);
    const known_source *changed = lost.first_refused;
    if (changed)
        status = error_set(WEIR_INCOMPATIBLE,
                           "%s: the source \"%s\" has changed: %s; nothing was touched. Give the "
                           "new source another name, and, if that is refused, give the old one up "
                           "with --drop-source=%s",
                           recovery->directory.path, changed->name, changed->how, changed->name);
    lost_sources_release(&lost);
    return status;
}

weir_status recovery_judge_sources(const recovery *recovery, const weir_context *context,
                                   lost_sources *lost)
{
    arena room;
    lost_sources_init(lost, &recovery->lineage, &context->ingest, &recovery->options);
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = lost->lost > 0 ? find_lost(recovery, lost) : WEIR_OK;
    arena_set_current(before);
    arena_release(&room);
    if (status == WEIR_OK)
        lost_sources_decide(lost, &recovery->plan, recovery->manifest.app_name,
                            context->options.app_name);
    return status;
}

weir_status recovery_check_lost(recovery *recovery, const weir_context *context)
{
    lost_sources lost;
    weir_status status = recovery_judge_sources(recovery, context, &lost);
    if (status == WEIR_OK && lost.refused > 0) status = refuse_lost(recovery, lost.first_refused);
    else if (status == WEIR_OK) tell_dropped(recovery, &lost);
    lost_sources_release(&lost);
    return status;
}
