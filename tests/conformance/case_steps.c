/* Cases made of steps: calls of the life of a context, each of which is expected to be accepted or
 * refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conformance/case.h"
#include "conformance/operators.h"
#include "conformance/program.h"
#include "conformance/recorder.h"
#include "ingest/source_batches.h"
#include "support/scratch.h"
#include "weir/dataset.h"

enum { AWAIT_MS = 1000, POLL_MS = 50 };

typedef struct stage {
    program program;
    const json_t *definition;
    int workers;
    const char *directory; /* for checkpoints, if the case recovers */
    weir_context *other;
    const json_t *step;
    const char *at; /* a build was refused at this source or node */
    buffer *why;    /* the case makes no sense, or what differs */
} stage;

/* Calls that give a stream, or NULL, on a context that is not being built any more: the text says
 * whether it is too late because it starts, or because it stops (spec C-10). */
static weir_status refusal_of(const stage *stage, const weir_stream *stream)
{
    if (stream) return WEIR_OK;
    bool stopped = weir_get_state(stage->program.context) == WEIR_STOPPED;
    return strstr(weir_last_error(), stopped ? "stop" : "start") ? WEIR_ILLEGAL_STATE
                                                                 : WEIR_ILLEGAL_ARGUMENT;
}

/* --- Steps: each gives what the call gave ---------------------------------------------------- */

/* In weir the directory is given when the context is made: program_create looks for this step. */
static weir_status do_set_checkpoint_dir(stage *stage)
{
    (void)stage;
    return WEIR_OK;
}

static weir_status do_create(stage *stage)
{
    return program_create(&stage->program, stage->definition, stage->workers, stage->directory);
}

static weir_status build(stage *stage, bool with_outputs)
{
    weir_status status;
    bool valid = program_build_graph(&stage->program, &status, &stage->at, stage->why);
    if (valid && status == WEIR_OK && with_outputs)
        program_build_outputs(&stage->program, "/nowhere", &status, stage->why);
    return status;
}

static weir_status do_build(stage *stage) { return build(stage, true); }

static weir_status do_build_without_outputs(stage *stage) { return build(stage, false); }

static weir_status do_set_remember(stage *stage)
{
    const json_t *duration = json_object_get(stage->definition, "remember_ms");
    return weir_remember(stage->program.context, json_integer_value(duration));
}

static weir_status do_start(stage *stage) { return weir_start(stage->program.context); }

static weir_status do_advance(stage *stage) { return program_advance(&stage->program); }

/* The failure of the batch is not this step's affair. */
static weir_status do_advance_nowait(stage *stage)
{
    (void)program_advance(&stage->program);
    return WEIR_OK;
}

static weir_status do_await(stage *stage)
{
    bool raises = json_is_true(json_object_get(stage->step, "raises"));
    int64_t limit_ms = raises ? AWAIT_MS : POLL_MS;
    weir_status status = weir_await_termination(stage->program.context, limit_ms);
    return status == WEIR_TIMEOUT ? WEIR_OK : status;
}

static weir_status do_stop(stage *stage) { return weir_stop(stage->program.context, false); }

static weir_status do_add_source(stage *stage)
{
    weir_value batch = weir_list(NULL, 0);
    return refusal_of(stage, source_batches_add(stage->program.context, &batch, 1, 1));
}

static weir_stream *first_source(const stage *stage)
{
    return stage->program.count ? stage->program.streams[0].stream : NULL;
}

static weir_status do_add_transformation(stage *stage)
{
    const weir_function *identity = weir_find_function(WEIR_KIND_MAP, "identity");
    return refusal_of(stage, weir_map(first_source(stage), identity, weir_null()));
}

static weir_status do_window_transformation(stage *stage)
{
    int64_t batch_ms = stage->program.batch_ms;
    return refusal_of(stage, weir_window(first_source(stage), 2 * batch_ms, batch_ms, NULL));
}

static weir_status do_add_output(stage *stage)
{
    return weir_count_output(first_source(stage));
}

static weir_status do_checkpoint_stream(stage *stage)
{
    weir_stream *first = first_source(stage);
    if (weir_checkpoint_every(first, 2 * stage->program.batch_ms)) return WEIR_OK;
    bool is_open = weir_get_state(stage->program.context) == WEIR_INITIALIZED;
    return is_open ? WEIR_ILLEGAL_ARGUMENT : WEIR_UNSUPPORTED;
}

/* A context from the directory alone takes the place of the one that there was. */
static weir_status do_recover(stage *stage)
{
    return program_recover(&stage->program, stage->definition, stage->workers, stage->directory);
}

static weir_status do_create_other(stage *stage)
{
    weir_options options = {.app_name = "conformance, the other",
                            .master = "local[1]",
                            .batch_interval_ms = stage->program.batch_ms,
                            .manual_clock = true};
    weir_status status = weir_context_create(&stage->other, &options);
    if (status != WEIR_OK) return status;
    weir_value batch = weir_list(NULL, 0);
    return weir_count_output(source_batches_add(stage->other, &batch, 1, 1));
}

static weir_status do_start_other(stage *stage) { return weir_start(stage->other); }

static weir_status do_get_state(stage *stage)
{
    static const char *const states[] = {"INITIALIZED", "ACTIVE", "STOPPED"};
    const char *state = states[weir_get_state(stage->program.context)];
    const char *expected = json_string_value(json_object_get(stage->step, "state"));
    if (!expected || strcmp(state, expected) != 0)
        buffer_printf(stage->why, "the state is %s, expected was %s", state,
                      expected ? expected : "nothing");
    return WEIR_OK;
}

static weir_status do_get_active(stage *stage)
{
    bool active = weir_get_active() != NULL;
    if (active != json_is_true(json_object_get(stage->step, "active")))
        buffer_printf(stage->why, "%s context is active", active ? "a" : "no");
    return WEIR_OK;
}

static const struct step_kind {
    const char *name;
    weir_status (*call)(stage *stage);
    bool runs; /* the error may come from what the program does in a batch */
} step_kinds[] = {
    {"create", do_create, false},
    {"build", do_build, false},
    {"build_without_outputs", do_build_without_outputs, false},
    {"set_checkpoint_dir", do_set_checkpoint_dir, false},
    {"set_remember", do_set_remember, false},
    {"start", do_start, false},
    {"advance", do_advance, true},
    {"advance_nowait", do_advance_nowait, true},
    {"await", do_await, true},
    {"stop", do_stop, false},
    {"add_source", do_add_source, false},
    {"add_transformation", do_add_transformation, false},
    {"window_transformation", do_window_transformation, false},
    {"add_output", do_add_output, false},
    {"checkpoint_stream", do_checkpoint_stream, false},
    {"recover", do_recover, false},
    {"create_other", do_create_other, false},
    {"start_other", do_start_other, false},
    {"get_state", do_get_state, false},
    {"get_active", do_get_active, false},
};

static const struct step_kind *find_kind(const char *name)
{
    for (size_t i = 0; name && i < sizeof step_kinds / sizeof step_kinds[0]; i++)
        if (strcmp(step_kinds[i].name, name) == 0) return &step_kinds[i];
    return NULL;
}

/* --- Judging --------------------------------------------------------------------------------- */

/* Exceptions, and the status that stands for each. Others may be any failure. */
static const struct {
    const char *class;
    weir_status status;
} classes[] = {
    {"java.lang.IllegalStateException", WEIR_ILLEGAL_STATE},
    {"java.lang.IllegalArgumentException", WEIR_ILLEGAL_ARGUMENT},
    {"java.lang.Exception", WEIR_ILLEGAL_ARGUMENT},
    {"java.lang.UnsupportedOperationException", WEIR_UNSUPPORTED},
    {"java.io.NotSerializableException", WEIR_NOT_SERIALIZABLE},
    {"java.util.NoSuchElementException", WEIR_NO_ELEMENT},
    {"org.apache.spark.SparkException", WEIR_RUNTIME},
};

static void judge_class(stage *stage, const struct step_kind *kind, weir_status status)
{
    const char *class = json_string_value(json_object_get(stage->step, "class"));
    for (size_t i = 0; class && !kind->runs && i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(class, classes[i].class) != 0 || status == classes[i].status) continue;
        buffer_printf(stage->why, "refused as \"%s\", expected was \"%s\": %s",
                      weir_status_text(status), weir_status_text(classes[i].status),
                      weir_last_error());
        return;
    }
    const char *at = json_string_value(json_object_get(stage->step, "at"));
    if (at && (!stage->at || strcmp(at, stage->at) != 0))
        buffer_printf(stage->why, "refused at %s, expected was %s: %s",
                      stage->at ? stage->at : "no node", at, weir_last_error());
}

static void judge(stage *stage, const struct step_kind *kind, weir_status status)
{
    const json_t *raises = json_object_get(stage->step, "raises");
    if (!json_is_boolean(raises))
        buffer_append_text(stage->why, "the step does not say whether it raises");
    else if (json_is_false(raises) && status != WEIR_OK)
        buffer_printf(stage->why, "it fails: %s", weir_last_error());
    else if (json_is_true(raises) && status == WEIR_OK)
        buffer_append_text(stage->why, "it is accepted, expected was a refusal");
    else if (status != WEIR_OK)
        judge_class(stage, kind, status);
}

/* Every step but the first needs the context. */
static bool run_step(stage *stage)
{
    const char *name = json_string_value(json_object_get(stage->step, "do"));
    const struct step_kind *kind = find_kind(name);
    bool known = kind && (kind->call == do_create || stage->program.context);
    if (!known) {
        buffer_append_text(stage->why, "there is no such step, or no context for it");
        return false;
    }
    weir_status status = kind->call(stage);
    if (stage->why->size == 0) judge(stage, kind, status);
    return stage->why->size == 0;
}

static bool run_steps(stage *stage)
{
    const json_t *steps = json_object_get(stage->definition, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        stage->step = json_array_get(steps, i);
        if (run_step(stage)) continue;
        const char *name = json_string_value(json_object_get(stage->step, "do"));
        buffer_printf(stage->why, " (step %zu, %s)", i + 1, name ? name : "?");
        return false;
    }
    json_int_t expected =
        json_integer_value(json_object_get(stage->definition, "batches_with_output"));
    if ((json_int_t)recorder_datasets() == expected) return true;
    buffer_printf(stage->why, "the outputs got %zu datasets, expected were %lld",
                  recorder_datasets(), (long long)expected);
    return false;
}

bool case_run_steps(const json_t *definition, int workers, buffer *why)
{
    char directory[64], checkpoint[sizeof directory + 16];
    if (!scratch_make(directory, sizeof directory, "conformance")) {
        buffer_append_text(why, "there is no scratch directory");
        return false;
    }
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", directory);
    stage stage = {
        .definition = definition, .workers = workers, .directory = checkpoint, .why = why};
    recorder_begin(json_array_size(json_object_get(definition, "outputs")));
    bool same = run_steps(&stage);
    weir_context_free(stage.other);
    program_free(&stage.program);
    if (file_remove_tree(directory) != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    return same;
}
