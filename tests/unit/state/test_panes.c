/* Panes in the live database and in checkpoints: what was stored comes back, and a checkpoint
 * holds exactly its boundary. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/state/pane_place.h"

/* --- there and back -------------------------------------------------------------------------- */

static const records *read_part(pane_set *set, size_t slot, size_t part)
{
    const records *found;
    assert_int_equal(pane_set_read(set, slot, part, &found), WEIR_OK);
    return found;
}

static void come_back_from_a_checkpoint(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batches(&place, 1, 6, 100);
    write_checkpoint(&place, 6);
    go_on_from_checkpoint(&place, 0);
    assert_int_equal(rocks_store_boundary(place.store), 6);
    assert_false(is_in_memory(place.keyed));
    check(&place, 1, 6);
    run_batches(&place, 7, 8, 100);
    check(&place, 1, 8);
    remove_place(&place);
}

static void large_parts_come_back(void **state)
{
    (void)state;
    enum { RECORDS = 300000 };
    place place;
    make_place(&place, 0);
    place.store->class->begin(place.store, 1);
    pane *made = pane_create(1000, 4, true, place.keyed->budget);
    char text[32];
    for (int64_t i = 0; i < RECORDS; i++) {
        int64_t number = i * 7919 % RECORDS;
        snprintf(text, sizeof text, "user%07lld", (long long)number);
        records_append(&made->parts[3].records, &made->parts[3].memory, weir_text(text),
                       weir_int(number));
    }
    pane_set_add(place.keyed, made);
    assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    write_checkpoint(&place, 1);
    go_on_from_checkpoint(&place, 0);
    pane_set_open(place.keyed, 0);
    const records *is = read_part(place.keyed, 0, 3);
    assert_int_equal(is->count, RECORDS);
    for (int64_t i = 0; i < RECORDS; i++) {
        snprintf(text, sizeof text, "user%07lld", (long long)i);
        assert_true(weir_equal(is->keys[i], weir_text(text)));
        assert_int_equal(weir_as_int(is->values[i]), i);
    }
    assert_int_equal(read_part(place.keyed, 0, 0)->count, 0);
    remove_place(&place);
    arena_release(arena_current());
}

static weir_value large(size_t size, char fill)
{
    char *bytes = malloc(size);
    memset(bytes, fill, size);
    weir_value value = weir_string(bytes, size);
    free(bytes);
    return value;
}

static void records_larger_than_a_block_come_back(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    static const size_t sizes[COUNT] = {10, 200000, 20, 65512, 65536, 9 << 20};
    place place;
    make_place(&place, 0);
    place.store->class->begin(place.store, 1);
    pane *made = pane_create(1000, 2, true, place.plain->budget);
    pane_part *part = &made->parts[1];
    for (size_t i = 0; i < COUNT; i++)
        records_append(&part->records, &part->memory, weir_absent(), large(sizes[i], 'v'));
    pane_set_add(place.plain, made);
    made = pane_create(1000, 4, true, place.keyed->budget);
    part = &made->parts[0];
    for (size_t i = 0; i < COUNT; i++)
        records_append(&part->records, &part->memory, large(sizes[i], 'k'), weir_null());
    pane_set_add(place.keyed, made);
    assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    write_checkpoint(&place, 1);
    go_on_from_checkpoint(&place, 0);
    pane_set_open(place.plain, 0);
    pane_set_open(place.keyed, 0);
    const records *is = read_part(place.plain, 0, 1);
    const records *by_key = read_part(place.keyed, 0, 0);
    assert_int_equal(is->count, COUNT);
    assert_null(is->keys);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(weir_equal(is->values[i], large(sizes[i], 'v')));
    assert_int_equal(by_key->count, COUNT);
    assert_true(weir_equal(by_key->keys[0], large(10, 'k')));
    assert_true(weir_equal(by_key->keys[COUNT - 1], large(9 << 20, 'k')));
    remove_place(&place);
    arena_release(arena_current());
}

static void as_many_partitions_as_can_be(void **state)
{
    (void)state;
    place place;
    pane_set *wide;
    make_place(&place, 0);
    assert_int_equal(place.store->class->open_panes(place.store, "wide", true, PANE_PARTS_MAX,
                                                    &wide),
                     WEIR_OK);
    place.store->class->begin(place.store, 1);
    pane *made = pane_create(-5, PANE_PARTS_MAX, true, wide->budget);
    pane_part *last = &made->parts[PANE_PARTS_MAX - 1], *first = &made->parts[0];
    records_append(&last->records, &last->memory, weir_int(7), weir_int(8));
    records_append(&first->records, &first->memory, weir_int(9), weir_int(10));
    pane_set_add(wide, made);
    pane_set_add(place.plain, pane_create(INT64_MIN + 1, 0, true, NULL)); /* without any */
    assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    write_checkpoint(&place, 1);
    go_on_from_checkpoint(&place, 0);
    assert_int_equal(place.plain->count, 1);
    assert_int_equal(place.plain->slots[0].part_count, 0);
    assert_int_equal(place.plain->slots[0].time_ms, INT64_MIN + 1);
    assert_int_equal(place.store->class->open_panes(place.store, "wide", true, PANE_PARTS_MAX,
                                                    &wide),
                     WEIR_OK);
    assert_int_equal(wide->slots[0].time_ms, -5);
    pane_set_open(wide, 0);
    assert_int_equal(weir_as_int(read_part(wide, 0, PANE_PARTS_MAX - 1)->values[0]), 8);
    assert_int_equal(weir_as_int(read_part(wide, 0, 0)->values[0]), 10);
    assert_int_equal(read_part(wide, 0, 1)->count, 0);
    remove_place(&place);
}

/* --- boundaries ------------------------------------------------------------------------------ */

static void what_was_taken_back_is_not_stored(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batches(&place, 1, 3, 100);
    begin_batch(&place, 4, 2000);
    place.store->class->undo(place.store);
    check(&place, 1, 3);
    write_checkpoint(&place, 3);
    go_on_from_checkpoint(&place, 0);
    check(&place, 1, 3);
    remove_place(&place);
}

static void what_has_expired_is_gone(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batches(&place, 1, 4, 100);
    write_checkpoint(&place, 4);
    run_batches(&place, 5, 7, 4); /* in the middle of what was written at once */
    check(&place, 4, 7);
    write_checkpoint(&place, 7);
    go_on_from_checkpoint(&place, 0);
    check(&place, 4, 7);
    for (uint64_t batch = 8; batch < 20; batch++) {
        run_batches(&place, batch, batch, 4);
        write_checkpoint(&place, batch);
        check(&place, (int64_t)batch - 3, (int64_t)batch);
    }
    go_on_from_checkpoint(&place, 0);
    check(&place, 16, 19);
    run_batch(&place, 20, INT64_MAX - 1);
    assert_int_equal(place.keyed->count, 0);
    write_checkpoint(&place, 20);
    go_on_from_checkpoint(&place, 0);
    assert_int_equal(place.keyed->count, 0);
    remove_place(&place);
}

static void an_abandoned_set_goes_with_the_next(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batches(&place, 1, 2, 100);
    state_frozen_abandon(place.store, state_freeze(place.store, 2, NULL));
    run_batches(&place, 3, 4, 3);
    state_frozen_abandon(place.store, state_freeze(place.store, 4, NULL));
    assert_false(place.keyed->slots[0].is_stored);
    run_batch(&place, 5, 1000);
    write_checkpoint(&place, 5);
    check(&place, 2, 5);
    go_on_from_checkpoint(&place, 0);
    check(&place, 2, 5);
    remove_place(&place);
}

static void a_failed_checkpoint_loses_nothing(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batches(&place, 1, 2, 100);
    assert_int_equal(file_make_directory(place.state), WEIR_OK);
    assert_int_not_equal(try_checkpoint(&place, 2), WEIR_OK);
    run_batch(&place, 3, 0);
    assert_false(place.keyed->slots[0].is_stored);
    assert_int_not_equal(try_checkpoint(&place, 3), WEIR_OK);
    run_batch(&place, 4, 1000);
    write_checkpoint(&place, 4);
    run_batch(&place, 5, 1000);
    assert_true(place.keyed->slots[0].is_stored);
    assert_false(place.keyed->slots[3].is_stored);
    check(&place, 2, 5);
    go_on_from_checkpoint(&place, 0);
    check(&place, 2, 4);
    remove_place(&place);
}

typedef struct writing {
    place *place;
    state_frozen *frozen;
    weir_status status;
    atomic_bool is_done;
    pthread_t thread;
} writing;

static void *write_beside(void *user)
{
    writing *writing = user;
    state_files files = {0};
    writing->status = state_checkpoint_write(writing->place->store, writing->frozen,
                                             writing->place->state, &files);
    state_files_release(&files);
    atomic_store(&writing->is_done, true);
    return NULL;
}

static void holds_its_boundary_while_batches_go_on(size_t memory)
{
    place place;
    uint64_t batch = 0;
    make_place(&place, memory);
    for (int round = 0; round < 6; round++) {
        run_batches(&place, batch + 1, batch + 3, 10);
        uint64_t boundary = batch += 3;
        writing writing = {.place = &place};
        assert_int_equal(file_remove_tree(place.state), WEIR_OK);
        writing.frozen = state_freeze(place.store, boundary, NULL);
        assert_int_equal(pthread_create(&writing.thread, NULL, write_beside, &writing), 0);
        do {
            run_batches(&place, batch + 1, batch + 1, 10);
            batch++;
            pane_model_check(&keyed, place.keyed, place.keyed->count / 2);
            pane_set_is_unwanted(place.plain, place.plain->count / 2);
        } while (!atomic_load(&writing.is_done));
        pthread_join(writing.thread, NULL);
        assert_int_equal(writing.status, WEIR_OK);
        struct place copy = {.directory = place.directory, .state = place.state};
        copy.live = model_path(place.directory, "copy");
        go_on_from_checkpoint(&copy, 0);
        check(&copy, boundary > 10 ? (int64_t)boundary - 9 : 1, (int64_t)boundary);
        close_place(&copy);
        free(copy.live);
    }
    check(&place, batch > 10 ? (int64_t)batch - 9 : 1, (int64_t)batch);
    remove_place(&place);
}

static void holds_exactly_its_boundary(void **state)
{
    (void)state;
    holds_its_boundary_while_batches_go_on(0);
}

static void holds_exactly_its_boundary_without_memory(void **state)
{
    (void)state;
    holds_its_boundary_while_batches_go_on(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_back_from_a_checkpoint),
        cmocka_unit_test(large_parts_come_back),
        cmocka_unit_test(records_larger_than_a_block_come_back),
        cmocka_unit_test(as_many_partitions_as_can_be),
        cmocka_unit_test(what_was_taken_back_is_not_stored),
        cmocka_unit_test(what_has_expired_is_gone),
        cmocka_unit_test(an_abandoned_set_goes_with_the_next),
        cmocka_unit_test(a_failed_checkpoint_loses_nothing),
        cmocka_unit_test(holds_exactly_its_boundary),
        cmocka_unit_test(holds_exactly_its_boundary_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
