/* What functions of partitions are given: readers over records, and over keys with their state. */
#ifndef OPERATORS_READER_H
#define OPERATORS_READER_H

#include "durability/state_table.h"
#include "operators/group.h"
#include "record/records.h"

struct weir_reader {
    const records *records;
    size_t next;
};

static inline weir_reader reader_over(const records *records)
{
    return (weir_reader){records, 0};
}

/* The keys of a table that have state or new values, in the order of its hashes. */
struct weir_keys {
    state_walk walk;
    const grouped_values *grouped;
};

#endif
