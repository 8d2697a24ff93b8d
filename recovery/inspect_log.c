/* weir/inspect.h: the log, entry by entry and batch by batch. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "recovery/inspect_inside.h"

static weir_status damaged(const look *look, uint64_t places)
{
    if (places == 0) return WEIR_OK;
    return error_set(WEIR_DAMAGED,
                     "%s: the log is damaged in %llu place%s; `weir verify` says more",
                     look->directory.path, (unsigned long long)places, places == 1 ? "" : "s");
}

/* Visits all that is in the log; the visitor's values live in `arena`, which is emptied. */
static weir_status walk_log(look *look, weir_log_visit visit, void *user)
{
    log_walk walk;
    arena room;
    uint64_t places = 0;
    const log_known known = look_known(look);
    weir_status status = log_walk_open(&walk, look->directory.log, (wal_position){0});
    if (status != WEIR_OK) return status;
    log_walk_know(&walk, &known);
    arena_init(&room, NULL);
    for (bool goes_on = true; goes_on;) {
        wal_item item;
        weir_log_facts facts;
        status = log_walk_next(&walk, &item);
        if (status != WEIR_OK || item.found == WAL_FOUND_END) break;
        look_log_item(&item, &room, &facts);
        places += facts.kind == WEIR_LOG_DAMAGE;
        goes_on = visit(&facts, user);
        arena_reset(&room, 1 << 20);
    }
    arena_release(&room);
    log_walk_close(&walk);
    return status == WEIR_OK ? damaged(look, places) : status;
}

weir_status weir_inspect_log(const char *path, weir_log_visit visit, void *user)
{
    look look;
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = walk_log(&look, visit, user);
    look_end(&look);
    return status;
}

/* --- batches --------------------------------------------------------------------------------- */

typedef struct block_note {
    uint64_t number;
    uint64_t records;
} block_note;

/* What the log says of all batches. */
typedef struct gathering {
    arena *arena;
    weir_batch_facts *batches; /* as they come: a time stands once for each of its entries */
    size_t count;
    size_t room;
    buffer blocks; /* of block_note, by rising number */
} gathering;

static void add_batch(gathering *gathering, weir_batch_facts batch)
{
    if (gathering->count == gathering->room) {
        gathering->room = gathering->room ? 2 * gathering->room : 64;
        gathering->batches =
            memory_resize(gathering->batches, gathering->room * sizeof *gathering->batches);
    }
    gathering->batches[gathering->count++] = batch;
}

static void add_recorded(int64_t time_ms, weir_value sources, void *user)
{
    gathering *gathering = user;
    add_batch(gathering, (weir_batch_facts){.time_ms = time_ms,
                                            .is_recorded = true,
                                            .sources = value_copy(sources, gathering->arena),
                                            .result = weir_null()});
}

static bool gather(const weir_log_facts *item, void *user)
{
    gathering *gathering = user;
    block_note note = {item->block, item->records};
    if (item->kind == WEIR_LOG_BLOCK) buffer_append(&gathering->blocks, &note, sizeof note);
    look_batches(item, add_recorded, gathering);
    if (item->kind == WEIR_LOG_DONE)
        add_batch(gathering,
                  (weir_batch_facts){.time_ms = item->time_ms,
                                     .is_done = true,
                                     .sources = weir_null(),
                                     .result = value_copy(item->content, gathering->arena)});
    if (item->kind == WEIR_LOG_GIVEN_UP)
        add_batch(gathering, (weir_batch_facts){.time_ms = item->time_ms,
                                                .is_given_up = true,
                                                .sources = weir_null(),
                                                .result = weir_null()});
    return true;
}

static int by_time(const void *a, const void *b)
{
    const weir_batch_facts *left = a, *right = b;
    if (left->time_ms != right->time_ms) return left->time_ms < right->time_ms ? -1 : 1;
    return (int)right->is_recorded - (int)left->is_recorded;
}

/* Records, done marks, and what says that they are given up become batches. */
static void merge(gathering *gathering)
{
    size_t kept = 0;
    weir_batch_facts *batches = gathering->batches;
    if (gathering->count) qsort(batches, gathering->count, sizeof *batches, by_time);
    for (size_t i = 0; i < gathering->count; i++) {
        weir_batch_facts *last = kept > 0 ? &batches[kept - 1] : NULL;
        if (!last || last->time_ms != batches[i].time_ms) {
            batches[kept++] = batches[i];
            continue;
        }
        last->is_given_up |= batches[i].is_given_up;
        last->is_done |= batches[i].is_done;
        if (batches[i].is_done) last->result = batches[i].result;
    }
    gathering->count = kept;
}

static int by_number(const void *a, const void *b)
{
    const block_note *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

typedef struct counting {
    const gathering *gathering;
    weir_batch_facts *batch;
} counting;

static void count_block(uint64_t number, void *user)
{
    counting *counting = user;
    const buffer *blocks = &counting->gathering->blocks;
    block_note wanted = {.number = number};
    const block_note *found = blocks->size == 0 ? NULL
        : bsearch(&wanted, blocks->bytes, blocks->size / sizeof wanted, sizeof wanted, by_number);
    counting->batch->blocks++;
    if (found) counting->batch->block_records += found->records;
}

/* Of the checkpoints that are whole. INT64_MIN: there is none, and the record of every batch is
 * needed; up to the oldest none is, and those may be gone with their segments (R3). */
typedef struct boundaries {
    int64_t oldest_ms;
    int64_t newest_ms;
} boundaries;

static void read_boundaries(const look *look, boundaries *boundaries)
{
    int64_t *times = NULL;
    size_t count = 0;
    stored_checkpoint stored;
    arena room;
    arena_init(&room, NULL);
    *boundaries = (struct boundaries){INT64_MIN, INT64_MIN};
    if (directory_list_checkpoints(&look->directory, &times, &count) != WEIR_OK) count = 0;
    for (size_t i = 0; i < count; i++) {
        if (stored_checkpoint_read(&look->directory, times[i], &room, &stored) != WEIR_OK)
            continue;
        if (boundaries->oldest_ms == INT64_MIN) boundaries->oldest_ms = times[i];
        boundaries->newest_ms = times[i];
    }
    free(times);
    arena_release(&room);
}

/* Checkpoints are read behind the log, as a context that runs may drop segments meanwhile, once a
 * newer one has become the oldest. */
static weir_status gather_all(look *look, gathering *gathering, boundaries *boundaries)
{
    char why[ERROR_TEXT_MAX];
    weir_status status = walk_log(look, gather, gathering);
    snprintf(why, sizeof why, "%s", error_text());
    read_boundaries(look, boundaries);
    return status == WEIR_OK ? WEIR_OK : error_set(status, "%s", why);
}

static void visit_batches(gathering *gathering, const boundaries *boundaries,
                          weir_batch_visit visit, void *user)
{
    size_t blocks = gathering->blocks.size / sizeof(block_note);
    if (blocks) qsort(gathering->blocks.bytes, blocks, sizeof(block_note), by_number);
    bool goes_on = true;
    for (size_t i = 0; i < gathering->count && goes_on; i++) {
        weir_batch_facts *batch = &gathering->batches[i];
        counting counting = {gathering, batch};
        batch->is_in_checkpoint = batch->time_ms <= boundaries->newest_ms;
        batch->is_missing = batch->is_done && !batch->is_recorded && !batch->is_given_up &&
                            batch->time_ms > boundaries->oldest_ms;
        look_blocks(batch->sources, count_block, &counting);
        goes_on = visit(batch, user);
    }
}

weir_status weir_inspect_batches(const char *path, weir_batch_visit visit, void *user)
{
    look look;
    arena room;
    arena_init(&room, NULL);
    gathering gathering = {.arena = &room};
    boundaries boundaries = {INT64_MIN, INT64_MIN};
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = gather_all(&look, &gathering, &boundaries);
    merge(&gathering);
    visit_batches(&gathering, &boundaries, visit, user);
    free(gathering.batches);
    buffer_release(&gathering.blocks);
    arena_release(&room);
    look_end(&look);
    return status;
}
