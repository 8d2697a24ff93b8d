/* saveToKafka: the connection of one output, and its transactions.
 *
 * Each batch is one transaction: its records, and the offset of a consumer group of the output's
 * own ("weir-CONTEXT-NAME"), which is the time of the batch: the ledger. Kafka makes both visible
 * together or neither. At a start the transactions of the run before are ended first, then the
 * ledger is read: a batch at or before its time is in the topic, and is not written again. */
#ifndef KAFKA_SINK_H
#define KAFKA_SINK_H

#include "graph/lineage.h"
#include "kafka/client.h"

/* In the arena of the lineage. */
typedef struct kafka_sink {
    /* constant after the making */
    weir_kafka_sink_options options;
    char *label; /* "saveToKafka counts" */
    /* from start to finish; the batch runner's thread, or the starting or stopping one */
    char *group;
    kafka_client client;
    bool is_open;
    bool is_in_doubt;  /* how the last transaction ended is not known: open anew, look it up */
    bool is_fenced;    /* another run has taken the name: it is not taken back */
    int64_t ledger_ms; /* the last batch that the topic has; < 0: none */
    rd_kafka_topic_t *topic;
    /* any thread */
    _Atomic bool gives_up;
    _Atomic int failed; /* plain: the error of a message that could not be delivered; 0 */
    /* any thread, while it gives up */
    _Atomic int waiting; /* messages of the library, when it was looked last; -1: it was not */
    _Atomic int64_t moved_us; /* when their number was last another one */
    _Atomic bool is_stuck;
} kafka_sink;

/* --- sink_open.c ----------------------------------------------------------------------------- */

/* Connects, ends what a run before left, reads the ledger. Blocks. */
weir_status kafka_sink_open(kafka_sink *sink);
/* Reads the ledger alone: disturbs no other run. Blocks. */
weir_status kafka_sink_read_ledger(kafka_sink *sink);
void kafka_sink_close(kafka_sink *sink);
/* Waiting is no use any more: the context stops, and no broker answers, or none has taken anything
 * for a while (one that is needed may be gone, while others answer). For good then. */
bool kafka_sink_is_hopeless(kafka_sink *sink);
/* A step begins that may have to wait: its while begins anew. */
void kafka_sink_begin_step(kafka_sink *sink);

/* --- sink_write.c ---------------------------------------------------------------------------- */

/* Hands all records of the dataset to the library, on the workers; *records: how many. */
weir_status kafka_sink_write(kafka_sink *sink, weir_dataset *dataset, uint64_t *records);

#endif
