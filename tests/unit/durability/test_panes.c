/* Sets of panes: what batches add and expire, taken back, frozen, stored, given up by memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "durability/state_store.h"
#include "support/pane_model.h"

static const pane_model model = {true, 3, 20};

static void add(pane_set *set, int64_t time_ms, int64_t expired_ms)
{
    pane_model_add(&model, set, time_ms);
    pane_set_expire(set, expired_ms);
}

static void add_final(pane_set *set, int64_t time_ms, int64_t expired_ms)
{
    add(set, time_ms, expired_ms);
    pane_set_finish(set);
}

static void check_times(const pane_set *set, const int64_t *times, size_t count)
{
    assert_int_equal(set->count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(set->slots[i].time_ms, times[i]);
}

static void undo_takes_back_what_the_batch_did(void **state)
{
    (void)state;
    pane_set set;
    pane_set_init(&set, NULL, "w", true, NULL);
    add_final(&set, 1000, 0);
    add_final(&set, 2000, 0);
    add(&set, 3000, 1000);
    assert_int_equal(set.count, 3);
    pane_set_undo(&set);
    check_times(&set, (int64_t[]){1000, 2000}, 2);
    pane_set_finish(&set); /* a batch without a pane */
    check_times(&set, (int64_t[]){1000, 2000}, 2);
    add_final(&set, 3000, 1000);
    check_times(&set, (int64_t[]){2000, 3000}, 2);
    assert_int_equal(set.final_expired_ms, 1000);
    pane_set_release(&set);
}

static void panes_are_found_by_time(void **state)
{
    (void)state;
    pane_set set;
    pane_set_init(&set, NULL, "w", true, NULL);
    assert_int_equal(pane_set_after(&set, 0), 0);
    for (int64_t time_ms = 1000; time_ms <= 40000; time_ms += 1000)
        add_final(&set, time_ms, INT64_MIN);
    assert_int_equal(pane_set_after(&set, INT64_MIN), 0);
    assert_int_equal(pane_set_after(&set, 999), 0);
    assert_int_equal(pane_set_after(&set, 1000), 1);
    assert_int_equal(pane_set_after(&set, 17500), 17);
    assert_int_equal(pane_set_after(&set, INT64_MAX), 40);
    pane_model_check_all(&model, &set, 1000, 40000, 1000);
    pane_set_release(&set);
}

static void freezing_takes_each_final_pane_once(void **state)
{
    (void)state;
    pane_set set;
    pane **first, **second, **none;
    pane_set_init(&set, NULL, "w", true, NULL);
    assert_int_equal(pane_set_freeze(&set, 0, &none), 0);
    assert_null(none);
    add_final(&set, 1000, 0);
    add_final(&set, 2000, 0);
    add(&set, 3000, 0);
    assert_int_equal(pane_set_freeze(&set, 2, &first), 2); /* not that of the batch under way */
    assert_int_equal(first[1]->time_ms, 2000);
    assert_int_equal(pane_set_freeze(&set, 2, &none), 0);
    pane_set_finish(&set);
    assert_int_equal(pane_set_freeze(&set, 3, &second), 1);
    assert_int_equal(second[0]->time_ms, 3000);
    pane_set_set_stored(&set, 2);
    assert_true(set.slots[0].is_stored && set.slots[1].is_stored && !set.slots[2].is_stored);
    pane_set_expire(&set, 2000);
    pane_set_finish(&set);
    assert_int_equal(first[0]->part_count, model.part_count); /* still held */
    pane_set_set_stored(&set, 3);
    assert_true(set.slots[0].is_stored && !set.slots[0].is_frozen);
    pane_set_release(&set);
    for (size_t i = 0; i < 2; i++) pane_release(first[i]);
    pane_release(second[0]);
    free(first);
    free(second);
}

/* --- with something behind ------------------------------------------------------------------- */

static size_t loads;
static weir_status load_fails; /* as what */

static weir_status load(pane_set *set, int64_t time_ms, size_t part_index, pane_part *part)
{
    loads++;
    if (load_fails != WEIR_OK) return error_set(load_fails, "%s: not read", set->name);
    pane *stored = pane_model_make(&model, time_ms, NULL);
    const records *from = &stored->parts[part_index].records;
    for (size_t i = 0; i < from->count; i++)
        records_append(&part->records, &part->memory, records_key(from, i), from->values[i]);
    pane_release(stored);
    return WEIR_OK;
}

static void only_what_is_stored_leaves_memory(void **state)
{
    (void)state;
    memory_budget budget = {.limit = 1};
    pane_set set;
    pane_set_init(&set, NULL, "w", true, &budget);
    set.load = load;
    pane *stored = pane_model_make(&model, 1000, NULL);
    pane_set_insert(&set, 1000, model.part_count, pane_records(stored));
    pane_release(stored);
    add_final(&set, 2000, 0);
    loads = 0;
    pane_model_check(&model, &set, 0);
    assert_int_equal(loads, model.part_count);
    pane_model_check(&model, &set, 0);
    assert_int_equal(loads, model.part_count); /* they are here now */
    pane_set_trim(&set);
    assert_null(set.slots[0].data);
    assert_non_null(set.slots[1].data);
    assert_true(budget.used > 0);
    budget.limit = 0;
    pane_model_check_all(&model, &set, 1000, 2000, 1000);
    pane_set_trim(&set);
    assert_non_null(set.slots[0].data); /* there is room */
    pane_set_is_unwanted(&set, 0);
    pane_set_is_unwanted(&set, 1);
    pane_set_trim(&set);
    assert_null(set.slots[0].data);
    assert_non_null(set.slots[1].data); /* nowhere else */
    pane_set_release(&set);
    assert_int_equal(budget.used, 0);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    pane_set set;
    pane_set_init(&set, NULL, "w", true, NULL);
    set.load = load;
    pane_set_insert(&set, 1000, model.part_count, 7);
    pane_set_open(&set, 0);
    /* What cannot be read now is told from what is damaged for good. */
    const weir_status kinds[] = {WEIR_DAMAGED, WEIR_IO, WEIR_NO_MEMORY};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const records *found = (const records *)&set;
        load_fails = kinds[i];
        assert_int_equal(pane_set_read(&set, 0, 1, &found), kinds[i]);
        assert_null(found);
        assert_string_equal(error_text(), "w: not read");
    }
    load_fails = WEIR_OK;
    const records *found;
    assert_int_equal(pane_set_read(&set, 0, 1, &found), WEIR_OK);
    assert_non_null(found);
    pane_set_release(&set);
}

static void what_is_missing_altogether_is_noticed(void **state)
{
    (void)state;
    pane_set set;
    pane_set_init(&set, NULL, "w", true, NULL);
    set.load = load;
    pane *stored = pane_model_make(&model, 1000, NULL);
    pane_set_insert(&set, 1000, model.part_count, pane_records(stored) + 1);
    pane_release(stored);
    pane_set_open(&set, 0);
    const records *found;
    for (size_t part = 0; part + 1 < model.part_count; part++)
        assert_int_equal(pane_set_read(&set, 0, part, &found), WEIR_OK);
    assert_int_equal(pane_set_read(&set, 0, model.part_count - 1, &found), WEIR_DAMAGED);
    assert_non_null(strstr(error_text(), "the pane of 1000 ms has"));
    pane_set_release(&set);
}

/* --- the store in memory --------------------------------------------------------------------- */

static void the_store_in_memory_keeps_them(void **state)
{
    (void)state;
    pane_set *set, *again, *other;
    state_store *store = state_store_in_memory();
    assert_int_equal(store->class->open_panes(store, "w", true, 3, &set), WEIR_OK);
    assert_int_equal(store->class->open_panes(store, "w", true, 3, &again), WEIR_OK);
    assert_ptr_equal(set, again);
    assert_int_equal(store->class->open_panes(store, "v", false, 0, &other), WEIR_OK);
    assert_ptr_not_equal(set, other);
    store->class->begin(store, 1);
    add(set, 1000, 0);
    assert_int_equal(store->class->finish(store), WEIR_OK);
    store->class->begin(store, 2);
    add(set, 2000, 1000);
    store->class->undo(store);
    pane_model_check_all(&model, set, 1000, 1000, 1000);
    add(set, 2000, 1000);
    assert_int_equal(store->class->finish(store), WEIR_OK);
    pane_model_check_all(&model, set, 2000, 2000, 1000);
    store->class->close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undo_takes_back_what_the_batch_did),
        cmocka_unit_test(panes_are_found_by_time),
        cmocka_unit_test(freezing_takes_each_final_pane_once),
        cmocka_unit_test(only_what_is_stored_leaves_memory),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
        cmocka_unit_test(what_is_missing_altogether_is_noticed),
        cmocka_unit_test(the_store_in_memory_keeps_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
