#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/large_files.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/scan.h"
#include "state/store.h"
#include "support/state_model.h"

enum { PARTITIONS = 3 };

typedef struct place {
    char *directory;
    char *live;
    char *state;
    state_store *store;
} place;

static void put(state_space *space, const char *text, int64_t number)
{
    weir_value key = weir_text(text);
    size_t partition = value_partition(key, PARTITIONS);
    uint32_t index = model_find(space, partition, key);
    state_table_touch(&space->tables[partition], index);
    state_table_set(&space->tables[partition], index, weir_int(number));
}

static state_space *open_space(place *place, const char *name)
{
    state_space *space;
    assert_int_equal(place->store->class->open_space(place->store, name, PARTITIONS, &space),
                     WEIR_OK);
    return space;
}

static void write_checkpoint(place *place, uint64_t batch, state_files *files)
{
    assert_int_equal(state_checkpoint_write(place->store, state_freeze(place->store, batch, NULL),
                                            place->state, files),
                     WEIR_OK);
}

/* Two spaces with strange names, one of them empty. */
static void make_place(place *place)
{
    rocks_store_options options = {0};
    state_files files = {0};
    place->directory = model_directory();
    place->live = model_path(place->directory, "live");
    place->state = model_path(place->directory, "state");
    assert_int_equal(rocks_store_open(place->live, &options, &place->store), WEIR_OK);
    state_space *space = open_space(place, "by \"name\"]\n");
    open_space(place, "empty");
    place->store->class->begin(place->store, 3);
    space->begun = 3;
    put(space, "apple", 1);
    put(space, "apricot", 2);
    put(space, "app", 3);
    put(space, "banana", 4);
    assert_int_equal(place->store->class->finish(place->store), WEIR_OK);
    write_checkpoint(place, 3, &files);
    state_files_release(&files);
}

static void remove_place(place *place)
{
    if (place->store) place->store->class->close(place->store);
    free(place->live);
    free(place->state);
    model_remove_directory(place->directory);
}

static void names_its_spaces(void **state)
{
    (void)state;
    place place;
    state_scan *scan;
    size_t count;
    make_place(&place);
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_OK);
    assert_int_equal(state_scan_boundary(scan), 3);
    const space_record *records = state_scan_spaces(scan, &count);
    assert_int_equal(count, 2);
    assert_string_equal(records[0].name, "by \"name\"]\n");
    assert_int_equal(records[0].partitions, PARTITIONS);
    assert_int_equal(records[0].begun, 3);
    assert_string_equal(records[1].name, "empty");
    assert_int_equal(records[1].begun, 0);
    assert_int_equal(state_scan_begin(scan, "another", NULL), WEIR_NO_ELEMENT);
    state_scan_close(scan);
    remove_place(&place);
}

static int64_t sum(state_scan *scan, const char *space, const char *prefix)
{
    state_scan_entry entry;
    weir_status status;
    int64_t sum = 0;
    assert_int_equal(state_scan_begin(scan, space, prefix), WEIR_OK);
    while ((status = state_scan_next(scan, &entry)) == WEIR_OK) {
        assert_int_equal(entry.partition, value_partition(entry.key, PARTITIONS));
        assert_int_equal(entry.changed, 3);
        sum += weir_as_int(entry.value);
    }
    assert_int_equal(status, WEIR_NO_ELEMENT);
    return sum;
}

static void finds_keys_by_their_beginning(void **state)
{
    (void)state;
    static const char name[] = "by \"name\"]\n";
    place place;
    state_scan *scan;
    make_place(&place);
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_OK);
    assert_int_equal(sum(scan, name, NULL), 10);
    assert_int_equal(sum(scan, name, ""), 10);
    assert_int_equal(sum(scan, name, "app"), 4);
    assert_int_equal(sum(scan, name, "ap"), 6);
    assert_int_equal(sum(scan, name, "bananas"), 0);
    assert_int_equal(sum(scan, "empty", NULL), 0);
    state_scan_close(scan);
    remove_place(&place);
}

static void leaves_the_checkpoint_as_it_is(void **state)
{
    (void)state;
    place place;
    state_scan *scan;
    state_files before = {0}, after = {0};
    make_place(&place);
    assert_int_equal(state_files_list(place.state, NULL, &before), WEIR_OK);
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_OK);
    assert_int_equal(sum(scan, "empty", NULL), 0);
    /* still readable when retention deletes the checkpoint */
    assert_int_equal(state_files_list(place.state, NULL, &after), WEIR_OK);
    assert_int_equal(file_remove_tree(place.state), WEIR_OK);
    assert_int_equal(sum(scan, "by \"name\"]\n", "b"), 4);
    state_scan_close(scan);
    assert_int_equal(before.count, after.count);
    for (size_t i = 0; i < before.count; i++) {
        assert_string_equal(before.files[i].name, after.files[i].name);
        assert_int_equal(before.files[i].size, after.files[i].size);
        assert_int_equal(before.files[i].hash, after.files[i].hash);
    }
    state_files_release(&before);
    state_files_release(&after);
    remove_place(&place);
}

/* As long as it is read, retention does not empty its files before it removes them. */
static void holds_the_checkpoint(void **state)
{
    (void)state;
    place place;
    state_scan *scan;
    file_info info;
    make_place(&place);
    char *large = model_path(place.state, "large");
    const int64_t size = 20 << 20;
    int descriptor;
    assert_int_equal(file_create(large, &descriptor), WEIR_OK);
    assert_int_equal(file_truncate(descriptor, large, size), WEIR_OK);
    assert_int_equal(file_close(descriptor, large), WEIR_OK);
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_OK);
    large_files_empty(place.state, 1000);
    assert_int_equal(file_stat(large, &info), WEIR_OK);
    assert_int_equal(info.size, size);
    state_scan_close(scan);
    large_files_empty(place.state, 1000);
    assert_int_equal(file_stat(large, &info), WEIR_OK);
    assert_int_equal(info.size, 0);
    free(large);
    remove_place(&place);
}

/* The database made from a checkpoint goes on, compacts and ends; the checkpoint stays. */
static bool is_not_empty(void *user, const char *name, bool is_panes)
{
    (void)user;
    assert_false(is_panes);
    return strcmp(name, "empty") != 0;
}

static void restored_databases_leave_it_as_it_is(void **state)
{
    (void)state;
    place place;
    rocks_store_options options = {0};
    state_files before = {0}, after = {0}, listed = {0};
    make_place(&place);
    place.store->class->close(place.store);
    assert_int_equal(state_files_list(place.state, NULL, &before), WEIR_OK);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    assert_int_equal(rocks_store_open(place.live, &options, &place.store), WEIR_OK);
    state_checkpoint_know(place.store, &before);
    assert_int_equal(rocks_store_drop(place.store, is_not_empty, NULL), WEIR_OK);
    state_space *space = open_space(&place, "by \"name\"]\n");
    assert_int_equal(rocks_store_drop(place.store, is_not_empty, NULL), WEIR_ILLEGAL_STATE);
    char *first = place.state;
    place.state = model_path(place.directory, "second");
    for (uint64_t batch = 4; batch < 14; batch++) {
        place.store->class->begin(place.store, batch);
        put(space, "apple", (int64_t)batch);
        assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
        assert_int_equal(file_remove_tree(place.state), WEIR_OK);
        write_checkpoint(&place, batch, &listed);
        if (batch < 13) state_files_release(&listed);
    }
    assert_int_equal(state_files_list(place.state, NULL, &after), WEIR_OK);
    assert_int_equal(after.count, listed.count); /* known hashes are those of the files */
    for (size_t i = 0; i < after.count; i++)
        assert_int_equal(after.files[i].hash, listed.files[i].hash);
    state_files_release(&after);
    state_files_release(&listed);

    state_scan *scan;
    size_t count;
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_OK);
    state_scan_spaces(scan, &count);
    assert_int_equal(count, 1); /* the other one was dropped */
    state_scan_close(scan);

    assert_int_equal(state_files_list(first, NULL, &after), WEIR_OK);
    assert_int_equal(before.count, after.count);
    for (size_t i = 0; i < before.count; i++)
        assert_int_equal(before.files[i].hash, after.files[i].hash);
    state_files_release(&before);
    state_files_release(&after);
    free(first);
    remove_place(&place);
}

static void partitions_are_those_it_was_made_with(void **state)
{
    (void)state;
    place place;
    rocks_store_options options = {0};
    state_space *space;
    size_t partitions;
    uint64_t begun;
    make_place(&place);
    place.store->class->close(place.store);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    assert_int_equal(rocks_store_open(place.live, &options, &place.store), WEIR_OK);
    assert_int_equal(rocks_store_boundary(place.store), 3);
    assert_true(rocks_store_knows(place.store, "empty", &partitions, &begun));
    assert_int_equal(partitions, PARTITIONS);
    assert_false(rocks_store_knows(place.store, "other", &partitions, &begun));
    const state_store_class *class = place.store->class;
    assert_int_equal(class->open_space(place.store, "empty", 2, &space), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(class->open_space(place.store, "new", 1 << 17, &space),
                     WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(class->open_space(place.store, "", 2, &space), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(class->open_space(place.store, "new", 2, &space), WEIR_OK);
    assert_true(space->tables[0].is_complete);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_its_spaces),
        cmocka_unit_test(finds_keys_by_their_beginning),
        cmocka_unit_test(leaves_the_checkpoint_as_it_is),
        cmocka_unit_test(holds_the_checkpoint),
        cmocka_unit_test(restored_databases_leave_it_as_it_is),
        cmocka_unit_test(partitions_are_those_it_was_made_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
