#include "bench/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void series_add(series *series, double value)
{
    if (series->count < SERIES_MAX) series->values[series->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static series sorted(const series *series)
{
    struct series copy = *series;
    qsort(copy.values, copy.count, sizeof copy.values[0], by_value);
    return copy;
}

double series_median(const series *series)
{
    struct series copy = sorted(series);
    size_t middle = copy.count / 2;
    if (copy.count % 2 == 1) return copy.values[middle];
    return (copy.values[middle - 1] + copy.values[middle]) / 2;
}

static bool is_met(target target, double value)
{
    if (target.kind == AT_LEAST) return value >= target.value;
    return target.kind == AT_MOST ? value <= target.value : value < target.value;
}

static void print_json(const report *report, const char *what, const char *unit,
                       const series *in_order, double median, target target)
{
    static const char *const words[] = {"", "at_least", "at_most", "below"};
    printf("{\"bench\":\"%s\",\"what\":\"%s\",\"unit\":\"%s\",\"median\":%.6g,\"least\":%.6g,"
           "\"most\":%.6g,\"runs\":%zu",
           report->bench, what, unit, median, in_order->values[0],
           in_order->values[in_order->count - 1], in_order->count);
    if (target.kind != NO_TARGET)
        printf(",\"%s\":%.6g,\"met\":%s", words[target.kind], target.value,
               is_met(target, median) ? "true" : "false");
    puts("}");
}

static void print_row(report *report, const char *what, const char *unit, const series *in_order,
                      double median, target target)
{
    static const char *const words[] = {"", "at least", "at most", "below"};
    if (!report->has_head)
        printf("%-23s %-34s %9s  %-9s %5s %9s %9s  %s\n", "benchmark", "what", "median", "unit",
               "runs", "least", "most", "target");
    report->has_head = true;
    printf("%-23s %-34s %9.2f  %-9s %5zu %9.2f %9.2f", report->bench, what, median, unit,
           in_order->count, in_order->values[0], in_order->values[in_order->count - 1]);
    if (target.kind != NO_TARGET)
        printf("  %s %g: %s", words[target.kind], target.value,
               is_met(target, median) ? "met" : "MISSED");
    puts("");
}

void report_series(report *report, const char *what, const char *unit, const series *series,
                   target target)
{
    struct series in_order = sorted(series);
    double median = series_median(series);
    if (report->is_quick) target.kind = NO_TARGET;
    if (report->is_json) print_json(report, what, unit, &in_order, median, target);
    else print_row(report, what, unit, &in_order, median, target);
    fflush(stdout);
}

void report_number(report *report, const char *what, const char *unit, double value,
                   target target)
{
    series one = {.values = {value}, .count = 1};
    report_series(report, what, unit, &one, target);
}

void report_input(const report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "bench: %s: ", report->bench);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    va_end(arguments);
}
