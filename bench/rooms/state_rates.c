/* What `bench state` runs: sums by key in the state store, without anything around it.
 *
 *   state_rates DIRECTORY KEYS BATCHES BATCH MEMORY_MIB
 *
 * BATCHES batches of BATCH uniform updates among KEYS keys "userNNNNNNN", 2 workers, a checkpoint
 * every 5 batches; then a restart from the last one. Prints, with spaces between: updates in M/s;
 * longest freeze in ms; keys written by checkpoints in M/s; restoring and opening in ms; the first
 * batch, of 1,000 keys, in ms; until all tables are complete in ms; resident memory in MiB. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/pool.h"
#include "bench/rooms/resident.h"
#include "record/value.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/store.h"

enum { PARTITIONS = 8, WORKERS = 2, CHECKPOINT_EVERY = 5, FEW = 1000 };

typedef struct run {
    char live[400];
    char state[400];
    size_t keys;
    size_t batch_size;
    uint64_t random;
    uint64_t batch;
    state_store *store;
    state_space *space;
    pool *pool;
    weir_value *updates[PARTITIONS];
    size_t counts[PARTITIONS];
    double update_us, updates_done;
    double write_us, keys_written, freeze_us_max;
} run;

static void check(weir_status status)
{
    if (status == WEIR_OK) return;
    fprintf(stderr, "state_rates: %s\n", error_text());
    exit(1);
}

static double since_us(int64_t begin_us)
{
    return (double)(clock_monotonic_us() - begin_us);
}

/* --- a batch --------------------------------------------------------------------------------- */

static uint64_t next_random(run *run)
{
    uint64_t mixed = run->random += 0x9e3779b97f4a7c15U; /* splitmix64 */
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

static void make_updates(run *run, size_t count)
{
    for (size_t i = 0; i < PARTITIONS; i++) run->counts[i] = 0;
    for (size_t i = 0; i < count; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "user%07" PRIu64, next_random(run) % run->keys);
        weir_value key = weir_string(text, (size_t)length);
        size_t partition = value_partition(key, PARTITIONS);
        run->updates[partition][run->counts[partition]++] = key;
    }
}

static size_t choose_missing(state_table *table, const weir_value *keys, size_t count,
                             weir_value *missing)
{
    uint32_t indexes[WEIR_VECTOR_SIZE];
    size_t missed = 0;
    state_table_find(table, keys, count, indexes);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        if (indexes[i] != UINT32_MAX) continue;
        while (at < missed && !value_is_same(missing[at], keys[i])) at++;
        missing[at] = keys[i];
        if (at == missed) missed++;
    }
    return missed;
}

static void update_vector(state_space *space, size_t partition, const weir_value *keys,
                          size_t count)
{
    state_table *table = &space->tables[partition];
    uint32_t indexes[WEIR_VECTOR_SIZE];
    space->trim(space, partition);
    if (!table->is_complete) {
        weir_value missing[WEIR_VECTOR_SIZE];
        size_t missed = choose_missing(table, keys, count, missing);
        if (missed) check(space->load(space, partition, missing, missed));
    }
    state_table_find_or_add(table, keys, count, indexes);
    for (size_t i = 0; i < count; i++) {
        state_table_touch(table, indexes[i]);
        int64_t sum = weir_as_int(table->entries[indexes[i]].value);
        state_table_set(table, indexes[i], weir_int(sum + 1));
    }
}

static void update_partition(void *user, size_t partition, size_t worker)
{
    (void)worker;
    run *run = user;
    for (size_t at = 0; at < run->counts[partition]; at += WEIR_VECTOR_SIZE) {
        size_t left = run->counts[partition] - at;
        update_vector(run->space, partition, run->updates[partition] + at,
                      left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE);
    }
}

static double run_batch(run *run, size_t count)
{
    make_updates(run, count);
    int64_t begin_us = clock_monotonic_us();
    run->store->class->begin(run->store, ++run->batch);
    pool_run(run->pool, PARTITIONS, update_partition, run);
    check(run->store->class->finish(run->store));
    return since_us(begin_us);
}

static void take_checkpoint(run *run)
{
    state_files files = {0};
    check(file_remove_tree(run->state));
    int64_t begin_us = clock_monotonic_us();
    state_frozen *frozen = state_freeze(run->store, run->batch, run->pool);
    double freeze_us = since_us(begin_us);
    run->keys_written += (double)state_frozen_count(frozen);
    check(state_checkpoint_write(run->store, frozen, run->state, &files));
    run->write_us += since_us(begin_us) - freeze_us;
    if (freeze_us > run->freeze_us_max) run->freeze_us_max = freeze_us;
    state_files_release(&files);
}

/* --- all of it ------------------------------------------------------------------------------- */

static void open_store(run *run, size_t memory)
{
    rocks_store_options options = {.memory = memory};
    check(rocks_store_open(run->live, &options, &run->store));
    check(run->store->class->open_space(run->store, "sums", PARTITIONS, &run->space));
}

static void run_batches(run *run, size_t batches)
{
    for (size_t i = 1; i <= batches; i++) {
        run->update_us += run_batch(run, run->batch_size);
        run->updates_done += (double)run->batch_size;
        if (i % CHECKPOINT_EVERY == 0 || i == batches) take_checkpoint(run);
    }
}

static bool is_complete(const state_space *space)
{
    for (size_t i = 0; i < PARTITIONS; i++)
        if (!space->tables[i].is_complete) return false;
    return true;
}

/* Where not all fits in memory, tables never become complete: this gives up in the end. */
static double warm_up(run *run)
{
    int64_t begin_us = clock_monotonic_us();
    rocks_store_warm(run->store);
    for (int i = 0; i < 1000 && !is_complete(run->space); i++) {
        clock_sleep_ms(2);
        run->store->class->begin(run->store, ++run->batch);
        check(run->store->class->finish(run->store));
    }
    return since_us(begin_us);
}

int main(int count, char **words)
{
    if (count != 6) return 2;
    run run = {.keys = strtoull(words[2], NULL, 10), .batch_size = strtoull(words[4], NULL, 10)};
    size_t batches = strtoull(words[3], NULL, 10), memory = strtoull(words[5], NULL, 10) << 20;
    snprintf(run.live, sizeof run.live, "%s/state_rates.live", words[1]);
    snprintf(run.state, sizeof run.state, "%s/state_rates.checkpoint", words[1]);
    check(file_remove_tree(run.live));
    run.pool = pool_create(WORKERS);
    for (size_t i = 0; i < PARTITIONS; i++)
        run.updates[i] = memory_alloc((run.batch_size + FEW) * sizeof(weir_value));
    open_store(&run, memory);
    run_batches(&run, batches);
    run.store->class->close(run.store);

    int64_t begin_us = clock_monotonic_us();
    check(state_restore(run.state, run.live));
    open_store(&run, memory);
    double open_us = since_us(begin_us), few_us = run_batch(&run, FEW), warm_us = warm_up(&run);
    run.store->class->close(run.store);
    printf("%.3f %.3f %.3f %.3f %.3f %.3f %.1f\n", run.updates_done / run.update_us,
           run.freeze_us_max / 1e3, run.keys_written / run.write_us, open_us / 1e3, few_us / 1e3,
           warm_us / 1e3, resident_mib());
    for (size_t i = 0; i < PARTITIONS; i++) free(run.updates[i]);
    pool_free(run.pool);
    check(file_remove_tree(run.live));
    check(file_remove_tree(run.state));
    return 0;
}
