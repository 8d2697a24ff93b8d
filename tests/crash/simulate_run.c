#include "crash/simulate_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "crash/disk.h"
#include "crash/disk_calls.h"
#include "crash/random.h"
#include "crash/simulate_check.h"
#include "crash/simulate_program.h"
#include "crash/simulate_seams.h"
#include "crash/state_file.h"
#include "recovery/recovery.h"
#include "recovery/sealed_file.h"
#include "wal/directory.h"

enum { MOST_FAULTY_LIVES = 6, MOST_LIVES = 40, MOST_SEGMENTS = 1 << 16 };

const char *const planted_names[PLANTED_KINDS] = {
    "nothing",          "skipped-sync",   "early-answer",   "names-not-synced",
    "files-not-synced", "manifest-first", "drops-too-much", "forgotten-done",
    "unheard-damage"};

typedef struct run {
    simulation *simulation;
    scenario scenario;
    random_source random;
    char root[256], directory[300], log[320], in[300], out[320];
    tellings tellings;
    handed handed;
    int batches; /* that were advanced through */
    bool is_final;
    bool is_done;
    weir_context *context;
    /* Bits of the log that were changed: then what is lost must be said. */
    struct {
        uint64_t segment, at;
    } log_damages[MOST_FAULTY_LIVES];
    int log_damage_count;
    _Atomic bool is_said;
    /* segments that hold something acknowledged */
    bool *holds;
} run;

static run *the_run;

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (the_run->simulation->why.size < 4000)
        buffer_printf(&the_run->simulation->why, "  life %d: %s\n", the_program.life, text);
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    if (!the_run->simulation->is_told) return;
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
}

/* What the log says each time that it is cut at its end excuses nothing, but where an entry there
 * is the very one that was damaged: it cannot be told from one that was never finished. */
static bool cuts_damage(const run *run, const char *text)
{
    const char *path = strstr(text, "/log/"), *cut = strstr(text, "cut at byte ");
    if (!path || !cut) return false;
    uint64_t segment = strtoull(path + strlen("/log/"), NULL, 10);
    uint64_t from = strtoull(cut + strlen("cut at byte "), NULL, 10);
    for (int i = 0; i < run->log_damage_count; i++)
        if (run->log_damages[i].segment == segment && run->log_damages[i].at >= from) return true;
    return false;
}

static void hear(weir_level level, const char *text, void *user)
{
    static const char *const words[] = {"missing", "damage", "not in the log"};
    (void)user;
    if (!the_run) return;
    bool is_of_log = level >= WEIR_WARNING && strstr(text, "log");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_of_log && strstr(text, words[i])) the_run->is_said = true;
    if (cuts_damage(the_run, text)) the_run->is_said = true;
    if (the_run->simulation->is_told) fprintf(stderr, "    %d %s\n", (int)level, text);
}

/* --- what must hold at any moment ------------------------------------------------------------ */

static bool checks_now(const run *run)
{
    return run->scenario.is_serial && !run->simulation->only_outcome && !disk_is_frozen();
}

/* W4, W5: what the batch consists of, and that the one before it is done, is durable. */
static void check_before_output(void)
{
    if (!checks_now(the_run) || disk_is_synced(the_run->log)) return;
    complain("W4, W5: an output runs while something in the log is not durable");
}

/* W1, and notes where it stands. */
static void check_acknowledged(run *run)
{
    if (!checks_now(run)) return;
    if (!disk_is_synced(run->log))
        complain("W1: a block was acknowledged before it was durable");
    wal_segment_list list = {0};
    if (wal_directory_list(run->log, &list) == WEIR_OK && list.count > 0 &&
        list.numbers[list.count - 1] < MOST_SEGMENTS)
        run->holds[list.numbers[list.count - 1]] = true;
    wal_segment_list_release(&list);
}

/* C1, C2: what is published is there, at its size, and durable. */
static void check_published(const char *from, const char *to)
{
    const char *name = strrchr(to, '/');
    if (!strstr(from, "/checkpoints/.tmp-") || !name || strstr(to, "quarantine")) return;
    if (disk_is_frozen() || the_run->simulation->only_outcome) return;
    if (!disk_is_synced_below(from))
        complain("C1: the checkpoint of %s ms is published before it is durable", name + 1);
    if (!check_listed_files(from) && !disk_is_frozen())
        complain("C1, C2: the checkpoint of %s ms is published before its files are there",
                 name + 1);
}

/* R3: the segments that a kept checkpoint can need are there. */
static void check_retention(run *run)
{
    if (!checks_now(run)) return;
    uint64_t oldest = oldest_needed_segment(run->directory);
    for (uint64_t i = oldest; i < MOST_SEGMENTS && oldest > 0; i++) {
        if (!run->holds[i]) continue;
        char *path = wal_directory_segment(run->log, i);
        if (!file_exists(path) && !disk_is_frozen()) {
            complain("R3: segment %" PRIu64 " is gone, and a kept checkpoint needs it", i);
            run->holds[i] = false;
        }
        free(path);
    }
}

/* --- a life ---------------------------------------------------------------------------------- */

static weir_status store_some(run *run, weir_receiver *receiver)
{
    weir_value values[5];
    size_t count = 1 + (size_t)random_below(&run->random, 5);
    int64_t from = run->handed.acked + 1;
    for (size_t i = 0; i < count; i++) {
        values[i] = weir_int(from + (int64_t)i);
        if (from + (int64_t)i < MAX_NUMBERS) run->handed.tried[from + (int64_t)i]++;
    }
    weir_status status = weir_store_block(receiver, NULL, values, count);
    if (status == WEIR_OK) {
        run->handed.acked += (int64_t)count;
        check_acknowledged(run);
    }
    return status;
}

static weir_status step(run *run, weir_context *context, weir_receiver *receiver)
{
    weir_status status = WEIR_OK;
    uint64_t blocks = random_below(&run->random, 3);
    while (blocks-- > 0 && status == WEIR_OK && run->handed.acked < MAX_NUMBERS - 10)
        status = store_some(run, receiver);
    if (status == WEIR_OK) status = weir_advance(context, INTERVAL_MS);
    if (status == WEIR_OK) run->batches++;
    if (run->scenario.is_serial) check_retention(run);
    return status;
}

/* Some restarts come late: the batches for that time are cut at once. */
static weir_status sleep_some(run *run, weir_context *context)
{
    int down = (int)random_below(&run->random, 12) - 4;
    weir_resumption resumption;
    weir_status status = weir_get_resumption(context, &resumption);
    if (status != WEIR_OK || !resumption.is_resumed || down < 2) return status;
    status = weir_advance(context, down * INTERVAL_MS);
    if (status == WEIR_OK) run->batches += down;
    return status;
}

static weir_status work_received(run *run, weir_context *context)
{
    weir_receiver *receiver = program_receiver();
    if (!receiver) return error_set(WEIR_TIMEOUT, "the receiver was not started");
    weir_status status = WEIR_OK;
    if (run->scenario.is_serial) status = weir_advance(context, 0); /* what is replayed first */
    if (status == WEIR_OK) status = sleep_some(run, context);
    while (status == WEIR_OK && run->batches < run->scenario.batches && !disk_is_frozen())
        status = step(run, context, receiver);
    if (status == WEIR_OK && disk_is_frozen()) status = error_set(WEIR_IO, "the disk has crashed");
    return status;
}

static weir_status work(run *run, weir_context *context)
{
    if (run->scenario.has_files) return weir_await_termination(context, 20000);
    weir_status status = work_received(run, context);
    if (status == WEIR_OK) status = weir_stop(context, true);
    /* Batches that were still to come when it was stopped may have failed: they stay pending. */
    return status == WEIR_OK ? weir_await_termination(context, 0) : status;
}

static weir_status open_context(run *run, weir_context **context)
{
    const scenario *scenario = &run->scenario;
    weir_options options = {.app_name = "simulate",
                            .master = scenario->is_serial ? "local[1]" : "local[2]",
                            .batch_interval_ms = INTERVAL_MS,
                            .partitions = 3,
                            .memory = 64 << 20,
                            .batch_memory = 64 << 20,
                            .manual_clock = !scenario->has_files};
    weir_durability durability = {.checkpoint_ms = scenario->checkpoint * INTERVAL_MS,
                                  .keep = scenario->keep,
                                  .log_compress = scenario->compresses,
                                  .log_no_sync =
                                      run->simulation->planted == PLANTED_EARLY_ANSWER,
                                  .state_memory = 64 << 20};
    weir_status status = weir_get_or_create(context, run->directory, &options, &durability,
                                            program_build, NULL);
    if (status == WEIR_OK) status = weir_start(*context);
    if (status == WEIR_OK && run->simulation->planted == PLANTED_FORGOTTEN_DONE)
        seams_forget_done(*context);
    return status;
}

static void live(run *run)
{
    weir_context *context = NULL;
    weir_status status = open_context(run, &context);
    if (status == WEIR_OK) status = work(run, context);
    run->is_done = status == WEIR_OK && !disk_is_frozen();
    if (status != WEIR_OK) tell("  ends with: %s\n", error_text());
    if (status == WEIR_DAMAGED) run->is_said = true;
    if (status != WEIR_OK && run->is_final) complain("fails without a fault: %s", error_text());
    weir_context_free(context);
    weir_forget_values();
    if (disk_is_frozen()) run->is_done = false;
}

/* --- faults ---------------------------------------------------------------------------------- */

static disk_plan make_plan(run *run)
{
    disk_plan plan = {
        .seed = random_next(&run->random),
        .no_sync = run->simulation->planted == PLANTED_SKIPPED_SYNC,
        .no_name_sync = run->simulation->planted == PLANTED_NAMES_NOT_SYNCED,
        .no_file_sync = run->simulation->planted == PLANTED_FILES_NOT_SYNCED,
    };
    if (run->is_final) return plan;
    uint64_t limit = UINT64_C(4) << random_below(&run->random, 8);
    uint64_t when = 1 + random_below(&run->random, limit);
    switch (random_below(&run->random, 8)) {
    case 0: plan.error_at = when; break;
    case 1:
        plan.full_from = when;
        plan.full_to = when + 1 + random_below(&run->random, 30);
        break;
    case 2:
        plan.error_at = when;
        plan.crash_at = when + random_below(&run->random, 40);
        break;
    default: plan.crash_at = when; break;
    }
    return plan;
}

/* Of the newest checkpoint, where there is one before it. */
static void damage_checkpoint(run *run)
{
    static const char *const names[] = {"MANIFEST", "lineage", "state/state.bin"};
    directory directory;
    int64_t *times;
    size_t count;
    uint64_t which = random_below(&run->random, 3), kind = random_below(&run->random, 3);
    uint64_t where = random_next(&run->random);
    directory_init(&directory, run->directory);
    if (directory_list_checkpoints(&directory, &times, &count) == WEIR_OK) {
        if (count > 1 && checkpoint_is_good(run->directory, times[count - 2])) {
            char *path = directory_checkpoint_path(&directory, times[count - 1], names[which]);
            if (disk_damage(path, (int)kind, where, &where))
                tell("  damaged (%d): %s\n", (int)kind, path);
            free(path);
        }
        free(times);
    }
    directory_release(&directory);
}

/* What was said before it was about something else. */
static void note_log_damage(run *run, uint64_t segment, uint64_t at)
{
    if (run->log_damage_count == 0) run->is_said = false;
    run->log_damages[run->log_damage_count].segment = segment;
    run->log_damages[run->log_damage_count++].at = at;
}

/* Changes a bit anywhere in the log. */
static void damage_log(run *run)
{
    wal_segment_list list = {0};
    uint64_t which = random_next(&run->random), where = random_next(&run->random);
    if (wal_directory_list(run->log, &list) == WEIR_OK && list.count > 0) {
        uint64_t segment = list.numbers[which % list.count];
        char *path = wal_directory_segment(run->log, segment);
        if (disk_damage(path, 0, where, &where)) note_log_damage(run, segment, where);
        tell("  a bit changed: %s, byte %" PRIu64 "\n", path, where);
        free(path);
    }
    wal_segment_list_release(&list);
}

static void live_through_faults(run *run)
{
    int faulty = (int)random_below(&run->random, MOST_FAULTY_LIVES + 1);
    for (int life = 1; !run->is_done && run->simulation->why.size == 0; life++) {
        run->is_final = life > faulty;
        disk_plan plan = make_plan(run);
        the_program.life = life;
        run->simulation->lives++;
        seams_set_clock(random_once_in(&run->random, 2)
                            ? (int64_t)random_below(&run->random, UINT64_C(1) << 46) -
                                  (INT64_C(1) << 45)
                            : 0);
        tell("life %d: crash at %" PRIu64 ", error at %" PRIu64 ", full from %" PRIu64
             " to %" PRIu64 "\n", life, plan.crash_at, plan.error_at, plan.full_from,
             plan.full_to);
        disk_set_plan(&plan);
        live(run);
        if (run->is_final && !run->is_done && run->simulation->why.size == 0)
            complain("is not done without a fault");
        if (!disk_is_frozen()) continue;
        run->simulation->crashes++;
        disk_restart();
        if (random_once_in(&run->random, 4)) damage_checkpoint(run);
        if (random_once_in(&run->random, 24)) damage_log(run);
    }
}

/* --- the run without faults ------------------------------------------------------------------ */

/* Gives the batches what they were told to consist of. */
static void push_batches(const tellings *told, weir_context *context)
{
    for (int64_t time_ms = INTERVAL_MS;; time_ms += INTERVAL_MS) {
        weir_value numbers[MAX_NUMBERS];
        size_t count = 0;
        const telling *batch = tellings_find(told, OUTPUT_NUMBERS, time_ms);
        if (!batch) return;
        for (char *at = batch->text, *end; *at && count < MAX_NUMBERS; at = end + 1)
            numbers[count++] = weir_int(strtoll(at, &end, 10));
        weir_queue_push(the_program.queue, weir_list(numbers, count), 1);
        (void)weir_advance(context, INTERVAL_MS);
    }
}

static void run_reference(run *run, tellings *reference)
{
    weir_context *context = NULL;
    weir_options options = {.app_name = "reference",
                            .master = "local[1]",
                            .batch_interval_ms = INTERVAL_MS,
                            .partitions = 3,
                            .memory = 64 << 20,
                            .batch_memory = 64 << 20,
                            .volatile_state = true,
                            .manual_clock = !run->scenario.has_files};
    the_program.tellings = reference;
    the_program.has_queue = !run->scenario.has_files;
    the_program.out = NULL;
    the_program.on_tell = NULL;
    weir_status status = weir_context_create(&context, &options);
    if (status == WEIR_OK) status = program_build(context, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK && run->scenario.has_files)
        status = weir_await_termination(context, 20000);
    else if (status == WEIR_OK) push_batches(&run->tellings, context);
    if (status != WEIR_OK) complain("the run without faults failed: %s", error_text());
    weir_context_free(context);
    weir_forget_values();
}

/* --- the whole ------------------------------------------------------------------------------- */

static void make_files(run *run)
{
    random_source random = {run->scenario.seed + 1};
    int64_t next = 1;
    for (int i = 0; i < run->scenario.batches; i++) {
        char path[512];
        buffer lines = {0};
        for (uint64_t left = random_below(&random, 12); left > 0; left--)
            buffer_printf(&lines, "%" PRId64 "\n", next++);
        (void)snprintf(path, sizeof path, "%s/%d", run->in, i);
        disk_calls_lay_file(path, lines.bytes, lines.size);
        buffer_release(&lines);
    }
}

static void prepare(run *run, simulation *simulation)
{
    memset(run, 0, sizeof *run);
    run->simulation = simulation;
    run->scenario = scenario_make(simulation->seed);
    run->random.state = simulation->seed ^ UINT64_C(0xabcdef);
    run->holds = memory_zero_alloc(MOST_SEGMENTS, sizeof *run->holds);
    (void)snprintf(run->root, sizeof run->root, "%s/disk", simulation->base);
    (void)snprintf(run->directory, sizeof run->directory, "%s/d", run->root);
    (void)snprintf(run->log, sizeof run->log, "%s/log", run->directory);
    (void)snprintf(run->out, sizeof run->out, "%s/s", run->root);
    (void)snprintf(run->in, sizeof run->in, "%s/in", simulation->base);
    disk_calls_lay_directory(run->root);
    disk_calls_lay_directory(run->in);
    disk_calls_clear(run->root);
    disk_calls_forget();
    if (run->scenario.has_files) make_files(run);
    the_program = (program){.scenario = &run->scenario,
                            .in = run->in,
                            .out = run->out,
                            .tellings = &run->tellings,
                            .on_tell = check_before_output};
    disk_calls_are_told = simulation->is_told;
    state_file_is_late = simulation->planted == PLANTED_MANIFEST_FIRST;
    seams_set_checkpoints(run->scenario.is_serial ? state_file_catch_up : NULL);
    seams_set_log(run->scenario.segment_bytes, simulation->planted == PLANTED_DROPS_TOO_MUCH);
    disk_on_rename = check_published;
    weir_set_log(hear, NULL, simulation->is_told ? WEIR_DEBUG : WEIR_WARNING);
}

void simulation_run(simulation *simulation)
{
    run run;
    tellings reference = {0};
    the_run = &run;
    prepare(&run, simulation);
    disk_begin(run.root);
    live_through_faults(&run);
    seams_set_clock(0);
    if (simulation->why.size == 0) {
        check_order(&run.tellings, complain);
        if (!run.scenario.has_files) check_handed(&run.tellings, &run.handed, complain);
        check_saved(&run.tellings, run.out, complain);
        run_reference(&run, &reference);
        check_equal(&reference, &run.tellings, complain);
    }
    bool is_heard = simulation->planted != PLANTED_UNHEARD_DAMAGE;
    if (run.log_damage_count > 0 && run.is_said && is_heard) simulation->why.size = 0;
    disk_end();
    disk_on_rename = NULL;
    tellings_release(&run.tellings);
    tellings_release(&reference);
    free(run.holds);
    the_run = NULL;
}
