/* The arrays of a state table, for the files that implement it. */
#ifndef DURABILITY_STATE_TABLE_ARRAYS_H
#define DURABILITY_STATE_TABLE_ARRAYS_H

#include "durability/state_table.h"

enum { FIRST_SLOTS = 1024, FIRST_ENTRIES = 512, COUNTING_STEP = 4096 };

static inline probe state_table_probe(const state_table *table)
{
    return (probe){table->slots, table->mask, table->entries, sizeof *table->entries};
}

void *state_table_alloc_slots(state_table *table, size_t slots); /* counted by the budget */
void state_table_free_slots(state_table *table);
void state_table_free_entries(state_table *table);
/* The order of the late entries is not known any more. */
void state_table_forget_late(state_table *table);
/* Gives each entry the index moved[its index]: all of them, each once. */
void state_table_permute(state_table *table, const uint32_t *moved);
/* Gives back the memory behind the entries. */
void state_table_fit_entries(state_table *table);
/* Tells the budget that at least `needed` entries take memory. */
void state_table_count_entries(state_table *table, size_t needed);

#endif
