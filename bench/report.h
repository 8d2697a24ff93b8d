/* Results: an aligned table, or a JSON object a line. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { SERIES_MAX = 100 };

/* The same thing measured several times. */
typedef struct series {
    double values[SERIES_MAX];
    size_t count;
} series;

void series_add(series *series, double value);
/* Of one value or more. */
double series_median(const series *series);

typedef enum target_kind { NO_TARGET, AT_LEAST, AT_MOST, BELOW } target_kind;

typedef struct target {
    target_kind kind;
    double value;
} target;

typedef struct report {
    bool is_json;
    bool is_quick;     /* no targets: they are for whole inputs */
    const char *bench; /* the benchmark that is running */
    bool has_head;     /* the head of the table is printed */
} report;

/* One line: the median of `series`, its least and its greatest value. */
void report_series(report *report, const char *what, const char *unit, const series *series,
                   target target);
/* One line for a single number. */
void report_number(report *report, const char *what, const char *unit, double value,
                   target target);
/* What is measured: a remark on standard error. */
void report_input(const report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
