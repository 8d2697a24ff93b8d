/* Where in a program its streams and outputs are defined (C-39): shown by weir_lineage_text, and
 * in the error of a batch that fails. Not stored, and without a meaning: names and state do not
 * depend on it.
 *
 * weir/weir.h includes this header last. From there on the calls that define a stream or an output
 * are macros of the same name, which note file and line behind the call; where that is unwanted,
 * WEIR_NO_PLACES is defined before the include, or one call is written (weir_map)(in, f, arg).
 * Whoever calls the functions themselves, such as bindings of other languages, may note places by
 * the two calls below. */
#ifndef WEIR_PLACES_H
#define WEIR_PLACES_H

#include "weir/kafka.h"
#include "weir/source.h"
#include "weir/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Notes where the stream is defined, as FILE:LINE or, if column > 0, FILE:LINE:COLUMN; `file` is
 * copied. Once its context is started nothing is noted. The building thread. Returns `stream`,
 * also if it is NULL. */
WEIR_API weir_stream *weir_place_stream(weir_stream *stream, const char *file, int line,
                                        int column);
/* The same for the output that was defined last on the stream `in`, if `status`, what that call
 * returned, is WEIR_OK. Returns `status`. */
WEIR_API weir_status weir_place_output(weir_status status, weir_stream *in, const char *file,
                                       int line, int column);

#ifndef WEIR_NO_PLACES

static inline weir_status weir_print_at(const char *file, int line, weir_stream *in, int count)
{
    return weir_place_output(weir_print(in, count), in, file, line, 0);
}

static inline weir_status weir_save_as_text_files_at(const char *file, int line, weir_stream *in,
                                                     const char *prefix, const char *suffix)
{
    return weir_place_output(weir_save_as_text_files(in, prefix, suffix), in, file, line, 0);
}

static inline weir_status weir_foreach_rdd_at(const char *file, int line, weir_stream *in,
                                              const weir_function *function, weir_value arg)
{
    return weir_place_output(weir_foreach_rdd(in, function, arg), in, file, line, 0);
}

static inline weir_status weir_foreach_partition_at(const char *file, int line, weir_stream *in,
                                                    const weir_function *function, weir_value arg)
{
    return weir_place_output(weir_foreach_partition(in, function, arg), in, file, line, 0);
}

static inline weir_status weir_count_output_at(const char *file, int line, weir_stream *in)
{
    return weir_place_output(weir_count_output(in), in, file, line, 0);
}

static inline weir_status weir_save_to_kafka_at(const char *file, int line, weir_stream *in,
                                                const weir_kafka_sink_options *options)
{
    return weir_place_output(weir_save_to_kafka(in, options), in, file, line, 0);
}

#define weir_print(...) weir_print_at(__FILE__, __LINE__, __VA_ARGS__)
#define weir_save_as_text_files(...) weir_save_as_text_files_at(__FILE__, __LINE__, __VA_ARGS__)
#define weir_foreach_rdd(...) weir_foreach_rdd_at(__FILE__, __LINE__, __VA_ARGS__)
#define weir_foreach_partition(...) weir_foreach_partition_at(__FILE__, __LINE__, __VA_ARGS__)
#define weir_count_output(...) weir_count_output_at(__FILE__, __LINE__, __VA_ARGS__)
#define weir_save_to_kafka(...) weir_save_to_kafka_at(__FILE__, __LINE__, __VA_ARGS__)

#define WEIR_PLACED(stream) weir_place_stream(stream, __FILE__, __LINE__, 0)
#define weir_kafka_direct_stream(...) WEIR_PLACED(weir_kafka_direct_stream(__VA_ARGS__))
#define weir_kafka_stream(...) WEIR_PLACED(weir_kafka_stream(__VA_ARGS__))
#define weir_socket_text_stream(...) WEIR_PLACED(weir_socket_text_stream(__VA_ARGS__))
#define weir_socket_stream(...) WEIR_PLACED(weir_socket_stream(__VA_ARGS__))
#define weir_text_file_stream(...) WEIR_PLACED(weir_text_file_stream(__VA_ARGS__))
#define weir_binary_records_stream(...) WEIR_PLACED(weir_binary_records_stream(__VA_ARGS__))
#define weir_text_files(...) WEIR_PLACED(weir_text_files(__VA_ARGS__))
#define weir_queue_stream(...) WEIR_PLACED(weir_queue_stream(__VA_ARGS__))
#define weir_receiver_stream(...) WEIR_PLACED(weir_receiver_stream(__VA_ARGS__))
#define weir_map(...) WEIR_PLACED(weir_map(__VA_ARGS__))
#define weir_flat_map(...) WEIR_PLACED(weir_flat_map(__VA_ARGS__))
#define weir_filter(...) WEIR_PLACED(weir_filter(__VA_ARGS__))
#define weir_map_partitions(...) WEIR_PLACED(weir_map_partitions(__VA_ARGS__))
#define weir_glom(...) WEIR_PLACED(weir_glom(__VA_ARGS__))
#define weir_repartition(...) WEIR_PLACED(weir_repartition(__VA_ARGS__))
#define weir_union(...) WEIR_PLACED(weir_union(__VA_ARGS__))
#define weir_union_all(...) WEIR_PLACED(weir_union_all(__VA_ARGS__))
#define weir_count(...) WEIR_PLACED(weir_count(__VA_ARGS__))
#define weir_reduce(...) WEIR_PLACED(weir_reduce(__VA_ARGS__))
#define weir_count_by_value(...) WEIR_PLACED(weir_count_by_value(__VA_ARGS__))
#define weir_transform(...) WEIR_PLACED(weir_transform(__VA_ARGS__))
#define weir_transform_with(...) WEIR_PLACED(weir_transform_with(__VA_ARGS__))
#define weir_transform_all(...) WEIR_PLACED(weir_transform_all(__VA_ARGS__))
#define weir_map_values(...) WEIR_PLACED(weir_map_values(__VA_ARGS__))
#define weir_flat_map_values(...) WEIR_PLACED(weir_flat_map_values(__VA_ARGS__))
#define weir_group_by_key(...) WEIR_PLACED(weir_group_by_key(__VA_ARGS__))
#define weir_reduce_by_key(...) WEIR_PLACED(weir_reduce_by_key(__VA_ARGS__))
#define weir_combine_by_key(...) WEIR_PLACED(weir_combine_by_key(__VA_ARGS__))
#define weir_join(...) WEIR_PLACED(weir_join(__VA_ARGS__))
#define weir_left_outer_join(...) WEIR_PLACED(weir_left_outer_join(__VA_ARGS__))
#define weir_right_outer_join(...) WEIR_PLACED(weir_right_outer_join(__VA_ARGS__))
#define weir_full_outer_join(...) WEIR_PLACED(weir_full_outer_join(__VA_ARGS__))
#define weir_cogroup(...) WEIR_PLACED(weir_cogroup(__VA_ARGS__))
#define weir_update_state_by_key(...) WEIR_PLACED(weir_update_state_by_key(__VA_ARGS__))
#define weir_map_with_state(...) WEIR_PLACED(weir_map_with_state(__VA_ARGS__))
#define weir_state_snapshots(...) WEIR_PLACED(weir_state_snapshots(__VA_ARGS__))
#define weir_window(...) WEIR_PLACED(weir_window(__VA_ARGS__))
#define weir_group_by_key_and_window(...) WEIR_PLACED(weir_group_by_key_and_window(__VA_ARGS__))
#define weir_reduce_by_key_and_window(...) WEIR_PLACED(weir_reduce_by_key_and_window(__VA_ARGS__))
#define weir_reduce_by_window(...) WEIR_PLACED(weir_reduce_by_window(__VA_ARGS__))
#define weir_count_by_window(...) WEIR_PLACED(weir_count_by_window(__VA_ARGS__))
#define weir_count_by_value_and_window(...)                                                       \
    WEIR_PLACED(weir_count_by_value_and_window(__VA_ARGS__))

#endif

#ifdef __cplusplus
}
#endif
#endif
