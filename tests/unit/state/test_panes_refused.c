/* Panes that are refused, dropped, or damaged: who asks for others of that name, what no stream of
 * the program has, and bits that flipped in a checkpoint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "unit/state/pane_place.h"

static void other_panes_of_that_name_are_refused(void **state)
{
    (void)state;
    place place;
    pane_set *other;
    make_place(&place, 0);
    const state_store_class *class = place.store->class;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(class->open_panes(place.store, "by key", true, 5, &other),
                         WEIR_ILLEGAL_ARGUMENT);
        assert_non_null(strstr(error_text(), "by key"));
        assert_int_equal(class->open_panes(place.store, "by key", false, 0, &other),
                         WEIR_ILLEGAL_ARGUMENT);
        assert_int_equal(class->open_panes(place.store, "new", true, PANE_PARTS_MAX + 1, &other),
                         WEIR_ILLEGAL_ARGUMENT);
        assert_int_equal(class->open_panes(place.store, "", false, 0, &other),
                         WEIR_ILLEGAL_ARGUMENT);
        run_batch(&place, 1 + (uint64_t)round, 0);
        write_checkpoint(&place, 1 + (uint64_t)round);
        close_place(&place);
        assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
        assert_int_equal(rocks_store_open(place.live, &(rocks_store_options){0}, &place.store),
                         WEIR_OK);
        class = place.store->class;
        assert_int_equal(class->open_panes(place.store, "by key", true, 5, &other),
                         WEIR_ILLEGAL_ARGUMENT);
        close_place(&place);
        open_place(&place, 0);
    }
    remove_place(&place);
}

typedef struct wanted {
    const char *panes;
    const char *space;
} wanted;

static bool is_wanted(void *user, const char *name, bool is_panes)
{
    const wanted *wanted = user;
    const char *kept = is_panes ? wanted->panes : wanted->space;
    return kept && strcmp(name, kept) == 0;
}

/* Each without the other of that name; what is dropped is not in later checkpoints. */
static void what_no_stream_has_is_dropped(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batch(&place, 1, 0);
    write_checkpoint(&place, 1);
    wanted keyed_alone = {"by key", NULL};
    assert_int_equal(rocks_store_drop(place.store, is_wanted, &keyed_alone), WEIR_ILLEGAL_STATE);
    close_place(&place);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    assert_int_equal(rocks_store_open(place.live, &(rocks_store_options){0}, &place.store),
                     WEIR_OK);
    size_t partitions;
    uint64_t begun;
    assert_true(rocks_store_knows(place.store, "by key", &partitions, &begun));
    assert_int_equal(rocks_store_drop(place.store, is_wanted, &keyed_alone), WEIR_OK);
    assert_false(rocks_store_knows(place.store, "by key", &partitions, &begun));
    pane_set *panes;
    const state_store_class *class = place.store->class;
    assert_int_equal(class->open_panes(place.store, "by key", true, 4, &panes), WEIR_OK);
    assert_int_equal(panes->count, 1);
    write_checkpoint(&place, 1);
    close_place(&place);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    assert_int_equal(rocks_store_open(place.live, &(rocks_store_options){0}, &place.store),
                     WEIR_OK);
    assert_false(rocks_store_knows(place.store, "by key", &partitions, &begun));
    class = place.store->class;
    assert_int_equal(class->open_panes(place.store, "plain", true, 2, &panes), WEIR_OK);
    assert_int_equal(panes->count, 0); /* begun anew, keyed this time */
    assert_int_equal(class->open_panes(place.store, "by key", true, 4, &panes), WEIR_OK);
    assert_int_equal(panes->count, 1);
    remove_place(&place);
}

typedef struct tables {
    const char *directory;
    size_t count;
} tables;

/* In the middle of those that hold more than what is known of panes. */
static void flip_table(void *user, const char *name)
{
    tables *tables = user;
    size_t length = strlen(name);
    if (length < 4 || strcmp(name + length - 4, ".sst") != 0) return;
    char *path = model_path(tables->directory, name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long middle = ftell(file) / 2;
    fseek(file, middle, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, middle, SEEK_SET);
    if (middle > 4000) {
        fputc(byte ^ 0x10, file);
        tables->count++;
    }
    fclose(file);
    free(path);
}

static size_t read_damaged(pane_set *set, size_t slot)
{
    char pane[64];
    size_t damaged = 0;
    pane_set_open(set, slot);
    for (size_t i = 0; i < set->slots[slot].part_count; i++) {
        const records *found;
        weir_status status = pane_set_read(set, slot, i, &found);
        if (status == WEIR_OK) continue;
        assert_int_equal(status, WEIR_DAMAGED);
        damaged++;
        snprintf(pane, sizeof pane, "the pane of %lld ms, partition %zu",
                 (long long)set->slots[slot].time_ms, i);
        assert_non_null(strstr(error_text(), pane));
        assert_non_null(strstr(error_text(), set->name));
        assert_non_null(strstr(error_text(), "weir verify"));
        assert_false(set->slots[slot].data->parts[i].is_here);
        assert_int_equal(pane_set_read(set, slot, i, &found), WEIR_DAMAGED); /* still */
    }
    return damaged;
}

static void a_flipped_bit_is_reported_when_read(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batch(&place, 7, 0);
    write_checkpoint(&place, 7);
    close_place(&place);
    tables tables = {.directory = place.state};
    assert_int_equal(file_list(place.state, flip_table, &tables), WEIR_OK);
    assert_int_equal(tables.count, 2);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    open_place(&place, 0);
    /* To see that an empty partition is empty, the block behind it may be read. */
    size_t damaged = read_damaged(place.keyed, 0);
    assert_in_range(damaged, 1, keyed.part_count - 1);
    damaged = read_damaged(place.plain, 0);
    assert_in_range(damaged, 1, plain.part_count - 1);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_panes_of_that_name_are_refused),
        cmocka_unit_test(what_no_stream_has_is_dropped),
        cmocka_unit_test(a_flipped_bit_is_reported_when_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
