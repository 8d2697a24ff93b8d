/* What an output of the program's own needs to know so that what it writes counts once. */
#ifndef WEIR_OUTPUT_H
#define WEIR_OUTPUT_H

#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The partition of a foreachRDD function: it has the whole batch. */
#define WEIR_WHOLE_BATCH SIZE_MAX

/* A result stands under (context_id, output, time_ms, partition). After a crash the batch in
 * flight comes again under the same: what commits that together with its result, and first looks
 * whether it is there already, counts each batch once. Batches of an output come in the order of
 * their times, so the last time of each (context_id, output, partition) is enough to keep: in a
 * context that lasts no output learns its identity behind a batch that failed, since that one
 * comes again after a restart.
 *
 * Texts are valid while the function runs. */
typedef struct weir_output_id {
    const char *context_id; /* 32 hexadecimal digits: of the directory that a context lasts in; of
                             * the process, if it does not last */
    uint64_t owner;         /* 1: a context that runs alone */
    const char *output;     /* the name of the output, see weir_name_output */
    int64_t time_ms;        /* of the batch */
    size_t partition;       /* foreachPartition; else WEIR_WHOLE_BATCH */
    int attempt;            /* 1, 2, ... in this process: not a part of the identity */
} weir_output_id;

/* Tells which output is calling. Only in a foreachRDD or foreachPartition function, on the thread
 * that it was called on; anywhere else, and behind a batch that failed, WEIR_ILLEGAL_STATE. A
 * foreachRDD function that calls weir_dataset_foreach_partition twice in a batch meets the same
 * partitions twice: it must tell them apart by itself. */
WEIR_API weir_status weir_current_output(weir_output_id *id);

#ifdef __cplusplus
}
#endif
#endif
