/* weir dump log DIR, weir dump batches DIR: what was received, and what batches consist of. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/json_value.h"
#include "tools/looking.h"

/* --- entries --------------------------------------------------------------------------------- */

static const char *kind_text(weir_log_kind kind)
{
    static const char *const texts[] = {
        [WEIR_LOG_BLOCK] = "block", [WEIR_LOG_BATCH] = "batch", [WEIR_LOG_DONE] = "done",
        [WEIR_LOG_OTHER] = "other", [WEIR_LOG_DAMAGE] = "damage", [WEIR_LOG_TORN] = "torn",
        [WEIR_LOG_RUN] = "batches", [WEIR_LOG_GIVEN_UP] = "given up",
        [WEIR_LOG_LOSS] = "loss"};
    return texts[kind];
}

static json_t *json_of_number(uint64_t number) { return json_integer((json_int_t)number); }

static void add_details(json_t *json, const weir_log_facts *item)
{
    switch (item->kind) {
    case WEIR_LOG_BLOCK:
        json_object_set_new(json, "block", json_of_number(item->block));
        json_object_set_new(json, "source", json_of_number(item->source));
        json_object_set_new(json, "records", json_of_number(item->records));
        json_object_set_new(json, "bytes", json_of_number(item->bytes));
        break;
    case WEIR_LOG_BATCH:
    case WEIR_LOG_RUN:
    case WEIR_LOG_GIVEN_UP:
    case WEIR_LOG_LOSS:
    case WEIR_LOG_DONE:
        json_object_set_new(json, "time_ms", json_integer(item->time_ms));
        json_object_set_new(json, "content", json_from_value(item->content));
        break;
    case WEIR_LOG_DAMAGE:
    case WEIR_LOG_TORN:
        json_object_set_new(json, "end", json_of_number(item->end));
        json_object_set_new(json, "missing", json_of_number(item->missing));
        json_object_set_new(json, "what", json_text(item->what));
        break;
    case WEIR_LOG_OTHER: json_object_set_new(json, "what", json_text(item->what)); break;
    }
}

static bool write_json(const weir_log_facts *item, void *user)
{
    (void)user;
    json_t *json = json_pack("{s:i,s:s,s:I,s:I}", "v", 1, "kind", kind_text(item->kind),
                             "segment", (json_int_t)item->segment, "offset",
                             (json_int_t)item->offset);
    bool is_entry = item->kind != WEIR_LOG_DAMAGE && item->kind != WEIR_LOG_TORN;
    if (is_entry) {
        json_object_set_new(json, "sequence", json_of_number(item->sequence));
        json_object_set_new(json, "size", json_of_number(item->size));
    }
    add_details(json, item);
    json_print_line(json);
    return !ferror(stdout);
}

static void show_damage(columns *columns, const weir_log_facts *item)
{
    char end[32] = "", missing[64] = "";
    if (item->end > item->offset) snprintf(end, sizeof end, ", up to %" PRIu64, item->end);
    if (item->missing > 0)
        snprintf(missing, sizeof missing, "; %" PRIu64 " entries should have been there",
                 item->missing);
    columns_cell(columns, "%s%s%s", item->what, end, missing);
}

/* `was_done`: of what is given up. The mark may have gone with an old segment. */
static void write_what(columns *columns, const weir_log_facts *item, bool was_done)
{
    switch (item->kind) {
    case WEIR_LOG_BLOCK:
        columns_cell(columns, "number %" PRIu64 ", source %" PRIu32 ", %" PRIu64
                     " records, %" PRIu64 " bytes", item->block, item->source, item->records,
                     item->bytes);
        break;
    case WEIR_LOG_BATCH:
    case WEIR_LOG_RUN:
    case WEIR_LOG_DONE: columns_value(columns, item->content); break;
    case WEIR_LOG_DAMAGE:
        show_damage(columns, item);
        break;
    case WEIR_LOG_TORN:
        columns_cell(columns, "was being written, up to %" PRIu64 "; never acknowledged",
                     item->end);
        break;
    case WEIR_LOG_GIVEN_UP:
        columns_cell(columns, "%s", was_done ? "was done; what it did to the state is lost"
                                             : "no start computes it any more");
        break;
    case WEIR_LOG_LOSS: columns_cell(columns, "%s", "what is lost before is given up"); break;
    case WEIR_LOG_OTHER: columns_cell(columns, "%s", item->what); break;
    }
}

/* The rows, and the times of the done marks above: a batch may be given up after it was done. */
typedef struct rows {
    columns columns;
    int64_t *done;
    size_t done_count;
} rows;

static void note_done(rows *rows, int64_t time_ms)
{
    bool is_full = (rows->done_count & (rows->done_count - 1)) == 0;
    int64_t *more =
        is_full ? realloc(rows->done, (2 * rows->done_count + 1) * sizeof *more) : rows->done;
    if (!more) return;
    rows->done = more;
    rows->done[rows->done_count++] = time_ms;
}

static bool was_done(const rows *rows, int64_t time_ms)
{
    for (size_t i = rows->done_count; i-- > 0;)
        if (rows->done[i] == time_ms) return true;
    return false;
}

static bool write_row(const weir_log_facts *item, void *user)
{
    rows *rows = user;
    columns *columns = &rows->columns;
    bool is_entry = item->kind != WEIR_LOG_DAMAGE && item->kind != WEIR_LOG_TORN;
    bool is_batch = item->kind == WEIR_LOG_BATCH || item->kind == WEIR_LOG_DONE ||
                    item->kind == WEIR_LOG_RUN || item->kind == WEIR_LOG_GIVEN_UP ||
                    item->kind == WEIR_LOG_LOSS;
    columns_cell(columns, "%" PRIu64, item->segment);
    columns_cell(columns, "%" PRIu64, item->offset);
    if (is_entry) columns_cell(columns, "%" PRIu64, item->sequence);
    else columns_cell(columns, "-");
    columns_cell(columns, "%s", kind_text(item->kind));
    if (is_batch) columns_cell(columns, "%" PRId64, item->time_ms);
    else columns_cell(columns, "%s", "");
    if (item->kind == WEIR_LOG_DONE) note_done(rows, item->time_ms);
    write_what(columns, item,
               item->kind == WEIR_LOG_GIVEN_UP && was_done(rows, item->time_ms));
    return !ferror(stdout);
}

int dump_log(const char *directory, const arguments *arguments)
{
    static const char *const titles[] = {
        ">segment", ">offset", ">sequence", "kind", ">time (ms)", "what", NULL};
    rows rows = {.done = NULL};
    if (arguments->wants_json) return looking_exit(weir_inspect_log(directory, write_json, NULL));
    columns_init(&rows.columns, titles);
    weir_status status = weir_inspect_log(directory, write_row, &rows);
    columns_finish(&rows.columns);
    free(rows.done);
    return looking_exit(status);
}

/* --- batches --------------------------------------------------------------------------------- */

/* What it consists of, by source: an object, as names differ. */
static json_t *json_of_sources(weir_value sources)
{
    size_t count, parts;
    if (weir_is_null(sources)) return json_null();
    json_t *json = json_object();
    const weir_value *pairs = weir_items(sources, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(pairs[i], &parts);
        size_t length;
        const char *name = parts == 2 ? weir_bytes(&pair[0], &length) : NULL;
        if (name) json_object_setn_new(json, name, length, json_from_value(pair[1]));
    }
    return json;
}

/* Of the times in its done mark; null where there is none. */
static json_t *json_of_time(const weir_batch_facts *batch, size_t at)
{
    size_t count, times = 0;
    const weir_value *result = weir_items(batch->result, &count);
    const weir_value *time = count > 2 ? weir_items(result[2], &times) : NULL;
    return at < times ? json_from_value(time[at]) : json_null();
}

static bool write_batch_json(const weir_batch_facts *batch, void *user)
{
    (void)user;
    size_t count;
    const weir_value *result = weir_items(batch->result, &count);
    json_print_line(json_pack(
        "{s:i,s:I,s:b,s:b,s:b,s:b,s:b,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "v", 1, "time_ms",
        (json_int_t)batch->time_ms, "recorded", batch->is_recorded, "done", batch->is_done,
        "given_up", batch->is_given_up, "in_checkpoint", batch->is_in_checkpoint, "missing",
        batch->is_missing, "blocks", (json_int_t)batch->blocks, "block_records",
        (json_int_t)batch->block_records, "sources", json_of_sources(batch->sources), "records",
        count >= 2 ? json_from_value(result[0]) : json_null(), "outputs",
        count >= 2 ? json_from_value(result[1]) : json_null(), "scheduling_us",
        json_of_time(batch, 0), "processing_us", json_of_time(batch, 1)));
    return !ferror(stdout);
}

static void write_state(columns *columns, const weir_batch_facts *batch)
{
    if (batch->is_given_up) {
        columns_cell(columns, "%sgiven up", batch->is_done ? "done, then " : "");
        return;
    }
    columns_cell(columns, "%s%s%s", batch->is_done ? "done" : "not done",
                 batch->is_in_checkpoint ? ", in the checkpoint" : "",
                 batch->is_missing ? ", its record is missing" : "");
}

static bool write_batch_row(const weir_batch_facts *batch, void *user)
{
    columns *columns = user;
    size_t count;
    const weir_value *result = weir_items(batch->result, &count);
    columns_cell(columns, "%" PRId64, batch->time_ms);
    write_state(columns, batch);
    columns_cell(columns, "%" PRIu64, batch->blocks);
    columns_value(columns, count >= 2 ? result[0] : weir_text(""));
    columns_value(columns, count >= 2 ? result[1] : weir_text(""));
    columns_value(columns, batch->is_recorded ? batch->sources : weir_text(""));
    return !ferror(stdout);
}

int dump_batches(const char *directory, const arguments *arguments)
{
    static const char *const titles[] = {
        ">time (ms)", "state", ">blocks", ">records", "outputs", "sources", NULL};
    columns columns;
    if (arguments->wants_json)
        return looking_exit(weir_inspect_batches(directory, write_batch_json, NULL));
    columns_init(&columns, titles);
    weir_status status = weir_inspect_batches(directory, write_batch_row, &columns);
    columns_finish(&columns);
    return looking_exit(status);
}
