#include "context/options.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "context/machine.h"
#include "graph/lineage.h"
#include "graph/registry.h"

enum { WORKERS_MAX = 1024, ATTEMPTS_MAX = 1000 };

#define INTERVAL_MAX_MS (INT64_C(365) * 24 * 3600 * 1000)
#define SPAN_MAX_MS (INT64_C(10) * INTERVAL_MAX_MS)

typedef enum option_kind { TEXT, DURATION, NUMBER, COUNT, BYTES, FLAG } option_kind;

typedef struct option {
    weir_option public;
    option_kind kind;
    size_t offset;
} option;

#define MEMBER(member) offsetof(weir_options, member)

static const option table[] = {
    {{"name", "weir",
      "Name of the application, shown in messages; a directory is of the job of that name. "
      "`weir run` takes the file's name unless given."}, TEXT, MEMBER(app_name)},
    {{"master", "local[*]",
      "Where batches are computed: local (one worker), local[N], or local[*], a worker for each "
      "processor."},
     TEXT, MEMBER(master)},
    {{"batch-ms", "", "The batch interval; there is no default."}, DURATION,
     MEMBER(batch_interval_ms)},
    {{"partitions", "8",
      "Partitions of keyed operations; fixed at the first start, as results depend on it."},
     COUNT, MEMBER(partitions)},
    {{"block-interval-ms", "the lesser of 200ms and the batch interval",
      "A receiver's open block is cut this often."},
     DURATION, MEMBER(block_interval_ms)},
    {{"max-rate", "no limit", "Records a second that each receiver takes at most."}, NUMBER,
     MEMBER(max_rate)},
    {{"max-record-bytes", "64M", "A longer line or frame is refused and counted."}, BYTES,
     MEMBER(max_record_bytes)},
    {{"memory", "a sixteenth of the machine's", "Bytes for blocks that wait to be computed."},
     BYTES, MEMBER(memory)},
    {{"batch-memory", "8 times memory, at most half the machine's",
      "Bytes that computing one batch may need; beyond, it fails."},
     BYTES, MEMBER(batch_memory)},
    {{"attempts", "2", "How often an output of a batch is tried before the batch fails."}, COUNT,
     MEMBER(attempts)},
    {{"stop-timeout-ms", "ten batch intervals, at least 10s",
      "How long a graceful stop waits for what was received to be computed, and any stop for "
      "receivers to stop."},
     DURATION, MEMBER(stop_timeout_ms)},
    {{"volatile-state", "no", "State lives in memory alone and is lost when the context stops."},
     FLAG,
     MEMBER(volatile_state)},
    {{"manual-clock", "no", "Time stands still but for weir_advance, for tests."}, FLAG,
     MEMBER(manual_clock)},
};

enum { OPTIONS = sizeof table / sizeof table[0] };

const weir_option *weir_option_at(size_t at) { return at < OPTIONS ? &table[at].public : NULL; }

/* --- from text ------------------------------------------------------------------------------- */

typedef struct unit {
    const char *name;
    double factor;
} unit;

static const unit durations[] = {{"", 1},          {"ms", 1},    {"s", 1000}, {"m", 60 * 1000},
                                 {"min", 60 * 1000}, {"h", 3600 * 1000}, {NULL, 0}};
static const unit sizes[] = {{"", 1},         {"b", 1},         {"k", 1 << 10},  {"kb", 1 << 10},
                             {"kib", 1 << 10}, {"m", 1 << 20},   {"mb", 1 << 20}, {"mib", 1 << 20},
                             {"g", 1 << 30},  {"gb", 1 << 30},  {"gib", 1 << 30}, {NULL, 0}};

/* A number >= 0 and its unit. */
static bool parse_units(const char *text, const unit *units, double *number)
{
    if (!isdigit((unsigned char)*text)) return false;
    char *end;
    double amount = strtod(text, &end);
    while (*end == ' ') end++;
    for (; units->name; units++) {
        if (strcasecmp(end, units->name) != 0) continue;
        *number = amount * units->factor;
        return *number < 9e15; /* whole numbers up to here are exact */
    }
    return false;
}

bool options_parse_duration(const char *text, int64_t *ms)
{
    double number;
    if (!parse_units(text, durations, &number)) return false;
    *ms = (int64_t)(number + 0.5);
    return true;
}

bool options_parse_bytes(const char *text, size_t *bytes)
{
    double number;
    if (!parse_units(text, sizes, &number)) return false;
    *bytes = (size_t)number;
    return true;
}

static bool parse_number(const char *text, int64_t most, int64_t *number)
{
    if (!isdigit((unsigned char)*text)) return false;
    char *end;
    unsigned long long parsed = strtoull(text, &end, 10);
    if (*end || parsed > (unsigned long long)most) return false;
    *number = (int64_t)parsed;
    return true;
}

static bool parse_flag(const char *text, bool *flag)
{
    static const char *const words[2][4] = {{"no", "false", "off", "0"},
                                            {"yes", "true", "on", "1"}};
    for (int truth = 0; truth < 2; truth++)
        for (int i = 0; i < 4; i++) {
            if (strcasecmp(text, words[truth][i]) != 0) continue;
            *flag = truth;
            return true;
        }
    return false;
}

static bool parse_into(const option *option, const char *text, void *member)
{
    int64_t number;
    switch (option->kind) {
    case TEXT: *(const char **)member = text; return true;
    case DURATION: return options_parse_duration(text, member);
    case NUMBER: return parse_number(text, INT64_MAX, member);
    case COUNT:
        if (!parse_number(text, INT_MAX, &number)) return false;
        *(int *)member = (int)number;
        return true;
    case BYTES: return options_parse_bytes(text, member);
    case FLAG: return parse_flag(text, member);
    }
    return false;
}

static weir_status refuse_name(const char *name)
{
    const option *nearest = &table[0];
    for (size_t i = 1; i < OPTIONS; i++)
        if (registry_distance(table[i].public.name, name) <
            registry_distance(nearest->public.name, name))
            nearest = &table[i];
    return error_set(WEIR_ILLEGAL_ARGUMENT, "there is no option \"%s\"; did you mean \"%s\"?",
                     name, nearest->public.name);
}

weir_status weir_option_set(weir_options *options, const char *name, const char *text)
{
    static const char *const wanted[] = {
        [TEXT] = "a text",   [DURATION] = "a duration such as 500ms or 2s",
        [NUMBER] = "a number", [COUNT] = "a number",
        [BYTES] = "a size such as 64M", [FLAG] = "yes or no"};
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(table[i].public.name, name) != 0) continue;
        if (parse_into(&table[i], text, (char *)options + table[i].offset)) return WEIR_OK;
        return error_set(WEIR_ILLEGAL_ARGUMENT, "option %s: \"%s\" is not %s", name, text,
                         wanted[table[i].kind]);
    }
    return refuse_name(name);
}

weir_status options_workers(const char *master, size_t *workers)
{
    if (strcmp(master, "local") == 0) {
        *workers = 1;
        return WEIR_OK;
    }
    if (strcmp(master, "local[*]") == 0) {
        *workers = machine_processors();
        return WEIR_OK;
    }
    int used = 0;
    unsigned count = 0;
    bool matches = sscanf(master, "local[%5u]%n", &count, &used) == 1 && used > 0 && !master[used];
    if (matches && count >= 1 && count <= WORKERS_MAX) {
        *workers = count;
        return WEIR_OK;
    }
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "master \"%s\": give local, local[N] with N from 1 to %d, or local[*]",
                     master, WORKERS_MAX);
}

/* --- complete and sound ---------------------------------------------------------------------- */

static weir_status check(const weir_options *options)
{
    size_t workers;
    if (options->batch_interval_ms <= 0 || options->batch_interval_ms > INTERVAL_MAX_MS)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "batch interval %" PRId64
                         " ms: give 1 ms to a year; there is no default",
                         options->batch_interval_ms);
    if (options->partitions < 0 || options->partitions > LINEAGE_PARTITIONS_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%d partitions: give 1 to %d", options->partitions,
                         LINEAGE_PARTITIONS_MAX);
    if (options->attempts < 0 || options->attempts > ATTEMPTS_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%d attempts: give 1 to %d", options->attempts,
                         ATTEMPTS_MAX);
    if (options->block_interval_ms < 0 || options->max_rate < 0 || options->stop_timeout_ms < 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "block interval, rate and stop timeout cannot be negative");
    if (options->block_interval_ms > SPAN_MAX_MS || options->stop_timeout_ms > SPAN_MAX_MS)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "block interval and stop timeout: give at most %" PRId64 " ms",
                         SPAN_MAX_MS);
    if (options->max_record_bytes > UINT32_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "max_record_bytes %zu: a record has at most 4294967295 bytes",
                         options->max_record_bytes);
    return options->master ? options_workers(options->master, &workers) : WEIR_OK;
}

/* What a batch makes of what was received takes several times as much: a stream with two users is
 * kept whole, a value for each word. */
enum { WAITING_PART = 16, BATCH_TIMES = 8 };

static size_t memory_for_batches(size_t memory)
{
    size_t most = machine_memory_bytes() / 2;
    if (memory >= most) return memory;
    return memory < most / BATCH_TIMES ? memory * BATCH_TIMES : most;
}

static void fill_defaults(weir_options *options)
{
    int64_t interval_ms = options->batch_interval_ms;
    if (!options->app_name) options->app_name = "weir";
    if (!options->master) options->master = "local[*]";
    if (!options->partitions) options->partitions = 8;
    if (!options->block_interval_ms)
        options->block_interval_ms = interval_ms < 200 ? interval_ms : 200;
    if (!options->max_record_bytes) options->max_record_bytes = (size_t)64 << 20;
    if (!options->memory) options->memory = machine_memory_bytes() / WAITING_PART;
    if (!options->batch_memory) options->batch_memory = memory_for_batches(options->memory);
    if (!options->attempts) options->attempts = 2;
    if (!options->stop_timeout_ms)
        options->stop_timeout_ms = interval_ms > 1000 ? 10 * interval_ms : 10 * 1000;
}

weir_status options_complete(const weir_options *given, weir_options *to)
{
    weir_status status = check(given);
    if (status != WEIR_OK) return status;
    *to = *given;
    fill_defaults(to);
    to->app_name = memory_copy_text(to->app_name);
    to->master = memory_copy_text(to->master);
    return WEIR_OK;
}

void options_release(weir_options *options)
{
    free((char *)(uintptr_t)options->app_name);
    free((char *)(uintptr_t)options->master);
    options->app_name = options->master = NULL;
}
