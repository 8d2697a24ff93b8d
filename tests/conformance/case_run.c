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

/* --- Recorded streams ------------------------------------------------------------------------ */

/* The number of a batch. */
static long long number_of(const json_t *recorded, int64_t batch_ms)
{
    return json_integer_value(json_object_get(recorded, "time")) / batch_ms;
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
        if (!compare_batches(expected, recorder_batches(i), batch_ms, how, why)) return false;
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
    char directory[64]; /* for what is saved */
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

static bool start(run *run, int workers, buffer *why)
{
    const char *at = NULL;
    weir_status status = program_create(&run->program, run->definition, workers);
    if (refused(why, status, "the context")) return false;
    if (!program_build_graph(&run->program, &status, &at, why)) return false;
    if (refused(why, status, at)) return false;
    if (!program_build_outputs(&run->program, run->directory, &status, why)) return false;
    if (refused(why, status, "the outputs")) return false;
    return !refused(why, weir_start(run->program.context), "the start");
}

static bool advance(run *run, buffer *why)
{
    json_int_t batches = json_integer_value(json_object_get(run->definition, "run_batches"));
    for (json_int_t i = 0; i < batches; i++) {
        size_t before = run->text_size;
        weir_status status = program_advance(&run->program);
        char what[48];
        snprintf(what, sizeof what, "batch %lld", (long long)i + 1);
        if (refused(why, status, what)) return false;
        fflush(run->printed);
        run->texts = memory_resize(run->texts, (run->batches + 1) * sizeof *run->texts);
        run->texts[run->batches++] = memory_copy_text(run->text + before);
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

bool case_run(const json_t *definition, int workers, buffer *why)
{
    run run = {.definition = definition, .directory = "/tmp/conformance-XXXXXX"};
    if (!mkdtemp(run.directory)) {
        buffer_append_text(why, "there is no scratch directory");
        return false;
    }
    run.printed = open_memstream(&run.text, &run.text_size);
    fflush(run.printed);
    output_print_to(run.printed);
    recorder_begin(json_array_size(json_object_get(definition, "outputs")));
    bool same = start(&run, workers, why) && advance(&run, why) && compare(&run, why);
    program_free(&run.program);
    output_print_to(NULL);
    fclose(run.printed);
    free(run.text);
    for (size_t i = 0; i < run.batches; i++) free(run.texts[i]);
    free(run.texts);
    if (file_remove_tree(run.directory) != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    return same;
}
