/* From a line's arrival at the socket to its batch's output. Lines carry the time at which they
 * were sent; an output that sees each partition collects these times, and the listener, which is
 * called when all outputs of a batch are done, takes the time that has passed. */
#include <stdio.h>
#include <stdlib.h>
#include <weir/weir.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/memory.h"

enum { LINES_PER_SECOND = 100000, PATIENCE_US = 10000000 };

/* One run. Static, since a user function keeps no pointers; one run at a time. */
static struct arrivals {
    int64_t *times_us;       /* [room]: when each line arrived, in the order of batches */
    size_t room;
    _Atomic size_t count;    /* lines that reached the output */
    size_t closed;           /* lines of batches that are over; from here on the listener's */
    uint64_t waiting;        /* the most batches that waited */
    weir_status status;      /* of the first batch that failed */
    _Atomic size_t complete; /* = closed, for others */
} arrivals;

static void one_for_time(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)value;
    (void)arg;
    *out_key = key;
    *out_value = weir_int(1);
}
WEIR_MAP(one_for_time)

static weir_status note_arrivals(weir_reader *records, size_t partition, int64_t time_ms,
                                 weir_value arg)
{
    weir_value key, time;
    (void)partition;
    (void)time_ms;
    (void)arg;
    while (weir_next(records, &key, &time)) {
        size_t at = atomic_fetch_add(&arrivals.count, 1);
        if (at < arrivals.room) arrivals.times_us[at] = weir_as_int(time);
    }
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(note_arrivals)

/* Turns the times of arrival of the batch into times that passed. */
static void close_batch(const weir_batch_summary *summary, void *user)
{
    int64_t now_us = clock_us();
    size_t count = arrivals.count < arrivals.room ? arrivals.count : arrivals.room;
    (void)user;
    for (; arrivals.closed < count; arrivals.closed++)
        arrivals.times_us[arrivals.closed] = now_us - arrivals.times_us[arrivals.closed];
    if (summary->waiting > arrivals.waiting) arrivals.waiting = summary->waiting;
    if (arrivals.status == WEIR_OK) arrivals.status = summary->status;
    arrivals.complete = arrivals.closed;
}

/* Word count; the pairs of word and time go to both outputs. */
static weir_status build(weir_context *context, int port)
{
    weir_stream *lines = weir_socket_text_stream(context, "127.0.0.1", port);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
    weir_stream *ones = weir_map(pairs, &weir_fn_one_for_time, weir_null());
    weir_count_output(weir_reduce_by_key(ones, &weir_fn_sum, weir_null(), 0));
    weir_foreach_partition(pairs, &weir_fn_note_arrivals, weir_null());
    return weir_on_batch(context, close_batch, NULL);
}

/* Until everything that was sent has come out, or nothing has come for long. */
static void await_lines(const feeder *feeder)
{
    size_t before = 0;
    for (int64_t since_us = clock_us(); clock_us() - since_us < PATIENCE_US; pause_us(1000)) {
        if (feeder->is_done && arrivals.complete >= feeder->sent) return;
        if (arrivals.complete != before) since_us = clock_us();
        before = arrivals.complete;
    }
}

static weir_status run_context(const feeder *feeder, int64_t batch_ms)
{
    weir_options options = {
        .app_name = "socket-latency", .master = "local[2]", .batch_interval_ms = batch_ms};
    weir_context *context = NULL;
    weir_set_log(NULL, NULL, WEIR_WARNING);
    weir_status status = weir_context_create(&context, &options);
    if (status == WEIR_OK) status = build(context, feeder->port);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) {
        await_lines(feeder);
        status = weir_stop(context, true);
    }
    if (status != WEIR_OK) fprintf(stderr, "bench: %s\n", weir_last_error());
    weir_context_free(context);
    return status;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static double reached_ms(double share)
{
    size_t last = arrivals.closed - 1;
    return (double)arrivals.times_us[(size_t)(share * (double)last)] / 1000;
}

static void report_arrivals(report *report, const feeder *feeder, int64_t batch_ms, double most)
{
    const target none = {NO_TARGET, 0};
    char name[64];
    const char *const names[] = {"p50", "p99", "most"};
    const double shares[] = {0.5, 0.99, 1};
    /* A line that comes last shows whether delay has piled up. */
    double last_ms = (double)arrivals.times_us[arrivals.closed - 1] / 1000;
    qsort(arrivals.times_us, arrivals.closed, sizeof arrivals.times_us[0], by_time);
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "interval %lld ms: %s", (long long)batch_ms, names[i]);
        report_number(report, name, "ms", reached_ms(shares[i]),
                      i == 1 ? (target){BELOW, most} : none);
    }
    snprintf(name, sizeof name, "interval %lld ms: the last line", (long long)batch_ms);
    report_number(report, name, "ms", last_ms, none);
    snprintf(name, sizeof name, "interval %lld ms: batches waiting", (long long)batch_ms);
    report_number(report, name, "most", (double)arrivals.waiting, none);
    snprintf(name, sizeof name, "interval %lld ms: sender behind", (long long)batch_ms);
    report_number(report, name, "ms most", (double)feeder->most_late_us / 1000, none);
}

static bool check_arrivals(const feeder *feeder)
{
    if (arrivals.status != WEIR_OK) {
        fprintf(stderr, "bench: a batch failed: %s\n", weir_status_text(arrivals.status));
    } else if (feeder->has_failed || arrivals.closed != feeder->sent || feeder->sent == 0) {
        fprintf(stderr, "bench: %zu of %llu lines came out\n", arrivals.closed,
                (unsigned long long)feeder->sent);
    } else {
        return true;
    }
    return false;
}

static bool measure(const bench_settings *settings, report *report, int64_t batch_ms, double most)
{
    feeder feeder;
    int64_t duration_us = settings->is_quick ? 500000 : (int64_t)settings->seconds * 1000000;
    size_t room = (size_t)(duration_us * LINES_PER_SECOND / 1000000) + LINES_PER_SECOND;
    arrivals = (struct arrivals){.room = room};
    arrivals.times_us = memory_need(malloc(room * sizeof *arrivals.times_us));
    if (!feeder_start(&feeder, LINES_PER_SECOND, duration_us)) {
        free(arrivals.times_us);
        return false;
    }
    report_input(report, "interval %lld ms, %d lines/s for %.1f s", (long long)batch_ms,
                 LINES_PER_SECOND, (double)duration_us / 1e6);
    bool is_well = run_context(&feeder, batch_ms) == WEIR_OK;
    feeder_stop(&feeder);
    is_well = is_well && check_arrivals(&feeder);
    if (is_well) report_arrivals(report, &feeder, batch_ms, most);
    free(arrivals.times_us);
    return is_well;
}

bool bench_socket_latency(const bench_settings *settings, report *report)
{
    return measure(settings, report, 10, 20) && measure(settings, report, 1, 5);
}
