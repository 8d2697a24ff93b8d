#include "operators/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "operators/plan.h"
#include "operators/window_inside.h"

/* --- its life -------------------------------------------------------------------------------- */

bool window_is_keyed(const weir_stream *stream)
{
    return stream->kind != STREAM_WINDOW && stream->kind != STREAM_GROUP_BY_KEY_AND_WINDOW;
}

/* All records are under one key, null. */
static bool has_one_key(const weir_stream *stream)
{
    return stream->kind == STREAM_REDUCE_BY_WINDOW || stream->kind == STREAM_COUNT_BY_WINDOW;
}

size_t window_partitions(const weir_stream *stream, size_t partitions)
{
    return has_one_key(stream) ? 1 : partitions;
}

static bool is_count(const weir_stream *stream)
{
    return stream->kind == STREAM_COUNT_BY_WINDOW ||
           stream->kind == STREAM_COUNT_BY_VALUE_AND_WINDOW;
}

const char *window_title(const window *window, char room[WINDOW_TITLE_MAX])
{
    char label[STREAM_LABEL_MAX];
    const char *place = window->stream->place;
    (void)snprintf(room, WINDOW_TITLE_MAX, "%s%swindow %s", place ? place : "", place ? ": " : "",
                   stream_label(window->stream, label));
    return room;
}

/* The phases of the partitions lie evenly in a chunk. */
static void init_part(const window *window, size_t index)
{
    window_part *part = &window->parts[index];
    key_numbers_init(&part->numbers, window->shape.budget);
    part->shape = window->shape;
    double share = (double)index / (double)window->part_count;
    part->shape.phase = (int64_t)(share * (double)window->shape.chunk);
}

window *window_create(const weir_stream *stream, pane_set *panes, state_space *space,
                      size_t partitions, int64_t zero_ms)
{
    window *window = memory_zero_alloc(1, sizeof *window);
    window->stream = stream;
    window->panes = panes;
    window->space = space;
    window->zero_ms = zero_ms;
    window->step_ms = stream->parents[0]->slide_ms;
    window->reduce = is_count(stream) ? &plan_count_function : stream->function;
    window->inverse = stream->inverse;
    if (stream->kind == STREAM_COUNT_BY_WINDOW) window->inverse = &plan_uncount_function;
    int64_t length = stream->window_ms / window->step_ms;
    window->shape = (window_shape){.reduce = window->reduce, .arg = stream->arg,
                                   .length = length, .chunk = length / 2 + length % 2,
                                   .budget = panes->budget};
    window->part_count = window_is_keyed(stream) ? partitions : 0;
    window->parts = memory_zero_alloc(window->part_count, sizeof *window->parts);
    for (size_t i = 0; i < window->part_count; i++) init_part(window, i);
    return window;
}

void window_free(window *window)
{
    if (!window) return;
    window_forget(window);
    for (size_t i = 0; i < window->part_count; i++) free(window->parts[i].found);
    free(window->parts);
    free(window);
}

void window_undo(window *window)
{
    if (window->is_changed) window_forget(window);
    window->is_changed = false;
}

void window_finish(window *window) { window->is_changed = false; }

/* --- the pane of a batch --------------------------------------------------------------------- */

typedef struct capture_sink {
    sink base;
    const weir_stream *stream;
    pane_part *part;
} capture_sink;

typedef struct capture_stage {
    stage base;
    const weir_stream *stream;
    pane *pane;
    capture_sink *sinks; /* one for each partition */
    const weir_dataset *in;
} capture_stage;

static void capture(sink *base, task *task, const weir_vector *vector)
{
    (void)task;
    pane_part *part = ((capture_sink *)base)->part;
    records_append_vector(&part->records, &part->memory, vector);
}

/* A count of nothing is no record (O-34). */
static void capture_one_key(sink *base, task *task, const weir_vector *vector)
{
    (void)task;
    capture_sink *sink = (capture_sink *)base;
    for (size_t i = 0; i < vector->count; i++) {
        weir_value value =
            value_box(vector->keys ? vector->keys[i] : weir_absent(), vector->values[i]);
        if (is_count(sink->stream) && weir_as_int(value) == 0) continue;
        records_append(&sink->part->records, &sink->part->memory, weir_null(), value);
    }
}

static sink *capture_open(stage *base, task *task, size_t partition)
{
    (void)task;
    capture_stage *stage = (capture_stage *)base;
    capture_sink *sink = &stage->sinks[partition];
    pane_part *part = &stage->pane->parts[partition];
    *sink = (capture_sink){{has_one_key(stage->stream) ? capture_one_key : capture, NULL},
                           stage->stream, part};
    if (stage->in->is_computed)
        records_reserve(&part->records, &part->memory, stage->in->results[partition].count);
    return &sink->base;
}

static weir_status add_pane(const window_batch *batch, weir_dataset *in)
{
    window *window = batch->window;
    size_t parts = in->partitions;
    char title[WINDOW_TITLE_MAX];
    if (parts > PANE_PARTS_MAX)
        return error_set(WEIR_RUNTIME,
                         "%s: a batch of %zu partitions; it can have %d: put a repartition "
                         "before the window",
                         window_title(window, title), parts, PANE_PARTS_MAX);
    pane *pane = pane_create(batch->time_ms, parts, true, window->panes->budget);
    capture_stage stage = {
        .base = {capture_open, NULL}, .stream = window->stream, .pane = pane, .in = in};
    stage.sinks = arena_alloc(&in->scope->plan, parts * sizeof *stage.sinks);
    weir_status status = dataset_run(in, &stage.base, 0, parts);
    if (status == WEIR_OK) pane_set_add(window->panes, pane);
    else pane_release(pane);
    return status;
}

/* --- windows of records ---------------------------------------------------------------------- */

typedef struct raw_place {
    size_t slot;
    size_t part;
} raw_place;

typedef struct raw_work {
    work base;
    pane_set *panes;
    const raw_place *places;
    records *results;
} raw_work;

/* The results are the panes themselves: they outlive the batch. */
static void read_raw(work *base, task *task, size_t at)
{
    raw_work *work = (raw_work *)base;
    const raw_place *place = &work->places[at];
    const records *records;
    weir_status status = pane_set_read(work->panes, place->slot, place->part, &records);
    if (status == WEIR_OK) work->results[at] = *records;
    else task_fail(task, status, "%s", error_text());
}

static weir_status run_raw(const window_batch *batch, weir_dataset *dataset)
{
    pane_set *panes = batch->window->panes;
    raw_place *places = arena_alloc(&dataset->scope->plan,
                                    dataset->partitions * sizeof *places);
    size_t count = 0;
    window_open_panes(batch->window, batch->first);
    for (size_t i = batch->first; i < panes->count; i++)
        for (size_t j = 0; j < panes->slots[i].part_count; j++)
            places[count++] = (raw_place){i, j};
    raw_work work = {{read_raw}, panes, places, dataset->results};
    return scope_run(dataset->scope, &work.base, count);
}

static size_t count_raw_parts(const window_batch *batch, const weir_dataset *in)
{
    const pane_set *panes = batch->window->panes;
    size_t count = in ? in->partitions : 0;
    for (size_t i = batch->first; i < panes->count; i++) count += panes->slots[i].part_count;
    return count;
}

/* --- a batch --------------------------------------------------------------------------------- */

/* No window to come has panes up to here. With an inverse the next one still takes out what is
 * older than this one. */
static int64_t expired_ms(const window_batch *batch)
{
    const weir_stream *stream = batch->window->stream;
    int64_t next_ms = batch->time_ms + (batch->window->inverse ? 0 : stream->slide_ms);
    return next_ms - stream->window_ms;
}

static void unbox_results(weir_dataset *dataset, const weir_stream *stream)
{
    records *only = &dataset->results[0];
    if (!has_one_key(stream) || only->count == 0) return;
    weir_value key, value, boxed = only->values[0];
    value_unbox(boxed, &key, &value);
    *only = (records){0};
    records_append_shared(only, &dataset->scope->plan, key, value);
}

static weir_status window_wide(weir_dataset *dataset)
{
    window_batch *batch = dataset->operator_plan;
    window *window = batch->window;
    dataset->results = dataset_make_results(dataset->scope, dataset->partitions);
    weir_status status = WEIR_OK;
    window->is_changed = true;
    if (dataset->parent_count > 0) status = add_pane(batch, dataset->parents[0]);
    if (status == WEIR_OK && window->inverse)
        status = window_run_inverse(batch, dataset->scope, dataset->results);
    else if (status == WEIR_OK && window->part_count > 0)
        status = window_run_forms(batch, dataset->scope, dataset->results);
    else if (status == WEIR_OK && batch->is_slide)
        status = run_raw(batch, dataset);
    if (status != WEIR_OK) return status;
    unbox_results(dataset, window->stream);
    if (batch->is_slide) pane_set_expire(window->panes, expired_ms(batch));
    return WEIR_OK;
}

/* What becomes a pane: of the parent's records, or of what they are reduced to in the batch. */
static weir_dataset *plan_pane(window *window, weir_dataset *in)
{
    const weir_stream *stream = window->stream;
    switch (stream->kind) {
    case STREAM_REDUCE_BY_WINDOW: return plan_reduce(in, stream->function, stream->arg);
    case STREAM_COUNT_BY_WINDOW: return plan_count(in);
    case STREAM_COUNT_BY_VALUE_AND_WINDOW: return plan_count_by_value(in, window->part_count);
    case STREAM_REDUCE_BY_KEY_AND_WINDOW: {
        weir_dataset *made = plan_combine(in, stream->function, stream->arg, window->part_count);
        made->is_inexact = &window->is_inexact;
        return made;
    }
    default: return in;
    }
}

static window_batch *make_batch(window *window, scope *scope)
{
    window_batch *batch = arena_alloc(&scope->plan, sizeof *batch);
    const weir_stream *stream = window->stream;
    int64_t past_ms = (scope->time_ms - window->zero_ms) % stream->slide_ms;
    int64_t to_slide_ms = past_ms ? stream->slide_ms - past_ms : 0;
    *batch = (window_batch){.window = window,
                            .time_ms = scope->time_ms,
                            .index = window_index(window, scope->time_ms),
                            .is_slide = to_slide_ms == 0,
                            .is_needed = to_slide_ms < stream->window_ms,
                            .before = window->panes->count};
    batch->first = pane_set_after(window->panes, scope->time_ms - stream->window_ms);
    return batch;
}

weir_status window_plan(window *window, scope *scope, weir_dataset *in, weir_dataset **upkeep,
                        weir_dataset **made)
{
    window_batch *batch = make_batch(window, scope);
    const weir_stream *stream = window->stream;
    weir_dataset *pane = in && batch->is_needed ? plan_pane(window, in) : NULL;
    size_t partitions = window->part_count ? window->part_count : count_raw_parts(batch, pane);
    *upkeep = dataset_wide_over(scope, stream_kind_text(stream->kind), window_wide, &pane,
                                pane ? 1 : 0, partitions);
    (*upkeep)->operator_plan = batch;
    *made = NULL;
    if (!batch->is_slide) return WEIR_OK;
    *made = *upkeep;
    if (stream->kind == STREAM_GROUP_BY_KEY_AND_WINDOW)
        *made = plan_group(*upkeep, NULL, GROUP_BY_KEY, (size_t)stream->partitions);
    return WEIR_OK;
}
