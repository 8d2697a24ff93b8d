/* A reader over records in memory: what partition functions are given. */
#ifndef OPERATORS_READER_H
#define OPERATORS_READER_H

#include "record/records.h"

struct weir_reader {
    const records *records;
    size_t next;
};

static inline weir_reader reader_over(const records *records)
{
    return (weir_reader){records, 0};
}

#endif
