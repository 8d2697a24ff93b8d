/* librdkafka, loaded when it is first needed: a program that uses no Kafka has nothing of it, and
 * weir runs where it is not installed. Calls are made through the table: kafka.poll(...) is
 * rd_kafka_poll(...). */
#ifndef KAFKA_RDKAFKA_H
#define KAFKA_RDKAFKA_H

#include <librdkafka/rdkafka.h>

#include "weir/status.h"

/* rd_kafka_NAME */
#define KAFKA_CALLS(X)                                                                            \
    X(version_str) X(err2str) X(err2name) X(last_error) X(conf_new) X(conf_destroy) X(conf_set)   \
    X(conf_set_opaque) X(conf_set_log_cb) X(conf_set_error_cb) X(conf_set_rebalance_cb)           \
    X(conf_set_dr_msg_cb) X(conf_set_offset_commit_cb) X(topic_conf_new) X(topic_conf_set)        \
    X(new) X(destroy) X(get_watermark_offsets) X(opaque) X(name) X(poll) X(poll_set_consumer)     \
    X(topic_new) X(topic_destroy) X(topic_name) X(metadata) X(metadata_destroy)                   \
    X(consume_start_queue) X(consume_stop) X(seek) X(seek_partitions) X(queue_new)                \
    X(queue_destroy) X(consume_batch_queue) X(consume_queue) X(queue_get_partition)               \
    X(message_destroy) X(message_headers) X(message_timestamp) X(header_cnt) X(header_get_all)    \
    X(headers_new) X(headers_destroy) X(header_add) X(offsets_for_times)                          \
    X(query_watermark_offsets) X(topic_partition_list_new) X(topic_partition_list_destroy)        \
    X(topic_partition_list_add) X(topic_partition_list_find) X(committed) X(commit)               \
    X(commit_queue) X(queue_poll_callback) X(subscribe) X(unsubscribe) X(assign) X(assignment)    \
    X(incremental_assign) X(incremental_unassign) X(rebalance_protocol) X(consumer_poll)          \
    X(pause_partitions) X(consumer_close_queue) X(consumer_closed) X(resume_partitions)           \
    X(assignment_lost) X(produce) X(produceva) X(flush) X(purge) X(outq_len)                      \
    X(init_transactions) X(begin_transaction) X(commit_transaction) X(abort_transaction)          \
    X(send_offsets_to_transaction) X(consumer_group_metadata_new)                                 \
    X(consumer_group_metadata_destroy) X(error_code) X(error_string) X(error_is_fatal)            \
    X(error_is_retriable) X(error_txn_requires_abort) X(error_destroy) X(fatal_error)

typedef struct kafka_calls {
#define KAFKA_MEMBER(call) __typeof__(rd_kafka_##call) *call;
    KAFKA_CALLS(KAFKA_MEMBER)
#undef KAFKA_MEMBER
} kafka_calls;

/* All there once kafka_load has answered WEIR_OK; constant from then on. */
extern kafka_calls kafka;

/* Loads it. WEIR_UNSUPPORTED, with what to install, if it is not there or too old. Any thread, any
 * number of times. */
weir_status kafka_load(void);

#endif
