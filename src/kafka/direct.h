/* A direct stream: its partitions, and the thread that asks the brokers about them, so that a
 * batch can be cut without waiting for anyone. */
#ifndef KAFKA_DIRECT_H
#define KAFKA_DIRECT_H

#include "base/log_line.h"
#include "ingest/source.h"
#include "kafka/client.h"
#include "kafka/ranges.h"
#include "kafka/reader.h"

/* Once known, a partition stays until the source is freed: splits point to it. */
typedef struct direct_partition {
    kafka_reader reader;
    char *topic;
    int32_t number;
    /* under the source's mutex */
    int64_t next; /* where the next batch begins; < 0: not known yet */
    int64_t follows; /* `next`, or where given-up batches right before it begin */
    int64_t low;
    int64_t end;
    int64_t done; /* up to here every batch is done; < 0: not known yet */
    int64_t committed; /* the group was told, and has answered */
    uint64_t returns;  /* how often it went back: a batch cut before says nothing of `done` */
    bool is_left;      /* the options do not name it any more: only old batches read it */
    bool is_silent;    /* nobody answered for it when it was asked for last */
    bool is_anew; /* its topic was gone and is there again: `next` is of the one before */
    range chosen; /* while a batch is cut */
    bool is_topic_gone; /* the source's thread; of the first partition of each topic */
} direct_partition;

typedef struct direct {
    source base;
    /* constant after the making */
    arena arena;
    weir_kafka_options options;
    char *label;
    /* constant from start to finish */
    kafka_client client;
    bool is_open;
    pthread_t thread;
    bool has_thread;
    _Atomic bool is_stopping;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under the mutex */
    direct_partition **partitions;
    size_t count;
    bool is_ending; /* the thread shall end */
    log_damper commits;
    bool asks_firsts; /* the source's thread: it asks for the first offsets, too */
    bool must_tell; /* the next batch names its ranges even if all are empty */
} direct;

/* --- direct_partitions.c: under the mutex, or before the thread runs ------------------------- */

direct_partition *direct_find(const direct *self, const char *topic, size_t length,
                              int32_t number);
/* The one of that name, made if it is new. */
direct_partition *direct_partition_of(direct *self, const char *topic, size_t length,
                                      int32_t number);
void direct_free_partitions(direct *self);
/* A batch begins there. Before where the last one ended, it is another topic of that name: none of
 * its messages is done. */
void direct_begin_at(direct_partition *partition, int64_t from);
/* Has the broker what the given offsets and the group's say, before they are settled? As `reset`
 * says, they are refused (WEIR_ILLEGAL_ARGUMENT; WEIR_IO for those of the group), or put to the
 * first message that is there. Ends and first offsets were asked for; before the thread runs. */
weir_status direct_check_beginnings(direct *self);

/* --- direct_asking.c: blocks; the source's thread, or the starting one ----------------------- */

/* Finds the partitions of what is to be read; new ones begin as `start` says, or, once
 * `is_running`, at their first message. */
weir_status direct_discover(direct *self, bool is_running);
/* Asks for the ends (and, if asked, the first offsets) of all partitions. false: no broker
 * answers. Says which topics are gone. */
bool direct_ask_ends(direct *self, bool firsts_too);
/* Commits what is done to the group, if there is one; once it stops, waits for the answer. */
void direct_commit(direct *self);
/* librdkafka's answer to a commit. */
void direct_committed(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t *offsets, void *opaque);

/* --- direct_split.c -------------------------------------------------------------------------- */

/* `after`: where the last batch before it ended that is not given up; not `from` where messages
 * are gone. */
split *direct_split_create(direct *self, direct_partition *partition, int64_t after, int64_t from,
                           int64_t to);
/* Is it one of ours? Then its batch is done. Under the mutex. */
void direct_split_done(const split *split);
/* Is it one of ours? Then what it reads; borrowed. */
bool direct_split_range(const split *split, direct_partition **partition, int64_t *from,
                        int64_t *to);
/* Is it one of ours? Then its batch is given up: what comes behind it follows what was before it.
 * Under the mutex. */
void direct_split_pass(const split *split);

#endif
