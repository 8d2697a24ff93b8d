/* weir/inspect.h: checkpoints and their lineage. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "recovery/inspect_inside.h"
#include "recovery/log_context.h"

/* --- checkpoints ----------------------------------------------------------------------------- */

static void fill_manifest(const manifest *manifest, weir_checkpoint_facts *facts)
{
    facts->app_name = manifest->app_name;
    context_id_write(manifest->context_id, facts->context_id);
    facts->zero_ms = manifest->zero_ms;
    facts->first_start_ms = manifest->first_start_ms;
    facts->interval_ms = manifest->interval_ms;
    facts->partitions = (int)manifest->partitions;
    facts->batches = manifest->batches;
    facts->next_block = manifest->next_block;
    facts->log_segment = manifest->log_segment;
    facts->log_offset = manifest->log_offset;
    facts->files = manifest->file_count;
    for (size_t i = 0; i < manifest->file_count; i++) facts->bytes += manifest->files[i].size;
}

static bool visit_checkpoint(const directory *directory, int64_t time_ms, arena *arena,
                             weir_checkpoint_visit visit, void *user)
{
    char *path = directory_checkpoint_path(directory, time_ms, "MANIFEST");
    char error[ERROR_TEXT_MAX] = "";
    file_info info;
    stored_checkpoint read;
    weir_checkpoint_facts facts = {.time_ms = time_ms, .app_name = "", .error = error};
    facts.status = stored_checkpoint_read(directory, time_ms, arena, &read);
    if (facts.status != WEIR_OK) snprintf(error, sizeof error, "%s", error_text());
    /* A file that is missing, or that the disk does not give, is damage. */
    if (facts.status == WEIR_IO && !error_is_denied()) facts.status = WEIR_DAMAGED;
    if (read.manifest.app_name) fill_manifest(&read.manifest, &facts);
    if (file_stat(path, &info) == WEIR_OK) facts.published_ms = info.modified_ms;
    free(path);
    path = directory_checkpoint_path(directory, time_ms, NULL);
    bool has_vanished = facts.status != WEIR_OK && !file_exists(path);
    free(path);
    return has_vanished || visit(&facts, user);
}

weir_status weir_inspect_checkpoints(const char *path, weir_checkpoint_visit visit, void *user)
{
    look look;
    int64_t *times = NULL;
    size_t count = 0;
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = directory_list_checkpoints(&look.directory, &times, &count);
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++)
        goes_on = visit_checkpoint(&look.directory, times[i], &look.arena, visit, user);
    free(times);
    look_end(&look);
    return status;
}

/* --- lineage --------------------------------------------------------------------------------- */

static bool visit_stream(const stored_stream *stored, const weir_value *part, arena *arena,
                         weir_stream_visit visit, void *user)
{
    weir_stream_facts facts = {
        .id = stored->id,
        .kind = stream_kind_text(stored->kind),
        .name = stored->name,
        .function = stored->function,
        .arg = part[4],
        .slide_ms = weir_as_int(part[5]),
        .partitions = stored->partitions,
        .cached = weir_as_bool(part[7]),
        .space = stored->space,
        .initial = part[9],
        .timeout_ms = weir_as_int(part[10]),
        .timeout_scan_ms = weir_as_int(part[11]),
        .checkpoint_ms = stored->checkpoint_ms,
        .source = stored->source_text,
        .partitioner = stored->partitioner,
        .partitioner_arg = stored->partitioner_arg,
        .window_ms = stored->window_ms,
        .inverse = stored->inverse,
        .filter = stored->filter,
        .filter_arg = stored->filter_arg,
        .drops_neutral = stored->drops_neutral,
        .checks_inverse = stored->checks_inverse,
    };
    const weir_value *ids = weir_items(part[12], &facts.parent_count);
    uint32_t *parents = arena_alloc(arena, facts.parent_count * sizeof *parents);
    for (size_t i = 0; i < facts.parent_count; i++) parents[i] = (uint32_t)weir_as_int(ids[i]);
    facts.parents = parents;
    return visit(&facts, user);
}

static bool visit_output(weir_value output, arena *arena, weir_output_visit visit, void *user)
{
    size_t count;
    const weir_value *part = weir_items(output, &count);
    if (count < 8) return true;
    weir_output_facts facts = {
        .id = (uint32_t)weir_as_int(part[0]),
        .kind = weir_as_int(part[1]) > 0 && weir_as_int(part[1]) < OUTPUT_KINDS
            ? output_kind_text((output_kind)weir_as_int(part[1])) : "?",
        .stream = (uint32_t)weir_as_int(part[2]),
        .function = look_text(part[3], arena),
        .arg = part[4],
        .count = weir_as_int(part[5]),
        .prefix = look_text(part[6], arena),
        .suffix = look_text(part[7], arena),
        .name = count > 8 ? look_text(part[8], arena) : NULL,
    };
    return visit(&facts, user);
}

static void visit_lineage(const stored_lineage *lineage, arena *arena, weir_stream_visit streams,
                          weir_output_visit outputs, void *user)
{
    size_t parts, count;
    const weir_value *part = weir_items(lineage->whole, &parts);
    const weir_value *items = weir_items(part[1], &count);
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on && streams; i++)
        goes_on = visit_stream(&lineage->streams[i], weir_items(items[i], &parts), arena, streams,
                               user);
    items = weir_items(part[2], &count);
    for (size_t i = 0; i < count && goes_on && outputs; i++)
        goes_on = visit_output(items[i], arena, outputs, user);
}

weir_status weir_inspect_lineage(const char *path, int64_t at_ms, weir_stream_visit streams,
                                 weir_output_visit outputs, void *user)
{
    look look;
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = look_checkpoint(&look, at_ms);
    if (status == WEIR_OK)
        visit_lineage(&look.checkpoint.lineage, &look.arena, streams, outputs, user);
    if (status == WEIR_OK && look.checkpoint.is_older)
        status = error_set(WEIR_DAMAGED,
                           "%s: the newest checkpoint is damaged; the lineage is that of %lld ms",
                           path, (long long)look.checkpoint.manifest.time_ms);
    look_end(&look);
    return status;
}
