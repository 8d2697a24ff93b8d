/* weir/inspect.h: what a restart would do, whatever the program. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "batch/batch_record.h"
#include "recovery/asked_batches.h"
#include "recovery/facts.h"
#include "recovery/given_up.h"
#include "recovery/inspect_inside.h"
#include "recovery/lost_sources.h"
#include "recovery/needed_blocks.h"
#include "recovery/recovery.h"
#include "recovery/verdict.h"

/* --- what a restart would do ----------------------------------------------------------------- */

typedef struct block_use {
    uint64_t number;
    int64_t time_ms; /* of the batch */
} block_use;

/* The facts of the log that a plan is made from. */
typedef struct gathering {
    buffer records; /* times of batches */
    buffer done;
    buffer given_up;
    buffer blocks;  /* numbers of blocks that are there */
    buffer used;    /* of each that a batch has: block_use */
    uint64_t damaged;
    losses losses;
    uint64_t newest; /* segment that is there */
} gathering;

static void gathering_release(gathering *gathering)
{
    buffer_release(&gathering->records);
    buffer_release(&gathering->done);
    buffer_release(&gathering->given_up);
    buffer_release(&gathering->blocks);
    buffer_release(&gathering->used);
    losses_release(&gathering->losses);
}

typedef struct uses_of {
    int64_t time_ms;
    buffer *to;
} uses_of;

static void use_block(uint64_t number, void *user)
{
    const uses_of *of = user;
    const block_use use = {number, of->time_ms};
    buffer_append(of->to, &use, sizeof use);
}

static void add_record(int64_t time_ms, weir_value sources, void *user)
{
    gathering *gathering = user;
    buffer_append(&gathering->records, &time_ms, sizeof time_ms);
    losses_record(&gathering->losses, time_ms);
    look_blocks(sources, use_block, &(uses_of){time_ms, &gathering->used});
}

static void gather_item(gathering *gathering, const weir_log_facts *item)
{
    switch (item->kind) {
    case WEIR_LOG_BLOCK:
        buffer_append(&gathering->blocks, &item->block, sizeof item->block);
        break;
    case WEIR_LOG_BATCH:
    case WEIR_LOG_RUN: look_batches(item, add_record, gathering); break;
    case WEIR_LOG_DONE:
        buffer_append(&gathering->done, &item->time_ms, sizeof item->time_ms);
        break;
    case WEIR_LOG_GIVEN_UP:
        buffer_append(&gathering->given_up, &item->time_ms, sizeof item->time_ms);
        break;
    case WEIR_LOG_DAMAGE: gathering->damaged++; break;
    case WEIR_LOG_OTHER:
    case WEIR_LOG_LOSS:
    case WEIR_LOG_TORN: break;
    }
}

static weir_status gather(look *look, gathering *gathering)
{
    log_walk walk;
    const manifest *manifest = &look->checkpoint.manifest;
    wal_position from = {manifest->log_segment, manifest->log_offset};
    losses_init(&gathering->losses, from);
    weir_status status = log_walk_open(&walk, look->directory.log, from);
    if (status != WEIR_OK) return status;
    log_walk_expect(&walk, manifest);
    arena room;
    arena_init(&room, NULL);
    for (;;) {
        wal_item item;
        weir_log_facts facts;
        status = log_walk_next(&walk, &item);
        if (status != WEIR_OK || item.found == WAL_FOUND_END) break;
        losses_see(&gathering->losses, &item);
        look_log_item(&item, &room, &facts);
        gather_item(gathering, &facts);
        arena_reset(&room, 1 << 20);
    }
    arena_release(&room);
    gathering->newest = wal_reader_end(walk.reader).tail.segment;
    log_walk_close(&walk);
    uint64_t newest = log_newest(look->directory.log, manifest);
    if (!facts_is_end_there(look->directory.log, newest)) {
        gathering->damaged += gathering->damaged == 0;
        losses_miss_end(&gathering->losses, newest);
    }
    return status;
}

static int by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void sort_blocks(gathering *gathering)
{
    size_t count = gathering->blocks.size / sizeof(uint64_t);
    size_t used_count = gathering->used.size / sizeof(block_use);
    if (count) qsort(gathering->blocks.bytes, count, sizeof(uint64_t), by_number);
    /* its number is the first member */
    if (used_count) qsort(gathering->used.bytes, used_count, sizeof(block_use), by_number);
}

/* Is it in the array, which is sorted by the number that each element begins with? */
static bool has_number(const buffer *array, size_t each, uint64_t number)
{
    return array->size > 0 &&
           bsearch(&number, array->bytes, array->size / each, each, by_number) != NULL;
}

static uint64_t count_loose(const gathering *gathering)
{
    uint64_t loose = 0;
    const uint64_t *blocks = (const uint64_t *)(const void *)gathering->blocks.bytes;
    for (size_t i = 0; i < gathering->blocks.size / sizeof *blocks; i++) {
        bool is_again = i > 0 && blocks[i] == blocks[i - 1];
        loose += !is_again && !has_number(&gathering->used, sizeof(block_use), blocks[i]);
    }
    return loose;
}

/* Blocks that batches behind the boundary consist of and that are not there. */
static uint64_t count_lost(const gathering *gathering, const plan *plan)
{
    uint64_t count = 0;
    const block_use *uses = (const block_use *)(const void *)gathering->used.bytes;
    for (size_t i = 0; i < gathering->used.size / sizeof *uses; i++)
        count += plan_find(plan, uses[i].time_ms) &&
                 !has_number(&gathering->blocks, sizeof(uint64_t), uses[i].number);
    return count;
}

/* The first batch that is to be made again and has a block that is not there; or NULL. */
static const block_use *find_missing(const gathering *gathering, const plan *plan)
{
    const block_use *first = NULL, *uses = (const block_use *)(const void *)gathering->used.bytes;
    for (size_t i = 0; i < gathering->used.size / sizeof *uses; i++) {
        const block_use *use = &uses[i];
        if (!plan_replays(plan, use->time_ms)) continue;
        if (has_number(&gathering->blocks, sizeof(uint64_t), use->number)) continue;
        if (!first || use->time_ms < first->time_ms) first = use;
    }
    return first;
}

/* Virtual and manual time begin at 0, and do not go on while nothing runs. */
static int64_t now_of(const manifest *manifest)
{
    return manifest->zero_ms > 0 ? clock_wall_ms() : 0;
}

static plan_facts know(const look *look, gathering *gathering, const weir_durability *durability)
{
    const manifest *manifest = &look->checkpoint.manifest;
    buffer *given_up = &gathering->given_up;
    buffer_append(given_up, durability->lose_batches,
                  durability->lose_batch_count * sizeof(int64_t));
    size_t lost_count = given_up->size / sizeof(int64_t);
    buffer_append(given_up, durability->skip_batches,
                  durability->skip_batch_count * sizeof(int64_t));
    return (plan_facts){
        .boundary_ms = manifest->time_ms,
        .now_ms = now_of(manifest),
        .interval_ms = manifest->interval_ms,
        .record_times = (int64_t *)(void *)gathering->records.bytes,
        .record_count = gathering->records.size / sizeof(int64_t),
        .done_times = (int64_t *)(void *)gathering->done.bytes,
        .done_count = gathering->done.size / sizeof(int64_t),
        .skipped_times = (int64_t *)(void *)given_up->bytes,
        .skipped_count = given_up->size / sizeof(int64_t),
        .lost_count = lost_count,
        .done_in_order =
            gathering->damaged > 0 && stored_lineage_has_state(&look->checkpoint.lineage),
    };
}

static weir_status decide(const look *look, gathering *gathering,
                          const weir_durability *durability, weir_restart_facts *facts)
{
    plan plan;
    const manifest *manifest = &look->checkpoint.manifest;
    const plan_facts known = know(look, gathering, durability);
    plan_make(&known, &plan);
    sort_blocks(gathering);
    *facts = (weir_restart_facts){
        .checkpoint_ms = manifest->time_ms,
        .replayed = plan.count - plan.given_up,
        .replayed_done = plan.done,
        .loose_blocks = count_loose(gathering),
        .down = durability->skip_down_batches ? 0 : (uint64_t)plan.down,
        .last_ms = plan.last_ms,
        .damaged = gathering->damaged,
    };
    weir_status status = WEIR_OK;
    if (plan.is_done_without_record)
        status = error_set(WEIR_DAMAGED,
                           "%s: the batch of %lld ms is marked as done, but what it consisted of "
                           "is not in the log; put the log back, or lose what the batch did to "
                           "the state: --lose-batch=%lld",
                           look->directory.path, (long long)plan.damaged_ms,
                           (long long)plan.damaged_ms);
    /* Blocks of a source that is given up are not needed; which those are, the start knows. */
    bool is_judged = status == WEIR_OK && durability->drop_source_count == 0;
    const block_use *missing = is_judged ? find_missing(gathering, &plan) : NULL;
    if (missing)
        status = needed_blocks_refuse(look->directory.path, missing->number,
                                      plan_find(&plan, missing->time_ms));
    if (status == WEIR_OK)
        status = asked_batches_check(&known, manifest, look->directory.path, durability);
    const loss_facts lost = {
        .directory = look->directory.path,
        .known = &known,
        .plan = &plan,
        .lost_blocks = count_lost(gathering, &plan),
        .lineage = &look->checkpoint.lineage,
        .log_segment = manifest->log_segment,
        .newest = gathering->newest,
        .durability = durability,
    };
    if (status == WEIR_OK) status = losses_judge(&gathering->losses, &lost);
    plan_release(&plan);
    return status;
}

weir_status weir_inspect_restart(const char *path, const weir_durability *given,
                                 weir_restart_facts *facts)
{
    look look;
    gathering gathering = {.damaged = 0};
    const weir_durability durability = given ? *given : (weir_durability){0};
    *facts = (weir_restart_facts){.checkpoint_ms = WEIR_NEWEST};
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = look_start(&look, &durability);
    if (status == WEIR_OK) facts->checkpoint_ms = look.checkpoint.manifest.time_ms;
    if (status == WEIR_OK) status = gather(&look, &gathering);
    if (status == WEIR_OK) status = decide(&look, &gathering, &durability, facts);
    gathering_release(&gathering);
    look_end(&look);
    return status;
}
