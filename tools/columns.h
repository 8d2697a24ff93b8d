/* Tables for people on standard output: columns as wide as their widest cell so far. Rows are held
 * back until some hundreds are there, so that a long table is aligned and begins soon. */
#ifndef TOOLS_COLUMNS_H
#define TOOLS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/value.h"

enum { COLUMNS_MAX = 12 };

typedef struct columns {
    const char *const *titles; /* ended by NULL; one that begins with ">" is for numbers */
    size_t count;
    size_t widths[COLUMNS_MAX];
    char **cells; /* of the rows that are held back */
    size_t cell_count;
    size_t blanks; /* before the next text of the row */
    bool is_begun; /* the titles are written */
} columns;

void columns_init(columns *columns, const char *const *titles);
/* The next cell of the row; control characters are escaped. The last one completes the row. */
void columns_cell(columns *columns, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same of a value, as print shows it. */
void columns_value(columns *columns, weir_value value);
/* Empty cells up to the end of the row. */
void columns_end_row(columns *columns);
/* Writes what is held back, or drops it; releases all. */
void columns_finish(columns *columns);
void columns_drop(columns *columns);

/* Texts for cells. A time in ms as a date, "" for one that is none (virtual time); a size. */
enum { CELL_TEXT_MAX = 40 };
const char *text_of_time(int64_t time_ms, char room[CELL_TEXT_MAX]);
const char *text_of_size(uint64_t bytes, char room[CELL_TEXT_MAX]);
const char *text_of_span(int64_t span_ms, char room[CELL_TEXT_MAX]);

#endif
