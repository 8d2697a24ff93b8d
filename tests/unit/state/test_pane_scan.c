/* Panes of a checkpoint, looked at from outside: whole ones, and wrong ones put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/key_codec.h"
#include "state/pane_format.h"
#include "state/pane_scan.h"
#include "state/store.h"
#include "support/pane_model.h"
#include "support/state_model.h"

static const pane_model keyed = {true, 3, 200};
static const pane_model plain = {false, 2, 200};

/* A checkpoint of the panes of 1000 to 5000 ms, of which the first two have expired. */
static void write_checkpoint(const char *directory, const char *state)
{
    rocks_store_options options = {0};
    state_files files = {0};
    state_store *store;
    pane_set *sets[2];
    char *live = model_path(directory, "live");
    assert_int_equal(rocks_store_open(live, &options, &store), WEIR_OK);
    assert_int_equal(store->class->open_panes(store, "a/b", true, 3, &sets[0]), WEIR_OK);
    assert_int_equal(store->class->open_panes(store, "plain", false, 0, &sets[1]), WEIR_OK);
    for (uint64_t batch = 1; batch <= 5; batch++) {
        store->class->begin(store, batch);
        pane_model_add(&keyed, sets[0], (int64_t)batch * 1000);
        pane_model_add(&plain, sets[1], (int64_t)batch * 1000);
        assert_int_equal(store->class->finish(store), WEIR_OK);
        if (batch == 4) state_frozen_abandon(store, state_freeze(store, 4, NULL));
    }
    for (int i = 0; i < 2; i++) pane_set_expire(sets[i], 2000);
    assert_int_equal(store->class->finish(store), WEIR_OK);
    assert_int_equal(state_checkpoint_write(store, state_freeze(store, 5, NULL), state, &files),
                     WEIR_OK);
    state_files_release(&files);
    store->class->close(store);
    free(live);
}

static const pane_record *find(const state_scan *scan, const char *name)
{
    size_t count;
    const pane_record *windows = state_scan_windows(scan, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(windows[i].name, name) == 0) return &windows[i];
    return NULL;
}

/* Reads all of it; what went wrong. */
static size_t count_damages(const char *state, const char *name, uint64_t *records, char *what,
                            size_t size)
{
    state_scan *scan;
    pane_scan *panes;
    pane_scan_item item;
    size_t damages = 0;
    *records = 0;
    assert_int_equal(state_scan_open(state, &scan), WEIR_OK);
    assert_int_equal(pane_scan_open(scan, find(scan, name), &panes), WEIR_OK);
    for (weir_status status; (status = pane_scan_next(panes, &item)) != WEIR_NO_ELEMENT;) {
        if (status == WEIR_OK) {
            *records += !item.is_pane;
            continue;
        }
        assert_int_equal(status, WEIR_DAMAGED);
        if (damages++ == 0) snprintf(what, size, "%s", error_text());
    }
    pane_scan_close(panes);
    state_scan_close(scan);
    return damages;
}

/* --- whole ----------------------------------------------------------------------------------- */

static void check_window(state_scan *scan, const char *name, const pane_model *model)
{
    pane_scan *panes;
    pane_scan_item item;
    pane *should = NULL;
    int64_t time_ms = 2000;
    uint64_t seen = 0;
    assert_int_equal(pane_scan_open(scan, find(scan, name), &panes), WEIR_OK);
    while (pane_scan_next(panes, &item) == WEIR_OK) {
        if (!item.is_pane) {
            assert_int_equal(item.time_ms, time_ms);
            assert_true(item.partition < model->part_count);
            seen++;
            continue;
        }
        assert_true(!should || seen == pane_records(should));
        pane_release(should);
        time_ms += 1000;
        seen = 0;
        should = pane_model_make(model, time_ms, NULL);
        assert_int_equal(item.time_ms, time_ms);
        assert_int_equal(item.part_count, model->part_count);
        assert_int_equal(item.records, pane_records(should));
        assert_true(pane_scan_bytes(panes, time_ms) > 2 * item.records);
    }
    assert_int_equal(time_ms, 5000);
    assert_int_equal(seen, pane_records(should));
    pane_release(should);
    pane_scan_close(panes);
}

static void shows_those_that_have_not_expired(void **state)
{
    (void)state;
    char *directory = model_directory(), *path = model_path(directory, "state");
    state_scan *scan;
    size_t count;
    write_checkpoint(directory, path);
    assert_int_equal(state_scan_open(path, &scan), WEIR_OK);
    const pane_record *windows = state_scan_windows(scan, &count);
    assert_int_equal(count, 2);
    assert_string_equal(windows[0].name, "a/b");
    assert_true(windows[0].is_keyed);
    assert_int_equal(windows[0].part_count, 3);
    assert_int_equal(windows[1].expired_ms, 2000);
    assert_false(windows[1].is_keyed);
    check_window(scan, "a/b", &keyed);
    check_window(scan, "plain", &plain);
    state_scan_close(scan);
    free(path);
    model_remove_directory(directory);
}

/* --- wrong ----------------------------------------------------------------------------------- */

typedef struct pieces {
    database *database;
    rocksdb_column_family_handle_t *family;
} pieces;

static void put(const pieces *to, const char *key, size_t key_size, const char *value, size_t size)
{
    char *error = NULL;
    rocksdb_put_cf(to->database->rocks, to->database->options.write, to->family, key, key_size,
                   value, size, &error);
    assert_null(error);
}

static void put_header(const pieces *to, int64_t time_ms, size_t parts, uint64_t records)
{
    char key[PANE_HEADER_KEY];
    buffer value = {0};
    pane_header_encode(&value, &(pane_header){parts, records});
    pane_key_header(key, time_ms);
    put(to, key, sizeof key, value.bytes, value.size);
    buffer_release(&value);
}

/* A block with the numbers from..to as keys, either way. */
static void put_block(const pieces *to, int64_t time_ms, size_t partition, int64_t first,
                      int64_t from, int64_t until, uint64_t left)
{
    char begin[PANE_BLOCK_KEY], head[PANE_BLOCK_HEAD];
    buffer key = {0}, encoded = {0}, value = {0};
    int64_t step = from <= until ? 1 : -1;
    pane_key_begin(begin, time_ms, partition);
    key_encode(&encoded, partition, weir_int(first));
    buffer_append(&key, begin, sizeof begin);
    buffer_append(&key, encoded.bytes + KEY_PREFIX, encoded.size - KEY_PREFIX);
    pane_block block = {(uint32_t)llabs(until - from) + 1, left};
    pane_block_encode_head(head, &block);
    buffer_append(&value, head, sizeof head);
    for (int64_t i = from;; i += step) {
        pane_block_append(&value, weir_int(i), weir_int(1));
        if (i == until) break;
    }
    put(to, key.bytes, key.size, value.bytes, value.size);
    buffer_release(&key);
    buffer_release(&encoded);
    buffer_release(&value);
}

typedef void (*damager)(const pieces *to);

static void no_damage(const pieces *to) { (void)to; }
static void wrong_count(const pieces *to) { put_header(to, 1000, 2, 7); }
static void wrong_parts(const pieces *to) { put_header(to, 1000, 1, 6); }
static void no_header(const pieces *to) { put_block(to, 500, 0, 1, 1, 2, 2); }
static void no_end(const pieces *to) { put_block(to, 1000, 1, 1, 1, 2, 3); }
static void no_middle(const pieces *to) { put_block(to, 1000, 0, 1, 1, 2, 5); }
static void not_sorted(const pieces *to) { put_block(to, 1000, 0, 3, 3, 2, 2); }
static void other_first(const pieces *to) { put_block(to, 1000, 1, 1, 2, 3, 2); }
static void no_partition(const pieces *to) { put_block(to, 1000, 2, 1, 1, 2, 2); }
static void odd_header(const pieces *to)
{
    char key[PANE_HEADER_KEY];
    pane_key_header(key, 1000);
    put(to, key, sizeof key, "x", 1);
}
static void odd_key(const pieces *to) { put(to, "\x80\0\0\0\0\0\x03\xe8\x01x", 10, "x", 1); }
static void odd_block(const pieces *to)
{
    char key[PANE_BLOCK_KEY + 1];
    pane_key_begin(key, 1000, 1);
    key[PANE_BLOCK_KEY] = 2;
    put(to, key, sizeof key, "short", 5);
}

static const struct {
    damager damage;
    const char *what;
} wrongs[] = {
    {wrong_count, "as its header says"},    {wrong_parts, "not the partitions"},
    {no_header, "header is missing"},       {no_end, "records are missing at its end"},
    {no_middle, "blocks are missing"},      {not_sorted, "not in order"},
    {other_first, "what its key says"},     {no_partition, "no such partition"},
    {odd_header, "header is damaged"},      {odd_key, "a key is damaged"},
    {odd_block, "a block is damaged"},
};

static void flush(const database *database, rocksdb_column_family_handle_t *family)
{
    char *error = NULL;
    rocksdb_flush_cf(database->rocks, database->options.flush, family, &error);
    assert_null(error);
}

/* Two panes of two keyed partitions, the first of which has two blocks; and what is wrong. */
static size_t read_with(damager damage, uint64_t *records, char *what, size_t size)
{
    char *directory = model_directory();
    pieces pieces;
    char name[] = "w";
    pane_record record = {.name = name, .is_keyed = true, .part_count = 2, .expired_ms = 0};
    assert_int_equal(database_open(directory, 1 << 20, &pieces.database), WEIR_OK);
    assert_int_equal(database_add(pieces.database, COLUMN_PANES, "w", &pieces.family), WEIR_OK);
    assert_int_equal(pane_record_put(pieces.database, &record), WEIR_OK);
    for (int64_t time_ms = 1000; time_ms <= 2000; time_ms += 1000) {
        put_header(&pieces, time_ms, 2, 6);
        put_block(&pieces, time_ms, 0, 1, 1, 2, 4);
        put_block(&pieces, time_ms, 0, 3, 3, 4, 2);
        put_block(&pieces, time_ms, 1, 1, 1, 2, 2);
    }
    damage(&pieces);
    flush(pieces.database, pieces.family);
    flush(pieces.database, pieces.database->defaults);
    database_close(pieces.database);
    size_t damages = count_damages(directory, "w", records, what, size);
    model_remove_directory(directory);
    return damages;
}

static void tells_what_is_wrong_and_goes_on(void **state)
{
    (void)state;
    uint64_t records;
    char what[ERROR_TEXT_MAX];
    assert_int_equal(read_with(no_damage, &records, what, sizeof what), 0);
    assert_int_equal(records, 12);
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        size_t damages = read_with(wrongs[i].damage, &records, what, sizeof what);
        assert_in_range(damages, 1, 2);
        if (!strstr(what, wrongs[i].what)) fail_msg("%s: %s", wrongs[i].what, what);
        assert_non_null(strstr(what, "\"w\""));
        assert_in_range(records, 8, 14); /* the other pane is there, and more */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_those_that_have_not_expired),
        cmocka_unit_test(tells_what_is_wrong_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
