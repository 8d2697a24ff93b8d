/* What stands for the room where weir is built without Kafka: the same calls, which say so. */
#include "base/error.h"
#include "ingest/source.h"
#include "kafka/kafka.h"
#include "weir/kafka.h"

static weir_status refuse(const char *what)
{
    return error_set(WEIR_UNSUPPORTED,
                     "%s: this weir was built without Kafka; build it with librdkafka's headers "
                     "there (librdkafka-dev, librdkafka-devel) and WEIR_WITH_KAFKA",
                     what);
}

void kafka_register(void) {}

weir_stream *weir_kafka_direct_stream(weir_context *context, const weir_kafka_options *options)
{
    (void)options;
    return source_refuse(context, refuse("kafkaDirectStream"));
}

weir_stream *weir_kafka_stream(weir_context *context, const weir_kafka_options *options)
{
    (void)options;
    return source_refuse(context, refuse("kafkaStream"));
}

weir_status weir_kafka_ranges(weir_dataset *dataset, weir_value *list)
{
    (void)dataset;
    *list = weir_null();
    return refuse("weir_kafka_ranges");
}

weir_status weir_save_to_kafka(weir_stream *in, const weir_kafka_sink_options *options)
{
    (void)options;
    weir_status status = refuse("saveToKafka");
    return in ? lineage_fail(in->lineage, status) : status;
}
