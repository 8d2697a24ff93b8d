/* Panes whose content follows from their time: made, and compared with what comes back. Keys and
 * values are of all kinds; about a quarter of the partitions is empty. */
#ifndef SUPPORT_PANE_MODEL_H
#define SUPPORT_PANE_MODEL_H

#include "durability/panes.h"

typedef struct pane_model {
    bool is_keyed;
    size_t part_count;
    size_t most; /* records of a partition; of keyed ones at most 1000 */
} pane_model;

pane *pane_model_make(const pane_model *model, int64_t time_ms, memory_budget *budget);
/* Adds one to the batch that is begun. */
void pane_model_add(const pane_model *model, pane_set *set, int64_t time_ms);
/* Fails the test if what is read of the slot differs. */
void pane_model_check(const pane_model *model, pane_set *set, size_t slot);
/* The same for all slots, whose times must be these: from first to last by `step`. */
void pane_model_check_all(const pane_model *model, pane_set *set, int64_t first_ms,
                          int64_t last_ms, int64_t step_ms);

#endif
