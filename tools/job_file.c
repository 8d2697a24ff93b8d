#include "tools/job_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/job_check.h"
#include "tools/job_order.h"
#include "tools/settings.h"

enum { FILE_MAX = 256 * 1024 * 1024 };

/* --- Reading --------------------------------------------------------------------------------- */

static char *read_all(FILE *file, size_t *length)
{
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    *length = 0;
    while (text && *length < FILE_MAX) {
        *length += fread(text + *length, 1, capacity - *length, file);
        if (*length < capacity) return text;
        capacity *= 2;
        char *larger = realloc(text, capacity);
        if (!larger) free(text);
        text = larger;
    }
    free(text);
    errno = EFBIG;
    return NULL;
}

char *job_file_read(const char *path, size_t *length, problem *problem)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    char *text = file ? read_all(file, length) : NULL;
    if (text && ferror(file)) {
        free(text);
        text = NULL;
    }
    if (!text) problem_set(problem, "%s: cannot read the job: %s", path, strerror(errno));
    if (file && !is_stdin) fclose(file);
    return text;
}

/* --- From text to nodes ---------------------------------------------------------------------- */

static bool parse_json(job *job, problem *problem)
{
    json_error_t error;
    job->root = json_loadb(job->text, job->length, JSON_REJECT_DUPLICATES, &error);
    if (!job->root)
        return problem_set(problem, "%s:%d:%d: not JSON: %s", job->file,
                           error.line > 0 ? error.line : 1, error.column > 0 ? error.column : 1,
                           error.text);
    if (json_is_object(job->root)) return true;
    return job_fail(job, (job_spot){0}, problem,
                    "a job is a JSON object: {\"sources\":[..],\"graph\":[..],\"outputs\":[..]}");
}

static const job_field root_fields[] = {
    {"about", FIELD_TEXT, false, 0, 0},
    {"library", FIELD_TEXTS, false, 0, 0},
    {NULL, FIELD_TEXT, false, 0, 0},
};

static const setting *find_setting(const char *name)
{
    for (size_t i = 0; i < SETTING_NUMBER; i++) {
        if (strcmp(setting_table[i].field, name) == 0) return &setting_table[i];
    }
    return NULL;
}

static bool is_section(const char *name)
{
    for (int i = 0; i < JOB_SECTIONS; i++) {
        if (strcmp(job_section_text((job_section)i), name) == 0) return true;
    }
    return false;
}

static bool fail_unknown_root(const job *job, const char *name, problem *problem)
{
    nearest nearest;
    nearest_init(&nearest, name);
    for (const job_field *field = root_fields; field->name; field++)
        nearest_offer(&nearest, field->name);
    for (size_t i = 0; i < SETTING_NUMBER; i++) nearest_offer(&nearest, setting_table[i].field);
    for (int i = 0; i < JOB_SECTIONS; i++)
        nearest_offer(&nearest, job_section_text((job_section)i));
    char hint[HINT_MAX];
    return job_fail(job, (job_spot){.field = name}, problem, "unknown field \"%.100s\"%s", name,
                    nearest_hint(&nearest, hint));
}

static bool read_root_field(job *job, const char *name, const json_t *value, problem *problem)
{
    const setting *setting = find_setting(name);
    struct problem why;
    if (setting) {
        if (setting_from_json(setting, value, &job->settings, &why)) return true;
        return job_fail(job, (job_spot){.field = name}, problem, "\"%s\" %s", name, why.text);
    }
    if (is_section(name)) {
        if (json_is_array(value)) return true;
        return job_fail(job, (job_spot){.field = name}, problem,
                        "\"%s\" must be an array of objects", name);
    }
    if (strcmp(name, "about") != 0 && strcmp(name, "library") != 0)
        return fail_unknown_root(job, name, problem);
    json_t *alone = json_pack("{s:O}", name, value);
    bool is_right = job_check_fields(job, (job_spot){0}, alone, root_fields, NULL, problem);
    json_decref(alone);
    return is_right;
}

static bool read_root(job *job, problem *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach(job->root, name, value) {
        if (!read_root_field(job, name, value, problem)) return false;
    }
    const char *needed[] = {"sources", "outputs"};
    for (size_t i = 0; i < 2; i++) {
        if (json_array_size(json_object_get(job->root, needed[i])) == 0)
            return job_fail(job, (job_spot){.field = needed[i]}, problem,
                            "the job has no \"%s\"; give at least one", needed[i]);
    }
    return true;
}

/* --- Nodes ----------------------------------------------------------------------------------- */

static bool fail_unknown_op(const job *job, job_spot spot, job_section section, const char *name,
                            problem *problem)
{
    nearest nearest;
    nearest_init(&nearest, name);
    const job_op *op;
    for (size_t i = 0; (op = job_op_at(i)); i++) {
        if (op->section == section) nearest_offer(&nearest, op->name);
    }
    char hint[HINT_MAX];
    nearest_hint(&nearest, hint);
    for (int i = 0; !nearest.word && i < JOB_SECTIONS; i++) {
        if (job_op_find((job_section)i, name))
            snprintf(hint, sizeof hint, "; it belongs into \"%s\"",
                     job_section_text((job_section)i));
    }
    spot.field = "op";
    return job_fail(job, spot, problem, "unknown op \"%.100s\" in \"%s\"%s", name,
                    job_section_text(section), hint);
}

static bool read_node(job *job, job_section section, size_t index, job_node *node,
                      problem *problem)
{
    job_spot spot = {.section = job_section_text(section), .index = index};
    const json_t *object = json_array_get(json_object_get(job->root, spot.section), index);
    if (!json_is_object(object))
        return job_fail(job, spot, problem, "must be an object such as {\"op\":..}");
    const json_t *op_field = json_object_get(object, "op");
    const char *name = json_string_value(op_field);
    if (!op_field) return job_fail(job, spot, problem, "the field \"op\" is missing");
    spot.field = "op";
    if (!name) return job_fail(job, spot, problem, "\"op\" must be a string");
    const job_op *op = job_op_find(section, name);
    if (!op) return fail_unknown_op(job, spot, section, name, problem);
    *node = (job_node){.op = op, .object = object, .index = index};
    spot.field = NULL;
    if (!job_check_fields(job, spot, object, job_section_fields(section), op->fields, problem))
        return false;
    if (json_object_get(object, "arg") && json_object_get(object, "table")) {
        spot.field = "table";
        return job_fail(job, spot, problem,
                        "\"arg\" and \"table\" are the same thing; give one of them");
    }
    return true;
}

static bool read_nodes(job *job, problem *problem)
{
    for (int i = 0; i < JOB_SECTIONS; i++) {
        const char *name = job_section_text((job_section)i);
        job->starts[i + 1] = job->starts[i] + json_array_size(json_object_get(job->root, name));
    }
    job->node_count = job->starts[JOB_SECTIONS];
    job->nodes = calloc(job->node_count, sizeof *job->nodes);
    if (!job->nodes) return problem_set(problem, "%s: out of memory", job->file);
    for (int i = 0; i < JOB_SECTIONS; i++) {
        for (size_t at = job->starts[i]; at < job->starts[i + 1]; at++) {
            if (!read_node(job, (job_section)i, at - job->starts[i], &job->nodes[at], problem))
                return false;
        }
    }
    return true;
}

/* Bounded sources run in virtual time, live ones in ours. */
static bool check_mixture(const job *job, problem *problem)
{
    const job_node *bounded = NULL, *live = NULL;
    for (size_t i = 0; i < job->starts[JOB_GRAPH]; i++) {
        if (job->nodes[i].op->is_bounded) bounded = &job->nodes[i];
        if (job->nodes[i].op->is_live) live = &job->nodes[i];
    }
    if (!bounded || !live) return true;
    return job_fail(job, job_spot_of(bounded, "op"), problem,
                    "%s cannot be mixed with a live source such as %s; use one or the other",
                    bounded->op->name, live->op->name);
}

job *job_parse(const char *file, const char *text, size_t length, problem *problem)
{
    job *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    job->file = strdup(file);
    job->text = malloc(length ? length : 1);
    job->length = length;
    bool is_right = job->file && job->text;
    if (is_right && length) memcpy(job->text, text, length);
    is_right = is_right && parse_json(job, problem) && read_root(job, problem) &&
               read_nodes(job, problem) && job_connect(job, problem) &&
               check_mixture(job, problem);
    if (is_right) return job;
    job_free(job);
    return NULL;
}

void job_free(job *job)
{
    if (!job) return;
    for (size_t i = 0; job->nodes && i < job->node_count; i++) free(job->nodes[i].inputs);
    free(job->nodes);
    free(job->order);
    json_decref(job->ids);
    json_decref(job->root);
    free(job->text);
    free(job->file);
    free(job);
}
