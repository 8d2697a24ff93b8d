/* The facts of a log, read from a position on: batch records, done marks, blocks. Only reads. */
#ifndef RECOVERY_FACTS_H
#define RECOVERY_FACTS_H

#include "base/buffer.h"
#include "record/block.h"
#include "recovery/plan.h"
#include "wal/reader.h"

typedef struct fact_record {
    int64_t time_ms;
    size_t offset; /* of its bytes in facts->bytes */
    size_t size;
} fact_record;

typedef struct facts {
    fact_record *records;
    size_t record_count;
    int64_t *record_times; /* the same times, for the plan */
    int64_t *done_times;
    size_t done_count;
    block **blocks; /* by rising number after facts_sort; a reference each */
    size_t block_count;
    bool *is_used;  /* by a batch, up to the boundary or behind it */
    buffer bytes;
    wal_end end;
    uint64_t damaged; /* places */
    uint64_t *damaged_segments; /* of these, each once, in order */
    size_t damaged_segment_count;
    uint64_t missing; /* entries that damage has cost, as far as is known */
} facts;

/* Reads everything from `from` on. Damage is said in the log, counted, and passed over. */
weir_status facts_read(const char *log_directory, wal_position from, facts *facts);
void facts_release(facts *facts);

/* The block of that number, borrowed, or NULL. */
block *facts_find_block(void *facts, uint64_t number);
/* Its index; SIZE_MAX if it is not there. */
size_t facts_find_index(const facts *facts, uint64_t number);

#endif
