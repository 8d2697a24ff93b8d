#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/store_inside.h"
#include "support/state_model.h"

enum { KEYS = 40000, PARTITIONS = 4, MEMORY = 2 << 20, BATCHES = 20, CHANGES = 5000 };

typedef struct place {
    char *directory;
    char *live;
    state_store *store;
    state_space *space;
} place;

static void open_place(place *place, size_t memory)
{
    rocks_store_options options = {.memory = memory};
    assert_int_equal(rocks_store_open(place->live, &options, &place->store), WEIR_OK);
    const state_store_class *class = place->store->class;
    assert_int_equal(class->open_space(place->store, "sums", PARTITIONS, &place->space), WEIR_OK);
}

static void make_place(place *place, size_t memory)
{
    place->directory = model_directory();
    place->live = model_path(place->directory, "live");
    open_place(place, memory);
}

static void remove_place(place *place)
{
    place->store->class->close(place->store);
    free(place->live);
    model_remove_directory(place->directory);
}

static void add(state_space *space, int64_t number, int64_t more)
{
    weir_value key = weir_int(number);
    size_t partition = value_partition(key, PARTITIONS);
    uint32_t index = model_find(space, partition, key);
    state_table *table = &space->tables[partition];
    state_table_touch(table, index);
    state_table_set(table, index, weir_int(weir_as_int(table->entries[index].value) + more));
}

static void run_batch(place *place, uint64_t batch, int64_t *sums, random_source *random)
{
    place->store->class->begin(place->store, batch);
    for (int i = 0; i < CHANGES; i++) {
        size_t number = random_below(random, KEYS);
        add(place->space, (int64_t)number, i);
        sums[number] += i;
        if (i % 100 == 0) place->space->trim(place->space, random_below(random, PARTITIONS));
    }
    assert_int_equal(place->store->class->finish(place->store), WEIR_OK);
}

static void state_larger_than_memory_stays_within_it(void **state)
{
    (void)state;
    place place;
    random_source random = {9};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    make_place(&place, MEMORY);
    for (uint64_t batch = 1; batch <= BATCHES; batch++) {
        run_batch(&place, batch, sums, &random);
        assert_true(rocks_store_measure(place.store).table_bytes <= MEMORY);
    }
    rocks_store_figures figures = rocks_store_measure(place.store);
    assert_true(figures.keys_forgotten > 0);
    assert_true(figures.keys_read > 0);
    assert_true(figures.keys_ingested > 0);
    place.store->class->begin(place.store, BATCHES + 1);
    for (size_t i = 0; i < KEYS; i++) add(place.space, (int64_t)i, 0);
    for (size_t i = 0; i < KEYS; i++) {
        weir_value key = weir_int((int64_t)i);
        size_t partition = value_partition(key, PARTITIONS);
        uint32_t index = model_find(place.space, partition, key);
        const state_entry *entry = &place.space->tables[partition].entries[index];
        assert_int_equal(weir_as_int(entry->value), sums[i]);
    }
    place.store->class->undo(place.store);
    free(sums);
    remove_place(&place);
}

/* What a batch changed could not be forgotten in it; what the next one reads can. */
static void reading_stays_within_the_memory_after_many_changes(void **state)
{
    (void)state;
    place place;
    make_place(&place, MEMORY);
    for (uint64_t batch = 1; batch <= 2; batch++) {
        place.store->class->begin(place.store, batch);
        for (size_t i = 0; i < KEYS; i++) {
            weir_value key = weir_int((int64_t)i);
            size_t partition = value_partition(key, PARTITIONS);
            if (batch == 1) add(place.space, (int64_t)i, 1);
            else model_find(place.space, partition, key);
            if (i % 100 == 0) place.space->trim(place.space, partition);
            if (batch == 2)
                assert_true(rocks_store_measure(place.store).table_bytes <= MEMORY);
        }
        assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    }
    remove_place(&place);
}

typedef struct scan_check {
    const state_table *table;
    bool *seen;
    size_t most;
} scan_check;

static weir_status see_behind(void *user, const weir_value *keys, const weir_value *values,
                              const uint64_t *changed, size_t count)
{
    scan_check *check = user;
    uint32_t indexes[WEIR_VECTOR_SIZE];
    state_table_find(check->table, keys, count, indexes);
    for (size_t i = 0; i < count; i++) {
        int64_t number = weir_as_int(keys[i]);
        assert_int_equal(indexes[i], UINT32_MAX);
        assert_false(check->seen[number]);
        check->seen[number] = true;
        assert_true(weir_is_int(values[i]));
        assert_in_range(changed[i], 1, BATCHES);
    }
    check->most += count;
    return WEIR_OK;
}

/* Table and scan together have every key once, and the table does not grow by it. */
static void a_scan_visits_what_is_behind(void **state)
{
    (void)state;
    place place;
    random_source random = {12};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    bool *seen = calloc(KEYS, sizeof *seen);
    make_place(&place, MEMORY);
    for (uint64_t batch = 1; batch <= BATCHES; batch++) run_batch(&place, batch, sums, &random);
    place.store->class->begin(place.store, BATCHES + 1);
    size_t behind = 0;
    for (size_t i = 0; i < PARTITIONS; i++) {
        state_table *table = &place.space->tables[i];
        assert_false(place.space->has_room(place.space, i));
        for (size_t j = 0; j < table->count; j++) seen[weir_as_int(table->entries[j].key)] = true;
        scan_check check = {.table = table, .seen = seen};
        size_t before = table->count;
        assert_int_equal(place.space->scan(place.space, i, see_behind, &check), WEIR_OK);
        assert_int_equal(table->count, before);
        behind += check.most;
    }
    assert_true(behind > KEYS / 4);
    for (size_t i = 0; i < KEYS; i++) assert_true(seen[i] || sums[i] == 0);
    place.store->class->undo(place.store);
    free(sums);
    free(seen);
    remove_place(&place);
}

/* --- after a restart ------------------------------------------------------------------------- */

static void restart(place *place, uint64_t boundary)
{
    state_files files = {0};
    char *state = model_path(place->directory, "state");
    state_frozen *frozen = state_freeze(place->store, boundary, NULL);
    assert_int_equal(state_checkpoint_write(place->store, frozen, state, &files), WEIR_OK);
    place->store->class->close(place->store);
    assert_int_equal(state_restore(state, place->live), WEIR_OK);
    open_place(place, 0);
    state_files_release(&files);
    free(state);
}

/* --- at a checkpoint ------------------------------------------------------------------------- */

static void check_sums(place *place, const int64_t *sums)
{
    place->store->class->begin(place->store, BATCHES + 1);
    for (size_t i = 0; i < KEYS; i++) {
        weir_value key = weir_int((int64_t)i);
        size_t partition = value_partition(key, PARTITIONS);
        uint32_t index = model_find(place->space, partition, key);
        const weir_value *value = &place->space->tables[partition].entries[index].value;
        assert_int_equal(weir_is_absent(*value) ? 0 : weir_as_int(*value), sums[i]);
    }
    place->store->class->undo(place->store);
}

/* Copies of what changed would not fit beside the tables: it is stored at once. */
static void freezing_stays_within_the_memory(void **state)
{
    (void)state;
    place place;
    random_source random = {13};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    make_place(&place, 2 * MEMORY); /* half of it for tables */
    bool has_copied = false, has_stored = false;
    for (uint64_t batch = 1; batch <= BATCHES; batch++) {
        run_batch(&place, batch, sums, &random);
        state_frozen *frozen = state_freeze(place.store, batch, NULL);
        has_copied |= state_frozen_count(frozen) > 0;
        has_stored |= state_frozen_count(frozen) == 0;
        assert_true(rocks_store_measure(place.store).table_bytes <= MEMORY);
        state_frozen_abandon(place.store, frozen);
    }
    assert_true(has_copied && has_stored);
    restart(&place, BATCHES);
    check_sums(&place, sums);
    free(sums);
    remove_place(&place);
}

/* Nothing can be written: it is copied after all, and goes into the next checkpoint. */
static void what_cannot_be_stored_is_frozen(void **state)
{
    (void)state;
    place place;
    random_source random = {14};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    make_place(&place, 2 * MEMORY);
    char *away = model_path(place.directory, "away");
    bool has_failed = false;
    for (uint64_t batch = 1; batch <= BATCHES; batch++) {
        run_batch(&place, batch, sums, &random);
        bool fails = batch % 3 == 0;
        if (fails) assert_int_equal(rename(place.live, away), 0);
        state_frozen *frozen = state_freeze(place.store, batch, NULL);
        has_failed |= fails && state_frozen_count(frozen) > 0;
        if (fails) assert_int_equal(rename(away, place.live), 0);
        state_frozen_abandon(place.store, frozen);
    }
    assert_true(has_failed);
    restart(&place, BATCHES);
    check_sums(&place, sums);
    free(away);
    free(sums);
    remove_place(&place);
}

static bool is_complete(const state_space *space)
{
    for (size_t i = 0; i < PARTITIONS; i++)
        if (!space->tables[i].is_complete) return false;
    return true;
}

static void tables_warm_up_while_batches_change_them(void **state)
{
    (void)state;
    place place;
    random_source random = {10};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    make_place(&place, 0);
    for (uint64_t batch = 1; batch <= 4; batch++) run_batch(&place, batch, sums, &random);
    restart(&place, 4);
    assert_false(is_complete(place.space));
    rocks_store_warm(place.store);
    uint64_t batch = 5;
    while (!is_complete(place.space)) {
        place.store->class->begin(place.store, batch++);
        for (int i = 0; i < 50; i++) {
            size_t number = random_below(&random, KEYS);
            add(place.space, (int64_t)number, 1);
            sums[number]++;
        }
        assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    }
    for (size_t i = 0; i < KEYS; i++) {
        weir_value key = weir_int((int64_t)i);
        const state_table *table = &place.space->tables[value_partition(key, PARTITIONS)];
        uint32_t index;
        state_table_find(table, &key, 1, &index);
        if (index == UINT32_MAX) assert_int_equal(sums[i], 0);
        else assert_int_equal(weir_as_int(table->entries[index].value), sums[i]);
    }
    free(sums);
    remove_place(&place);
}

/* The warmer sees room that was not there when a task asked, and has done all that it will do. */
static void warm_with_room(place *place)
{
    rocks_store *store = rocks_store_of(place->store);
    store->budget.limit = 0;
    rocks_store_warm(place->store);
    assert_true(store->has_warmer);
    pthread_join(store->warmer, NULL);
    store->has_warmer = false;
}

static void begin_without_room(place *place, int64_t *sums, random_source *random)
{
    make_place(place, 0);
    for (uint64_t batch = 1; batch <= 4; batch++) run_batch(place, batch, sums, random);
    restart(place, 4);
    rocks_store_of(place->store)->budget.limit = 1;
    place->store->class->begin(place->store, 5);
}

/* What a walk did not see before it the scan visits, whatever was read meanwhile. */
static void a_scan_visits_all_though_there_is_room_again(void **state)
{
    (void)state;
    place place;
    random_source random = {15};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    bool *seen = calloc(KEYS, sizeof *seen);
    begin_without_room(&place, sums, &random);
    for (size_t i = 0; i < PARTITIONS; i++) {
        assert_false(place.space->has_room(place.space, i));
        assert_int_equal(place.space->tables[i].count, 0);
    }
    warm_with_room(&place);
    for (size_t i = 0; i < PARTITIONS; i++) {
        scan_check check = {.table = &place.space->tables[i], .seen = seen};
        assert_int_equal(place.space->scan(place.space, i, see_behind, &check), WEIR_OK);
    }
    for (size_t i = 0; i < KEYS; i++) assert_true(seen[i] || sums[i] == 0);
    place.store->class->undo(place.store);
    free(sums);
    free(seen);
    remove_place(&place);
}

/* An operator keeps indexes while it looks up the next vector. */
static void loading_moves_no_entries_after_there_was_no_room(void **state)
{
    (void)state;
    enum { FIRST = 100, ALL = 4000 };
    place place;
    random_source random = {16};
    uint32_t indexes[FIRST];
    int64_t *sums = calloc(KEYS, sizeof *sums);
    begin_without_room(&place, sums, &random);
    for (size_t i = 0; i < PARTITIONS; i++)
        assert_false(place.space->has_room(place.space, i));
    for (size_t i = 0; i < ALL; i++) {
        weir_value key = weir_int((int64_t)i);
        uint32_t index = model_find(place.space, value_partition(key, PARTITIONS), key);
        if (i < FIRST) indexes[i] = index;
        if (i == FIRST) warm_with_room(&place);
    }
    assert_true(is_complete(place.space)); /* many misses */
    for (size_t i = 0; i < FIRST; i++) {
        weir_value key = weir_int((int64_t)i);
        const state_table *table = &place.space->tables[value_partition(key, PARTITIONS)];
        assert_true(weir_equal(table->entries[indexes[i]].key, key));
    }
    place.store->class->undo(place.store);
    free(sums);
    remove_place(&place);
}

/* Few keys are read one by one; when many are, the partition is read from end to end. */
static void many_misses_make_a_table_complete(void **state)
{
    (void)state;
    place place;
    random_source random = {11};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    make_place(&place, 0);
    for (uint64_t batch = 1; batch <= 4; batch++) run_batch(&place, batch, sums, &random);
    restart(&place, 4);
    place.store->class->begin(place.store, 5);
    for (int i = 0; i < 40; i++) add(place.space, i, 1);
    assert_false(is_complete(place.space));
    assert_int_equal(rocks_store_measure(place.store).keys_scanned, 0);
    for (int i = 0; i < 4000; i++) add(place.space, i, 1);
    assert_true(is_complete(place.space));
    assert_true(rocks_store_measure(place.store).keys_read < 4000);
    assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    free(sums);
    remove_place(&place);
}

/* What it forgets would come back with a scan that began before. */
static void a_table_that_forgets_is_not_read_ahead(void **state)
{
    (void)state;
    place place;
    random_source random = {17};
    int64_t *sums = calloc(KEYS, sizeof *sums);
    begin_without_room(&place, sums, &random);
    rocks_store *store = rocks_store_of(place.store);
    const rocks_space *space = (const rocks_space *)place.space;
    for (size_t i = 0; i < KEYS / 2; i++) {
        weir_value key = weir_int((int64_t)i);
        model_find(place.space, value_partition(key, PARTITIONS), key);
    }
    for (size_t i = 0; i < PARTITIONS; i++) place.space->trim(place.space, i);
    assert_true(store->keys_forgotten > 0);
    warm_with_room(&place);
    for (size_t i = 0; i < PARTITIONS; i++) assert_int_equal(space->partitions[i].warmth, COLD);
    place.store->class->undo(place.store);
    free(sums);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_larger_than_memory_stays_within_it),
        cmocka_unit_test(reading_stays_within_the_memory_after_many_changes),
        cmocka_unit_test(a_scan_visits_what_is_behind),
        cmocka_unit_test(freezing_stays_within_the_memory),
        cmocka_unit_test(what_cannot_be_stored_is_frozen),
        cmocka_unit_test(tables_warm_up_while_batches_change_them),
        cmocka_unit_test(many_misses_make_a_table_complete),
        cmocka_unit_test(a_scan_visits_all_though_there_is_room_again),
        cmocka_unit_test(loading_moves_no_entries_after_there_was_no_room),
        cmocka_unit_test(a_table_that_forgets_is_not_read_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
