#include "tools/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_MAX = INT_MAX }; /* some 24 days */

#define MEMBER(name) offsetof(weir_options, name)

const setting settings[SETTING_NUMBER] = {
    {"master", "master", SETTING_MASTER, MEMBER(master), 0, 0,
     "MASTER", "local (one worker), local[N], or local[*]: a worker per processor (default)"},
    {"batch-ms", "batch_ms", SETTING_LONG, MEMBER(batch_interval_ms), 1, INTERVAL_MAX,
     "MS", "batch interval in milliseconds (default 1000)"},
    {"partitions", "partitions", SETTING_COUNT, MEMBER(partitions), 1, INT_MAX,
     "N", "into how many partitions keyed streams are divided (default 8)"},
    {"name", "name", SETTING_TEXT, MEMBER(app_name), 0, 0,
     "NAME", "what the job is called in messages (default: the file's name)"},
    {"block-interval-ms", "block_interval_ms", SETTING_LONG, MEMBER(block_interval_ms), 1,
     INTERVAL_MAX, "MS",
     "how often received records become a block (default 200, at most --batch-ms)"},
    {"max-rate", "max_rate", SETTING_LONG, MEMBER(max_rate), 0, INT64_MAX,
     "N", "records a second that each receiver takes at most (default 0: no limit)"},
    {"max-record-bytes", "max_record_bytes", SETTING_SIZE, MEMBER(max_record_bytes), 1, INT64_MAX,
     "SIZE", "a longer line is refused and counted (default 64M)"},
    {"memory", "memory", SETTING_SIZE, MEMBER(memory), 1, INT64_MAX,
     "SIZE", "for received blocks that wait (default: a quarter of the machine's)"},
    {"batch-memory", "batch_memory", SETTING_SIZE, MEMBER(batch_memory), 1, INT64_MAX,
     "SIZE", "working set beyond which a batch fails (default: as --memory)"},
    {"attempts", "attempts", SETTING_COUNT, MEMBER(attempts), 1, 1000,
     "N", "how often an output is tried before its batch fails (default 2)"},
    {"stop-timeout-ms", "stop_timeout_ms", SETTING_LONG, MEMBER(stop_timeout_ms), 1, INTERVAL_MAX,
     "MS", "limit of a graceful stop (default: 10 batch intervals, at least 10 s)"},
};

static void *member(const setting *setting, weir_options *options)
{
    return (char *)options + setting->offset;
}

void setting_copy(const setting *setting, weir_options *to, const weir_options *from)
{
    const void *source = (const char *)from + setting->offset;
    size_t size = setting->type == SETTING_COUNT ? sizeof(int) : sizeof(int64_t);
    memcpy(member(setting, to), source, size);
}

/* local, local[*], local[N] */
static bool is_master(const char *text)
{
    if (strcmp(text, "local") == 0 || strcmp(text, "local[*]") == 0) return true;
    if (strncmp(text, "local[", 6) != 0) return false;
    const char *digits = text + 6;
    size_t length = strspn(digits, "0123456789");
    return length > 0 && length < 6 && atoi(digits) > 0 && strcmp(digits + length, "]") == 0;
}

static bool set_text(const setting *setting, const char *text, weir_options *options,
                     problem *problem)
{
    if (setting->type == SETTING_MASTER && !is_master(text))
        return problem_set(problem, "is \"%s\"; give local, local[N] or local[*]", text);
    if (!*text) return problem_set(problem, "is empty; give a text");
    memcpy(member(setting, options), &text, sizeof text);
    return true;
}

static bool set_number(const setting *setting, int64_t number, weir_options *options,
                       problem *problem)
{
    if (number < setting->least || number > setting->most) {
        if (setting->most == INT64_MAX)
            return problem_set(problem, "is %lld; give %lld or more", (long long)number,
                               (long long)setting->least);
        return problem_set(problem, "is %lld; give %lld to %lld", (long long)number,
                           (long long)setting->least, (long long)setting->most);
    }
    if (setting->type == SETTING_COUNT) *(int *)member(setting, options) = (int)number;
    else if (setting->type == SETTING_SIZE) *(size_t *)member(setting, options) = (size_t)number;
    else *(int64_t *)member(setting, options) = number;
    return true;
}

/* Digits and, for a size, perhaps K, M or G behind them. */
static bool parse_number(const char *text, bool is_size, int64_t *number)
{
    char *end;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (end == text || errno || strchr(" \t\n\v\f\r", *text)) return false;
    int shift = 0;
    if (is_size && *end) {
        const char *units = "KMG", *unit = strchr(units, *end);
        if (!unit) return false;
        shift = 10 * (int)(unit - units + 1);
        end++;
    }
    if (*end || parsed > INT64_MAX >> shift || parsed < 0) return false;
    *number = (int64_t)parsed << shift;
    return true;
}

static bool is_text(const setting *setting)
{
    return setting->type == SETTING_TEXT || setting->type == SETTING_MASTER;
}

bool setting_from_text(const setting *setting, const char *text, weir_options *options,
                       problem *problem)
{
    if (is_text(setting)) return set_text(setting, text, options, problem);
    bool is_size = setting->type == SETTING_SIZE;
    const char *wanted = is_size ? "a number of bytes, such as 1000 or 64M" : "a whole number";
    int64_t number;
    if (!parse_number(text, is_size, &number))
        return problem_set(problem, "is \"%s\"; give %s", text, wanted);
    return set_number(setting, number, options, problem);
}

bool setting_from_json(const setting *setting, const json_t *json, weir_options *options,
                       problem *problem)
{
    const char *text = json_string_value(json);
    if (is_text(setting) && !text) return problem_set(problem, "must be a string");
    if (text && (is_text(setting) || setting->type == SETTING_SIZE))
        return setting_from_text(setting, text, options, problem);
    if (!json_is_integer(json))
        return problem_set(problem, "must be a whole number%s",
                           setting->type == SETTING_SIZE ? " or a size such as \"64M\"" : "");
    return set_number(setting, json_integer_value(json), options, problem);
}
