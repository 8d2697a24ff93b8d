/* Apache Kafka: direct streams, reliable receivers, and a sink with transactions (spec 03,
 * S-70..S-94). librdkafka does the protocol. It is loaded when the first of these calls is made,
 * so a program that makes none has nothing of it; where it is missing, or weir was built without
 * it, they fail with WEIR_UNSUPPORTED. Building calls follow the rules of weir/stream.h; options
 * are copied. */
#ifndef WEIR_KAFKA_H
#define WEIR_KAFKA_H

#include "weir/dataset.h"
#include "weir/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where partitions begin that no checkpoint and no given offset says anything of. Partitions that
 * appear later begin at their first message. */
typedef enum weir_kafka_start {
    WEIR_KAFKA_LATEST = 0,   /* behind the last message: new ones only */
    WEIR_KAFKA_EARLIEST = 1, /* at the first message that is there */
    WEIR_KAFKA_COMMITTED = 2, /* where the group has committed; WEIR_KAFKA_EARLIEST if nowhere */
    WEIR_KAFKA_AT_TIME = 3   /* at the first message of start_time_ms or later */
} weir_kafka_start;

/* What a message becomes. Keys and values are strings (bad UTF-8 is replaced), or bytes; a null
 * key or value is null. */
typedef enum weir_kafka_form {
    WEIR_KAFKA_VALUE = 0, /* a record without key */
    WEIR_KAFKA_PAIR = 1,  /* a record (key, value) */
    WEIR_KAFKA_RECORD = 2 /* a list: topic, partition, offset, time in ms, key, value, headers,
                           * which is a list of pairs (name, value) */
} weir_kafka_form;

/* What is done when messages that are wanted are not there any more. */
typedef enum weir_kafka_reset {
    WEIR_KAFKA_FAIL = 0,       /* the batch fails, naming topic, partition and offsets */
    WEIR_KAFKA_GO_EARLIEST = 1 /* goes on at the first message that is there, and says so */
} weir_kafka_reset;

typedef struct weir_kafka_position {
    const char *topic;
    int partition;
    int64_t offset;
} weir_kafka_position;

/* Of librdkafka, by its own names: security.protocol, sasl.username, fetch.min.bytes, ... A value
 * "env:NAME" is read from the environment at the start. Values of passwords, secrets and keys
 * never go into a checkpoint. */
typedef struct weir_kafka_property {
    const char *name;
    const char *value;
} weir_kafka_property;

/* Zero is the default of every member. */
typedef struct weir_kafka_options {
    const char *brokers;       /* host:port, ...; needed */
    /* what to read: one of these three */
    const char *const *topics;
    size_t topic_count;
    const char *pattern;       /* a regular expression (POSIX, extended) that whole names match */
    const weir_kafka_position *assignment; /* these partitions alone; the offsets are not looked
                                            * at */
    size_t assignment_count;
    /* where to begin */
    weir_kafka_start start;
    int64_t start_time_ms; /* since 1970; above 0 with WEIR_KAFKA_AT_TIME, else 0 */
    const weir_kafka_position *offsets; /* they win over `start`; of what is read alone, and as
                                         * the brokers have them: else the first start fails, or
                                         * does as `reset` says */
    size_t offset_count;
    weir_kafka_form form;
    bool bytes;                /* keys and values as bytes, not as strings */
    weir_kafka_reset reset;
    int64_t max_rate;          /* messages a second for each partition, at least 1 a batch; 0: no
                                * limit */
    const char *group;         /* batches that are done are committed to it; NULL: to none */
    int64_t discover_ms;       /* how often new partitions and topics are looked for; 10,000 */
    int64_t poll_ms;           /* how long a batch waits for messages that do not come; 120,000 */
    const weir_kafka_property *properties;
    size_t property_count;
    /* of receivers alone: how many threads consume each topic; NULL: one each */
    const int *threads;
} weir_kafka_options;

/* A direct stream: each batch takes a range of offsets of each partition, a partition of the
 * dataset each. The ranges are the record of the batch; messages are not logged a second time, but
 * read again after a restart: exactly once into state. */
WEIR_API weir_stream *weir_kafka_direct_stream(weir_context *context,
                                               const weir_kafka_options *options);
/* The ranges of a dataset that comes from direct streams, in a transform or foreach function: a
 * list of lists (topic, partition, first offset, offset behind the last). Empty behind a stream
 * that keeps state or a window. */
WEIR_API weir_status weir_kafka_ranges(weir_dataset *dataset, weir_value *list);

/* A receiver: members of the group (which is needed) receive the topics; what they receive is
 * logged, then committed to the group. What comes again after a crash is recognised by its offset
 * and left out. */
WEIR_API weir_stream *weir_kafka_stream(weir_context *context, const weir_kafka_options *options);

/* Zero is the default of every member. */
typedef struct weir_kafka_sink_options {
    const char *brokers; /* needed */
    const char *topic;   /* needed */
    bool plain;          /* without transactions: a batch may be there twice after a crash */
    bool records;        /* values are lists as of WEIR_KAFKA_RECORD: key, value, headers and time
                          * are taken from them, not topic, partition and offset */
    const weir_kafka_property *properties;
    size_t property_count;
} weir_kafka_sink_options;

/* Writes the records of each batch to a topic: the key of a record is the message's key, its value
 * the message's value; null is null; strings and bytes go as they are, other values as text. One
 * transaction a batch, which also says which batch it was: under read_committed each is there
 * once, whatever crashes, if the context lasts (weir_get_or_create). The topic is its name
 * (weir_name_output), under which the transactions are known after a restart. */
WEIR_API weir_status weir_save_to_kafka(weir_stream *in, const weir_kafka_sink_options *options);

#ifdef __cplusplus
}
#endif
#endif
