/* Which checkpoints are kept: the newest ones, and of older ones one every so often; and all, once
 * damaged state was met. */
#include "unit/context/harness.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/file.h"
#include "recovery/directory.h"
#include "recovery/sealed_file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { FILES = 8, INTERVAL_MS = 1000, KEYS = 3000, PATIENCE_MS = 200000 };

static char base[64], place[80], paths[FILES][96];

/* The first file has data, the others have none: the state that is stored is not read for them. */
static weir_status build(weir_context *context, void *user)
{
    const char *list[FILES];
    for (size_t i = 0; i < FILES; i++) list[i] = paths[i];
    weir_stream *lines = weir_text_files(context, list, *(const size_t *)user);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
    weir_stream *sums =
        weir_map_with_state(pairs, &weir_fn_sum_no_emit, weir_null(), NULL);
    weir_foreach_rdd(sums, &weir_fn_note, weir_null());
    return weir_error(context);
}

/* Waits until the background has met what is damaged. */
static _Atomic bool is_met, is_awaited;

static void await_damage(const weir_batch_summary *summary, void *user)
{
    (void)summary;
    (void)user;
    for (int i = 0; i < PATIENCE_MS && atomic_load(&is_awaited) && !atomic_load(&is_met); i++)
        clock_sleep_ms(1);
}

static _Atomic int said;

static void note_line(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)user;
    if (strstr(text, "reading state ahead of use")) atomic_store(&is_met, true);
    if (strstr(text, "no checkpoint is deleted")) atomic_fetch_add(&said, 1);
}

static void run(size_t files, int64_t keep_every_ms)
{
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .partitions = 2};
    weir_durability durability = {.checkpoint_ms = INTERVAL_MS, .keep_every_ms = keep_every_ms};
    weir_status status =
        weir_get_or_create(&context, place, &options, &durability, build, &files);
    assert_int_equal(status, WEIR_OK);
    assert_int_equal(weir_on_batch(context, await_damage, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context_free(context);
}

static void expect_kept(const int64_t *expected, size_t expected_count)
{
    directory directory;
    int64_t *times;
    size_t count;
    directory_init(&directory, place);
    assert_int_equal(directory_list_checkpoints(&directory, &times, &count), WEIR_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) assert_int_equal(times[i], expected[i]);
    free(times);
    directory_release(&directory);
}
#define EXPECT_KEPT(...)                                                                          \
    do {                                                                                          \
        const int64_t times[] = {__VA_ARGS__};                                                    \
        expect_kept(times, sizeof times / sizeof times[0]);                                       \
    } while (0)

static void the_newest_are_kept(void **state)
{
    (void)state;
    run(6, 0);
    EXPECT_KEPT(5000, 6000);
}

static void one_is_kept_every_so_often(void **state)
{
    (void)state;
    run(6, 3000);
    EXPECT_KEPT(0, 3000, 5000, 6000);
    run(8, 3000);
    EXPECT_KEPT(0, 3000, 6000, 7000, 8000);
    /* Without it the older ones go with the next checkpoint. */
    run(8, 0);
    EXPECT_KEPT(0, 3000, 6000, 7000, 8000);
}

static const manifest_file *find_file(const manifest *manifest, const char *name)
{
    const manifest_file *found = NULL;
    for (size_t i = 0; i < manifest->file_count; i++) {
        const manifest_file *file = &manifest->files[i];
        bool is_it = name ? strcmp(file->name, name) == 0 : strstr(file->name, ".sst") != NULL;
        if (is_it && (!found || file->size > found->size)) found = file;
    }
    assert_non_null(found);
    return found;
}

/* A table of the checkpoint, and the hash that its manifest has of it: the one of that name, or
 * the greatest if there is none yet. */
static uint64_t read_hash(int64_t time_ms, char *name, size_t room)
{
    char path[128];
    manifest manifest;
    arena arena;
    buffer bytes = {0};
    arena_init(&arena, NULL);
    (void)snprintf(path, sizeof path, "%s/checkpoints/%lld/MANIFEST", place, (long long)time_ms);
    assert_int_equal(sealed_file_read(path, manifest_magic, &bytes), WEIR_OK);
    assert_int_equal(manifest_decode(bytes.bytes, bytes.size, &arena, &manifest), WEIR_OK);
    const manifest_file *file = find_file(&manifest, name[0] ? name : NULL);
    uint64_t hash = file->hash;
    if (!name[0]) (void)snprintf(name, room, "%s", file->name);
    buffer_release(&bytes);
    arena_release(&arena);
    return hash;
}

/* Checkpoints share their tables by links: it is damaged in all of them. */
static void flip_bit(int64_t time_ms, const char *name)
{
    char path[192];
    (void)snprintf(path, sizeof path, "%s/checkpoints/%lld/state/%s", place, (long long)time_ms,
                   name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 100, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, 100, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ 1, file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void nothing_goes_once_damage_was_met(void **state)
{
    char name[64] = "";
    (void)state;
    run(2, 0);
    EXPECT_KEPT(1000, 2000);
    uint64_t hash = read_hash(2000, name, sizeof name);
    flip_bit(2000, name);
    atomic_store(&is_awaited, true);
    run(6, 0);
    assert_true(atomic_load(&is_met));
    EXPECT_KEPT(1000, 2000, 3000, 4000, 5000, 6000);
    assert_int_equal(atomic_load(&said), 1);
    /* What was damaged before the start is not taken for right. */
    assert_int_equal(read_hash(6000, name, sizeof name), hash);
}

static int set_up(void **state)
{
    setup(state);
    atomic_store(&is_met, false);
    atomic_store(&is_awaited, false);
    atomic_store(&said, 0);
    weir_set_log(note_line, NULL, WEIR_WARNING);
    if (!scratch_make(base, sizeof base, "weir-retention")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%d.csv", base, i);
        FILE *file = fopen(paths[i], "w");
        if (!file) return -1;
        for (int key = 0; i == 0 && key < KEYS; key++) fprintf(file, "key%d,1\n", key);
        if (fclose(file)) return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, WEIR_INFO);
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_are_kept),
        TEST(one_is_kept_every_so_often),
        TEST(nothing_goes_once_damage_was_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
