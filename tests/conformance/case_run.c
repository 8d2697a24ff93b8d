/* Cases that run: batch by batch, then everything that came is compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "conformance/case.h"
#include "conformance/compare.h"
#include "conformance/program.h"
#include "conformance/recorder.h"
#include "conformance/saved.h"
#include "outputs/outputs.h"
#include "support/scratch.h"

/* --- Recorded streams ------------------------------------------------------------------------ */

/* The number of a batch. */
static long long number_of(const json_t *recorded, int64_t batch_ms)
{
    return json_integer_value(json_object_get(recorded, "time")) / batch_ms;
}

/* What is expected, without the second run of the batch after which the program was restarted:
 * that batch was done, and is not given to outputs again. */
static json_t *expected_once(const json_t *expected)
{
    json_t *once = json_array();
    long long newest = 0;
    for (size_t i = 0; i < json_array_size(expected); i++) {
        json_t *entry = json_array_get(expected, i);
        long long batch = json_integer_value(json_object_get(entry, "batch"));
        if (batch > newest) json_array_append(once, entry);
        newest = batch > newest ? batch : newest;
    }
    return once;
}

/* Batch by batch, in order: absent and empty differ. */
static bool compare_batches(const json_t *expected, const json_t *got, int64_t batch_ms,
                            comparing how, buffer *why)
{
    for (size_t i = 0; i < json_array_size(expected) || i < json_array_size(got); i++) {
        const json_t *want = json_array_get(expected, i), *have = json_array_get(got, i);
        long long wanted = json_integer_value(json_object_get(want, "batch"));
        if (!have || (want && wanted < number_of(have, batch_ms))) {
            buffer_printf(why, "batch %lld: no dataset, expected was one", wanted);
            return false;
        }
        if (!want || wanted > number_of(have, batch_ms)) {
            buffer_printf(why, "batch %lld: a dataset, expected was none",
                          number_of(have, batch_ms));
            return false;
        }
        buffer difference = {0};
        bool same = compare_records(json_object_get(want, "records"),
                                    json_object_get(have, "records"), how, &difference);
        if (!same)
            buffer_printf(why, "batch %lld: %.*s", wanted, (int)difference.size,
                          difference.bytes);
        buffer_release(&difference);
        if (!same) return false;
    }
    return true;
}

static bool compare_recorded(const json_t *definition, int64_t batch_ms, buffer *why)
{
    const json_t *outputs = json_object_get(definition, "outputs");
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const char *id = json_string_value(json_array_get(outputs, i));
        const json_t *expected = json_object_get(json_object_get(definition, "expected"), id);
        const json_t *word = json_object_get(json_object_get(definition, "compare"), id);
        comparing how;
        buffer_printf(why, "output %s, ", id);
        if (!json_is_array(expected) || !compare_parse(json_string_value(word), &how)) {
            buffer_append_text(why, "the case does not say what is expected, or how");
            return false;
        }
        json_t *once = expected_once(expected);
        bool same = compare_batches(once, recorder_batches(i), batch_ms, how, why);
        json_decref(once);
        if (!same) return false;
        why->size = 0;
    }
    return true;
}

/* --- Printed text ---------------------------------------------------------------------------- */

/* What is expected to be printed in a batch. */
static const char *expected_print(const json_t *definition, size_t batch)
{
    const json_t *expected = json_object_get(definition, "expected_print");
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const json_t *entry = json_array_get(expected, i);
        if (json_integer_value(json_object_get(entry, "batch")) == (json_int_t)batch)
            return json_string_value(json_object_get(entry, "text"));
    }
    return "";
}

/* texts[i]: what was printed in batch i + 1. */
static bool compare_prints(const json_t *definition, char *const *texts, size_t count, buffer *why)
{
    const json_t *compare = json_object_get(definition, "compare");
    const char *word = json_string_value(json_object_get(compare, "print"));
    bool any_order = word && strcmp(word, "multiset_lines") == 0;
    for (size_t i = 0; i < count; i++) {
        const char *expected = expected_print(definition, i + 1);
        buffer_printf(why, "print, batch %zu: ", i + 1);
        if (!expected) buffer_append_text(why, "the case does not say what is expected");
        if (!expected || !compare_printed(expected, texts[i], any_order, why)) return false;
        why->size = 0;
    }
    return true;
}

/* --- A run ----------------------------------------------------------------------------------- */

typedef struct run {
    program program;
    const json_t *definition;
    int workers;
    bool has_checkpoint;
    bool restarts_always;
    bool forgets; /* the directory, before each restart */
    char directory[64]; /* for what is saved */
    char checkpoint[80];
    FILE *printed;
    char *text; /* everything printed so far */
    size_t text_size;
    char **texts; /* by batch */
    size_t batches;
} run;

static bool refused(buffer *why, weir_status status, const char *what)
{
    if (status != WEIR_OK) buffer_printf(why, "%s: %s", what, weir_last_error());
    return status != WEIR_OK;
}

static bool start(run *run, buffer *why)
{
    const char *checkpoint = run->has_checkpoint ? run->checkpoint : NULL;
    if (!program_open(&run->program, run->definition, run->workers, checkpoint, run->directory,
                      why))
        return false;
    return !refused(why, weir_start(run->program.context), "the start");
}

/* One interval, and what was printed in it. */
static bool advance_one(run *run, buffer *why)
{
    size_t before = run->text_size;
    weir_status status = program_advance(&run->program);
    char what[48];
    snprintf(what, sizeof what, "batch %zu", run->batches + 1);
    if (refused(why, status, what)) return false;
    fflush(run->printed);
    run->texts = memory_resize(run->texts, (run->batches + 1) * sizeof *run->texts);
    run->texts[run->batches++] = memory_copy_text(run->text + before);
    return true;
}

/* Stops without waiting and goes on from the directory, with the clock `down` intervals later: the
 * batches of that time are computed at once. */
static bool restart(run *run, int64_t down, buffer *why)
{
    if (refused(why, weir_stop(run->program.context, false), "the stop")) return false;
    program_free(&run->program);
    if (run->forgets && refused(why, file_remove_tree(run->checkpoint), "the forgetting"))
        return false;
    if (!start(run, why)) return false;
    if (refused(why, program_catch_up(&run->program, down), "the batches while it was down"))
        return false;
    run->batches += (size_t)down;
    run->texts = memory_resize(run->texts, (run->batches + 1) * sizeof *run->texts);
    for (int64_t i = 0; i < down; i++)
        run->texts[run->batches - (size_t)down + (size_t)i] = memory_copy_text("");
    return true;
}

/* The outputs of a batch, and of those queued behind it, never get done before a crash. */
static bool crash(run *run, int64_t queued, buffer *why)
{
    recorder_fail(true);
    for (int64_t i = 0; i <= queued; i++) (void)program_advance(&run->program);
    recorder_fail(false);
    if (refused(why, weir_stop(run->program.context, false), "the stop")) return false;
    program_free(&run->program);
    if (!start(run, why)) return false;
    if (refused(why, program_catch_up(&run->program, 0), "the queued batches")) return false;
    for (int64_t i = 0; i <= queued; i++) {
        run->texts = memory_resize(run->texts, (run->batches + 1) * sizeof *run->texts);
        run->texts[run->batches++] = memory_copy_text("");
    }
    return true;
}

static json_int_t number(const json_t *definition, const char *name)
{
    return json_integer_value(json_object_get(definition, name));
}

static bool advance(run *run, buffer *why)
{
    const json_t *definition = run->definition;
    size_t batches = (size_t)number(definition, "run_batches");
    size_t restart_after = (size_t)number(definition, "restart_after_batch");
    size_t crash_in = (size_t)number(definition, "crash_in_batch");
    while (run->batches < batches) {
        bool crashes = crash_in > 0 && run->batches + 1 == crash_in;
        if (crashes && !crash(run, number(definition, "queued_batches"), why)) return false;
        if (crashes) continue;
        if (!advance_one(run, why)) return false;
        bool restarts = run->batches == restart_after || run->restarts_always;
        int64_t down = run->batches == restart_after ? number(definition, "down_batches") : 0;
        if (run->has_checkpoint && restarts && !restart(run, down, why)) return false;
    }
    return !refused(why, weir_stop(run->program.context, false), "the stop");
}

static bool compare(const run *run, buffer *why)
{
    if (!compare_recorded(run->definition, run->program.batch_ms, why)) return false;
    if (!compare_prints(run->definition, run->texts, run->batches, why)) return false;
    const json_t *files = json_object_get(run->definition, "expected_files");
    return !files || saved_compare(files, run->directory, why);
}

/* What was pushed to a queue is nowhere but in the memory of the program: a context with one has
 * no directory. Steps (programs that are refused) say themselves when they recover. */
bool case_can_restart(const json_t *definition)
{
    const json_t *sources = json_object_get(definition, "sources");
    for (size_t i = 0; i < json_array_size(sources); i++)
        if (json_object_get(json_array_get(sources, i), "kind")) return false;
    return !json_object_get(definition, "steps");
}

bool case_run(const json_t *definition, int workers, restarting restarts, buffer *why)
{
    bool is_restarted = restarts != RESTARTS_AS_SAID && case_can_restart(definition);
    run run = {.definition = definition,
               .workers = workers,
               .has_checkpoint =
                   is_restarted || json_is_true(json_object_get(definition, "checkpoint")),
               .restarts_always = is_restarted,
               .forgets = restarts == RESTARTS_FORGET};
    if (!scratch_make_in_memory(run.directory, sizeof run.directory, "conformance")) {
        buffer_append_text(why, "there is no scratch directory");
        return false;
    }
    snprintf(run.checkpoint, sizeof run.checkpoint, "%s/.checkpoint", run.directory);
    run.printed = open_memstream(&run.text, &run.text_size);
    fflush(run.printed);
    output_print_to(run.printed);
    recorder_begin(json_array_size(json_object_get(definition, "outputs")));
    bool same = start(&run, why) && advance(&run, why) && compare(&run, why);
    program_free(&run.program);
    output_print_to(NULL);
    fclose(run.printed);
    free(run.text);
    for (size_t i = 0; i < run.batches; i++) free(run.texts[i]);
    free(run.texts);
    if (file_remove_tree(run.directory) != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    return same;
}
