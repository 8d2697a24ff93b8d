#include "tools/columns.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HELD_ROWS = 400 };

static bool is_number(const columns *columns, size_t at) { return columns->titles[at][0] == '>'; }

static const char *title_of(const columns *columns, size_t at)
{
    return columns->titles[at] + is_number(columns, at);
}

/* Characters, as far as UTF-8 tells. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void columns_init(columns *columns, const char *const *titles)
{
    *columns = (struct columns){.titles = titles};
    while (titles[columns->count]) columns->count++;
    columns->cells = calloc(columns->count * HELD_ROWS, sizeof *columns->cells);
    for (size_t i = 0; i < columns->count; i++)
        columns->widths[i] = width_of(title_of(columns, i));
}

/* --- writing --------------------------------------------------------------------------------- */

/* Blanks wait until something stands behind them. */
static void write_cell(columns *columns, size_t at, const char *text)
{
    size_t width = width_of(text);
    size_t padding = columns->widths[at] > width ? columns->widths[at] - width : 0;
    if (is_number(columns, at)) columns->blanks += padding;
    if (*text) {
        printf("%*s%s", (int)columns->blanks, "", text);
        columns->blanks = 0;
    }
    if (!is_number(columns, at)) columns->blanks += padding;
    columns->blanks += 2;
    if (at + 1 < columns->count) return;
    putchar('\n');
    columns->blanks = 0;
}

static void flush(columns *columns)
{
    for (size_t i = 0; i < columns->count && !columns->is_begun; i++)
        write_cell(columns, i, title_of(columns, i));
    columns->is_begun = true;
    for (size_t i = 0; i < columns->cell_count; i++) {
        write_cell(columns, i % columns->count, columns->cells[i] ? columns->cells[i] : "");
        free(columns->cells[i]);
    }
    columns->cell_count = 0;
}

/* Nothing that is stored may send commands to the terminal. */
static char *escape(const char *text, size_t length)
{
    enum { ESCAPED = 4 }; /* \xff */
    size_t size = ESCAPED * length + 1, at = 0;
    char *made = malloc(size);
    if (!made) return NULL;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte != 0x7f) made[at++] = (char)byte;
        else at += (size_t)snprintf(made + at, size - at, "\\x%02x", byte);
    }
    made[at] = '\0';
    return made;
}

static void add(columns *columns, const char *text, size_t length)
{
    if (!columns->cells) return;
    size_t at = columns->cell_count % columns->count;
    char *cell = escape(text, length);
    size_t width = cell ? width_of(cell) : 0;
    if (width > columns->widths[at]) columns->widths[at] = width;
    columns->cells[columns->cell_count++] = cell;
    if (columns->cell_count == columns->count * HELD_ROWS) flush(columns);
}

void columns_cell(columns *columns, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    add(columns, text, length > 0 ? (size_t)length : 0);
    if (length >= 0) free(text);
}

void columns_value(columns *columns, weir_value value)
{
    size_t length = weir_format(value, NULL, 0);
    char *text = malloc(length + 1);
    if (text) weir_format(value, text, length + 1);
    add(columns, text, text ? length : 0);
    free(text);
}

void columns_end_row(columns *columns)
{
    while (columns->cell_count % columns->count) add(columns, "", 0);
}

void columns_drop(columns *columns)
{
    for (size_t i = 0; i < columns->cell_count; i++) free(columns->cells[i]);
    free(columns->cells);
    columns->cells = NULL;
    columns->cell_count = 0;
}

void columns_finish(columns *columns)
{
    if (columns->cells) flush(columns);
    columns_drop(columns);
}

/* --- texts ----------------------------------------------------------------------------------- */

const char *text_of_time(int64_t time_ms, char room[CELL_TEXT_MAX])
{
    const int64_t first = INT64_C(100000000000); /* 1973: earlier is virtual time */
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm broken;
    room[0] = '\0';
    if (time_ms < first || !gmtime_r(&seconds, &broken)) return room;
    size_t length = strftime(room, CELL_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &broken);
    snprintf(room + length, CELL_TEXT_MAX - length, ".%03dZ", (int)(time_ms % 1000));
    return room;
}

const char *text_of_size(uint64_t bytes, char room[CELL_TEXT_MAX])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double number = (double)bytes;
    int unit = -1;
    for (; number >= 1024 && unit < 3; unit++) number /= 1024;
    if (unit < 0) snprintf(room, CELL_TEXT_MAX, "%" PRIu64 " B", bytes);
    else snprintf(room, CELL_TEXT_MAX, "%.1f %s", number, units[unit]);
    return room;
}

const char *text_of_span(int64_t span_ms, char room[CELL_TEXT_MAX])
{
    double seconds = (double)span_ms / 1000;
    if (seconds < 120) snprintf(room, CELL_TEXT_MAX, "%.1f s", seconds);
    else if (seconds < 7200) snprintf(room, CELL_TEXT_MAX, "%.1f min", seconds / 60);
    else if (seconds < 172800) snprintf(room, CELL_TEXT_MAX, "%.1f h", seconds / 3600);
    else snprintf(room, CELL_TEXT_MAX, "%.1f days", seconds / 86400);
    return room;
}
