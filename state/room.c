#include "state/room.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "state/frozen_inside.h"

enum {
    SPARE = 256 << 10, /* for RocksDB's own small files */
    RETRY_US = 1000000,
    REFUSALS_MAX = 60, /* RocksDB itself looks for room every few seconds */
    ENTRY_BYTES = 48   /* of a file, for a key and a value without memory of their own */
};

weir_status room_check(const database *database, size_t bytes)
{
    int64_t needed = (int64_t)bytes + SPARE;
    if (file_room(database->directory) >= needed) return WEIR_OK;
    return error_set(WEIR_NO_SPACE,
                     "%s: No space left on device, or less than the %" PRId64
                     " KiB that are needed",
                     database->directory, needed >> 10);
}

/* --- how much -------------------------------------------------------------------------------- */

static size_t entries_bytes(const state_table *table, size_t count)
{
    if (count == 0) return 0;
    size_t all = table->count > count ? table->count : count;
    double part = (double)count / (double)all;
    return count * ENTRY_BYTES + (size_t)((double)table->values.chunk_bytes * part);
}

static size_t pane_bytes(const pane *pane)
{
    size_t bytes = 0;
    for (size_t i = 0; i < pane->part_count; i++) bytes += pane->parts[i].memory.chunk_bytes;
    return bytes;
}

static size_t frozen_bytes(const state_frozen *set)
{
    size_t bytes = 0;
    for (size_t i = 0; i < set->space_count; i++) {
        const state_space *space = &set->spaces[i].space->base;
        for (size_t j = 0; j < space->partitions; j++)
            bytes += entries_bytes(&space->tables[j], set->spaces[i].partitions[j].count);
    }
    for (size_t i = 0; i < set->pane_count; i++)
        for (size_t j = 0; j < set->panes[i].count && !set->panes[i].is_in; j++)
            bytes += pane_bytes(set->panes[i].items[j]);
    return bytes;
}

static size_t unfrozen_bytes(const pane_set *panes)
{
    size_t bytes = 0;
    for (size_t i = 0; i < panes->final_count; i++) {
        const pane_slot *slot = &panes->slots[i];
        if (slot->data && !slot->is_stored && !slot->is_frozen) bytes += pane_bytes(slot->data);
    }
    return bytes;
}

size_t room_for_dirty(rocks_store *store)
{
    size_t bytes = 0;
    for (size_t i = 0; i < store->count; i++) {
        const state_space *space = &store->spaces[i]->base;
        for (size_t j = 0; j < space->partitions; j++)
            bytes += entries_bytes(&space->tables[j], space->tables[j].dirty_count);
    }
    for (size_t i = 0; i < store->pane_count; i++)
        bytes += unfrozen_bytes(&store->panes[i]->base);
    pthread_mutex_lock(&store->lock);
    for (const state_frozen *set = store->frozen; set; set = set->newer)
        bytes += frozen_bytes(set);
    pthread_mutex_unlock(&store->lock);
    return bytes;
}

/* --- waiting --------------------------------------------------------------------------------- */

static void begin(room_wait *wait)
{
    if (wait->since_us != 0) return;
    wait->since_us = clock_monotonic_us();
    wait->refused = atomic_load(&wait->store->database->refused);
}

static bool is_refused_for_good(const room_wait *wait)
{
    return atomic_load(&wait->store->database->refused) - wait->refused > REFUSALS_MAX;
}

/* true: somebody has given up. */
static bool rest(rocks_store *store)
{
    int64_t until_us = clock_monotonic_us() + RETRY_US;
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    pthread_mutex_lock(&store->lock);
    while (!store->has_given_up && clock_monotonic_us() < until_us)
        pthread_cond_timedwait(&store->changed, &store->lock, &until);
    bool has_given_up = store->has_given_up;
    pthread_mutex_unlock(&store->lock);
    return has_given_up;
}

bool room_await(room_wait *wait)
{
    char why[ERROR_TEXT_MAX];
    memcpy(why, error_text(), sizeof why);
    begin(wait);
    bool is_over = is_refused_for_good(wait);
    if (!is_over)
        log_damped(&wait->damper, WEIR_WARNING,
                   "%s; state is over its memory and cannot be written out: the batch waits, and "
                   "what is received behind it, until there is room on the disk", why);
    is_over = is_over || rest(wait->store);
    if (is_over) error_set(WEIR_NO_SPACE, "%s", why);
    return !is_over;
}

void room_found(room_wait *wait)
{
    if (wait->since_us == 0) return;
    log_line(WEIR_INFO, "%s: there is room on the disk again, after %" PRId64 " ms",
             wait->store->database->directory, (clock_monotonic_us() - wait->since_us) / 1000);
}
