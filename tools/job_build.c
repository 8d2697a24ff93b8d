/* From a checked job to the lineage of a context. */
#include <stdlib.h>
#include <string.h>

#include "tools/job_check.h"
#include "tools/job_object.h"
#include "tools/json_value.h"

#define WEIR_NO_PLACES
#include "weir/places.h"

bool job_load_libraries(const job *job, problem *problem)
{
    const json_t *list = json_object_get(job->root, "library");
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct problem why;
        const char *name = json_string_value(json_array_get(list, i));
        if (job_object_load(job->file, name, &why)) continue;
        job_spot spot = {.field = "library", .has_item = true, .item = i};
        return job_fail(job, spot, problem, "%s", why.text);
    }
    return true;
}

/* --- Functions ------------------------------------------------------------------------------- */

/* The functions that are known, the kind's first; given to the caller, who frees it. */
static const weir_function **known_functions(size_t *count)
{
    size_t size = weir_list_functions(NULL, 0);
    const weir_function **functions = calloc(size ? size : 1, sizeof *functions);
    *count = functions ? weir_list_functions(functions, size) : 0;
    if (*count > size) *count = size;
    return functions;
}

/* What a field is to name. */
typedef struct wanted {
    const char *field;
    const char *name;
    weir_function_kind kind;
} wanted;

static bool fail_unknown_function(const job *job, const job_node *node, wanted wanted,
                                  problem *problem)
{
    size_t count;
    const weir_function **functions = known_functions(&count);
    nearest nearest;
    nearest_init(&nearest, wanted.name);
    const char *other_kind = NULL;
    for (size_t i = 0; i < count; i++) {
        if (functions[i]->kind == wanted.kind) nearest_offer(&nearest, functions[i]->name);
        else if (strcmp(functions[i]->name, wanted.name) == 0)
            other_kind = weir_function_kind_text(functions[i]->kind);
    }
    free(functions);
    char hint[HINT_MAX], room[HINT_MAX] = "";
    nearest_hint(&nearest, hint);
    bool has_library = json_object_get(job->root, "library") != NULL;
    if (other_kind) snprintf(room, sizeof room, " (it is a function for %s)", other_kind);
    if (!nearest.word && !other_kind)
        snprintf(room, sizeof room, "; `weir functions %s` lists them%s",
                 weir_function_kind_text(wanted.kind),
                 has_library ? "" : ", \"library\" adds functions of your own");
    bool is_main = strcmp(wanted.field, "fn") == 0;
    return job_fail(job, job_spot_of(node, wanted.field), problem,
                    "unknown function \"%.100s\" for %s%s%s", wanted.name,
                    is_main ? node->op->name : wanted.field, room, hint);
}

static bool find_functions(const job *job, job_node *node, problem *problem)
{
    for (const job_field *field = node->op->fields; field && field->name; field++) {
        const char *name = json_string_value(json_object_get(node->object, field->name));
        if (field->type != FIELD_FUNCTION || !name) continue;
        bool is_main = field->most == 0;
        wanted wanted = {field->name, name,
                         is_main ? node->op->function : (weir_function_kind)field->most};
        const weir_function *function = weir_find_function(wanted.kind, name);
        if (!function) return fail_unknown_function(job, node, wanted, problem);
        if (is_main) node->function = function;
    }
    return true;
}

bool job_find_functions(job *job, problem *problem)
{
    for (size_t i = 0; i < job->node_count; i++)
        if (!find_functions(job, &job->nodes[i], problem)) return false;
    return true;
}

/* --- Streams --------------------------------------------------------------------------------- */

static bool fail_build(const job *job, const job_node *node, problem *problem)
{
    const char *error = weir_last_error();
    return job_fail(job, job_spot_of(node, NULL), problem, "%s",
                    *error ? error : "cannot be built: out of memory");
}

static bool build_stream(job_node *node, const job_call *call)
{
    node->stream = node->op->build(call);
    const char *name = json_string_value(json_object_get(node->object, "name"));
    if (!name) name = json_string_value(json_object_get(node->object, "id"));
    if (json_is_true(json_object_get(node->object, "cache"))) weir_cache(node->stream);
    return node->stream && weir_name(node->stream, name);
}

/* "name" of an output stands behind weir_name_output: it is one call for all outputs. */
static bool build_output(const job_node *node, const job_call *call)
{
    const char *name = json_string_value(json_object_get(node->object, "name"));
    if (node->op->output(call) != WEIR_OK) return false;
    return !name || weir_name_output(call->inputs[0], name) == WEIR_OK;
}

/* Where the nodes stand in the file: what streams and outputs are said to be defined at. */
static bool find_places(job *job)
{
    json_place *places = calloc(job->node_count ? job->node_count : 1, sizeof *places);
    if (!places) return false;
    for (int i = 0; i < JOB_SECTIONS; i++) {
        size_t count = job->starts[i + 1] - job->starts[i];
        size_t found = json_place_items(job->text, job->length,
                                        job_section_text((job_section)i), places, count);
        for (size_t at = 0; at < count && at < found; at++)
            job->nodes[job->starts[i] + at].place = places[at];
    }
    free(places);
    return true;
}

static void note_place(const job *job, const job_node *node, const job_call *call)
{
    int line = (int)node->place.line, column = (int)node->place.column;
    if (line == 0) return; /* the section's name is not written plainly */
    if (node->op->output) weir_place_output(WEIR_OK, call->inputs[0], job->file, line, column);
    else weir_place_stream(node->stream, job->file, line, column);
}

static bool build_node(job *job, job_node *node, weir_context *context, problem *problem)
{
    weir_stream **inputs = calloc(node->input_count ? node->input_count : 1, sizeof *inputs);
    if (!inputs) return fail_build(job, node, problem);
    for (size_t i = 0; i < node->input_count; i++) inputs[i] = job->nodes[node->inputs[i]].stream;
    job_call call = {.op = node->op, .context = context, .object = node->object, .inputs = inputs,
                     .input_count = node->input_count, .function = node->function,
                     .arg = weir_null()};
    const json_t *arg = json_object_get(node->object, "arg");
    if (!arg) arg = json_object_get(node->object, "table");
    if (arg) json_to_value(arg, &call.arg);
    bool is_built = node->op->output ? build_output(node, &call) : build_stream(node, &call);
    if (is_built) note_place(job, node, &call);
    free(inputs);
    return is_built && weir_error(context) == WEIR_OK ? true : fail_build(job, node, problem);
}

bool job_build(job *job, weir_context *context, problem *problem)
{
    if (!find_places(job)) return problem_set(problem, "%s: out of memory", job->file);
    for (size_t i = 0; i < job->starts[JOB_OUTPUTS]; i++) {
        if (!build_node(job, &job->nodes[job->order[i]], context, problem)) return false;
    }
    for (size_t i = job->starts[JOB_OUTPUTS]; i < job->node_count; i++) {
        if (!build_node(job, &job->nodes[i], context, problem)) return false;
    }
    return true;
}
