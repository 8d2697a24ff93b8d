#include <string.h>

#include "graph/lineage.h"

enum { COLUMNS = 5, CELL_MAX = 48 };

/* A line of the text while it is made. */
typedef struct row {
    buffer cells[COLUMNS]; /* label, word, detail, parents, place */
} row;

static bool starts_character(char byte) { return ((unsigned char)byte & 0xc0) != 0x80; }

static size_t characters(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) count += starts_character(text[i]);
    return count;
}

static void append_escaped(buffer *to, char byte)
{
    unsigned char code = (unsigned char)byte;
    if (byte == '\n') buffer_append_text(to, "\\n");
    else if (byte == '\r') buffer_append_text(to, "\\r");
    else if (byte == '\t') buffer_append_text(to, "\\t");
    else if (code < 0x20 || code == 0x7f) buffer_printf(to, "\\x%02x", code);
    else buffer_append(to, &byte, 1);
}

/* Appends the text, escaped, cut after CELL_MAX characters. */
static void append_text(buffer *to, const char *text)
{
    size_t shown = 0;
    for (; *text; text++) {
        if (starts_character(*text) && shown++ == CELL_MAX) {
            buffer_append_text(to, "...");
            return;
        }
        append_escaped(to, *text);
    }
}

static void append_label(buffer *to, const weir_stream *stream)
{
    char room[STREAM_LABEL_MAX];
    append_text(to, stream_label(stream, room));
}

static void append_parents(buffer *cell, weir_stream *const *parents, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(cell, i ? ", " : "<- ");
        append_label(cell, parents[i]);
    }
}

/* Of a long one the end, where the line is. */
static void append_place(buffer *cell, const char *place)
{
    size_t left = place ? characters(place, strlen(place)) : 0;
    if (left == 0) return;
    if (left > CELL_MAX) buffer_append_text(cell, "...");
    for (; left > CELL_MAX || !starts_character(*place); place++)
        left -= starts_character(place[1]);
    append_text(cell, place);
}

/* Separates what follows from what the cell holds already. */
static void append_comma(buffer *cell)
{
    if (cell->size) buffer_append_text(cell, ", ");
}

static void append_function(buffer *cell, const weir_function *function, weir_value arg)
{
    if (!function) return;
    append_text(cell, function->name);
    if (weir_is_null(arg) || weir_is_absent(arg)) return;
    char text[4 * CELL_MAX + 8]; /* more than is shown, so that no half character is */
    weir_format(arg, text, sizeof text);
    const char *quote = weir_is_string(arg) ? "\"" : "";
    buffer_printf(cell, "(%s", quote);
    append_text(cell, text);
    buffer_printf(cell, "%s)", quote);
}

static void append_filter(buffer *detail, const weir_stream *stream)
{
    if (!stream->filter) return;
    append_comma(detail);
    buffer_append_text(detail, "filter ");
    append_function(detail, stream->filter, stream->filter_arg);
}

static void fill_source(row *row, const weir_stream *stream)
{
    const char *text = stream->source_text ? stream->source_text : stream_kind_text(stream->kind);
    size_t word = strcspn(text, " ");
    buffer_append(&row->cells[1], text, word);
    if (text[word]) append_text(&row->cells[2], text + word + 1);
    append_filter(&row->cells[2], stream);
}

static void fill_window(buffer *detail, const weir_stream *stream)
{
    append_comma(detail);
    buffer_printf(detail, "window of %lld ms", (long long)stream->window_ms);
    if (stream->inverse) {
        buffer_append_text(detail, ", inverse ");
        append_function(detail, stream->inverse, weir_null());
    }
    append_filter(detail, stream);
    if (stream->drops_neutral) buffer_append_text(detail, ", neutral keys dropped");
    if (stream->checks_inverse) buffer_append_text(detail, ", inverse checked");
}

static void fill_stream(row *row, const weir_stream *stream)
{
    buffer *detail = &row->cells[2];
    append_label(&row->cells[0], stream);
    if (stream->kind == STREAM_SOURCE) fill_source(row, stream);
    else buffer_append_text(&row->cells[1], stream_kind_text(stream->kind));
    append_function(detail, stream->function, stream->arg);
    if (stream_kind_is_window(stream->kind)) fill_window(detail, stream);
    if (stream->partitions) {
        append_comma(detail);
        const char *plural = stream->partitions == 1 ? "" : "s";
        buffer_printf(detail, "%d partition%s", stream->partitions, plural);
    }
    if (stream->partitioner) {
        append_comma(detail);
        buffer_append_text(detail, "partitioner ");
        append_function(detail, stream->partitioner, stream->partitioner_arg);
    }
    if (stream->slide_ms != stream->lineage->batch_interval_ms) {
        append_comma(detail);
        buffer_printf(detail, "every %lld ms", (long long)stream->slide_ms);
    }
    if (stream->cached) {
        append_comma(detail);
        buffer_append_text(detail, "cached");
    }
    if (stream->checkpoint_ms) {
        append_comma(detail);
        buffer_printf(detail, "checkpoint every %lld ms", (long long)stream->checkpoint_ms);
    }
    append_parents(&row->cells[3], stream->parents, stream->parent_count);
    append_place(&row->cells[4], stream->place);
}

static void fill_save(buffer *detail, const output *output)
{
    append_text(detail, output->prefix);
    buffer_append_text(detail, *output->prefix ? "-TIME" : "TIME"); /* O-61 */
    if (!output->suffix) return;
    buffer_append_text(detail, ".");
    append_text(detail, output->suffix);
}

static void fill_output(row *row, const output *output)
{
    buffer *detail = &row->cells[2];
    buffer_printf(&row->cells[0], "output %u", output->id);
    buffer_append_text(&row->cells[1], output_kind_text(output->kind));
    append_function(detail, output->function, output->arg);
    if (output->kind == OUTPUT_PRINT) buffer_printf(detail, "%d", output->count);
    if (output->kind == OUTPUT_SAVE_TEXT) fill_save(detail, output);
    else if (output->prefix) append_text(detail, output->prefix); /* of a connector: where to */
    if (output->name) {
        append_comma(detail);
        buffer_append_text(detail, "named ");
        append_text(detail, output->name);
    }
    append_parents(&row->cells[3], &output->in, 1);
    append_place(&row->cells[4], output->place);
}

/* The lines: first the streams, then the outputs. */
static void fill(row *row, const lineage *lineage, size_t line)
{
    for (size_t i = 0; i < COLUMNS; i++) row->cells[i].size = 0;
    if (line < lineage->stream_count) fill_stream(row, lineage->streams[line]);
    else fill_output(row, lineage->outputs[line - lineage->stream_count]);
}

static size_t cell_width(const buffer *cell) { return characters(cell->bytes, cell->size); }

static void print_row(const row *row, const size_t widths[COLUMNS], buffer *to)
{
    size_t blanks = 0; /* owed before the next thing on the line */
    for (size_t i = 0; i < COLUMNS; i++) {
        const buffer *cell = &row->cells[i];
        if (cell->size) {
            buffer_printf(to, "%*s", (int)blanks, "");
            buffer_append(to, cell->bytes, cell->size);
            blanks = 0;
        }
        if (widths[i]) blanks += widths[i] - cell_width(cell) + 2;
    }
    buffer_append_text(to, "\n");
}

void lineage_print(const lineage *lineage, buffer *to)
{
    row row = {0};
    size_t widths[COLUMNS] = {0};
    size_t lines = lineage->stream_count + lineage->output_count;
    for (size_t line = 0; line < lines; line++) {
        fill(&row, lineage, line);
        for (size_t i = 0; i < COLUMNS; i++) {
            size_t width = cell_width(&row.cells[i]);
            if (width > widths[i]) widths[i] = width;
        }
    }
    for (size_t line = 0; line < lines; line++) {
        fill(&row, lineage, line);
        print_row(&row, widths, to);
    }
    for (size_t i = 0; i < COLUMNS; i++) buffer_release(&row.cells[i]);
}
