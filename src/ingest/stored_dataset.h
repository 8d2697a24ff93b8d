/* A dataset that a source keeps in memory: records cut into partitions. Immutable,
 * reference-counted: batches that read it hold it. Any thread. */
#ifndef INGEST_STORED_DATASET_H
#define INGEST_STORED_DATASET_H

#include "ingest/source.h"

typedef struct stored_dataset stored_dataset;

/* A deep copy of the records of `list`; of n records partition j (of p >= 1) gets those from j*n/p
 * to (j+1)*n/p. One reference. Pairs become records with a key. */
stored_dataset *stored_dataset_create(weir_value list, size_t partitions);
void stored_dataset_drop(stored_dataset *dataset); /* NULL is fine */
/* Its records, of all partitions. */
size_t stored_dataset_count(const stored_dataset *dataset);
/* Adds a split for each partition, each with a reference of its own. */
void stored_dataset_give(stored_dataset *dataset, source_batch *batch);

#endif
