#include "crash/simulate_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/inspect.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "crash/disk_calls.h"
#include "crash/simulate_inside.h"
#include "crash/simulate_program.h"
#include "crash/simulate_seams.h"
#include "crash/state_file.h"
#include "recovery/recovery.h"

enum { LONG_MS = 100 }; /* the log has its turns meanwhile, and nothing else goes on for as long */

const char *const planted_names[PLANTED_KINDS] = {
    "nothing",          "skipped-sync",   "early-answer",   "names-not-synced",
    "files-not-synced", "manifest-first", "drops-too-much", "forgotten-done",
    "unheard-damage",   "given-up-in-vain", "late-sync",
    "lost-signal"};

run *the_run;

void run_complain(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (the_run->simulation->why.size < 4000)
        buffer_printf(&the_run->simulation->why, "  life %d: %s\n", the_program.life, text);
}

void run_tell(const char *format, ...)
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
    if (level >= WEIR_WARNING && cuts_damage(the_run, text)) the_run->is_said = true;
    if (the_run->simulation->is_told) fprintf(stderr, "    %d %s\n", (int)level, text);
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
    run->is_storing = true;
    weir_status status = weir_store_block(receiver, NULL, values, count);
    run->is_storing = false;
    if (status == WEIR_OK) {
        run->handed.acked += (int64_t)count;
        run_check_acknowledged(run);
    }
    return status;
}

/* A log that is synced by time is synced before long, unless the disk has answered with errors. */
static void wait_for_sync(run *run)
{
    if (!turns_are_on() || run->scenario.log_sync_ms == 0) return;
    clock_sleep_ms(run->scenario.log_sync_ms + LONG_MS);
    if (disk_is_frozen() || disk_has_failed()) return;
    run_check_synced(run);
    run->handed.safe = run->handed.acked;
    run->safe_ms = tellings_last_ms(&run->tellings);
}

static weir_status step(run *run, weir_context *context, weir_receiver *receiver)
{
    weir_status status = WEIR_OK;
    uint64_t blocks = random_below(&run->random, 3);
    while (blocks-- > 0 && status == WEIR_OK && run->handed.acked < MAX_NUMBERS - 10)
        status = store_some(run, receiver);
    if (status == WEIR_OK) status = weir_advance(context, INTERVAL_MS);
    if (status == WEIR_OK) run->is_level = true;
    if (status == WEIR_OK) run->batches++;
    if (run->scenario.is_serial) run_check_retention();
    if (status == WEIR_OK && random_once_in(&run->random, 4)) wait_for_sync(run);
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
    if (run->scenario.has_files) return weir_await_termination(context, 300000);
    weir_status status = work_received(run, context);
    if (status == WEIR_OK) status = weir_stop(context, true);
    /* Batches that were still to come when it was stopped may have failed: they stay pending. */
    return status == WEIR_OK ? weir_await_termination(context, 0) : status;
}

static bool note_pending(const weir_batch_facts *batch, void *user)
{
    run *run = user;
    bool is_pending = batch->is_recorded && !batch->is_done && !batch->is_in_checkpoint;
    if (is_pending && run->pending_count < MOST_BATCHES)
        run->pending[run->pending_count++] = batch->time_ms;
    return true;
}

/* Now and then a start gives up a batch that waits; 0: this one does not. */
static int64_t choose_to_give_up(run *run)
{
    if (!run->scenario.is_stateless || !random_once_in(&run->random, 3)) return 0;
    run->pending_count = 0;
    (void)weir_inspect_batches(run->directory, note_pending, run);
    if (run->pending_count == 0) return 0;
    int64_t time_ms = run->pending[random_below(&run->random, run->pending_count)];
    run_tell("  gives up the batch of %" PRId64 " ms\n", time_ms);
    int *asked = &run->tellings.asked_up[time_ms / INTERVAL_MS];
    if (*asked == 0) *asked = the_program.life;
    return time_ms;
}

static weir_status open_context(run *run, weir_context **context)
{
    static const char *const masters[MOST_WORKERS] = {"local[1]", "local[2]", "local[3]"};
    const scenario *scenario = &run->scenario;
    weir_options options = {.app_name = "simulate",
                            .master = masters[scenario->workers - 1],
                            .batch_interval_ms = INTERVAL_MS,
                            .partitions = PARTITIONS,
                            .memory = 64 << 20,
                            .batch_memory = 64 << 20,
                            .manual_clock = !scenario->has_files};
    weir_durability durability = {.checkpoint_ms = scenario->checkpoint * INTERVAL_MS,
                                  .keep = scenario->keep,
                                  .log_compress = scenario->compresses,
                                  .log_sync_ms = scenario->log_sync_ms,
                                  .log_no_sync =
                                      run->simulation->planted == PLANTED_EARLY_ANSWER,
                                  .state_memory = 64 << 20};
    int64_t given_up_ms = choose_to_give_up(run);
    durability.skip_batches = &given_up_ms;
    durability.skip_batch_count =
        given_up_ms > 0 && run->simulation->planted != PLANTED_GIVEN_UP_IN_VAIN;
    weir_status status = weir_get_or_create(context, run->directory, &options, &durability,
                                            program_build, NULL);
    if (status == WEIR_OK) status = weir_start(*context);
    if (status == WEIR_OK && given_up_ms > 0)
        run->tellings.given_up[given_up_ms / INTERVAL_MS] = the_program.life;
    if (status == WEIR_OK && run->simulation->planted == PLANTED_FORGOTTEN_DONE)
        seams_forget_done(*context);
    return status;
}

static void live(run *run)
{
    weir_context *context = NULL;
    run->is_level = run->is_history_known = false;
    weir_status status = open_context(run, &context);
    if (status == WEIR_OK) status = work(run, context);
    run->is_done = status == WEIR_OK && !disk_is_frozen();
    if (status != WEIR_OK) run_tell("  ends with: %s\n", error_text());
    if (status == WEIR_DAMAGED) run->is_said = true;
    if (status != WEIR_OK && run->is_final)
        run_complain("fails without a fault: %s", error_text());
    weir_context_free(context);
    weir_forget_values();
    if (disk_is_frozen()) run->is_done = false;
}

static void live_through_faults(run *run)
{
    int faulty = (int)random_below(&run->random, MOST_FAULTY_LIVES + 1);
    for (int life = 1; !run->is_done && run->simulation->why.size == 0; life++) {
        run->is_final = life > faulty;
        disk_plan plan = run_plan_faults(run);
        the_program.life = life;
        run->simulation->lives++;
        seams_set_clock(random_once_in(&run->random, 2)
                            ? (int64_t)random_below(&run->random, UINT64_C(1) << 46) -
                                  (INT64_C(1) << 45)
                            : 0);
        run_tell("life %d: crash at %" PRIu64 ", error at %" PRIu64 ", full from %" PRIu64
             " to %" PRIu64 "\n", life, plan.crash_at, plan.error_at, plan.full_from,
             plan.full_to);
        disk_set_plan(&plan);
        live(run);
        if (run->is_final && !run->is_done && run->simulation->why.size == 0)
            run_complain("is not done without a fault");
        if (!disk_is_frozen()) continue;
        run->simulation->crashes++;
        disk_restart();
        if (run->scenario.log_sync_ms > 0) run_forgive(run);
        if (random_once_in(&run->random, 4)) run_damage_checkpoint(run);
        if (random_once_in(&run->random, 24)) run_damage_log(run);
    }
}

/* --- the run without faults ------------------------------------------------------------------ */

/* Gives the batches what they were told to consist of. */
static void push_batches(const tellings *told, weir_context *context)
{
    int64_t last_ms = tellings_last_ms(told);
    for (int64_t time_ms = INTERVAL_MS; time_ms <= last_ms; time_ms += INTERVAL_MS) {
        weir_value numbers[MAX_NUMBERS];
        size_t count = 0;
        const telling *batch = tellings_find(told, OUTPUT_NUMBERS, time_ms);
        for (const char *at = batch ? batch->text : ""; *at && count < MAX_NUMBERS;) {
            char *end;
            numbers[count++] = weir_int(strtoll(at, &end, 10));
            at = end + 1;
        }
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
                            .partitions = PARTITIONS,
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
        status = weir_await_termination(context, 300000);
    else if (status == WEIR_OK) push_batches(&run->tellings, context);
    if (status != WEIR_OK) run_complain("the run without faults failed: %s", error_text());
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
    (void)snprintf(run->root, sizeof run->root, "disk");
    (void)snprintf(run->directory, sizeof run->directory, "%s/d", run->root);
    (void)snprintf(run->log, sizeof run->log, "%s/log", run->directory);
    (void)snprintf(run->out, sizeof run->out, "%s/s", run->root);
    (void)snprintf(run->in, sizeof run->in, "in");
    disk_calls_lay_directory(run->root);
    disk_calls_lay_directory(run->in);
    disk_calls_clear(run->root);
    disk_calls_forget();
    if (run->scenario.has_files) make_files(run);
    the_program = (program){.scenario = &run->scenario,
                            .in = run->in,
                            .out = run->out,
                            .tellings = &run->tellings,
                            .on_tell = run_check_before_output};
    disk_calls_are_told = simulation->is_told;
    state_file_is_late = simulation->planted == PLANTED_MANIFEST_FIRST;
    seams_set_checkpoints(run->scenario.is_serial ? state_file_catch_up : NULL);
    seams_set_hooks(run_check_answered, run_check_retention, run_forget_lost);
    seams_set_log(run->scenario.segment_bytes, simulation->planted == PLANTED_DROPS_TOO_MUCH,
                  simulation->planted == PLANTED_LATE_SYNC);
    disk_on_rename = run_check_published;
    weir_set_log(hear, NULL, WEIR_DEBUG); /* the same for all, told or not: it takes a mutex */
}

static void compare(run *run, tellings *reference)
{
    seams_set_clock(0);
    check_order(&run->tellings, run_complain);
    if (!run->scenario.has_files) check_handed(&run->tellings, &run->handed, run_complain);
    check_saved(&run->tellings, run->out, run_complain);
    run_reference(run, reference);
    check_equal(reference, &run->tellings, run_complain);
}

/* From the run without faults, if that is said: where a bit of the log was changed, or where a
 * crash may have left a hole in the log before something that survived, as it was not synced. */
static bool may_differ(const run *run)
{
    bool has_holes = run->scenario.log_sync_ms > 0 && run->simulation->crashes > 0;
    return run->log_damage_count > 0 || has_holes;
}

void simulation_run(simulation *simulation)
{
    run run;
    tellings reference = {0};
    the_run = &run;
    prepare(&run, simulation);
    run_tell("seed %" PRIu64 "\n", simulation->seed);
    disk_begin(run.root);
    if (!simulation->has_threads) turns_begin(simulation->seed);
    turns_lose_signals(simulation->planted == PLANTED_LOST_SIGNAL);
    live_through_faults(&run);
    if (simulation->why.size == 0) compare(&run, &reference);
    simulation->facts = turns_look();
    turns_end();
    run_tell("%" PRIu64 " points, %" PRIu64 " turns, digest %016" PRIx64 "\n",
         simulation->facts.points, simulation->facts.switches, simulation->facts.digest);
    bool is_heard = simulation->planted != PLANTED_UNHEARD_DAMAGE;
    if (may_differ(&run) && run.is_said && is_heard) simulation->why.size = 0;
    disk_end();
    disk_on_rename = NULL;
    tellings_release(&run.tellings);
    tellings_release(&reference);
    free(run.holds);
    the_run = NULL;
}
