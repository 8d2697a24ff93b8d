/* A graph over one source, run batch by batch on two workers, and a function that counts what it
 * maps. */
#ifndef UNIT_OPERATORS_GRAPH_RUN_H
#define UNIT_OPERATORS_GRAPH_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "library/library.h"
#include "operators/dataset.h"
#include "record/value.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "weir/dataset.h"
#include "weir/library.h"

static _Atomic size_t mapped;

static void count_map(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                      weir_value *out_value)
{
    (void)arg;
    mapped++;
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(count_map)

typedef struct fixture {
    dry_run run;
    pool *pool;
    weir_stream *in;
} fixture;

static fixture test;

static inline int set_up(void **state)
{
    (void)state;
    dry_run_init(&test.run);
    test.pool = pool_create(2);
    test.in = dry_run_source(&test.run);
    arena_set_current(&test.run.results);
    mapped = 0;
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_set_current(NULL);
    dry_run_release(&test.run);
    pool_free(test.pool);
    return 0;
}

static inline void begin(const char *records, int partitions)
{
    weir_value list = literal(records);
    dry_run_begin(&test.run, 1000, &list, &partitions);
}

static inline weir_value collect(const weir_stream *stream)
{
    weir_value got;
    if (dry_run_collect(&test.run, stream, &got) != WEIR_OK) fail_msg("%s", weir_last_error());
    return got;
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
