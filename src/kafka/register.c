/* The sources and outputs of the room, as rooms below can make them again from a checkpoint. */
#include <string.h>

#include "ingest/source.h"
#include "kafka/sources.h"
#include "weir/kafka.h"

static weir_stream *make_direct(weir_context *context, const weir_value *argument)
{
    weir_kafka_options options = settings_read(argument[0]);
    return weir_kafka_direct_stream(context, &options);
}

static weir_stream *make_receiver(weir_context *context, const weir_value *argument)
{
    weir_kafka_options options = settings_read(argument[0]);
    return weir_kafka_stream(context, &options);
}

static weir_status make_sink(weir_stream *in, weir_value arg)
{
    weir_kafka_sink_options options = settings_read_sink(arg);
    return weir_save_to_kafka(in, &options);
}

void kafka_register(void)
{
    lineage_register_output(OUTPUT_SAVE_TO_KAFKA, make_sink);
    source_register_making(settings_word(SETTINGS_DIRECT), 1, make_direct);
    source_register_making(settings_word(SETTINGS_RECEIVER), 1, make_receiver);
}

static void append_position(buffer *to, const weir_kafka_position *position)
{
    buffer_printf(to, "%s%s-%d", to->size ? ", " : "", position->topic, position->partition);
}

char *sources_text(settings_use use, const weir_kafka_options *options)
{
    buffer what = {0}, text = {0};
    for (size_t i = 0; i < options->topic_count; i++)
        buffer_printf(&what, "%s%s", i ? ", " : "", options->topics[i]);
    if (options->pattern) buffer_append_text(&what, options->pattern);
    for (size_t i = 0; i < options->assignment_count; i++)
        append_position(&what, &options->assignment[i]);
    buffer_printf(&text, "%s %.*s", settings_word(use), (int)what.size, what.bytes);
    buffer_append(&text, "", 1);
    buffer_release(&what);
    return text.bytes;
}
