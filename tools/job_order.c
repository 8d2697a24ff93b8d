#include "tools/job_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/job_check.h"

static const char *id_of(const job_node *node)
{
    return json_string_value(json_object_get(node->object, "id"));
}

static bool no_memory(const job *job, problem *problem)
{
    return problem_set(problem, "%s: out of memory", job->file);
}

/* --- Ids and inputs -------------------------------------------------------------------------- */

static bool collect_ids(job *job, problem *problem)
{
    job->ids = json_object();
    for (size_t i = 0; i < job->starts[JOB_OUTPUTS]; i++) {
        const job_node *node = &job->nodes[i];
        const json_t *taken = json_object_get(job->ids, id_of(node));
        if (taken) {
            const job_node *other = &job->nodes[json_integer_value(taken)];
            return job_fail(job, job_spot_of(node, "id"), problem,
                            "the id \"%.100s\" is taken already, by %s[%zu]", id_of(node),
                            job_section_text(other->op->section), other->index);
        }
        if (json_object_set_new(job->ids, id_of(node), json_integer((json_int_t)i)) < 0)
            return no_memory(job, problem);
    }
    return true;
}

static bool fail_unknown_id(const job *job, job_spot spot, const char *id, problem *problem)
{
    nearest nearest;
    nearest_init(&nearest, id);
    const char *known;
    json_t *position;
    json_object_foreach(job->ids, known, position) nearest_offer(&nearest, known);
    char hint[HINT_MAX];
    return job_fail(job, spot, problem, "unknown input \"%.100s\"%s", id,
                    nearest_hint(&nearest, hint));
}

static bool connect_node(job *job, job_node *node, problem *problem)
{
    const json_t *in = json_object_get(node->object, "in");
    if (!in) return true;
    job_spot spot = job_spot_of(node, "in");
    bool is_list = json_is_array(in);
    node->input_count = is_list ? json_array_size(in) : 1;
    if (node->input_count < node->op->least_inputs || node->input_count > node->op->most_inputs)
        return job_fail(job, spot, problem, "%s takes %zu input%s, but \"in\" has %zu",
                        node->op->name, node->op->least_inputs,
                        node->op->least_inputs == 1 ? "" : "s", node->input_count);
    node->inputs = calloc(node->input_count, sizeof *node->inputs);
    if (!node->inputs) return no_memory(job, problem);
    for (size_t i = 0; i < node->input_count; i++) {
        const char *id = json_string_value(is_list ? json_array_get(in, i) : in);
        const json_t *position = json_object_get(job->ids, id);
        spot.has_item = is_list;
        spot.item = i;
        if (!position) return fail_unknown_id(job, spot, id, problem);
        node->inputs[i] = (size_t)json_integer_value(position);
    }
    return true;
}

/* --- Order ----------------------------------------------------------------------------------- */

/* Depth first, with a stack of its own, as a chain may be of any length. */

typedef struct walk {
    job *job;
    size_t *stack; /* nodes begun and not complete, each an input of the one below */
    size_t depth;
    size_t *next;  /* for each node: which input comes next */
    bool *is_begun;
    bool *is_complete;
    size_t ordered;
} walk;

/* The nodes from the one that closes the circle to the top of the stack. */
static bool fail_circle(const walk *walk, size_t closing, problem *problem)
{
    const job *job = walk->job;
    char text[512];
    size_t from = walk->depth - 1, length = 0;
    while (walk->stack[from] != closing) from--;
    for (size_t i = walk->depth; i-- > from && length < sizeof text;)
        length += (size_t)snprintf(text + length, sizeof text - length, "%.60s -> ",
                                   id_of(&job->nodes[walk->stack[i]]));
    const job_node *top = &job->nodes[walk->stack[walk->depth - 1]];
    return job_fail(job, job_spot_of(top, "in"), problem, "the streams form a circle: %s%.60s",
                    text, id_of(top));
}

static void push(walk *walk, size_t node)
{
    walk->is_begun[node] = true;
    walk->stack[walk->depth++] = node;
}

static bool visit(walk *walk, size_t first, problem *problem)
{
    if (walk->is_begun[first]) return true;
    push(walk, first);
    while (walk->depth > 0) {
        size_t at = walk->stack[walk->depth - 1];
        const job_node *node = &walk->job->nodes[at];
        if (walk->next[at] == node->input_count) {
            walk->is_complete[at] = true;
            walk->job->order[walk->ordered++] = at;
            walk->depth--;
            continue;
        }
        size_t input = node->inputs[walk->next[at]++];
        if (walk->is_complete[input]) continue;
        if (walk->is_begun[input]) return fail_circle(walk, input, problem);
        push(walk, input);
    }
    return true;
}

static bool find_order(job *job, problem *problem)
{
    size_t count = job->starts[JOB_OUTPUTS];
    walk walk = {.job = job,
                 .stack = calloc(count, sizeof *walk.stack),
                 .next = calloc(count, sizeof *walk.next),
                 .is_begun = calloc(count, sizeof *walk.is_begun),
                 .is_complete = calloc(count, sizeof *walk.is_complete)};
    job->order = calloc(count, sizeof *job->order);
    bool has_room = walk.stack && walk.next && walk.is_begun && walk.is_complete && job->order;
    bool is_right = has_room || no_memory(job, problem);
    for (size_t i = 0; is_right && i < count; i++) is_right = visit(&walk, i, problem);
    free(walk.stack);
    free(walk.next);
    free(walk.is_begun);
    free(walk.is_complete);
    return is_right;
}

bool job_connect(job *job, problem *problem)
{
    if (!collect_ids(job, problem)) return false;
    for (size_t i = 0; i < job->node_count; i++) {
        if (!connect_node(job, &job->nodes[i], problem)) return false;
    }
    return find_order(job, problem);
}
