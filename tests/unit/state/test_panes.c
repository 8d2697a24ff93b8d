/* Panes in the live database and in checkpoints. */
#include <pthread.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/ingest.h"
#include "state/pane_merge.h"
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

static void open_place(place *place, size_t memory)
{
    rocks_store_options options = {.memory = memory};
    state_space *space;
    assert_int_equal(rocks_store_open(place->live, &options, &place->store), WEIR_OK);
    const state_store_class *class = place->store->class;
    assert_int_equal(class->open_panes(place->store, "by key", true, 4, &place->keyed), WEIR_OK);
    assert_int_equal(class->open_space(place->store, "by key", 2, &space), WEIR_OK);
    assert_int_equal(class->open_panes(place->store, "plain", false, 0, &place->plain), WEIR_OK);
}

static const records *read_part(pane_set *set, size_t slot, size_t part)
{
    const records *found;
    assert_int_equal(pane_set_read(set, slot, part, &found), WEIR_OK);
    return found;
}

static void make_place(place *place, size_t memory)
{
    *place = (struct place){.directory = model_directory()};
    place->live = model_path(place->directory, "live");
    place->state = model_path(place->directory, "state");
    open_place(place, memory);
}

static void close_place(place *place)
{
    place->store->class->close(place->store);
    place->store = NULL;
}

static void remove_place(place *place)
{
    if (place->store) close_place(place);
    free(place->live);
    free(place->state);
    model_remove_directory(place->directory);
}

/* A batch that adds a pane to both sets, and expires those up to a time. */
static void begin_batch(place *place, uint64_t batch, int64_t expired_ms)
{
    int64_t time_ms = (int64_t)batch * 1000;
    place->store->class->begin(place->store, batch);
    pane_model_add(&keyed, place->keyed, time_ms);
    pane_model_add(&plain, place->plain, time_ms);
    pane_set_expire(place->keyed, expired_ms);
    pane_set_expire(place->plain, expired_ms);
}

static void run_batch(place *place, uint64_t batch, int64_t expired_ms)
{
    begin_batch(place, batch, expired_ms);
    assert_int_equal(place->store->class->finish(place->store), WEIR_OK);
}

/* Batches of which each needs so many panes. */
static void run_batches(place *place, uint64_t first, uint64_t last, int64_t window)
{
    for (uint64_t batch = first; batch <= last; batch++)
        run_batch(place, batch, ((int64_t)batch - window) * 1000);
}

static weir_status try_checkpoint(place *place, uint64_t boundary)
{
    state_files files = {0};
    weir_status status = state_checkpoint_write(
        place->store, state_freeze(place->store, boundary, NULL), place->state, &files);
    state_files_release(&files);
    return status;
}

static void write_checkpoint(place *place, uint64_t boundary)
{
    assert_int_equal(file_remove_tree(place->state), WEIR_OK);
    assert_int_equal(try_checkpoint(place, boundary), WEIR_OK);
}

static void go_on_from_checkpoint(place *place, size_t memory)
{
    if (place->store) close_place(place);
    assert_int_equal(state_restore(place->state, place->live), WEIR_OK);
    open_place(place, memory);
}

static void check(place *place, int64_t first, int64_t last)
{
    pane_model_check_all(&keyed, place->keyed, first * 1000, last * 1000, 1000);
    pane_model_check_all(&plain, place->plain, first * 1000, last * 1000, 1000);
}

static bool is_in_memory(const pane_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->slots[i].data) return true;
    return false;
}

/* --- there and back -------------------------------------------------------------------------- */

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

/* --- memory ---------------------------------------------------------------------------------- */

static void leave_memory_when_they_are_stored(void **state)
{
    (void)state;
    place place;
    make_place(&place, 0);
    run_batches(&place, 1, 3, 100);
    pane_set_is_unwanted(place.keyed, 0);
    run_batch(&place, 4, 0);
    assert_non_null(place.keyed->slots[0].data); /* nowhere else */
    write_checkpoint(&place, 4);
    run_batch(&place, 5, 0);
    assert_null(place.keyed->slots[0].data);
    assert_non_null(place.keyed->slots[1].data); /* there is no limit */
    size_t used = rocks_store_measure(place.store).table_bytes;
    for (size_t i = 0; i < 4; i++) pane_set_is_unwanted(place.keyed, i);
    run_batch(&place, 6, 0);
    assert_true(rocks_store_measure(place.store).table_bytes < used);
    check(&place, 1, 6);
    remove_place(&place);
}

static void leave_memory_over_the_budget(void **state)
{
    (void)state;
    place place;
    make_place(&place, 4);
    for (uint64_t batch = 1; batch <= 12; batch++) {
        run_batch(&place, batch, 0);
        assert_false(is_in_memory(place.keyed)); /* stored without a checkpoint */
    }
    check(&place, 1, 12);
    write_checkpoint(&place, 12);
    go_on_from_checkpoint(&place, 4);
    check(&place, 1, 12);
    place.store->class->begin(place.store, 13);
    assert_int_equal(place.store->class->finish(place.store), WEIR_OK);
    assert_false(is_in_memory(place.plain));
    check(&place, 1, 12);
    remove_place(&place);
}

/* --- refused, dropped, damaged --------------------------------------------------------------- */

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

/* --- what it costs --------------------------------------------------------------------------- */

static uint64_t bytes_that_are_new(const state_files *before, const state_files *after)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < after->count; i++)
        if (!state_files_find(before, after->files[i].name) &&
            strstr(after->files[i].name, ".sst"))
            bytes += after->files[i].size;
    return bytes;
}

static size_t count_tables(const state_files *files)
{
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++)
        if (strstr(files->files[i].name, ".sst")) count++;
    return count;
}

/* No file may become larger than this: 0, as large as it likes. What is written beyond fails. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_merge_that_fails_is_noticed(void **state)
{
    (void)state;
    enum { SMALL = 8, MOST_BYTES = 64 << 10 }; /* one more and they are merged */
    place place;
    make_place(&place, 0);
    for (uint64_t batch = 1; batch <= SMALL; batch++) {
        run_batches(&place, batch, batch, 100);
        write_checkpoint(&place, batch);
    }
    run_batches(&place, SMALL + 1, SMALL + 1, 100);
    state_frozen *frozen = state_freeze(place.store, SMALL + 1, NULL);
    rocks_store *store = rocks_store_of(place.store);
    const rocks_panes *panes = (const rocks_panes *)place.keyed;
    assert_int_equal(ingest_begin(store, frozen), WEIR_OK);
    ingest_end(store, frozen, true);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(MOST_BYTES);
    bool is_merged = pane_merge(store->database, "by key", panes->family);
    limit_files(0);
    assert_false(is_merged);
    check(&place, 1, SMALL + 1);
    go_on_from_checkpoint(&place, 0);
    check(&place, 1, SMALL);
    remove_place(&place);
}

/* What is new in the tables of the checkpoints behind a full window, one for each slide; each has
 * few files. */
static uint64_t bytes_of_slides(int64_t window, int slides)
{
    enum { FILES_MAX = 70 }; /* of two windows, seven of each kind at most */
    place place;
    state_files before = {0}, after = {0};
    uint64_t bytes = 0;
    make_place(&place, 0);
    run_batches(&place, 1, (uint64_t)window, window);
    write_checkpoint(&place, (uint64_t)window);
    assert_int_equal(state_files_list(place.state, NULL, &before), WEIR_OK);
    for (int i = 1; i <= slides; i++) {
        run_batches(&place, (uint64_t)(window + i), (uint64_t)(window + i), window);
        write_checkpoint(&place, (uint64_t)(window + i));
        assert_int_equal(state_files_list(place.state, NULL, &after), WEIR_OK);
        bytes += bytes_that_are_new(&before, &after);
        assert_true(count_tables(&after) < FILES_MAX);
        state_files_release(&before);
        before = after;
        after = (state_files){0};
    }
    state_files_release(&before);
    check(&place, slides + 1, window + slides);
    go_on_from_checkpoint(&place, 0);
    check(&place, slides + 1, window + slides);
    remove_place(&place);
    return bytes;
}

static void one_more_slide_costs_one_pane(void **state)
{
    (void)state;
    uint64_t small = bytes_of_slides(20, 25), large = bytes_of_slides(200, 25);
    assert_true(large < small + small / 2);
}

static void a_long_window_has_few_files(void **state)
{
    (void)state;
    (void)bytes_of_slides(70, 80);
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
        cmocka_unit_test(leave_memory_when_they_are_stored),
        cmocka_unit_test(leave_memory_over_the_budget),
        cmocka_unit_test(other_panes_of_that_name_are_refused),
        cmocka_unit_test(what_no_stream_has_is_dropped),
        cmocka_unit_test(a_flipped_bit_is_reported_when_read),
        cmocka_unit_test(a_merge_that_fails_is_noticed),
        cmocka_unit_test(one_more_slide_costs_one_pane),
        cmocka_unit_test(a_long_window_has_few_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
