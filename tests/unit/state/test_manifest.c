/* What checkpoints copy of RocksDB does not grow with the age of a context. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "state/checkpoint.h"
#include "state/restore.h"
#include "state/store.h"
#include "support/state_model.h"

enum { KEY_SIZE = 16 << 10, ROUNDS = 160, MOST = 3 << 20 };

static state_store *store;
static state_space *space;

static void open_store(const char *live)
{
    const rocks_store_options options = {.memory = 0};
    assert_int_equal(rocks_store_open(live, &options, &store), WEIR_OK);
    assert_int_equal(store->class->open_space(store, "sums", 1, &space), WEIR_OK);
}

static weir_value long_key(void)
{
    static char bytes[KEY_SIZE];
    memset(bytes, 'k', sizeof bytes);
    return weir_string(bytes, sizeof bytes);
}

static void set_one(uint64_t batch, weir_value key)
{
    store->class->begin(store, batch);
    uint32_t index = model_find(space, 0, key);
    state_table_touch(&space->tables[0], index);
    state_table_set(&space->tables[0], index, weir_int((int64_t)batch));
    assert_int_equal(store->class->finish(store), WEIR_OK);
}

static uint64_t manifest_bytes(const state_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (strncmp(files->files[i].name, "MANIFEST", 8) == 0) return files->files[i].size;
    return 0;
}

static uint64_t write_checkpoint(const char *to, uint64_t boundary)
{
    state_files files = {0};
    assert_int_equal(file_remove_tree(to), WEIR_OK);
    state_frozen *frozen = state_freeze(store, boundary, NULL);
    assert_int_equal(state_checkpoint_write(store, frozen, to, &files), WEIR_OK);
    uint64_t bytes = manifest_bytes(&files);
    state_files_release(&files);
    return bytes;
}

/* RocksDB's list of the files that came and went would go on for as long as the context: here by
 * two keys for each checkpoint, 5 MiB in all. Files that are there take what they take: merging
 * them waits for idle processors. */
static void the_list_of_files_is_begun_anew(void **state)
{
    (void)state;
    char *directory = model_directory();
    char *live = model_path(directory, "live"), *to = model_path(directory, "state");
    weir_value key = long_key();
    open_store(live);
    for (uint64_t batch = 1; batch <= ROUNDS; batch++) {
        set_one(batch, key);
        assert_in_range(write_checkpoint(to, batch), 1, MOST);
    }
    store->class->close(store);
    assert_int_equal(state_restore(to, live), WEIR_OK);
    open_store(live);
    uint32_t index = model_find(space, 0, key);
    assert_int_equal(weir_as_int(space->tables[0].entries[index].value), ROUNDS);
    store->class->close(store);
    arena_release(arena_current());
    free(live);
    free(to);
    model_remove_directory(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_list_of_files_is_begun_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
