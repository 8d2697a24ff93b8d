/* What panes cost: when they leave memory, and what checkpoints write as a window slides, of
 * which merges are a part; one that fails is noticed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "state/ingest.h"
#include "state/pane_merge.h"
#include "unit/state/pane_place.h"

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

/* --- merging --------------------------------------------------------------------------------- */

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
        cmocka_unit_test(leave_memory_when_they_are_stored),
        cmocka_unit_test(leave_memory_over_the_budget),
        cmocka_unit_test(a_merge_that_fails_is_noticed),
        cmocka_unit_test(one_more_slide_costs_one_pane),
        cmocka_unit_test(a_long_window_has_few_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
