/* The door to the batch journal: what a batch consists of is recorded before it is computed (W4),
 * and that it is done before an output of the next one starts (W5). A door apart from the block
 * log, though one writer may serve both. */
#ifndef DURABILITY_BATCH_JOURNAL_H
#define DURABILITY_BATCH_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "weir/status.h"

typedef struct batch_journal batch_journal;
typedef struct batch_journal_class {
    /* All return when the entry is durable. The bytes are borrowed for the call. Loop thread
     * (record, record_run: several batches from `first_ms` on), batch runner (done). */
    weir_status (*record)(batch_journal *journal, int64_t time_ms, const void *bytes, size_t size);
    weir_status (*record_run)(batch_journal *journal, int64_t first_ms, const void *bytes,
                              size_t size);
    weir_status (*done)(batch_journal *journal, int64_t time_ms, const void *bytes, size_t size);
    void (*close)(batch_journal *journal); /* frees it */
} batch_journal_class;

struct batch_journal {
    const batch_journal_class *class;
};

/* Remembers nothing. For contexts without a directory. */
batch_journal *batch_journal_in_memory(void);

#endif
