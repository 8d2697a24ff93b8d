#include "tools/job_check.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/json_place.h"
#include "tools/json_value.h"

/* --- Saying where ---------------------------------------------------------------------------- */

job_spot job_spot_of(const job_node *node, const char *field)
{
    return (job_spot){.section = job_section_text(node->op->section), .index = node->index,
                      .field = field};
}

static json_place find_spot(const job *job, job_spot spot)
{
    json_step steps[4];
    size_t count = 0;
    if (spot.section) {
        steps[count++] = (json_step){.key = spot.section};
        steps[count++] = (json_step){.index = spot.index};
    }
    if (spot.field) steps[count++] = (json_step){.key = spot.field};
    if (spot.has_item) steps[count++] = (json_step){.index = spot.item};
    return json_place_find(job->text, job->length, steps, count);
}

/* `graph[2] "counts": ` */
static void name_spot(const job *job, job_spot spot, char *room, size_t size)
{
    room[0] = '\0';
    if (!spot.section) return;
    const json_t *node = json_array_get(json_object_get(job->root, spot.section), spot.index);
    const char *id = json_string_value(json_object_get(node, "id"));
    if (id) snprintf(room, size, "%s[%zu] \"%.60s\": ", spot.section, spot.index, id);
    else snprintf(room, size, "%s[%zu]: ", spot.section, spot.index);
}

bool job_fail(const job *job, job_spot spot, problem *problem, const char *format, ...)
{
    char text[sizeof problem->text], name[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_place place = find_spot(job, spot);
    name_spot(job, spot, name, sizeof name);
    return problem_set(problem, "%s:%zu:%zu: %s%s", job->file, place.line, place.column, name,
                       text);
}

/* --- Types ----------------------------------------------------------------------------------- */

enum { SHOWN_MAX = 48 };

/* A value as the file has it, cut if it is long. */
static const char *show(const json_t *json, char room[SHOWN_MAX + 4])
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    size_t length = text ? strlen(text) : 0;
    bool is_cut = length > SHOWN_MAX;
    if (is_cut) {
        length = SHOWN_MAX;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--; /* whole characters */
    }
    snprintf(room, SHOWN_MAX + 4, "%.*s%s", (int)length, text ? text : "", is_cut ? "..." : "");
    free(text);
    return room;
}

static bool is_text(const json_t *value, int64_t least)
{
    return json_is_string(value) && json_string_length(value) >= (size_t)least;
}

static bool are_texts(const json_t *array, int64_t least)
{
    if (!json_is_array(array) || json_array_size(array) < (size_t)least) return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!is_text(json_array_get(array, i), 1)) return false;
    }
    return true;
}

static bool are_records(const json_t *array)
{
    return json_is_array(array) && json_is_record(array);
}

static bool are_pushes(const json_t *pushes)
{
    if (!json_is_array(pushes)) return false;
    for (size_t i = 0; i < json_array_size(pushes); i++) {
        const json_t *datasets = json_array_get(pushes, i);
        if (!json_is_array(datasets)) return false;
        for (size_t j = 0; j < json_array_size(datasets); j++) {
            if (!are_records(json_array_get(datasets, j))) return false;
        }
    }
    return true;
}

/* `parts` 2: topic and partition; 3: offset too. */
static bool are_positions(const json_t *array, int64_t parts)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *position = json_array_get(array, i);
        if (json_array_size(position) != (size_t)parts) return false;
        if (!is_text(json_array_get(position, 0), 1)) return false;
        for (size_t j = 1; j < (size_t)parts; j++) {
            const json_t *number = json_array_get(position, j);
            if (!json_is_integer(number) || json_integer_value(number) < 0) return false;
            if (j == 1 && json_integer_value(number) > INT32_MAX) return false;
        }
    }
    return json_array_size(array) > 0;
}

static bool are_counts(const job_field *field, const json_t *object)
{
    const char *name;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)object, name, count) {
        int64_t number = json_integer_value(count);
        if (!json_is_integer(count) || number < field->least || number > field->most) return false;
    }
    return json_object_size(object) > 0;
}

static bool are_properties(const json_t *object)
{
    const char *name;
    json_t *text;
    json_object_foreach((json_t *)(uintptr_t)object, name, text)
        if (!json_is_string(text)) return false;
    return true;
}

static bool is_of_type(const job_field *field, const json_t *value)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_FUNCTION: return is_text(value, field->least);
    case FIELD_INTEGER:
        return json_is_integer(value) && json_integer_value(value) >= field->least &&
               json_integer_value(value) <= field->most;
    case FIELD_BOOL: return json_is_boolean(value);
    case FIELD_RECORD: return json_is_record(value);
    case FIELD_RECORDS: return are_records(value);
    case FIELD_TEXTS: return are_texts(value, field->least);
    case FIELD_PUSHES: return are_pushes(value);
    case FIELD_INPUTS: return is_text(value, 1) || are_texts(value, 1);
    case FIELD_POSITIONS: return json_is_array(value) && are_positions(value, field->most);
    case FIELD_COUNTS: return json_is_object(value) && are_counts(field, value);
    case FIELD_PROPERTIES: return json_is_object(value) && are_properties(value);
    }
    return false;
}

static const char *type_text(const job_field *field, char room[96])
{
    switch (field->type) {
    case FIELD_TEXT: return field->least > 0 ? "a string that is not empty" : "a string";
    case FIELD_FUNCTION: return "the name of a function";
    case FIELD_INTEGER:
        if (field->most == INT_MAX || field->most == INT64_MAX)
            snprintf(room, 96, "a whole number of %lld or more", (long long)field->least);
        else
            snprintf(room, 96, "a whole number from %lld to %lld", (long long)field->least,
                     (long long)field->most);
        return room;
    case FIELD_BOOL: return "true or false";
    case FIELD_RECORD:
        return "a record: null, a boolean, number, string or array, or {\"k\":..,\"v\":..}";
    case FIELD_RECORDS: return "an array of records (objects only as {\"k\":..,\"v\":..})";
    case FIELD_TEXTS: return "an array of one or more strings";
    case FIELD_PUSHES:
        return "an array that has, for each interval, an array of arrays of records";
    case FIELD_INPUTS: return "an id, or an array of ids";
    case FIELD_POSITIONS:
        return field->most == 2 ? "an array of arrays [topic, partition]"
                                : "an array of arrays [topic, partition, offset]";
    case FIELD_COUNTS:
        snprintf(room, 96, "an object of whole numbers from %lld to %lld",
                 (long long)field->least, (long long)field->most);
        return room;
    case FIELD_PROPERTIES: return "an object of strings";
    }
    return "something else";
}

/* --- Fields ---------------------------------------------------------------------------------- */

static const job_field *find_field(const job_field *fields, const char *name)
{
    for (; fields && fields->name; fields++) {
        if (strcmp(fields->name, name) == 0) return fields;
    }
    return NULL;
}

static bool fail_unknown(const job *job, job_spot spot, const char *name, const job_field *common,
                         const job_field *own, problem *problem)
{
    const job_field *const lists[] = {common, own};
    nearest nearest;
    nearest_init(&nearest, name);
    for (size_t i = 0; i < 2; i++) {
        for (const job_field *field = lists[i]; field && field->name; field++)
            nearest_offer(&nearest, field->name);
    }
    char hint[HINT_MAX];
    spot.field = name;
    return job_fail(job, spot, problem, "unknown field \"%.100s\"%s", name,
                    nearest_hint(&nearest, hint));
}

static bool check_required(const job *job, job_spot spot, const json_t *object,
                           const job_field *fields, problem *problem)
{
    for (; fields && fields->name; fields++) {
        if (fields->is_required && !json_object_get(object, fields->name))
            return job_fail(job, spot, problem, "the field \"%s\" is missing", fields->name);
    }
    return true;
}

bool job_check_fields(const job *job, job_spot spot, const json_t *object, const job_field *common,
                      const job_field *own, problem *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        const job_field *field = find_field(common, name);
        if (!field) field = find_field(own, name);
        if (!field) return fail_unknown(job, spot, name, common, own, problem);
        if (is_of_type(field, value)) continue;
        char shown[SHOWN_MAX + 4], room[96];
        spot.field = name;
        return job_fail(job, spot, problem, "\"%s\" is %s; it must be %s", name,
                        show(value, shown), type_text(field, room));
    }
    return check_required(job, spot, object, common, problem) &&
           check_required(job, spot, object, own, problem);
}
