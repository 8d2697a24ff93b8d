/* Which offsets of a partition a batch takes. Pure: facts in, decision out. */
#ifndef KAFKA_RANGES_H
#define KAFKA_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/status.h"

/* What is known of a partition when a batch is cut. */
typedef struct range_facts {
    const char *topic;
    int32_t partition;
    int64_t next;  /* where the batch begins; < 0: not known yet */
    int64_t low;   /* the first message that is there; < 0: not known */
    int64_t end;   /* behind the last one that can be read; < 0: not known */
    int64_t limit; /* messages a batch; 0: none */
    bool is_anew;  /* `next` is of a topic that is gone; another one has its name */
    bool resets;   /* goes on at the first message where `next` is gone, rather than fail */
} range_facts;

/* [from, to), perhaps empty; `lost`: messages that were gone and are passed over. */
typedef struct range {
    int64_t from;
    int64_t to;
    int64_t lost;
} range;

/* WEIR_IO: `next` is outside of what the broker has; the text names topic, partition, offsets. */
weir_status range_choose(const range_facts *facts, range *range);

/* Up to where a partition is done when a batch is done that goes to `to`, and follows one that
 * ended at `after`: not past a batch that failed. */
int64_t range_done(int64_t done, int64_t after, int64_t to);

/* Messages a batch for a rate of messages a second: at least 1; 0: no limit (S-84). */
int64_t range_limit(int64_t rate, int64_t interval_ms);

#endif
