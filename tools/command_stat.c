/* weir stat DIR: the directory of a context, summed up. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"
#include "tools/neutral_keys.h"

static const argument stat_arguments[] = {
    {"json", ARGUMENT_JSON, NULL, "one JSON object"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line stat_line = {
    .name = "stat",
    .examples = "  weir stat DIR\n"
                "  weir stat --json DIR | jq .restart.replayed\n",
    .usage = "[OPTION]... DIR",
    .about = "Sums up DIR, the directory of a run that lasts: whose it is and who uses it, how\n"
             "much there is, the keys of each state, the panes of each window, how old the\n"
             "checkpoints are, and what a restart would compute again. Reads the state to count\n"
             "its keys.\n",
    .arguments = stat_arguments,
    .least_operands = 1,
    .most_operands = 1,
    .lacking = "which directory? Give the one that a run lasts in",
};

enum { SPACES_MAX = 256 };

typedef struct space_count {
    char *name;
    size_t partitions;
    uint64_t keys;
    uint64_t neutral; /* of a window: keys that have no record in it */
    bool is_window;
} space_count;

typedef struct window_count {
    char *name;
    size_t partitions; /* of keyed panes; else 0 */
    uint64_t panes;
    int64_t oldest_ms;
    int64_t newest_ms;
    uint64_t records;
    uint64_t bytes;
} window_count;

typedef struct summary {
    weir_directory_facts directory;
    weir_checkpoint_facts newest; /* that is good; time -1: there is none */
    char name[128];
    int64_t oldest_published_ms;
    uint64_t bad; /* checkpoints */
    json_t *set_aside; /* names of checkpoints */
    weir_restart_facts restart;
    weir_status restart_status;
    char restart_error[1024];
    space_count spaces[SPACES_MAX];
    size_t space_count;
    window_count windows[SPACES_MAX];
    size_t window_count;
    int64_t now_ms;
} summary;

/* --- reading --------------------------------------------------------------------------------- */

static bool note_checkpoint(const weir_checkpoint_facts *is, void *user)
{
    summary *summary = user;
    if (is->status != WEIR_OK) {
        summary->bad++;
        return true;
    }
    if (summary->newest.time_ms < 0) summary->oldest_published_ms = is->published_ms;
    summary->newest = *is;
    snprintf(summary->name, sizeof summary->name, "%s", is->app_name);
    summary->newest.app_name = summary->name;
    summary->newest.error = "";
    return true;
}

static bool note_set_aside(const char *name, void *user)
{
    summary *summary = user;
    return json_array_append_new(summary->set_aside, json_text(name)) == 0;
}

static void note_space(const char *space, size_t partitions, void *user)
{
    summary *summary = user;
    if (summary->space_count == SPACES_MAX) return;
    summary->spaces[summary->space_count++] =
        (space_count){.name = strdup(space), .partitions = partitions};
}

static bool count_key(const weir_state_entry *entry, void *user)
{
    summary *summary = user;
    (void)entry;
    summary->spaces[summary->space_count - 1].keys++;
    return true;
}

static void note_window(const char *space, size_t partitions, void *user)
{
    summary *summary = user;
    if (summary->window_count == SPACES_MAX) return;
    summary->windows[summary->window_count++] =
        (window_count){.name = strdup(space), .partitions = partitions};
}

static bool count_pane(const weir_pane_facts *pane, void *user)
{
    summary *summary = user;
    window_count *window = &summary->windows[summary->window_count - 1];
    if (window->panes++ == 0) window->oldest_ms = pane->time_ms;
    window->newest_ms = pane->time_ms;
    window->records += pane->records;
    window->bytes += pane->bytes;
    return true;
}

static void say_damage(const char *text, void *user)
{
    (void)user;
    message_print(WEIR_ERROR, text);
}

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of the windows that go on from their last result: those that have a state, too. */
static weir_status count_neutral(const char *path, int64_t at_ms, summary *summary)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < summary->space_count && status == WEIR_OK; i++) {
        space_count *space = &summary->spaces[i];
        for (size_t j = 0; j < summary->window_count && !space->is_window; j++)
            space->is_window = strcmp(space->name, summary->windows[j].name) == 0;
        if (space->is_window)
            status = neutral_keys_count(path, at_ms, space->name, &space->neutral);
    }
    return status;
}

static weir_status read_contents(const char *path, int64_t at_ms, summary *summary)
{
    weir_state_query query = {.at_ms = at_ms};
    weir_state_visitor states = {.space = note_space, .entry = count_key, .damage = say_damage};
    weir_pane_visitor windows = {.window = note_window, .pane = count_pane, .damage = say_damage};
    weir_status status = weir_inspect_state(path, &query, &states, summary);
    if (status != WEIR_OK && status != WEIR_DAMAGED) return status;
    weir_status read = weir_inspect_panes(path, &query, &windows, summary);
    if (status == WEIR_OK) status = read;
    return status == WEIR_OK ? count_neutral(path, at_ms, summary) : status;
}

static void forget_contents(summary *summary)
{
    for (size_t i = 0; i < summary->space_count; i++) free(summary->spaces[i].name);
    for (size_t i = 0; i < summary->window_count; i++) free(summary->windows[i].name);
    summary->space_count = summary->window_count = 0;
}

static void note_refusal(weir_status status, summary *summary)
{
    summary->restart_status = status;
    if (status == WEIR_OK) return;
    snprintf(summary->restart_error, sizeof summary->restart_error, "%s", weir_last_error());
}

/* What is shown is of the checkpoint that a start would take, else of the newest that can be read:
 * asked for by its time, nobody says again why it is not the newest. It may be dropped meanwhile,
 * as there are newer ones. */
static weir_status read_summary(const char *path, summary *summary)
{
    *summary = (struct summary){
        .newest = {.time_ms = -1}, .now_ms = wall_ms(), .set_aside = json_array()};
    weir_status status = weir_inspect_directory(path, &summary->directory);
    if (status == WEIR_OK) status = weir_inspect_checkpoints(path, note_checkpoint, summary);
    if (status == WEIR_OK) status = weir_inspect_set_aside(path, note_set_aside, summary);
    note_refusal(status, summary);
    if (status != WEIR_OK) return status;
    note_refusal(weir_inspect_restart(path, NULL, &summary->restart), summary);
    int64_t at_ms = summary->restart.checkpoint_ms;
    if (at_ms == WEIR_NEWEST) at_ms = summary->newest.time_ms;
    status = read_contents(path, at_ms, summary);
    if (status != WEIR_NO_ELEMENT || at_ms == WEIR_NEWEST) return status;
    forget_contents(summary);
    return read_contents(path, WEIR_NEWEST, summary);
}

/* --- showing --------------------------------------------------------------------------------- */

static json_t *json_of_restart(const summary *summary)
{
    const weir_restart_facts *is = &summary->restart;
    if (summary->restart_status != WEIR_OK)
        return json_pack("{s:o}", "error", json_text(summary->restart_error));
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "checkpoint_ms",
                     (json_int_t)is->checkpoint_ms, "replayed", (json_int_t)is->replayed,
                     "replayed_done", (json_int_t)is->replayed_done, "loose_blocks",
                     (json_int_t)is->loose_blocks, "down", (json_int_t)is->down, "last_ms",
                     (json_int_t)is->last_ms, "damaged", (json_int_t)is->damaged);
}

static json_t *json_of_windows(const summary *summary)
{
    json_t *windows = json_array();
    for (size_t i = 0; i < summary->window_count; i++) {
        const window_count *is = &summary->windows[i];
        json_array_append_new(
            windows, json_pack("{s:o,s:I,s:I,s:I,s:I}", "space", json_text(is->name),
                               "partitions", (json_int_t)is->partitions, "panes",
                               (json_int_t)is->panes, is->partitions ? "keys" : "records",
                               (json_int_t)is->records, "bytes", (json_int_t)is->bytes));
        if (is->panes == 0) continue;
        json_t *window = json_array_get(windows, i);
        json_object_set_new(window, "oldest_ms", json_integer((json_int_t)is->oldest_ms));
        json_object_set_new(window, "newest_ms", json_integer((json_int_t)is->newest_ms));
    }
    return windows;
}

static void show_json(const summary *summary)
{
    const weir_directory_facts *directory = &summary->directory;
    const weir_checkpoint_facts *newest = &summary->newest;
    json_t *spaces = json_array();
    for (size_t i = 0; i < summary->space_count; i++)
        json_array_append_new(
            spaces, json_pack("{s:o,s:I,s:I}", "space", json_text(summary->spaces[i].name),
                              "keys", (json_int_t)summary->spaces[i].keys, "partitions",
                              (json_int_t)summary->spaces[i].partitions));
    for (size_t i = 0; i < summary->space_count; i++)
        if (summary->spaces[i].is_window)
            json_object_set_new(json_array_get(spaces, i), "neutral",
                                json_integer((json_int_t)summary->spaces[i].neutral));
    json_t *json = json_pack(
        "{s:i,s:o,s:o,s:b,s:o,s:I,s:I,s:I,s:i}", "v", 1, "context",
        json_text(newest->context_id), "name", json_text(summary->name), "in_use",
        directory->is_in_use, "holder", json_text(directory->holder), "zero_ms",
        (json_int_t)newest->zero_ms, "first_start_ms", (json_int_t)newest->first_start_ms,
        "interval_ms", (json_int_t)newest->interval_ms, "partitions", newest->partitions);
    json_t *sizes = json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "log_segments", (json_int_t)directory->log_segments,
        "log_bytes", (json_int_t)directory->log_bytes, "quarantined",
        (json_int_t)directory->quarantined, "checkpoints", (json_int_t)directory->checkpoints,
        "bad_checkpoints", (json_int_t)summary->bad, "checkpoint_bytes",
        (json_int_t)directory->checkpoint_bytes, "live_bytes", (json_int_t)directory->live_bytes);
    json_t *more = json_pack(
        "{s:I,s:I,s:O,s:I,s:o,s:o,s:o}", "checkpoint_ms", (json_int_t)newest->time_ms,
        "checkpoint_age_ms",
        (json_int_t)(newest->time_ms < 0 ? -1 : summary->now_ms - newest->published_ms),
        "set_aside", summary->set_aside, "set_aside_bytes",
        (json_int_t)directory->set_aside_bytes, "state",
        spaces, "windows", json_of_windows(summary), "restart", json_of_restart(summary));
    json_object_update(json, sizes);
    json_object_update(json, more);
    json_decref(sizes);
    json_decref(more);
    json_print_line(json);
}

static void show_restart(const summary *summary)
{
    const weir_restart_facts *is = &summary->restart;
    if (summary->restart_status != WEIR_OK) {
        printf("a restart    would fail: %s\n", summary->restart_error);
        return;
    }
    printf("a restart    goes on from %" PRId64 " ms: %" PRIu64 " batches from the log, %" PRIu64
           " of them without outputs", is->checkpoint_ms, is->replayed, is->replayed_done);
    if (is->loose_blocks) printf("; %" PRIu64 " blocks join the next batch", is->loose_blocks);
    if (is->down) printf("; %" PRIu64 " batches fell due since", is->down);
    if (is->damaged) printf("; %" PRIu64 " places of the log are damaged", is->damaged);
    printf("\n");
}

static void show_checkpoints(const summary *summary)
{
    char room[CELL_TEXT_MAX], other[CELL_TEXT_MAX];
    printf("checkpoints  %" PRIu64 ", %s", summary->directory.checkpoints,
           text_of_size(summary->directory.checkpoint_bytes, room));
    if (summary->bad) printf(", %" PRIu64 " cannot be used", summary->bad);
    if (summary->newest.time_ms >= 0)
        printf("; the newest, of %" PRId64 " ms, is %s old, the oldest %s",
               summary->newest.time_ms,
               text_of_span(summary->now_ms - summary->newest.published_ms, room),
               text_of_span(summary->now_ms - summary->oldest_published_ms, other));
    printf("\n");
}

/* What a start passed over: nothing removes it, so whoever reads this may want to. */
static void show_set_aside(const summary *summary)
{
    enum { SHOWN = 8 };
    char room[CELL_TEXT_MAX];
    size_t count = json_array_size(summary->set_aside);
    if (count == 0) return;
    printf("set aside    %zu checkpoint%s, %s more:", count, count == 1 ? "" : "s",
           text_of_size(summary->directory.set_aside_bytes, room));
    for (size_t i = 0; i < count && i < SHOWN; i++)
        printf("%s %s", i ? "," : "", json_string_value(json_array_get(summary->set_aside, i)));
    printf("%s; kept in checkpoints/quarantine until somebody removes them\n",
           count > SHOWN ? ", ..." : "");
}

static void show_windows(const summary *summary)
{
    char room[CELL_TEXT_MAX];
    for (size_t i = 0; i < summary->window_count; i++) {
        const window_count *is = &summary->windows[i];
        printf("%s  %" PRIu64 " pane%s of \"%s\"", i == 0 ? "windows    " : "           ",
               is->panes, is->panes == 1 ? "" : "s", is->name);
        if (is->panes)
            printf(", of %" PRId64 " to %" PRId64 " ms", is->oldest_ms, is->newest_ms);
        printf(": %" PRIu64 " %s, %s\n", is->records, is->partitions ? "keys" : "records",
               text_of_size(is->bytes, room));
    }
}

static void show(const summary *summary)
{
    char room[CELL_TEXT_MAX];
    const weir_directory_facts *directory = &summary->directory;
    const weir_checkpoint_facts *newest = &summary->newest;
    printf("context      %s \"%s\"\n", newest->context_id, summary->name);
    printf("used by      %s%s\n", directory->is_in_use ? "" : "nobody; the last was ",
           directory->holder);
    printf("batches      every %" PRId64 " ms, %d partitions; first start %s\n",
           newest->interval_ms, newest->partitions,
           *text_of_time(newest->first_start_ms, room) ? room : "in virtual time");
    show_checkpoints(summary);
    show_set_aside(summary);
    printf("log          %" PRIu64 " segment%s, %s", directory->log_segments,
           directory->log_segments == 1 ? "" : "s", text_of_size(directory->log_bytes, room));
    if (directory->quarantined)
        printf(", %" PRIu64 " files in quarantine", directory->quarantined);
    printf("\nlive state   %s more\n", text_of_size(directory->live_bytes, room));
    show_restart(summary);
    for (size_t i = 0; i < summary->space_count; i++) {
        const space_count *is = &summary->spaces[i];
        printf("%s  %" PRIu64 " keys of \"%s\" in %zu partitions",
               i == 0 ? "state      " : "           ", is->keys, is->name, is->partitions);
        if (is->is_window)
            printf(", %" PRIu64 " of them neutral: without a record in the window", is->neutral);
        printf("\n");
    }
    show_windows(summary);
}

int command_stat(int argc, char **argv)
{
    static summary summary;
    arguments arguments;
    int code;
    if (!arguments_begin(&stat_line, argc, argv, &arguments, &code)) return code;
    weir_status status = read_summary(arguments.operands[0], &summary);
    if (*summary.directory.holder || summary.directory.log_segments ||
        summary.directory.checkpoints) {
        if (arguments.wants_json) show_json(&summary);
        else show(&summary);
    }
    json_decref(summary.set_aside);
    forget_contents(&summary);
    if (status == WEIR_OK && summary.restart_status != WEIR_OK) {
        status = summary.restart_status;
        fflush(stdout);
        return looking_code(status);
    }
    return looking_exit(status);
}
