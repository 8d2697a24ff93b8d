/* The facts of a log, read from a position on: batch records, done marks, blocks. Only reads. */
#ifndef RECOVERY_FACTS_H
#define RECOVERY_FACTS_H

#include "base/buffer.h"
#include "record/block.h"
#include "recovery/losses.h"
#include "recovery/manifest.h"
#include "recovery/plan.h"
#include "wal/reader.h"

typedef struct fact_record {
    int64_t time_ms;
    size_t offset; /* of its bytes in facts->bytes: those of a run share them */
    size_t size;
    wal_position place;
} fact_record;

/* What the done mark of a batch says; times rise, but for what nobody should have written. */
typedef struct fact_mark {
    int64_t time_ms;
    size_t offset; /* of its bytes in facts->bytes */
    size_t size;
} fact_mark;

typedef struct facts {
    fact_record *records;
    size_t record_count;
    int64_t *record_times; /* the same times, for the plan */
    int64_t *done_times;
    fact_mark *marks; /* of the same ones */
    size_t done_count;
    int64_t *given_up_times;
    size_t given_up_count;
    size_t given_up_marked; /* the first ones: the log says so */
    block **blocks; /* by rising number; a reference each. Stubs once memory is full */
    size_t block_count;
    size_t memory;  /* that blocks may take; 0: no limit */
    size_t held;    /* that they take */
    bool *is_used;  /* by a batch, up to the boundary or behind it */
    wal_position lowest; /* the lowest place of the blocks that were found since it was set */
    buffer bytes;
    wal_end end;
    uint64_t damaged; /* places */
    uint64_t *damaged_segments; /* of these, each once, in order */
    size_t damaged_segment_count;
    losses losses;      /* what damage has cost */
    /* once those that records name were looked for */
    uint64_t lost_blocks;  /* of them */
    uint64_t behind_named; /* each of them has a lower number */
} facts;

/* Reads everything from where the checkpoint says on, of its context alone. Blocks that come when
 * those before take `memory` bytes (0: no limit) are left in the log. Damage is said in the log,
 * counted, and passed over. `is_looking`: a context may be writing meanwhile (log_walk.h). */
weir_status facts_read(const char *log_directory, const manifest *manifest, size_t memory,
                       bool is_looking, facts *facts);
/* Is the segment `newest`, which was there (0: none is known to be), or a later one? */
bool facts_is_end_there(const char *log_directory, uint64_t newest);
/* After reading: the segment `newest` was there (0: none is known to be); is it, or a later one,
 * not there now, that is damage: the end of the log is missing. */
void facts_miss_end(facts *facts, const char *log_directory, uint64_t newest);
/* A batch that is given up now, as if the log said so. */
void facts_give_up(facts *facts, int64_t time_ms);
/* Says where the blocks that were left in the log are read back from (borrowed). */
void facts_set_store(facts *facts, const block_store *store);
void facts_release(facts *facts);

static inline bool position_is_before(wal_position a, wal_position b)
{
    return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset);
}

static inline wal_position position_lower(wal_position a, wal_position b)
{
    return position_is_before(a, b) ? a : b;
}

/* What the done mark of that batch says (batch/done_mark.h), borrowed; empty if it has none. */
const char *facts_find_mark(const facts *facts, int64_t time_ms, size_t *size);
/* The block of that number, borrowed, or NULL. It counts as used from now on. */
block *facts_find_block(void *facts, uint64_t number);
/* Its index; SIZE_MAX if it is not there. */
size_t facts_find_index(const facts *facts, uint64_t number);

#endif
