#include "tools/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_MAX = INT_MAX }; /* some 24 days */

#define MEMBER(name) offsetof(run_settings, options.name)
#define LASTING(name) offsetof(run_settings, durability.name)

const setting setting_table[SETTING_NUMBER] = {
    {"master", "master", SETTING_MASTER, MEMBER(master), 0, 0,
     "MASTER", "local (one worker), local[N], or local[*]: a worker per processor (default)"},
    {"batch-ms", "batch_ms", SETTING_LONG, MEMBER(batch_interval_ms), 1, INTERVAL_MAX,
     "MS", "batch interval in milliseconds (default 1000)"},
    {"partitions", "partitions", SETTING_COUNT, MEMBER(partitions), 1, INT_MAX,
     "N", "into how many partitions keyed streams are divided (default 8)"},
    {"name", "name", SETTING_TEXT, MEMBER(app_name), 0, 0,
     "NAME", "what the job is called, also by its directory (default: the file's name)"},
    {"block-interval-ms", "block_interval_ms", SETTING_LONG, MEMBER(block_interval_ms), 1,
     INTERVAL_MAX, "MS",
     "how often received records become a block (default 200, at most --batch-ms)"},
    {"max-rate", "max_rate", SETTING_LONG, MEMBER(max_rate), 0, INT64_MAX,
     "N", "records a second that each receiver takes at most (default 0: no limit)"},
    {"max-record-bytes", "max_record_bytes", SETTING_SIZE, MEMBER(max_record_bytes), 1, INT64_MAX,
     "SIZE", "a longer line is refused and counted (default 64M)"},
    {"memory", "memory", SETTING_SIZE, MEMBER(memory), 1, INT64_MAX,
     "SIZE", "for received blocks that wait (default: a sixteenth of the machine's)"},
    {"batch-memory", "batch_memory", SETTING_SIZE, MEMBER(batch_memory), 1, INT64_MAX,
     "SIZE",
     "working set beyond which a batch fails (default: 8 times --memory, half the machine's "
     "at most)"},
    {"attempts", "attempts", SETTING_COUNT, MEMBER(attempts), 1, 1000,
     "N", "how often an output is tried before its batch fails (default 2)"},
    {"stop-timeout-ms", "stop_timeout_ms", SETTING_LONG, MEMBER(stop_timeout_ms), 1, INTERVAL_MAX,
     "MS", "limit of a graceful stop (default: 10 batch intervals, at least 10 s)"},
    {"volatile-state", "volatile_state", SETTING_FLAG, MEMBER(volatile_state), 0, 0,
     "yes|no", "state lives in memory alone and is lost at the end (default: no)"},
    {"checkpoint", "checkpoint", SETTING_TEXT, offsetof(run_settings, checkpoint), 0, 0,
     "DIR", "the run lasts in DIR: what was there goes on where it stopped"},
    {"checkpoint-ms", "checkpoint_ms", SETTING_LONG, LASTING(checkpoint_ms), 1, INTERVAL_MAX,
     "MS", "between checkpoints (default: as many batches as make 10 s)"},
    {"keep", "keep", SETTING_COUNT, LASTING(keep), 2, INT_MAX,
     "N", "checkpoints that are kept (default 2)"},
    {"keep-every-ms", "keep_every_ms", SETTING_LONG, LASTING(keep_every_ms), 0, INTERVAL_MAX,
     "MS", "older checkpoints, one so often, are kept, too (default 0: none)"},
    {"state-memory", "state_memory", SETTING_SIZE, LASTING(state_memory), 1, INT64_MAX,
     "SIZE", "for state and its cache (default: a quarter of the machine's)"},
    {"log-sync-ms", "log_sync_ms", SETTING_LONG, LASTING(log_sync_ms), 0, INTERVAL_MAX,
     "MS", "how often the log is synced (default 0: before anything is acknowledged)"},
    {"log-no-sync", "log_no_sync", SETTING_FLAG, LASTING(log_no_sync), 0, 0,
     "yes|no", "the log is never synced: lasts through kill -9, not through a power cut"},
    {"log-compress", "log_compress", SETTING_FLAG, LASTING(log_compress), 0, 0,
     "yes|no", "what is received is compressed in the log (default: no)"},
};

static void *member(const setting *setting, run_settings *to)
{
    return (char *)to + setting->offset;
}

static size_t size_of(const setting *setting)
{
    if (setting->type == SETTING_COUNT) return sizeof(int);
    return setting->type == SETTING_FLAG ? sizeof(bool) : sizeof(int64_t);
}

void setting_copy(const setting *setting, run_settings *to, const run_settings *from)
{
    memcpy(member(setting, to), (const char *)from + setting->offset, size_of(setting));
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

static bool set_text(const setting *setting, const char *text, run_settings *to,
                     problem *problem)
{
    if (setting->type == SETTING_MASTER && !is_master(text))
        return problem_set(problem, "is \"%s\"; give local, local[N] or local[*]", text);
    if (!*text) return problem_set(problem, "is empty; give a text");
    memcpy(member(setting, to), &text, sizeof text);
    return true;
}

static bool set_number(const setting *setting, int64_t number, run_settings *to,
                       problem *problem)
{
    if (number < setting->least || number > setting->most) {
        if (setting->most == INT64_MAX)
            return problem_set(problem, "is %lld; give %lld or more", (long long)number,
                               (long long)setting->least);
        return problem_set(problem, "is %lld; give %lld to %lld", (long long)number,
                           (long long)setting->least, (long long)setting->most);
    }
    if (setting->type == SETTING_COUNT) *(int *)member(setting, to) = (int)number;
    else if (setting->type == SETTING_SIZE) *(size_t *)member(setting, to) = (size_t)number;
    else *(int64_t *)member(setting, to) = number;
    return true;
}

static bool set_flag(const setting *setting, const char *text, run_settings *to, problem *problem)
{
    bool is_yes = strcmp(text, "yes") == 0;
    if (!is_yes && strcmp(text, "no") != 0)
        return problem_set(problem, "is \"%s\"; give yes or no", text);
    *(bool *)member(setting, to) = is_yes;
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

bool setting_from_text(const setting *setting, const char *text, run_settings *to,
                       problem *problem)
{
    if (is_text(setting)) return set_text(setting, text, to, problem);
    if (setting->type == SETTING_FLAG) return set_flag(setting, text, to, problem);
    bool is_size = setting->type == SETTING_SIZE;
    const char *wanted = is_size ? "a number of bytes, such as 1000 or 64M" : "a whole number";
    int64_t number;
    if (!parse_number(text, is_size, &number))
        return problem_set(problem, "is \"%s\"; give %s", text, wanted);
    return set_number(setting, number, to, problem);
}

bool setting_from_json(const setting *setting, const json_t *json, run_settings *to,
                       problem *problem)
{
    const char *text = json_string_value(json);
    if (is_text(setting) && !text) return problem_set(problem, "must be a string");
    if (setting->type == SETTING_FLAG) {
        if (!json_is_boolean(json)) return problem_set(problem, "must be true or false");
        *(bool *)member(setting, to) = json_is_true(json);
        return true;
    }
    if (text && (is_text(setting) || setting->type == SETTING_SIZE))
        return setting_from_text(setting, text, to, problem);
    if (!json_is_integer(json))
        return problem_set(problem, "must be a whole number%s",
                           setting->type == SETTING_SIZE ? " or a size such as \"64M\"" : "");
    return set_number(setting, json_integer_value(json), to, problem);
}
