/* Keys of 1 MB and values of state of 64 MB last like others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { KEY_BYTES = 1 << 20, VALUE_BYTES = 64 << 20, INTERVAL_MS = 1000 };

static char base[64], place[80], input[3][80];

/* The first time 64 MB that follow from the key, then the same with one more byte at its end for
 * each batch. */
static weir_value grow(weir_value key, const weir_value *values, size_t count, weir_value state,
                       weir_value arg)
{
    (void)key, (void)values, (void)arg;
    size_t length = 0;
    const char *text = weir_bytes(&state, &length);
    if (!text && count == 0) return weir_absent();
    size_t size = text ? length + 1 : VALUE_BYTES;
    char *grown = memory_alloc(size);
    memset(grown, 'v', size);
    if (text) memcpy(grown, text, length);
    if (text) grown[length] = 'x';
    weir_value value = weir_bytes_value(grown, size);
    free(grown);
    return value;
}
WEIR_UPDATE(grow)

static int seen;

/* The record (key of 1 MB, value of 64 MB and one byte for each batch after the first). */
static weir_status look(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)arg;
    weir_value record;
    weir_status status = weir_dataset_first(in, &record);
    if (status != WEIR_OK) return status;
    size_t parts, key_size, value_size, more = (size_t)(time_ms / INTERVAL_MS) - 1;
    const weir_value *pair = weir_items(record, &parts);
    const char *key = weir_bytes(&pair[0], &key_size);
    const char *value = weir_bytes(&pair[1], &value_size);
    if (key_size != KEY_BYTES || key[0] != 'k' || key[KEY_BYTES - 1] != 'k')
        return weir_fail("the key is wrong"), WEIR_OK;
    if (value_size != VALUE_BYTES + more || value[VALUE_BYTES - 1] != 'v')
        return weir_fail("the value is wrong: %zu bytes", value_size), WEIR_OK;
    for (size_t i = 0; i < more; i++)
        if (value[VALUE_BYTES + i] != 'x') weir_fail("the value is wrong at its end");
    seen++;
    return WEIR_OK;
}
WEIR_FOREACH(look)

static weir_status build(weir_context *context, void *user)
{
    const size_t *files = user;
    const char *paths[] = {input[0], input[1], input[2]};
    weir_stream *lines = weir_text_files(context, paths, *files);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_stream *grown = weir_update_state_by_key(pairs, &weir_fn_grow, weir_null(), NULL);
    return weir_foreach_rdd(grown, &weir_fn_look, weir_null());
}

static void run(size_t files, size_t memory, int expected)
{
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[1]",
                            .partitions = 2, .batch_memory = (size_t)2 << 30};
    weir_durability durability = {.checkpoint_ms = INTERVAL_MS, .state_memory = memory};
    seen = 0;
    weir_status status =
        weir_get_or_create(&context, place, &options, &durability, build, &files);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    if (status != WEIR_OK) print_message("%s\n", weir_last_error());
    assert_int_equal(status, WEIR_OK);
    weir_context_free(context);
    assert_int_equal(seen, expected);
}

static void write_file(const char *path, size_t bytes)
{
    int file;
    char *text = memory_alloc(bytes + 1);
    memset(text, 'k', bytes);
    text[bytes] = '\n';
    assert_int_equal(file_create(path, &file), WEIR_OK);
    assert_int_equal(file_write(file, path, text, bytes ? bytes + 1 : 0), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    free(text);
}

static void they_come_back(void **state)
{
    (void)state;
    run(1, (size_t)1 << 30, 1);
    run(2, 1 << 20, 1); /* nothing of it fits the memory */
    run(3, (size_t)1 << 30, 1);
}

static int set_up(void **state)
{
    (void)state;
    if (!scratch_make_in_memory(base, sizeof base, "weir-large")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(input[i], sizeof input[i], "%s/%d", base, i);
        write_file(input[i], i == 0 ? KEY_BYTES : 0);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_come_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
