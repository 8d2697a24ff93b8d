#include "conformance/operators.h"

#include <string.h>

#include "tools/json_value.h"

/* A node, ready to be built. */
typedef struct use {
    const json_t *node;
    weir_stream *const *in;
    size_t count;
    const weir_function *function;
    weir_value table; /* or null */
} use;

#define MAKE(name, expression)                                                                    \
    static weir_stream *name(const use *use) { return expression; }

MAKE(map, weir_map(use->in[0], use->function, weir_null()))
MAKE(flat_map, weir_flat_map(use->in[0], use->function, weir_null()))
MAKE(filter, weir_filter(use->in[0], use->function, weir_null()))
MAKE(map_partitions, weir_map_partitions(use->in[0], use->function, weir_null()))
MAKE(glom, weir_glom(use->in[0]))
MAKE(repartition,
     weir_repartition(use->in[0], (int)json_integer_value(json_object_get(use->node, "n"))))
MAKE(union_of, weir_union_all(use->in, use->count))
MAKE(count, weir_count(use->in[0]))
MAKE(reduce, weir_reduce(use->in[0], use->function, weir_null()))
MAKE(count_by_value, weir_count_by_value(use->in[0]))
MAKE(transform, weir_transform(use->in[0], use->function, use->table))
MAKE(transform_with, weir_transform_with(use->in[0], use->in[1], use->function, use->table))
MAKE(transform_all,
     weir_transform_all(use->in, use->count, use->function, use->table))
MAKE(map_values, weir_map_values(use->in[0], use->function, weir_null()))
MAKE(flat_map_values, weir_flat_map_values(use->in[0], use->function, weir_null()))
MAKE(group_by_key, weir_group_by_key(use->in[0], 0))
MAKE(reduce_by_key, weir_reduce_by_key(use->in[0], use->function, weir_null(), 0))
MAKE(combine_by_key, weir_combine_by_key(use->in[0], use->function, weir_null(), 0))
MAKE(join, weir_join(use->in[0], use->in[1], 0))
MAKE(left_outer_join, weir_left_outer_join(use->in[0], use->in[1], 0))
MAKE(right_outer_join, weir_right_outer_join(use->in[0], use->in[1], 0))
MAKE(full_outer_join, weir_full_outer_join(use->in[0], use->in[1], 0))
MAKE(cogroup, weir_cogroup(use->in[0], use->in[1], 0))

/* The options of a stream with state, as the node names them. The list of the initial state lives
 * until the thread ends. */
static weir_state_options state_options(const use *use)
{
    const json_t *initial = json_object_get(use->node, "initial");
    weir_state_options options = {
        .name = json_string_value(json_object_get(use->node, "id")),
        .timeout_ms = json_integer_value(json_object_get(use->node, "timeout_ms")),
        .checkpoint_ms = json_integer_value(json_object_get(use->node, "checkpoint_ms")),
    };
    if (initial && !json_is_null(initial)) json_to_value(initial, &options.initial);
    return options;
}

static weir_stream *update_state(const use *use)
{
    weir_state_options options = state_options(use);
    return weir_update_state_by_key(use->in[0], use->function, weir_null(), &options);
}

static weir_stream *map_with_state(const use *use)
{
    weir_state_options options = state_options(use);
    return weir_map_with_state(use->in[0], use->function, weir_null(), &options);
}
MAKE(state_snapshots, weir_state_snapshots(use->in[0]))

/* --- windows --- */

static int64_t milliseconds(const use *use, const char *field)
{
    return json_integer_value(json_object_get(use->node, field));
}

static const weir_function *named(const use *use, const char *field, weir_function_kind kind)
{
    const char *name = json_string_value(json_object_get(use->node, field));
    return name ? weir_find_function(kind, name) : NULL;
}

static weir_window_options window_options(const use *use)
{
    return (weir_window_options){.name = json_string_value(json_object_get(use->node, "id")),
                                 .filter = named(use, "filter", WEIR_KIND_FILTER),
                                 .filter_arg = weir_null()};
}

#define MAKE_WINDOW(name, call, ...)                                                              \
    static weir_stream *name(const use *use)                                                      \
    {                                                                                             \
        weir_window_options options = window_options(use);                                        \
        return call(use->in[0], __VA_ARGS__ milliseconds(use, "window_ms"),                       \
                    milliseconds(use, "slide_ms"), &options);                                     \
    }
#define REDUCE_AND_INVERSE use->function, named(use, "inverse", WEIR_KIND_REDUCE), weir_null(),

MAKE_WINDOW(window, weir_window, )
MAKE_WINDOW(group_by_key_and_window, weir_group_by_key_and_window, )
MAKE_WINDOW(reduce_by_key_and_window, weir_reduce_by_key_and_window, REDUCE_AND_INVERSE)
MAKE_WINDOW(reduce_by_window, weir_reduce_by_window, REDUCE_AND_INVERSE)
MAKE_WINDOW(count_by_window, weir_count_by_window, )
MAKE_WINDOW(count_by_value_and_window, weir_count_by_value_and_window, )

typedef struct operator {
    const char *name;
    size_t inputs; /* 0: any number */
    weir_stream *(*make)(const use *use);
    weir_function_kind kind; /* of its function; 0: it has none */
} operator;

static const operator operators[] = {
    {"map", 1, map, WEIR_KIND_MAP},
    {"flatMap", 1, flat_map, WEIR_KIND_FLAT_MAP},
    {"filter", 1, filter, WEIR_KIND_FILTER},
    {"mapPartitions", 1, map_partitions, WEIR_KIND_PARTITION},
    {"glom", 1, glom, 0},
    {"repartition", 1, repartition, 0},
    {"union", 0, union_of, 0},
    {"count", 1, count, 0},
    {"reduce", 1, reduce, WEIR_KIND_REDUCE},
    {"countByValue", 1, count_by_value, 0},
    {"transform", 1, transform, WEIR_KIND_TRANSFORM},
    {"transformWith", 2, transform_with, WEIR_KIND_TRANSFORM_WITH},
    {"transformAll", 0, transform_all, WEIR_KIND_TRANSFORM_ALL},
    {"mapValues", 1, map_values, WEIR_KIND_MAP},
    {"flatMapValues", 1, flat_map_values, WEIR_KIND_FLAT_MAP},
    {"groupByKey", 1, group_by_key, 0},
    {"reduceByKey", 1, reduce_by_key, WEIR_KIND_REDUCE},
    {"combineByKey", 1, combine_by_key, WEIR_KIND_COMBINE},
    {"join", 2, join, 0},
    {"leftOuterJoin", 2, left_outer_join, 0},
    {"rightOuterJoin", 2, right_outer_join, 0},
    {"fullOuterJoin", 2, full_outer_join, 0},
    {"cogroup", 2, cogroup, 0},
    {"updateStateByKey", 1, update_state, WEIR_KIND_UPDATE},
    {"mapWithState", 1, map_with_state, WEIR_KIND_MAP_STATE},
    {"stateSnapshots", 1, state_snapshots, 0},
    {"window", 1, window, 0},
    {"groupByKeyAndWindow", 1, group_by_key_and_window, 0},
    {"reduceByKeyAndWindow", 1, reduce_by_key_and_window, WEIR_KIND_REDUCE},
    {"reduceByWindow", 1, reduce_by_window, WEIR_KIND_REDUCE},
    {"countByWindow", 1, count_by_window, 0},
    {"countByValueAndWindow", 1, count_by_value_and_window, 0},
};

static const operator *find(const char *name)
{
    for (size_t i = 0; name && i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].name, name) == 0) return &operators[i];
    return NULL;
}

bool operator_is_there(const char *name) { return find(name) != NULL; }

/* Fills in the function and the table that the node names. */
static bool find_parameters(const operator *operator, use *use, buffer *why)
{
    const json_t *name = json_object_get(use->node, "fn");
    const json_t *table = json_object_get(use->node, "table");
    const char *inverse = json_string_value(json_object_get(use->node, "inverse"));
    const char *filter = json_string_value(json_object_get(use->node, "filter"));
    if (operator->kind) {
        use->function = weir_find_function(operator->kind, json_string_value(name));
        if (!use->function)
            buffer_printf(why, "there is no %s function \"%s\"",
                          weir_function_kind_text(operator->kind),
                          name ? json_string_value(name) : "");
    } else if (name) {
        buffer_printf(why, "%s takes no function", operator->name);
    }
    if (table && !json_is_null(table) && !json_to_value(table, &use->table))
        buffer_append_text(why, "the table is no list of records");
    if (inverse && !weir_find_function(WEIR_KIND_REDUCE, inverse))
        buffer_printf(why, "there is no inverse \"%s\"", inverse);
    if (filter && !weir_find_function(WEIR_KIND_FILTER, filter))
        buffer_printf(why, "there is no filter \"%s\"", filter);
    return why->size == 0;
}

weir_stream *operator_build(const json_t *node, weir_stream *const *inputs, size_t count,
                            buffer *why)
{
    const operator *operator = find(json_string_value(json_object_get(node, "op")));
    use use = {node, inputs, count, NULL, weir_null()};
    if (!operator || (operator->inputs && operator->inputs != count)) {
        buffer_append_text(why, operator ? "it has the wrong number of inputs" : "it has no op");
        return NULL;
    }
    if (!find_parameters(operator, &use, why)) return NULL;
    weir_stream *stream = operator->make(&use);
    /* Caching changes no result; nor does checkpoint_ms, but for timeouts. */
    return json_is_true(json_object_get(node, "cache")) ? weir_cache(stream) : stream;
}
