/* For tests of panes: a store with keyed ones and others, batches that add and expire them, and a
 * checkpoint of the store. */
#ifndef UNIT_STATE_PANE_PLACE_H
#define UNIT_STATE_PANE_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/store.h"
#include "support/pane_model.h"
#include "support/state_model.h"

static const pane_model keyed = {true, 4, 300};
static const pane_model plain = {false, 3, 300};

/* A store with keyed panes and others, and a space of the same name. */
typedef struct place {
    char *directory;
    char *live;
    char *state;
    state_store *store;
    pane_set *keyed;
    pane_set *plain;
} place;

static inline void open_place(place *place, size_t memory)
{
    rocks_store_options options = {.memory = memory};
    state_space *space;
    assert_int_equal(rocks_store_open(place->live, &options, &place->store), WEIR_OK);
    const state_store_class *class = place->store->class;
    assert_int_equal(class->open_panes(place->store, "by key", true, 4, &place->keyed), WEIR_OK);
    assert_int_equal(class->open_space(place->store, "by key", 2, &space), WEIR_OK);
    assert_int_equal(class->open_panes(place->store, "plain", false, 0, &place->plain), WEIR_OK);
}

static inline void make_place(place *place, size_t memory)
{
    *place = (struct place){.directory = model_directory()};
    place->live = model_path(place->directory, "live");
    place->state = model_path(place->directory, "state");
    open_place(place, memory);
}

static inline void close_place(place *place)
{
    place->store->class->close(place->store);
    place->store = NULL;
}

static inline void remove_place(place *place)
{
    if (place->store) close_place(place);
    free(place->live);
    free(place->state);
    model_remove_directory(place->directory);
}

/* A batch that adds a pane to both sets, and expires those up to a time. */
static inline void begin_batch(place *place, uint64_t batch, int64_t expired_ms)
{
    int64_t time_ms = (int64_t)batch * 1000;
    place->store->class->begin(place->store, batch);
    pane_model_add(&keyed, place->keyed, time_ms);
    pane_model_add(&plain, place->plain, time_ms);
    pane_set_expire(place->keyed, expired_ms);
    pane_set_expire(place->plain, expired_ms);
}

static inline void run_batch(place *place, uint64_t batch, int64_t expired_ms)
{
    begin_batch(place, batch, expired_ms);
    assert_int_equal(place->store->class->finish(place->store), WEIR_OK);
}

/* Batches of which each needs so many panes. */
static inline void run_batches(place *place, uint64_t first, uint64_t last, int64_t window)
{
    for (uint64_t batch = first; batch <= last; batch++)
        run_batch(place, batch, ((int64_t)batch - window) * 1000);
}

static inline weir_status try_checkpoint(place *place, uint64_t boundary)
{
    state_files files = {0};
    weir_status status = state_checkpoint_write(
        place->store, state_freeze(place->store, boundary, NULL), place->state, &files);
    state_files_release(&files);
    return status;
}

static inline void write_checkpoint(place *place, uint64_t boundary)
{
    assert_int_equal(file_remove_tree(place->state), WEIR_OK);
    assert_int_equal(try_checkpoint(place, boundary), WEIR_OK);
}

static inline void go_on_from_checkpoint(place *place, size_t memory)
{
    if (place->store) close_place(place);
    assert_int_equal(state_restore(place->state, place->live), WEIR_OK);
    open_place(place, memory);
}

static inline void check(place *place, int64_t first, int64_t last)
{
    pane_model_check_all(&keyed, place->keyed, first * 1000, last * 1000, 1000);
    pane_model_check_all(&plain, place->plain, first * 1000, last * 1000, 1000);
}

static inline bool is_in_memory(const pane_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->slots[i].data) return true;
    return false;
}

#endif
