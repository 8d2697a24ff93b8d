/* kafkaStream: consumers of a group, a thread each, that put what they receive into the log as
 * blocks, and tell the group only then.
 *
 * The mark of a block says which offsets are in it. What the log has, also that of a process that
 * was killed before it could tell the group, is in `stored`: a message below it is left out. */
#ifndef KAFKA_RECEIVER_H
#define KAFKA_RECEIVER_H

#include "base/log_line.h"
#include "ingest/block_intake.h"
#include "ingest/rate_limiter.h"
#include "ingest/record_builder.h"
#include "ingest/source.h"
#include "kafka/client.h"
#include "kafka/positions.h"

typedef struct kafka_receiver kafka_receiver;

/* A partition that was dealt out to a member once (receiver_dealt.c). */
typedef struct dealt_partition {
    char *topic;
    int32_t number;
    rd_kafka_queue_t *queue; /* the library's */
    int64_t next; /* the offset that is to come; < 0: not known */
} dealt_partition;

/* One member of the group. Its own thread's, but for what the making and the joining do. */
typedef struct kafka_consumer {
    kafka_receiver *receiver;
    const char *topic; /* NULL: all that the pattern matches */
    kafka_client client;
    bool is_open;
    pthread_t thread;
    bool has_thread;
    /* the open block */
    record_builder open;
    positions collected;
    int64_t opened_us;
    positions untold; /* in the log, and the group has not confirmed that it knows */
    rd_kafka_resp_err_t answer; /* to what it was told last and waited for */
    arena room; /* what is made of one message */
    buffer text;
    bool is_paused;
    bool is_first;    /* of those of its topic, or pattern */
    bool is_busy;     /* something came since topics were looked for */
    bool is_gone;     /* the topic; which was said */
    int64_t look_us;  /* when to look for it next */
    dealt_partition *dealt;
    size_t dealt_count;
    bool must_rejoin; /* the group, as it did not get back to a message that it needs again */
    log_damper repeats;
    log_damper failures;
} kafka_consumer;

struct kafka_receiver {
    source base;
    /* constant after the making */
    arena arena;
    weir_kafka_options options;
    char *label;
    kafka_consumer *consumers;
    size_t count;
    block_intake intake;
    /* loop thread */
    uv_async_t async;
    bool has_async;
    bool is_begun; /* the threads were started */
    /* any thread */
    _Atomic bool is_stopping;
    _Atomic size_t running; /* threads */
    _Atomic uint64_t refused;
    pthread_mutex_t mutex;
    /* under the mutex */
    positions stored; /* what the log has of each partition */
    rate_limiter limiter;
};

/* --- receiver_consumer.c --------------------------------------------------------------------- */

/* Connects; joins nothing yet. Starting thread; does not wait. */
weir_status kafka_consumer_open(kafka_consumer *consumer);
/* After the thread has ended, or without one. */
void kafka_consumer_close(kafka_consumer *consumer);
/* The thread: receives until the receiver stops, then leaves the group. */
void *kafka_consumer_main(void *consumer);

/* --- receiver_dealt.c: the consumer's thread ------------------------------------------------- */

/* Notes partitions that are dealt out to it, with the offsets where they begin, before they are
 * assigned. */
void kafka_consumer_note_dealt(kafka_consumer *consumer,
                               const rd_kafka_topic_partition_list_t *partitions);
/* Forgets all of them, once it has left the group: before the client is closed. */
void kafka_consumer_drop_dealt(kafka_consumer *consumer);
/* A message has come: says so if ones before it are gone that were to come first. */
void kafka_consumer_note_gap(kafka_consumer *consumer, const rd_kafka_message_t *message);
/* Says once that its topic is gone, and that it is there again. Where nothing comes, asks for it
 * now and then; blocks for the client's ask_ms at most. */
void kafka_consumer_look_for_topic(kafka_consumer *consumer);

/* --- receiver_blocks.c: the consumer's thread ------------------------------------------------ */

/* Where the broker has fewer messages of a partition than the log here (and `offset`, which comes
 * or will be asked for, is below that), the topic was made anew: forgets what the log has of it.
 * Blocks. */
void kafka_consumer_check_stored(kafka_consumer *consumer, const char *topic, int32_t partition,
                                 int64_t offset);
/* A message joins the open block, unless the log has it already. */
void kafka_consumer_take(kafka_consumer *consumer, rd_kafka_message_t *message);
/* Puts the open block into the log and waits until it is there, then tells the group. A block that
 * cannot be stored is received again. */
void kafka_consumer_flush(kafka_consumer *consumer);
/* The same before partitions are given back; and tells the group (if it `is_heard`) again what it
 * has not confirmed, until it does, three seconds at most: whoever gets them next begins there. */
void kafka_consumer_settle(kafka_consumer *consumer, bool is_heard);
/* librdkafka's answer to a commit: while the consumer is polled. */
void kafka_consumer_told(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *offsets, void *opaque);
/* Is the open block old or large enough? */
bool kafka_consumer_is_due(const kafka_consumer *consumer);

#endif
