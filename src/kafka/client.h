/* One instance of librdkafka: a connection to a cluster, as consumer or as producer. It says once
 * that the brokers cannot be reached, and once that they can again. */
#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "kafka/rdkafka.h"
#include "weir/kafka.h"

typedef struct kafka_client {
    rd_kafka_type_t type;
    rd_kafka_t *handle; /* NULL: not open */
    char *label;        /* "kafkaDirectStream orders", for messages */
    char *brokers;
    int ask_ms;         /* so long a question that is no hurry may take */
    int leave_ms;       /* so long leaving its group may take */
    /* who ends it */
    bool has_left;      /* its group, or tried to */
    bool is_stuck;      /* it cannot be ended */
    pthread_mutex_t mutex;
    /* under the mutex */
    bool was_reached;   /* a broker has answered before */
    bool is_down;       /* none does any more */
    int64_t down_us;    /* since when */
    char error[512];    /* what the library said last */
    /* any thread */
    _Atomic int refused; /* the error that waiting does not mend, such as wrong credentials; 0 */
} kafka_client;

/* What it is made with. */
typedef struct kafka_client_plan {
    rd_kafka_type_t type;
    const char *label;
    const char *brokers;
    const weir_kafka_property *defaults; /* set first; up to a name that is NULL */
    const weir_kafka_property *given;    /* by the user */
    size_t given_count;
    const weir_kafka_property *fixed; /* set last; likewise */
    void (*rebalanced)(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque); /* or NULL */
    void (*delivered)(rd_kafka_t *handle, const rd_kafka_message_t *message,
                      void *opaque); /* or NULL */
    void (*committed)(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *offsets, void *opaque); /* or NULL */
    void *opaque_owner; /* of these three: kafka_client_owner(opaque) */
} kafka_client_plan;

/* Makes it; does not wait for a broker. WEIR_ILLEGAL_ARGUMENT names a property that is wrong. */
weir_status kafka_client_open(kafka_client *client, const kafka_client_plan *plan);
/* A consumer leaves its group, once: calls back on this thread until that is done, for leave_ms at
 * most, as the library's own way to wait may have no end while a broker hangs. One thread at a
 * time, which no other one polls beside. */
void kafka_client_leave(kafka_client *client);
/* Closes it, also if it is not open: leaves the group first. What the library cannot end is left
 * behind as it is, which is said; nothing is called back any more. */
void kafka_client_close(kafka_client *client);
void *kafka_client_owner(void *opaque);

/* Waits until the brokers answer for the topic (NULL: at all), at most so long. WEIR_IO and why:
 * unreachable, refused, or a topic that does not exist. Blocks. */
weir_status kafka_client_wait(kafka_client *client, const char *topic, int64_t timeout_ms);
/* A request was answered, or failed for want of brokers: says so where that is news. */
void kafka_client_answered(kafka_client *client);
void kafka_client_unanswered(kafka_client *client);
typedef void kafka_answered(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                            rd_kafka_topic_partition_list_t *offsets, void *user);
/* Tells its group, and waits for the answer for so long at most: `answered` is called before this
 * returns, on this thread, with what the group says; or never, and why is what is returned. The
 * library's own way to wait has no end while a broker hangs. Borrows the offsets. */
rd_kafka_resp_err_t kafka_client_commit(kafka_client *client,
                                        const rd_kafka_topic_partition_list_t *offsets,
                                        int timeout_ms, kafka_answered *answered, void *user);
/* Asks whether a broker answers; half a second at most. */
void kafka_client_probe(kafka_client *client);
/* Asks whether there is such a topic, for ask_ms at most, and says once that it is gone, and that
 * it is there again: `is_gone` is what was said last. false: no broker answers. */
bool kafka_client_look_for(kafka_client *client, const char *topic, bool *is_gone);
bool kafka_client_is_down(kafka_client *client);
/* Sets the error from one of librdkafka's: what was done, its text, what it said last. */
weir_status kafka_client_fail(kafka_client *client, weir_status status, const char *what,
                              rd_kafka_resp_err_t error);

#endif
