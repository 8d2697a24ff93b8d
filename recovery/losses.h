/* What the log has lost behind the position that a start reads from, and whether a start may go on
 * without asking. No I/O.
 *
 * Each entry has a number, so mostly it is known how many are gone, and never what they were: a
 * block that was acknowledged and no batch has yet, or what a batch consisted of, would be lost in
 * silence. So a start asks (--lose-segment), but for
 * - what is accounted for: done marks that later ones prove, and what a batch had that was given
 *   up, are as many entries as are gone
 * - what can only be marks: the records around it follow each other, and no source has blocks
 * - what the log says was lost when an earlier start went on
 * - what the way of syncing that was asked for may cost (log_sync_ms, log_no_sync). */
#ifndef RECOVERY_LOSSES_H
#define RECOVERY_LOSSES_H

#include "base/buffer.h"
#include "recovery/lineage_codec.h"
#include "recovery/plan.h"
#include "wal/reader.h"
#include "weir/checkpoint.h"

/* Entries between two that are there. */
typedef struct loss {
    uint64_t first;  /* number of the first one; 0: not known */
    uint64_t least;  /* it is not less than that; 0: nothing was seen before it */
    uint64_t behind; /* number of the entry that follows; 0: none does */
    uint64_t segment;      /* that is damaged, or missing; by it a start is told to go on */
    uint64_t last_segment; /* of those that are missing, one after another */
    uint64_t offset;
    char what[80];         /* of the reader, in words; "": the end of the segment is missing */
    bool is_missing;       /* the segments are not there, or have nothing in them */
    int64_t before_ms; /* the last batch recorded before it; INT64_MIN: none is known */
    int64_t after_ms;  /* the first one recorded behind it; INT64_MAX: none is there */
} loss;

typedef struct loss_range {
    uint64_t first, behind;
} loss_range;

typedef struct losses {
    loss *items; /* in the order of the log */
    size_t count;
    size_t followed; /* of them, an entry comes behind */
    size_t recorded; /* of them, a record comes behind */
    loss_range *known; /* that the log says are given up */
    size_t known_count;
    uint64_t segment; /* that was read last */
    uint64_t next;    /* number behind that of the entry seen last */
    int64_t last_ms;
} losses;

/* `from`: where reading begins. */
void losses_init(losses *losses, wal_position from);
void losses_release(losses *losses);
/* To be told of all that a reader finds, in order; in addition of each batch that is recorded. */
void losses_see(losses *losses, const wal_item *item);
void losses_record(losses *losses, int64_t time_ms);
/* At the end: the segment, which was there, is not, nor is a later one. */
void losses_miss_end(losses *losses, uint64_t segment);

/* What an entry of kind WAL_LOSS_GIVEN_UP says behind its time: all that is lost so far. One value
 * of record/codec.h: (1, ((first, behind), ...)), numbers as in struct loss. A first one that is
 * not known is the least that it can be, so that what is found to be lost before that is asked
 * for; 0: all before `behind`. behind 0: up to that entry. */
void losses_encode(const losses *losses, buffer *to);

/* What a start knows besides. */
typedef struct loss_facts {
    const char *directory; /* that is said in messages */
    const plan_facts *known;
    const plan *plan;
    uint64_t lost_blocks;  /* that records of batches behind the boundary name and are not there */
    const stored_lineage *lineage;
    uint64_t log_segment;  /* reading begins in it */
    uint64_t newest;       /* segment of the log that is there */
    const weir_durability *durability;
} loss_facts;

/* WEIR_DAMAGED: a start is to be refused. WEIR_ILLEGAL_ARGUMENT: nothing is lost of a segment that
 * is to be given up. What is given up now, because it was asked for, is said in the log. */
weir_status losses_judge(const losses *losses, const loss_facts *facts);
/* Does the log say that it is given up? */
bool losses_know(const losses *losses, const loss *loss);
/* Is there one of which it does not? Then it has to, if the start goes on. */
bool losses_are_new(const losses *losses);

#endif
