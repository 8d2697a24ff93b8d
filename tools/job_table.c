#include "tools/job_table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tools/job_kafka.h"
#include "tools/job_queue.h"
#include "tools/json_value.h"

static const char *text_of(const job_call *call, const char *name)
{
    return json_string_value(json_object_get(call->object, name));
}

static int64_t integer_of(const job_call *call, const char *name, int64_t otherwise)
{
    const json_t *field = json_object_get(call->object, name);
    return field ? json_integer_value(field) : otherwise;
}

static int partitions_of(const job_call *call) { return (int)integer_of(call, "partitions", 0); }

/* --- Builders of sources --------------------------------------------------------------------- */

static weir_stream *build_socket(const job_call *call)
{
    return weir_socket_text_stream(call->context, text_of(call, "host"),
                                   (int)integer_of(call, "port", 0));
}

/* The function of that field, which has been found before, or NULL; and its argument, the field
 * `arg_field`. */
static const weir_function *function_of(const job_call *call, weir_function_kind kind,
                                        const char *field, const char *arg_field, weir_value *arg)
{
    const char *name = text_of(call, field);
    const json_t *given = json_object_get(call->object, arg_field);
    *arg = weir_null();
    if (given) json_to_value(given, arg);
    return name ? weir_find_function(kind, name) : NULL;
}

static const weir_function *filter_of(const job_call *call, weir_value *arg)
{
    return function_of(call, WEIR_KIND_FILTER, "filter", "filter_arg", arg);
}

static weir_file_options file_options_of(const job_call *call)
{
    const json_t *new_only = json_object_get(call->object, "newFilesOnly");
    weir_file_options options = {.old_files_too = json_is_false(new_only),
                                 .min_remember_ms = integer_of(call, "minRemember_ms", 0)};
    options.filter = filter_of(call, &options.filter_arg);
    return options;
}

static weir_stream *build_file_stream(const job_call *call)
{
    weir_file_options options = file_options_of(call);
    return weir_text_file_stream(call->context, text_of(call, "directory"), &options);
}

static weir_stream *build_binary_records(const job_call *call)
{
    weir_file_options options = file_options_of(call);
    return weir_binary_records_stream(call->context, text_of(call, "directory"),
                                      (size_t)integer_of(call, "recordLength", 0), &options);
}

static weir_stream *build_text_files(const job_call *call)
{
    const json_t *list = json_object_get(call->object, "paths");
    size_t count = json_array_size(list);
    const char **paths = calloc(count, sizeof *paths);
    if (!paths) return NULL;
    for (size_t i = 0; i < count; i++) paths[i] = json_string_value(json_array_get(list, i));
    weir_stream *stream = weir_text_files(call->context, paths, count);
    free(paths);
    return stream;
}

static weir_stream *build_queue(const job_call *call)
{
    return job_queue_build(call->context, call->object);
}

/* --- Builders of the graph ------------------------------------------------------------------- */

static weir_stream *build_unary(const job_call *call)
{
    return call->op->call.unary(call->inputs[0]);
}

static weir_stream *build_mapper(const job_call *call)
{
    return call->op->call.mapper(call->inputs[0], call->function, call->arg);
}

static weir_stream *build_keyed(const job_call *call)
{
    return call->op->call.keyed(call->inputs[0], partitions_of(call));
}

static weir_stream *build_keyed_mapper(const job_call *call)
{
    return call->op->call.keyed_mapper(call->inputs[0], call->function, call->arg,
                                       partitions_of(call));
}

static weir_stream *build_stateful(const job_call *call)
{
    weir_state_options options = {
        .name = text_of(call, "name"),
        .partitions = partitions_of(call),
        .initial = weir_absent(),
        .timeout_ms = integer_of(call, "timeout_ms", 0),
        .checkpoint_ms = integer_of(call, "checkpoint_ms", 0),
        .timeout_scan_ms = integer_of(call, "timeout_scan_ms", 0),
    };
    options.partitioner = function_of(call, WEIR_KIND_PARTITIONER, "partitioner",
                                      "partitioner_arg", &options.partitioner_arg);
    const json_t *initial = json_object_get(call->object, "initial");
    if (!options.name) options.name = text_of(call, "id");
    if (initial) json_to_value(initial, &options.initial);
    return call->op->call.stateful(call->inputs[0], call->function, call->arg, &options);
}

static weir_stream *build_binary(const job_call *call)
{
    return call->op->call.binary(call->inputs[0], call->inputs[1], partitions_of(call));
}

static weir_stream *build_transform_with(const job_call *call)
{
    return weir_transform_with(call->inputs[0], call->inputs[1], call->function, call->arg);
}

static weir_stream *build_transform_all(const job_call *call)
{
    return weir_transform_all(call->inputs, call->input_count, call->function, call->arg);
}

static weir_stream *build_union(const job_call *call)
{
    return weir_union_all(call->inputs, call->input_count);
}

static weir_stream *build_repartition(const job_call *call)
{
    return weir_repartition(call->inputs[0], (int)integer_of(call, "n", 0));
}

static weir_window_options window_options_of(const job_call *call)
{
    weir_window_options options = {
        .name = text_of(call, "name"),
        .partitions = partitions_of(call),
        .drop_neutral = json_is_true(json_object_get(call->object, "drop_neutral")),
        .check_inverse = json_is_true(json_object_get(call->object, "check_inverse")),
    };
    if (!options.name) options.name = text_of(call, "id");
    options.filter = filter_of(call, &options.filter_arg);
    return options;
}

static weir_stream *build_window(const job_call *call)
{
    weir_window_options options = window_options_of(call);
    return call->op->call.window(call->inputs[0], integer_of(call, "window_ms", 0),
                                 integer_of(call, "slide_ms", 0), &options);
}

static weir_stream *build_reducing_window(const job_call *call)
{
    weir_window_options options = window_options_of(call);
    const char *inverse = text_of(call, "inverse");
    return call->op->call.reducing_window(
        call->inputs[0], call->function,
        inverse ? weir_find_function(WEIR_KIND_REDUCE, inverse) : NULL, call->arg,
        integer_of(call, "window_ms", 0), integer_of(call, "slide_ms", 0), &options);
}

/* --- Outputs --------------------------------------------------------------------------------- */

static weir_status output_print(const job_call *call)
{
    return weir_print(call->inputs[0], (int)integer_of(call, "num", 10));
}

static weir_status output_save(const job_call *call)
{
    return weir_save_as_text_files(call->inputs[0], text_of(call, "prefix"),
                                   text_of(call, "suffix"));
}

static weir_status output_count(const job_call *call)
{
    return weir_count_output(call->inputs[0]);
}

static weir_status output_foreach(const job_call *call)
{
    return call->op->call.foreach(call->inputs[0], call->function, call->arg);
}

/* --- The fields ------------------------------------------------------------------------------ */

#define FIELDS (const job_field[])
#define END {NULL, FIELD_TEXT, false, 0, 0}
#define TEXT(name, is_required, least) {name, FIELD_TEXT, is_required, least, 0}
#define INTEGER(name, is_required, least, most) {name, FIELD_INTEGER, is_required, least, most}
#define BOOLEAN(name) {name, FIELD_BOOL, false, 0, 0}
#define OTHER(name, type, is_required) {name, FIELD_##type, is_required, 1, 0}
#define FUNCTION_FOR(name, kind) {name, FIELD_FUNCTION, false, 1, WEIR_KIND_##kind}
#define PARTITIONS INTEGER("partitions", false, 0, INT_MAX)

#define DIRECTORY_FIELDS                                                                          \
    TEXT("directory", true, 1), BOOLEAN("newFilesOnly"),                                          \
        INTEGER("minRemember_ms", false, 1, INT_MAX), FUNCTION_FOR("filter", FILTER),             \
        OTHER("filter_arg", RECORD, false)
#define KAFKA_SOURCE_FIELDS                                                                       \
    TEXT("form", false, 1), BOOLEAN("bytes"), OTHER("properties", PROPERTIES, false)

static const job_field no_fields[] = {END};
static const job_field function_fields[] = {
    OTHER("fn", FUNCTION, true), OTHER("arg", RECORD, false), END};
static const job_field keyed_fields[] = {PARTITIONS, END};
static const job_field keyed_function_fields[] = {
    OTHER("fn", FUNCTION, true), OTHER("arg", RECORD, false), PARTITIONS, END};
#define STATE_FIELDS                                                                              \
    OTHER("fn", FUNCTION, true), OTHER("arg", RECORD, false), OTHER("initial", RECORDS, false),   \
        INTEGER("checkpoint_ms", false, 1, INT_MAX), PARTITIONS,                                  \
        FUNCTION_FOR("partitioner", PARTITIONER), OTHER("partitioner_arg", RECORD, false)
static const job_field update_fields[] = {STATE_FIELDS, END};
static const job_field map_state_fields[] = {
    STATE_FIELDS, INTEGER("timeout_ms", false, 1, INT64_MAX),
    INTEGER("timeout_scan_ms", false, 1, INT_MAX), END};
#define WINDOW_FIELDS                                                                             \
    INTEGER("window_ms", true, 1, INT64_MAX), INTEGER("slide_ms", false, 1, INT64_MAX)
static const job_field window_fields[] = {WINDOW_FIELDS, END};
static const job_field keyed_window_fields[] = {WINDOW_FIELDS, PARTITIONS, END};
static const job_field counting_window_fields[] = {WINDOW_FIELDS, BOOLEAN("drop_neutral"), END};
#define REDUCING_WINDOW_FIELDS                                                                    \
    OTHER("fn", FUNCTION, true), OTHER("arg", RECORD, false), WINDOW_FIELDS,                      \
        FUNCTION_FOR("inverse", REDUCE), FUNCTION_FOR("filter", FILTER),                          \
        OTHER("filter_arg", RECORD, false), BOOLEAN("drop_neutral"), BOOLEAN("check_inverse")
static const job_field reducing_window_fields[] = {REDUCING_WINDOW_FIELDS, END};
static const job_field keyed_reducing_window_fields[] = {REDUCING_WINDOW_FIELDS, PARTITIONS, END};
static const job_field transform_fields[] = {
    OTHER("fn", FUNCTION, true), OTHER("arg", RECORD, false), OTHER("table", RECORDS, false), END};

static const job_field source_fields[] = {
    TEXT("id", true, 1), TEXT("op", true, 1), TEXT("about", false, 0), TEXT("name", false, 1),
    BOOLEAN("cache"), END};
static const job_field graph_fields[] = {
    TEXT("id", true, 1), TEXT("op", true, 1), TEXT("about", false, 0), TEXT("name", false, 1),
    BOOLEAN("cache"), OTHER("in", INPUTS, true), END};
static const job_field output_fields[] = {
    TEXT("op", true, 1), TEXT("about", false, 0), TEXT("name", false, 1),
    OTHER("in", INPUTS, true), END};

/* --- The table ------------------------------------------------------------------------------- */

#define SOURCE(builder, ...)                                                                      \
    .section = JOB_SOURCES, .build = (builder), .fields = FIELDS{__VA_ARGS__, END}
#define INPUTS(from, to, builder)                                                                 \
    .section = JOB_GRAPH, .least_inputs = (from), .most_inputs = (to), .build = (builder)
#define UNARY(api_call)                                                                           \
    INPUTS(1, 1, build_unary), .fields = no_fields, .call = {.unary = api_call}
#define MAPPER(kind, api_call)                                                                    \
    INPUTS(1, 1, build_mapper), .fields = function_fields, .function = WEIR_KIND_##kind,          \
    .call = {.mapper = api_call}
#define KEYED_MAPPER(kind, api_call)                                                              \
    INPUTS(1, 1, build_keyed_mapper), .fields = keyed_function_fields,                            \
    .function = WEIR_KIND_##kind, .call = {.keyed_mapper = api_call}
#define STATEFUL(kind, own_fields, api_call)                                                      \
    INPUTS(1, 1, build_stateful), .fields = (own_fields), .function = WEIR_KIND_##kind,           \
    .call = {.stateful = api_call}
#define WINDOW(own_fields, api_call)                                                              \
    INPUTS(1, 1, build_window), .fields = (own_fields), .call = {.window = api_call}
#define REDUCING_WINDOW(own_fields, api_call)                                                     \
    INPUTS(1, 1, build_reducing_window), .fields = (own_fields),                                  \
    .function = WEIR_KIND_REDUCE, .call = {.reducing_window = api_call}
#define BINARY(api_call)                                                                          \
    INPUTS(2, 2, build_binary), .fields = keyed_fields, .call = {.binary = api_call}
#define OUTPUT(outputter)                                                                         \
    .section = JOB_OUTPUTS, .least_inputs = 1, .most_inputs = 1, .output = (outputter)

static const job_op ops[] = {
    {"socketTextStream", .is_live = true,
     SOURCE(build_socket, TEXT("host", true, 1), INTEGER("port", true, 1, 65535))},
    {"textFileStream", .is_live = true,
     SOURCE(build_file_stream, DIRECTORY_FIELDS)},
    {"binaryRecordsStream", .is_live = true,
     SOURCE(build_binary_records, DIRECTORY_FIELDS, INTEGER("recordLength", true, 1, INT_MAX))},
    {"textFiles", .is_bounded = true, SOURCE(build_text_files, OTHER("paths", TEXTS, true))},
    {"kafkaDirectStream", .is_live = true,
     SOURCE(job_kafka_direct, TEXT("brokers", true, 1), OTHER("topics", TEXTS, false),
            TEXT("pattern", false, 1), {"assign", FIELD_POSITIONS, false, 1, 2},
            TEXT("start", false, 1), INTEGER("startTime_ms", false, 1, INT64_MAX),
            {"offsets", FIELD_POSITIONS, false, 1, 3}, KAFKA_SOURCE_FIELDS,
            TEXT("reset", false, 1), INTEGER("maxRatePerPartition", false, 1, INT_MAX),
            TEXT("group", false, 1), INTEGER("discover_ms", false, 1, INT_MAX),
            INTEGER("poll_ms", false, 1, INT_MAX))},
    {"kafkaStream", .is_live = true,
     SOURCE(job_kafka_receiver, TEXT("brokers", true, 1), TEXT("group", true, 1),
            {"topics", FIELD_COUNTS, true, 1, 1024}, TEXT("start", false, 1),
            KAFKA_SOURCE_FIELDS)},
    {"queue",
     SOURCE(build_queue, OTHER("pushes", PUSHES, false), OTHER("default", RECORDS, false),
            BOOLEAN("one_at_a_time"), PARTITIONS)},

    {"map", MAPPER(MAP, weir_map)},
    {"flatMap", MAPPER(FLAT_MAP, weir_flat_map)},
    {"filter", MAPPER(FILTER, weir_filter)},
    {"mapPartitions", MAPPER(PARTITION, weir_map_partitions)},
    {"glom", UNARY(weir_glom)},
    {"repartition", INPUTS(1, 1, build_repartition),
     .fields = FIELDS{INTEGER("n", true, 1, INT_MAX), END}},
    {"union", INPUTS(1, SIZE_MAX, build_union), .fields = no_fields},
    {"count", UNARY(weir_count)},
    {"reduce", MAPPER(REDUCE, weir_reduce)},
    {"countByValue", UNARY(weir_count_by_value)},
    {"transform", INPUTS(1, 1, build_mapper), .fields = transform_fields,
     .function = WEIR_KIND_TRANSFORM, .call = {.mapper = weir_transform}},
    {"transformWith", INPUTS(2, 2, build_transform_with), .fields = transform_fields,
     .function = WEIR_KIND_TRANSFORM_WITH},
    {"transformAll", INPUTS(1, SIZE_MAX, build_transform_all), .fields = transform_fields,
     .function = WEIR_KIND_TRANSFORM_ALL},
    {"mapValues", MAPPER(MAP, weir_map_values)},
    {"flatMapValues", MAPPER(FLAT_MAP, weir_flat_map_values)},
    {"groupByKey", INPUTS(1, 1, build_keyed), .fields = keyed_fields,
     .call = {.keyed = weir_group_by_key}},
    {"reduceByKey", KEYED_MAPPER(REDUCE, weir_reduce_by_key)},
    {"combineByKey", KEYED_MAPPER(COMBINE, weir_combine_by_key)},
    {"join", BINARY(weir_join)},
    {"leftOuterJoin", BINARY(weir_left_outer_join)},
    {"rightOuterJoin", BINARY(weir_right_outer_join)},
    {"fullOuterJoin", BINARY(weir_full_outer_join)},
    {"cogroup", BINARY(weir_cogroup)},
    {"updateStateByKey", STATEFUL(UPDATE, update_fields, weir_update_state_by_key)},
    {"updateStateByKeyAt", STATEFUL(UPDATE_AT, update_fields, weir_update_state_by_key)},
    {"updateStateOfPartition",
     STATEFUL(UPDATE_PARTITION, update_fields, weir_update_state_by_key)},
    {"mapWithState", STATEFUL(MAP_STATE, map_state_fields, weir_map_with_state)},
    {"stateSnapshots", UNARY(weir_state_snapshots)},
    {"window", WINDOW(window_fields, weir_window)},
    {"groupByKeyAndWindow", WINDOW(keyed_window_fields, weir_group_by_key_and_window)},
    {"reduceByKeyAndWindow",
     REDUCING_WINDOW(keyed_reducing_window_fields, weir_reduce_by_key_and_window)},
    {"reduceByWindow", REDUCING_WINDOW(reducing_window_fields, weir_reduce_by_window)},
    {"countByWindow", WINDOW(counting_window_fields, weir_count_by_window)},
    {"countByValueAndWindow", WINDOW(keyed_window_fields, weir_count_by_value_and_window)},

    {"print", OUTPUT(output_print), .fields = FIELDS{INTEGER("num", false, 0, INT_MAX), END}},
    {"saveAsTextFiles", OUTPUT(output_save),
     .fields = FIELDS{TEXT("prefix", true, 0), TEXT("suffix", false, 0), END}},
    {"count", OUTPUT(output_count), .fields = no_fields},
    {"saveToKafka", OUTPUT(job_kafka_save),
     .fields = FIELDS{TEXT("brokers", true, 1), TEXT("topic", true, 1),
                      BOOLEAN("transactions"), BOOLEAN("records"),
                      OTHER("properties", PROPERTIES, false), END}},
    {"foreachRDD", OUTPUT(output_foreach), .fields = function_fields,
     .function = WEIR_KIND_FOREACH, .call = {.foreach = weir_foreach_rdd}},
    {"foreachPartition", OUTPUT(output_foreach), .fields = function_fields,
     .function = WEIR_KIND_FOREACH_PARTITION, .call = {.foreach = weir_foreach_partition}},
};

const char *job_section_text(job_section section)
{
    static const char *const texts[JOB_SECTIONS] = {"sources", "graph", "outputs"};
    return texts[section];
}

const job_field *job_section_fields(job_section section)
{
    static const job_field *const fields[] = {source_fields, graph_fields, output_fields};
    return fields[section];
}

const job_op *job_op_at(size_t position)
{
    return position < sizeof ops / sizeof ops[0] ? &ops[position] : NULL;
}

const job_op *job_op_find(job_section section, const char *name)
{
    const job_op *op;
    for (size_t i = 0; (op = job_op_at(i)); i++) {
        if (op->section == section && strcmp(op->name, name) == 0) return op;
    }
    return NULL;
}
