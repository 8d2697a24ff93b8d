/* Reads one Kafka partition, range by range, on workers. The library fetches ahead on threads of
 * its own while a batch is computed; ranges that follow one another are read without a seek.
 *
 * A range ends when its last offset was read, or when a message or the end of the log behind it is
 * seen: offsets may be missing (compacted topics, marks of transactions). */
#ifndef KAFKA_READER_H
#define KAFKA_READER_H

#include <pthread.h>

#include "kafka/client.h"
#include "record/task.h"

enum { READER_MESSAGES = 1024 }; /* as many as a vector */

typedef struct kafka_reader {
    /* constant after kafka_reader_open */
    kafka_client *client;
    const char *topic; /* borrowed */
    int32_t partition;
    int64_t patience_ms;
    bool resets;
    pthread_mutex_t mutex; /* held by the worker that reads a range */
    /* under the mutex */
    rd_kafka_topic_t *handle; /* NULL: nothing was read yet */
    rd_kafka_queue_t *queue;
    int64_t at;               /* the offset that is read next */
    rd_kafka_message_t *held[READER_MESSAGES]; /* taken from the library: [first, end) */
    size_t first;
    size_t end;
} kafka_reader;

void kafka_reader_init(kafka_reader *reader, kafka_client *client, const char *topic,
                       int32_t partition, int64_t patience_ms, bool resets);
/* Before the client is closed. */
void kafka_reader_release(kafka_reader *reader);

/* Messages of a range, borrowed: valid during the call. */
typedef void (*kafka_reader_take)(void *user, task *task, rd_kafka_message_t *const *messages,
                                  size_t count);
/* Gives every message of [from, to) to `take`, in order, up to READER_MESSAGES at a time. Failures
 * go to the task: broken off after patience_ms without a message (soon once *is_stopping), or
 * offsets that are gone. Blocks. Any worker; one waits for another. */
void kafka_reader_read(kafka_reader *reader, int64_t from, int64_t to, task *task,
                       const _Atomic bool *is_stopping, kafka_reader_take take, void *user);

#endif
