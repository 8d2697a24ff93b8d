/* Batches that a start is asked to give up (--skip-batch, --lose-batch): whether there is such a
 * batch. A slip of the time would else go unnoticed. */
#ifndef RECOVERY_ASKED_BATCHES_H
#define RECOVERY_ASKED_BATCHES_H

#include "recovery/manifest.h"
#include "recovery/plan.h"
#include "weir/checkpoint.h"

typedef enum asked_batch {
    ASKED_THERE,      /* it can be given up, or is already */
    ASKED_NONE,       /* no batch has that time */
    ASKED_STORED,     /* the checkpoint has it, or it came before that */
    ASKED_DONE        /* only --lose-batch gives it up */
} asked_batch;

/* `facts`: of the checkpoint of that zero time; the first `marked` of facts->skipped_times are in
 * the log. Pure. */
asked_batch asked_batch_look(const plan_facts *facts, size_t marked, int64_t zero_ms,
                             int64_t time_ms, bool is_to_lose);
/* Of all that `durability` asks for, whose batches to lose are the last of facts->lost_count: a
 * batch that is in the checkpoint or is done changes nothing, which is said in the log; one that
 * is not there is WEIR_ILLEGAL_ARGUMENT. */
weir_status asked_batches_check(const plan_facts *facts, const manifest *manifest,
                                const char *directory, const weir_durability *durability);
/* On a first start there is nothing to give up: WEIR_ILLEGAL_ARGUMENT if a batch, or a segment of
 * the log, is asked for. */
weir_status asked_batches_check_first(const char *directory, const weir_durability *durability);

#endif
