#include "tools/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tools/json_value.h"
#include "tools/message.h"

/* The status line is as wide as the first line that print writes: with the cursor left at its
 * beginning, what is printed to the same terminal covers it. */
enum { LINE_WIDTH = 43, DRAW_EVERY_US = 100 * 1000, ABANDON_AFTER_MS = 500 };

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool progress_mode_read(const char *text, progress_mode *mode, problem *problem)
{
    *mode = message_is_terminal(STDERR_FILENO) ? PROGRESS_LINE : PROGRESS_NONE;
    if (!text || strcmp(text, "auto") == 0) return true;
    if (strcmp(text, "line") == 0) *mode = PROGRESS_LINE;
    else if (strcmp(text, "json") == 0) *mode = PROGRESS_JSON;
    else if (strcmp(text, "none") == 0) *mode = PROGRESS_NONE;
    else return problem_set(problem, "--progress is \"%s\"; give auto, line, json or none", text);
    return true;
}

void progress_init(progress *progress, progress_mode mode, size_t outputs)
{
    *progress = (struct progress){.mode = mode};
    pthread_mutex_init(&progress->mutex, NULL);
    progress->outputs = calloc(outputs ? outputs : 1, sizeof *progress->outputs);
    progress->output_count = progress->outputs ? outputs : 0;
}

void progress_release(progress *progress)
{
    pthread_mutex_destroy(&progress->mutex);
    free(progress->outputs);
}

void progress_start(progress *progress)
{
    pthread_mutex_lock(&progress->mutex);
    progress->start_us = progress->last_us = progress->drawn_us = now_us();
    pthread_mutex_unlock(&progress->mutex);
}

/* --- The status line. The lock is held. ------------------------------------------------------ */

static void erase_line(progress *progress)
{
    if (progress->is_drawn) fputs("\r\033[K", stderr);
    progress->is_drawn = false;
}

static const char *scaled(double number, char room[16])
{
    const char *unit = "";
    if (number >= 1e6) {
        number /= 1e6;
        unit = "M";
    } else if (number >= 1e4) {
        number /= 1e3;
        unit = "k";
    }
    snprintf(room, 16, "%.*f%s", *unit ? 1 : 0, number, unit);
    return room;
}

static int line_width(void)
{
    struct winsize size;
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known && size.ws_col <= LINE_WIDTH ? size.ws_col - 1 : LINE_WIDTH;
}

static void draw_line(progress *progress, const weir_batch_summary *summary)
{
    int64_t elapsed_us = progress->last_us - progress->drawn_us;
    if (progress->is_drawn && elapsed_us < DRAW_EVERY_US) return;
    double records = (double)(progress->records - progress->drawn_records);
    double rate = elapsed_us > 0 ? records * 1e6 / (double)elapsed_us : 0;
    char text[128], per_second[16], waiting[32] = "";
    if (summary->waiting > 0)
        snprintf(waiting, sizeof waiting, ", %" PRIu64 " wait", summary->waiting);
    snprintf(text, sizeof text, "batch %" PRIu64 ": %.1f ms, %s records/s%s", progress->batches,
             (double)summary->processing_us / 1000, scaled(rate, per_second), waiting);
    fprintf(stderr, "\r%.*s\033[K\r", line_width(), text);
    fflush(stderr);
    progress->is_drawn = true;
    progress->drawn_us = progress->last_us;
    progress->drawn_records = progress->records;
}

/* --- JSON. The lock is held; standard error keeps a line together until its end. ------------- */

static void write_text(const char *name, const char *text)
{
    json_t *json = json_text(text);
    char *quoted = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
    fprintf(stderr, ",\"%s\":%s", name, quoted ? quoted : "\"\"");
    free(quoted);
    json_decref(json);
}

static void write_counts(const uint64_t *counts, size_t count)
{
    fputs(",\"outputs\":[", stderr);
    for (size_t i = 0; i < count; i++) fprintf(stderr, "%s%" PRIu64, i ? "," : "", counts[i]);
    fputs("]", stderr);
}

static void write_batch(const weir_batch_summary *summary)
{
    fprintf(stderr, "{\"v\":1,\"event\":\"batch\",\"time_ms\":%" PRId64 ",\"records\":%" PRIu64,
            summary->time_ms, summary->records);
    fprintf(stderr, ",\"submitted_us\":%" PRId64 ",\"scheduling_us\":%" PRId64
            ",\"processing_us\":%" PRId64, summary->submitted_us, summary->scheduling_us,
            summary->processing_us);
    write_counts(summary->output_records, summary->outputs);
    fprintf(stderr, ",\"refused\":%" PRIu64 ",\"waiting\":%" PRIu64, summary->refused,
            summary->waiting);
    write_text("status", weir_status_text(summary->status));
    if (summary->status != WEIR_OK) write_text("error", summary->error);
    fputs("}\n", stderr);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* getrusage may give that of the program that began this one, which this one took the place of. */
static int64_t most_resident_bytes(void)
{
    enum { LINE = 256 };
    char line[LINE];
    long long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, LINE, status))
        if (sscanf(line, "VmHWM: %lld", &kib) == 1) break;
    if (status) fclose(status);
    return kib * 1024;
}

static void write_summary(const progress *progress)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "{\"v\":1,\"event\":\"summary\",\"batches\":%" PRIu64 ",\"failed\":%" PRIu64
            ",\"records\":%" PRIu64, progress->batches, progress->failed, progress->records);
    fprintf(stderr, ",\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"max_rss_bytes\":%" PRId64,
            (double)(progress->last_us - progress->start_us) / 1e6,
            seconds(usage.ru_utime) + seconds(usage.ru_stime), most_resident_bytes());
    write_counts(progress->outputs, progress->output_count);
    if (progress->lasts) fprintf(stderr, ",\"checkpoints\":%" PRIu64, progress->checkpoints);
    fputs("}\n", stderr);
}

static void write_resumption(const weir_resumption *resumption)
{
    fprintf(stderr, "{\"v\":1,\"event\":\"resumed\",\"checkpoint_ms\":%" PRId64
            ",\"replayed\":%" PRIu64 ",\"replayed_done\":%" PRIu64,
            resumption->checkpoint_ms, resumption->replayed, resumption->replayed_done);
    fprintf(stderr, ",\"down\":%" PRIu64 ",\"took_us\":%" PRId64 ",\"finished\":%s}\n",
            resumption->down, resumption->took_us, resumption->is_finished ? "true" : "false");
}

/* --- What happens ---------------------------------------------------------------------------- */

void progress_resumed(progress *progress, const weir_resumption *resumption)
{
    pthread_mutex_lock(&progress->mutex);
    if (progress->mode == PROGRESS_JSON && resumption->is_resumed) write_resumption(resumption);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_checkpoints(progress *progress, uint64_t checkpoints)
{
    pthread_mutex_lock(&progress->mutex);
    progress->lasts = true;
    progress->checkpoints = checkpoints;
    pthread_mutex_unlock(&progress->mutex);
}

static void add_outputs(progress *progress, const weir_batch_summary *summary)
{
    if (summary->outputs > progress->output_count) {
        uint64_t *more = realloc(progress->outputs, summary->outputs * sizeof *more);
        if (!more) return;
        size_t added = summary->outputs - progress->output_count;
        memset(more + progress->output_count, 0, added * sizeof *more);
        progress->outputs = more;
        progress->output_count = summary->outputs;
    }
    for (size_t i = 0; i < summary->outputs; i++)
        progress->outputs[i] += summary->output_records[i];
}

void progress_batch(const weir_batch_summary *summary, void *user)
{
    progress *progress = user;
    pthread_mutex_lock(&progress->mutex);
    progress->last_us = now_us();
    progress->batches++;
    progress->failed += summary->status != WEIR_OK;
    progress->records += summary->records;
    add_outputs(progress, summary);
    if (!progress->is_finished) {
        if (progress->mode == PROGRESS_JSON) write_batch(summary);
        if (progress->mode == PROGRESS_LINE) draw_line(progress, summary);
    }
    pthread_mutex_unlock(&progress->mutex);
}

/* The last one of a stop is not part of the run. */
void progress_checkpoint(int64_t time_ms, bool is_due, void *user)
{
    (void)time_ms;
    progress *progress = user;
    pthread_mutex_lock(&progress->mutex);
    if (is_due) progress->last_us = now_us();
    pthread_mutex_unlock(&progress->mutex);
}

static void keep_said(progress *progress, const char *text)
{
    size_t at = progress->said_count++ % SAID_MAX;
    snprintf(progress->said[at], sizeof progress->said[at], "%s", text);
}

static bool is_said(const progress *progress, const char *text)
{
    for (size_t i = 0; i < SAID_MAX && i < progress->said_count; i++)
        if (strncmp(progress->said[i], text, sizeof progress->said[i] - 1) == 0) return true;
    return false;
}

static void say(progress *progress, weir_level level, const char *text)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    erase_line(progress);
    if (level == WEIR_ERROR) keep_said(progress, text);
    if (progress->mode != PROGRESS_JSON) {
        message_print(level, text);
        return;
    }
    fputs("{\"v\":1,\"event\":\"message\"", stderr);
    write_text("level", words[level]);
    write_text("text", text);
    fputs("}\n", stderr);
}

void progress_message(weir_level level, const char *text, void *user)
{
    progress *progress = user;
    pthread_mutex_lock(&progress->mutex);
    if (!progress->is_finished) say(progress, level, text);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_error(progress *progress, const char *text)
{
    pthread_mutex_lock(&progress->mutex);
    if (!is_said(progress, text) && !progress->is_finished) say(progress, WEIR_ERROR, text);
    pthread_mutex_unlock(&progress->mutex);
}

static void finish(progress *progress)
{
    erase_line(progress);
    if (progress->mode == PROGRESS_JSON && !progress->is_finished) write_summary(progress);
    fflush(stderr);
    progress->is_finished = true;
}

void progress_finish(progress *progress)
{
    pthread_mutex_lock(&progress->mutex);
    finish(progress);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_abandon(progress *progress, const char *text)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ABANDON_AFTER_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_mutex_timedlock(&progress->mutex, &until) != 0) return;
    say(progress, WEIR_WARNING, text);
    finish(progress);
    pthread_mutex_unlock(&progress->mutex);
}
