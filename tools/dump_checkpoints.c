/* weir dump checkpoints DIR, weir dump lineage DIR. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"

/* --- checkpoints ----------------------------------------------------------------------------- */

typedef struct listing {
    columns columns;
    size_t bad;
    size_t denied; /* of these, which may be whole */
} listing;

static void count(listing *listing, const weir_checkpoint_facts *is)
{
    listing->bad += is->status != WEIR_OK;
    listing->denied += is->status == WEIR_IO;
}

static bool write_json(const weir_checkpoint_facts *is, void *user)
{
    listing *listing = user;
    count(listing, is);
    json_t *json = json_pack(
        "{s:i,s:I,s:b,s:I,s:o,s:o,s:I,s:I,s:I,s:i}", "v", 1, "time_ms", (json_int_t)is->time_ms,
        "good", is->status == WEIR_OK, "published_ms", (json_int_t)is->published_ms, "context",
        json_text(is->context_id), "name", json_text(is->app_name), "zero_ms",
        (json_int_t)is->zero_ms, "first_start_ms", (json_int_t)is->first_start_ms, "interval_ms",
        (json_int_t)is->interval_ms, "partitions", is->partitions);
    json_t *more = json_pack(
        "{s:I,s:I,s:I,s:I,s:I}", "batches", (json_int_t)is->batches, "log_segment",
        (json_int_t)is->log_segment, "log_offset", (json_int_t)is->log_offset, "files",
        (json_int_t)is->files, "bytes", (json_int_t)is->bytes);
    json_object_update(json, more);
    json_decref(more);
    if (is->status != WEIR_OK) json_object_set_new(json, "error", json_text(is->error));
    json_print_line(json);
    return !ferror(stdout);
}

static bool write_row(const weir_checkpoint_facts *is, void *user)
{
    listing *listing = user;
    columns *columns = &listing->columns;
    char room[CELL_TEXT_MAX];
    count(listing, is);
    columns_cell(columns, "%" PRId64, is->time_ms);
    columns_cell(columns, "%s", text_of_time(is->published_ms, room));
    columns_cell(columns, "%" PRIu64, is->batches);
    columns_cell(columns, "%" PRIu64, is->files);
    columns_cell(columns, "%s", text_of_size(is->bytes, room));
    columns_cell(columns, "%" PRIu64 ":%" PRIu64, is->log_segment, is->log_offset);
    columns_cell(columns, "%s", is->status == WEIR_OK ? "good" : is->error);
    return !ferror(stdout);
}

int dump_checkpoints(const char *directory, const arguments *arguments)
{
    static const char *const titles[] = {
        ">time (ms)", "published", ">batches", ">files", ">size", "log from", "state", NULL};
    listing listing = {.bad = 0};
    columns_init(&listing.columns, titles);
    weir_status status = weir_inspect_checkpoints(
        directory, arguments->wants_json ? write_json : write_row, &listing);
    if (status == WEIR_OK && !arguments->wants_json) columns_finish(&listing.columns);
    else columns_drop(&listing.columns);
    int code = looking_exit(status);
    if (code != EXIT_OK || listing.bad == 0) return code;
    return listing.denied > 0 ? EXIT_STORAGE : EXIT_DAMAGED;
}

/* --- lineage --------------------------------------------------------------------------------- */

/* Names of streams, by their ids, for those that come later. */
typedef struct drawing {
    columns columns;
    char **labels;
    size_t count;
} drawing;

static const char *label_of(const drawing *drawing, uint32_t id)
{
    return id < drawing->count && drawing->labels[id] ? drawing->labels[id] : "?";
}

static void keep_label(drawing *drawing, const weir_stream_facts *stream)
{
    char **more = realloc(drawing->labels, (drawing->count + 1) * sizeof *more);
    char *label = NULL;
    if (!more) return;
    drawing->labels = more;
    if (stream->name) label = strdup(stream->name);
    else if (asprintf(&label, "#%" PRIu32, stream->id) < 0) label = NULL;
    drawing->labels[drawing->count++] = label;
}

/* name(argument) */
static void describe_function(const char *name, weir_value value, FILE *to)
{
    size_t length = weir_is_null(value) ? 0 : weir_format(value, NULL, 0);
    char *arg = length ? malloc(length + 1) : NULL;
    fputs(name, to);
    if (arg) weir_format(value, arg, length + 1);
    if (arg) fprintf(to, "(%.48s%s)", arg, length > 48 ? "..." : "");
    free(arg);
}

static void describe_filter(const weir_stream_facts *stream, const char *between, FILE *to)
{
    if (!stream->filter) return;
    fprintf(to, "%sfilter ", between);
    describe_function(stream->filter, stream->filter_arg, to);
}

/* length, slide, inverse, filter */
static void describe_window(const weir_stream_facts *stream, const char *between, FILE *to)
{
    fprintf(to, "%swindow of %" PRId64 " ms every %" PRId64 " ms", between, stream->window_ms,
            stream->slide_ms);
    if (stream->inverse) fprintf(to, ", inverse %s", stream->inverse);
    describe_filter(stream, ", ", to);
    if (stream->drops_neutral) fputs(", neutral keys dropped", to);
    if (stream->checks_inverse) fputs(", inverse checked", to);
}

/* function(argument), window, partitions, partitioner, state, timeout, checkpoint interval */
static void describe(const weir_stream_facts *stream, FILE *to)
{
    const char *between = "";
    if (stream->function) {
        describe_function(stream->function, stream->arg, to);
        between = ", ";
    }
    if (stream->window_ms) {
        describe_window(stream, between, to);
        between = ", ";
    }
    if (stream->partitions) {
        fprintf(to, "%s%d partitions", between, stream->partitions);
        between = ", ";
    }
    if (stream->partitioner) {
        fprintf(to, "%spartitioner ", between);
        describe_function(stream->partitioner, stream->partitioner_arg, to);
        between = ", ";
    }
    if (stream->space) {
        fprintf(to, "%sstate \"%s\"", between, stream->space);
        between = ", ";
    }
    if (stream->timeout_ms) fprintf(to, ", timeout %" PRId64 " ms", stream->timeout_ms);
    if (stream->timeout_ms && stream->timeout_scan_ms)
        fprintf(to, ", looked for every %" PRId64 " ms", stream->timeout_scan_ms);
    if (stream->checkpoint_ms)
        fprintf(to, "%scheckpoint every %" PRId64 " ms", between, stream->checkpoint_ms);
}

/* What a source reads, and of a directory the filter. */
static void describe_source(const weir_stream_facts *stream, const char *rest, FILE *to)
{
    fputs(rest, to);
    describe_filter(stream, *rest ? ", " : "", to);
    if (stream->checkpoint_ms)
        fprintf(to, "%scheckpoint every %" PRId64 " ms", *rest ? ", " : "",
                stream->checkpoint_ms);
}

static bool write_stream(const weir_stream_facts *stream, void *user)
{
    drawing *drawing = user;
    columns *columns = &drawing->columns;
    char *text = NULL;
    size_t size;
    keep_label(drawing, stream);
    columns_cell(columns, "%s", label_of(drawing, stream->id));
    const char *rest = stream->source ? strchr(stream->source, ' ') : NULL;
    if (rest) columns_cell(columns, "%.*s", (int)(rest - stream->source), stream->source);
    else columns_cell(columns, "%s", stream->source ? stream->source : stream->kind);
    FILE *to = open_memstream(&text, &size);
    if (to && stream->source) describe_source(stream, rest ? rest + 1 : "", to);
    if (to && !stream->source) describe(stream, to);
    if (to) fclose(to);
    columns_cell(columns, "%s", text ? text : "");
    free(text);
    to = open_memstream(&text, &size);
    for (size_t i = 0; to && i < stream->parent_count; i++)
        fprintf(to, "%s%s", i ? ", " : "<- ", label_of(drawing, stream->parents[i]));
    if (to) fclose(to);
    columns_cell(columns, "%s", text ? text : "");
    free(text);
    return true;
}

/* function(argument), how many it shows, where it saves, name */
static void describe_output(const weir_output_facts *output, FILE *to)
{
    bool is_save = strcmp(output->kind, "saveAsTextFiles") == 0;
    const char *between = "";
    if (output->function) describe_function(output->function, output->arg, to);
    else if (output->count) fprintf(to, "%" PRId64, output->count);
    else if (output->prefix) fputs(output->prefix, to);
    if (is_save) fputs(output->prefix && *output->prefix ? "-TIME" : "TIME", to);
    if (is_save && output->suffix) fprintf(to, ".%s", output->suffix);
    if (output->function || output->count || output->prefix) between = ", ";
    if (output->name) fprintf(to, "%snamed %s", between, output->name);
}

static bool write_output(const weir_output_facts *output, void *user)
{
    drawing *drawing = user;
    columns *columns = &drawing->columns;
    char *text = NULL;
    size_t size;
    columns_cell(columns, "output %" PRIu32, output->id);
    columns_cell(columns, "%s", output->kind);
    FILE *to = open_memstream(&text, &size);
    if (to) describe_output(output, to);
    if (to) fclose(to);
    columns_cell(columns, "%s", text ? text : "");
    free(text);
    columns_cell(columns, "<- %s", label_of(drawing, output->stream));
    return true;
}

static void add_window_json(json_t *json, const weir_stream_facts *stream)
{
    json_t *window = json_pack(
        "{s:I,s:o,s:o,s:o,s:b,s:b}", "window_ms", (json_int_t)stream->window_ms, "inverse",
        json_text(stream->inverse), "filter", json_text(stream->filter), "filter_arg",
        json_from_value(stream->filter_arg), "drop_neutral", stream->drops_neutral,
        "check_inverse", stream->checks_inverse);
    json_object_update(json, window);
    json_decref(window);
}

static void add_filter_json(json_t *json, const weir_stream_facts *stream)
{
    json_object_set_new(json, "filter", json_text(stream->filter));
    json_object_set_new(json, "filter_arg", json_from_value(stream->filter_arg));
}

static void add_partitioner_json(json_t *json, const weir_stream_facts *stream)
{
    json_object_set_new(json, "partitioner", json_text(stream->partitioner));
    json_object_set_new(json, "partitioner_arg", json_from_value(stream->partitioner_arg));
}

static bool write_stream_json(const weir_stream_facts *stream, void *user)
{
    (void)user;
    json_t *parents = json_array();
    for (size_t i = 0; i < stream->parent_count; i++)
        json_array_append_new(parents, json_integer(stream->parents[i]));
    json_t *json = json_pack(
        "{s:i,s:I,s:s,s:o,s:o,s:o,s:I,s:i,s:b,s:o}", "v", 1, "stream", (json_int_t)stream->id,
        "kind", stream->kind, "name", json_text(stream->name), "fn", json_text(stream->function),
        "arg", json_from_value(stream->arg), "slide_ms", (json_int_t)stream->slide_ms,
        "partitions", stream->partitions, "cache", stream->cached, "space",
        json_text(stream->space));
    json_t *more = json_pack("{s:o,s:I,s:I,s:I,s:o,s:o}", "initial",
                             json_from_value(stream->initial), "timeout_ms",
                             (json_int_t)stream->timeout_ms, "timeout_scan_ms",
                             (json_int_t)stream->timeout_scan_ms, "checkpoint_ms",
                             (json_int_t)stream->checkpoint_ms, "in", parents, "source",
                             json_text(stream->source));
    json_object_update(json, more);
    json_decref(more);
    if (stream->window_ms) add_window_json(json, stream);
    else if (stream->filter) add_filter_json(json, stream);
    if (stream->partitioner) add_partitioner_json(json, stream);
    json_print_line(json);
    return !ferror(stdout);
}

static bool write_output_json(const weir_output_facts *output, void *user)
{
    (void)user;
    json_print_line(json_pack("{s:i,s:I,s:s,s:I,s:o,s:o,s:o,s:I,s:o,s:o}", "v", 1, "output",
                              (json_int_t)output->id, "kind", output->kind, "in",
                              (json_int_t)output->stream, "name", json_text(output->name), "fn",
                              json_text(output->function), "arg", json_from_value(output->arg),
                              "count", (json_int_t)output->count, "prefix",
                              json_text(output->prefix), "suffix", json_text(output->suffix)));
    return !ferror(stdout);
}

int dump_lineage(const char *directory, const arguments *arguments)
{
    static const char *const titles[] = {"stream", "kind", "what", "from", NULL};
    int64_t at_ms = arguments->has_at ? arguments->at_ms : WEIR_NEWEST;
    drawing drawing = {.count = 0};
    bool is_json = arguments->wants_json;
    columns_init(&drawing.columns, titles);
    weir_status status = weir_inspect_lineage(directory, at_ms,
                                              is_json ? write_stream_json : write_stream,
                                              is_json ? write_output_json : write_output,
                                              &drawing);
    bool is_shown = status == WEIR_OK || (status == WEIR_DAMAGED && drawing.count > 0);
    if (is_shown && !is_json) columns_finish(&drawing.columns);
    else columns_drop(&drawing.columns);
    for (size_t i = 0; i < drawing.count; i++) free(drawing.labels[i]);
    free(drawing.labels);
    return looking_exit(status);
}
