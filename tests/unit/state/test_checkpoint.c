#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/scan.h"
#include "state/store.h"
#include "support/state_model.h"

enum { KEYS = 1000, PARTITIONS = 4, LARGE = 256 << 10 };

typedef struct place {
    char *directory;
    char *live;
    char *state;
    state_store *store;
    state_space *space;
    state_model model;
    random_source random;
} place;

static void open_place(place *place, size_t memory)
{
    rocks_store_options options = {.memory = memory};
    assert_int_equal(rocks_store_open(place->live, &options, &place->store), WEIR_OK);
    assert_int_equal(place->store->class->open_space(place->store, "a/b c", PARTITIONS,
                                                     &place->space),
                     WEIR_OK);
}

static void make_place(place *place, size_t memory)
{
    *place = (struct place){.directory = model_directory(), .random = {42}};
    place->live = model_path(place->directory, "live");
    place->state = model_path(place->directory, "state");
    model_init(&place->model, KEYS);
    open_place(place, memory);
}

static void remove_place(place *place)
{
    if (place->store) place->store->class->close(place->store);
    model_release(&place->model);
    free(place->live);
    free(place->state);
    model_remove_directory(place->directory);
}

static void run_batch(place *place, uint64_t batch, size_t changes)
{
    place->store->class->begin(place->store, batch);
    if (place->space->begun == 0) place->space->begun = place->model.begun = batch;
    model_batch(&place->model, place->space, &place->random, changes);
    assert_int_equal(place->store->class->finish(place->store), WEIR_OK);
}

static void write_checkpoint(place *place, uint64_t boundary)
{
    state_files files = {0};
    assert_int_equal(state_checkpoint_write(place->store,
                                            state_freeze(place->store, boundary, NULL),
                                            place->state, &files),
                     WEIR_OK);
    state_files_release(&files);
}

/* --- beside running batches ------------------------------------------------------------------ */

typedef struct writing {
    place *place;
    state_frozen *frozen;
    char *directory;
    state_model model;
    weir_status status;
    atomic_bool is_done;
    pthread_t thread;
} writing;

static void *write_beside(void *user)
{
    writing *writing = user;
    state_files files = {0};
    writing->status = state_checkpoint_write(writing->place->store, writing->frozen,
                                             writing->directory, &files);
    state_files_release(&files);
    atomic_store(&writing->is_done, true);
    return NULL;
}

static void holds_its_boundary_while_batches_go_on(size_t memory, bool is_awaited)
{
    place place;
    make_place(&place, memory);
    state_checkpoint_await(place.store, is_awaited);
    pool *pool = pool_create(2);
    uint64_t batch = 0;
    for (int round = 0; round < 5; round++) {
        char name[32];
        run_batch(&place, ++batch, 400);
        snprintf(name, sizeof name, "round%d", round);
        writing writing = {.place = &place, .directory = model_path(place.directory, name)};
        uint64_t boundary = batch;
        model_init(&writing.model, KEYS);
        model_copy(&writing.model, &place.model);
        writing.frozen = state_freeze(place.store, boundary, pool);
        assert_int_equal(state_frozen_boundary(writing.frozen), boundary);
        assert_int_equal(pthread_create(&writing.thread, NULL, write_beside, &writing), 0);
        do run_batch(&place, ++batch, 200);
        while (!atomic_load(&writing.is_done));
        pthread_join(writing.thread, NULL);
        assert_int_equal(writing.status, WEIR_OK);
        model_check_checkpoint(&writing.model, writing.directory, "a/b c", boundary);
        model_release(&writing.model);
        free(writing.directory);
    }
    model_check_all(&place.model, place.space);
    pool_free(pool);
    remove_place(&place);
}

static void holds_exactly_its_boundary(void **state)
{
    (void)state;
    holds_its_boundary_while_batches_go_on(0, false);
}

static void holds_exactly_its_boundary_when_two_threads_write_it(void **state)
{
    (void)state;
    holds_its_boundary_while_batches_go_on(0, true);
}

static void holds_exactly_its_boundary_when_tables_are_evicted(void **state)
{
    (void)state;
    holds_its_boundary_while_batches_go_on(1, false);
}

/* Nobody writes it yet: evictions must do without what has changed since. */
static void keeps_what_is_newer_out_until_it_is_written(void **state)
{
    (void)state;
    place place;
    state_model at_boundary;
    state_files files = {0};
    make_place(&place, 1);
    model_init(&at_boundary, KEYS);
    run_batch(&place, 1, 500);
    model_copy(&at_boundary, &place.model);
    state_frozen *frozen = state_freeze(place.store, 1, NULL);
    assert_true(state_frozen_count(frozen) == 0); /* all of it was evicted */
    run_batch(&place, 2, 500);
    run_batch(&place, 3, 500);
    assert_int_equal(state_checkpoint_write(place.store, frozen, place.state, &files), WEIR_OK);
    state_files_release(&files);
    model_check_checkpoint(&at_boundary, place.state, "a/b c", 1);
    run_batch(&place, 4, 1);
    model_check_all(&place.model, place.space);
    model_release(&at_boundary);
    remove_place(&place);
}

/* --- failures -------------------------------------------------------------------------------- */

static void a_failed_checkpoint_loses_nothing(void **state)
{
    (void)state;
    place place;
    state_files files = {0};
    make_place(&place, 0);
    run_batch(&place, 1, 500);
    assert_int_equal(file_make_directory(place.state), WEIR_OK);
    weir_status status = state_checkpoint_write(
        place.store, state_freeze(place.store, 1, NULL), place.state, &files);
    assert_int_not_equal(status, WEIR_OK);
    assert_non_null(strstr(error_text(), place.state));
    assert_int_equal(files.count, 0);
    assert_true(file_exists(place.state)); /* it was somebody else's */
    assert_int_equal(file_remove_tree(place.state), WEIR_OK);
    run_batch(&place, 2, 500);
    write_checkpoint(&place, 2);
    model_check_checkpoint(&place.model, place.state, "a/b c", 2);
    remove_place(&place);
}

static void count_table(void *user, const char *name)
{
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".sst") == 0) ++*(size_t *)user;
}

static size_t count_tables(const char *directory)
{
    size_t count = 0;
    assert_int_equal(file_list(directory, count_table, &count), WEIR_OK);
    return count;
}

/* Two more tables while it is awaited, else one. */
static void a_second_thread_takes_part_only_while_somebody_waits(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batch(&place, 1, 500);
    write_checkpoint(&place, 1);
    size_t alone = count_tables(place.state);
    assert_int_equal(file_remove_tree(place.state), WEIR_OK);
    run_batch(&place, 2, 500);
    state_checkpoint_await(place.store, true);
    write_checkpoint(&place, 2);
    state_checkpoint_await(place.store, false);
    assert_int_equal(count_tables(place.state), alone + 1 + 2); /* one has the records */
    model_check_checkpoint(&place.model, place.state, "a/b c", 2);
    remove_place(&place);
}

/* One entry in each partition, in that one a large one. */
static void put_large(place *place, size_t large)
{
    char *text = calloc(1, LARGE);
    place->store->class->begin(place->store, 1);
    place->space->begun = 1;
    for (size_t i = 0; i < PARTITIONS; i++) {
        int64_t key = 0;
        while (value_partition(weir_int(key), PARTITIONS) != i) key++;
        uint32_t index = model_find(place->space, i, weir_int(key));
        state_table_touch(&place->space->tables[i], index);
        state_table_set(&place->space->tables[i], index,
                        weir_string(text, i == large ? LARGE : 1));
    }
    assert_int_equal(place->store->class->finish(place->store), WEIR_OK);
    free(text);
}

/* Files may have half as many bytes: writing one of the two fails. */
static weir_status write_with_small_files(place *place)
{
    state_files files = {0};
    struct rlimit before, small;
    state_frozen *frozen = state_freeze(place->store, 1, NULL);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){LARGE / 2, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    weir_status status = state_checkpoint_write(place->store, frozen, place->state, &files);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    return status;
}

static void a_failure_of_either_thread_is_told_and_loses_nothing(void **state)
{
    (void)state;
    for (size_t partition = 0; partition < PARTITIONS; partition++) {
        place place;
        make_place(&place, 0);
        put_large(&place, partition);
        state_checkpoint_await(place.store, true);
        (void)error_set(WEIR_OK, "%s", "");
        assert_int_equal(write_with_small_files(&place), WEIR_IO);
        assert_non_null(strstr(error_text(), "cannot write state"));
        char *left[] = {place.state, model_path(place.live, "incoming-0.sst"),
                        model_path(place.live, "incoming-1.sst")};
        for (int i = 0; i < 3; i++) assert_false(file_exists(left[i]));
        free(left[1]);
        free(left[2]);
        write_checkpoint(&place, 1);
        assert_true(count_tables(place.state) > 0);
        remove_place(&place);
    }
}

/* --- damage ---------------------------------------------------------------------------------- */

typedef struct chosen {
    char name[64];
} chosen;

static void choose_table(void *user, const char *name)
{
    chosen *chosen = user;
    size_t length = strlen(name);
    bool is_table = length > 4 && strcmp(name + length - 4, ".sst") == 0;
    /* the first one is of the space: its number is the smallest */
    if (is_table && (!chosen->name[0] || strcmp(name, chosen->name) < 0))
        snprintf(chosen->name, sizeof chosen->name, "%s", name);
}

static char *find_table(const char *directory)
{
    chosen chosen = {{0}};
    assert_int_equal(file_list(directory, choose_table, &chosen), WEIR_OK);
    assert_true(chosen.name[0]);
    return model_path(directory, chosen.name);
}

static void flip_byte(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 0x10, file);
    fclose(file);
}

static void close_with_checkpoint(place *place)
{
    run_batch(place, 1, 800);
    write_checkpoint(place, 1);
    place->store->class->close(place->store);
    place->store = NULL;
}

static void a_missing_table_is_reported(void **state)
{
    (void)state;
    place place;
    rocks_store_options options = {0};
    state_store *store;
    state_scan *scan;
    make_place(&place, 0);
    close_with_checkpoint(&place);
    char *table = find_table(place.state);
    assert_int_equal(unlink(table), 0);
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_DAMAGED);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    assert_int_equal(rocks_store_open(place.live, &options, &store), WEIR_DAMAGED);
    assert_non_null(strstr(error_text(), place.live));
    free(table);
    remove_place(&place);
}

static void a_cut_table_is_reported(void **state)
{
    (void)state;
    place place;
    rocks_store_options options = {0};
    state_store *store;
    make_place(&place, 0);
    close_with_checkpoint(&place);
    char *table = find_table(place.state);
    assert_int_equal(truncate(table, 100), 0);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    assert_int_equal(rocks_store_open(place.live, &options, &store), WEIR_DAMAGED);
    free(table);
    remove_place(&place);
}

static void a_flipped_bit_is_reported_when_read(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    close_with_checkpoint(&place);
    char *table = find_table(place.state);
    flip_byte(table, 1000);
    free(table);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    open_place(&place, 0);
    weir_status worst = WEIR_OK;
    for (size_t i = 0; i < PARTITIONS; i++) {
        weir_status status = place.space->load_all(place.space, i);
        assert_true(status == WEIR_OK || status == WEIR_DAMAGED);
        if (status != WEIR_OK) worst = status;
        assert_int_equal(place.space->tables[i].is_complete, status == WEIR_OK);
    }
    assert_int_equal(worst, WEIR_DAMAGED);
    assert_non_null(strstr(error_text(), "a/b c"));

    state_scan *scan;
    state_scan_entry entry;
    size_t damages = 0, seen = 0;
    assert_int_equal(state_scan_open(place.state, &scan), WEIR_OK);
    assert_int_equal(state_scan_begin(scan, "a/b c", NULL), WEIR_OK);
    for (weir_status status; (status = state_scan_next(scan, &entry)) != WEIR_NO_ELEMENT;) {
        damages += status == WEIR_DAMAGED;
        seen += status == WEIR_OK;
    }
    assert_int_equal(damages, 1);
    assert_true(seen > 0);
    state_scan_close(scan);
    remove_place(&place);
}

static void a_file_of_another_time_is_no_state(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    close_with_checkpoint(&place);
    char *current = model_path(place.state, "CURRENT");
    assert_int_equal(unlink(current), 0);
    free(current);
    assert_int_equal(state_restore(place.state, place.live), WEIR_DAMAGED);
    remove_place(&place);
}

/* --- sizes ----------------------------------------------------------------------------------- */

static weir_value large(size_t size, char fill)
{
    char *bytes = malloc(size);
    memset(bytes, fill, size);
    weir_value value = weir_string(bytes, size);
    free(bytes);
    return value;
}

static void large_keys_and_values_come_back(void **state)
{
    (void)state;
    enum { KEY_SIZE = 1 << 20, VALUE_SIZE = 64 << 20 };
    place place;
    make_place(&place, 0);
    weir_value key = large(KEY_SIZE, 'k'), value = large(VALUE_SIZE, 'v');
    place.store->class->begin(place.store, 1);
    uint32_t index = model_find(place.space, 2, key);
    state_table_touch(&place.space->tables[2], index);
    state_table_set(&place.space->tables[2], index, value);
    assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    write_checkpoint(&place, 1);
    place.store->class->close(place.store);
    assert_int_equal(state_restore(place.state, place.live), WEIR_OK);
    open_place(&place, 0);
    index = model_find(place.space, 2, key);
    assert_true(weir_equal(place.space->tables[2].entries[index].value, value));
    remove_place(&place);
    arena_release(arena_current());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_exactly_its_boundary),
        cmocka_unit_test(holds_exactly_its_boundary_when_tables_are_evicted),
        cmocka_unit_test(keeps_what_is_newer_out_until_it_is_written),
        cmocka_unit_test(holds_exactly_its_boundary_when_two_threads_write_it),
        cmocka_unit_test(a_second_thread_takes_part_only_while_somebody_waits),
        cmocka_unit_test(a_failure_of_either_thread_is_told_and_loses_nothing),
        cmocka_unit_test(a_failed_checkpoint_loses_nothing),
        cmocka_unit_test(a_missing_table_is_reported),
        cmocka_unit_test(a_cut_table_is_reported),
        cmocka_unit_test(a_flipped_bit_is_reported_when_read),
        cmocka_unit_test(a_file_of_another_time_is_no_state),
        cmocka_unit_test(large_keys_and_values_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
