#include "support/state_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "state/scan.h"
#include "support/scratch.h"

void model_init(state_model *model, size_t keys)
{
    *model = (state_model){memory_zero_alloc(keys, sizeof(model_entry)), keys, 0};
}

void model_release(state_model *model)
{
    free(model->entries);
}

void model_copy(state_model *to, const state_model *from)
{
    memcpy(to->entries, from->entries, from->count * sizeof *from->entries);
    to->count = from->count;
    to->begun = from->begun;
}

static weir_value long_text(uint64_t number, size_t length)
{
    char text[400];
    int begun = snprintf(text, sizeof text, "%llu:", (unsigned long long)number);
    memset(text + begun, 'x', sizeof text - (size_t)begun);
    return weir_string(text, length);
}

weir_value model_key(size_t number)
{
    switch (number % 5) {
    case 0: return weir_int((int64_t)number - 500);
    case 1: return long_text(number, 8);
    case 2: return long_text(number, 40);
    case 3: return weir_pair(weir_int((int64_t)number), weir_text("pair"));
    default: return weir_double((double)number / 2);
    }
}

weir_value model_value(uint64_t number)
{
    switch (number % 4) {
    case 0: return weir_int((int64_t)number);
    case 1: return long_text(number, 10 + number % 300);
    case 2: return weir_null();
    default: return weir_pair(weir_int((int64_t)number), long_text(number, 30));
    }
}

/* --- changes -------------------------------------------------------------------------------- */

uint32_t model_find(state_space *space, size_t partition, weir_value key)
{
    state_table *table = &space->tables[partition];
    uint32_t index;
    state_table_find(table, &key, 1, &index);
    if (index == UINT32_MAX && !table->is_complete && space->load)
        assert_int_equal(space->load(space, partition, &key, 1), WEIR_OK);
    state_table_find_or_add(table, &key, 1, &index);
    return index;
}

void model_change(state_model *model, state_space *space, random_source *random)
{
    size_t number = random_below(random, model->count);
    weir_value key = model_key(number);
    size_t partition = value_partition(key, space->partitions);
    state_table *table = &space->tables[partition];
    uint32_t index = model_find(space, partition, key);
    model_entry *entry = &model->entries[number];
    assert_int_equal(entry->exists, !weir_is_absent(table->entries[index].value));
    switch (random_below(random, 8)) {
    case 0: /* removed */
        if (!entry->exists) return;
        state_table_touch(table, index);
        state_table_set(table, index, weir_absent());
        entry->exists = false;
        break;
    case 1: /* refreshed */
        if (!entry->exists) return;
        state_table_touch(table, index);
        break;
    default:
        entry->exists = true;
        entry->number = random_below(random, 1000);
        state_table_touch(table, index);
        state_table_set(table, index, model_value(entry->number));
    }
    entry->changed = table->batch;
    if (state_table_is_wasteful(table)) state_table_compact(table);
}

void model_batch(state_model *model, state_space *space, random_source *random, size_t changes)
{
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    for (size_t i = 0; i < changes; i++) {
        model_change(model, space, random);
        if (i % 64 == 0 && space->trim)
            space->trim(space, random_below(random, space->partitions));
    }
    arena_set_current(before);
    arena_release(&scratch);
}

/* --- comparing ------------------------------------------------------------------------------ */

static void check_entry(const model_entry *wanted, weir_value value, uint64_t changed)
{
    assert_int_equal(wanted->exists, !weir_is_absent(value));
    if (!wanted->exists) return;
    assert_true(weir_equal(value, model_value(wanted->number)));
    assert_int_equal(changed, wanted->changed);
}

static void check_key(const state_model *model, state_space *space, size_t number)
{
    weir_value key = model_key(number);
    size_t partition = value_partition(key, space->partitions);
    uint32_t index = model_find(space, partition, key);
    const state_entry *entry = &space->tables[partition].entries[index];
    check_entry(&model->entries[number], entry->value, entry->changed);
}

void model_check_some(const state_model *model, state_space *space, random_source *random)
{
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    for (size_t i = 0; i < 20; i++) check_key(model, space, random_below(random, model->count));
    arena_set_current(before);
    arena_release(&scratch);
}

static size_t count_existing(const state_model *model)
{
    size_t existing = 0;
    for (size_t i = 0; i < model->count; i++) existing += model->entries[i].exists;
    return existing;
}

void model_check_all(const state_model *model, state_space *space)
{
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    size_t live = 0;
    for (size_t i = 0; i < space->partitions; i++) {
        if (!space->tables[i].is_complete)
            assert_int_equal(space->load_all(space, i), WEIR_OK);
        assert_true(space->tables[i].is_complete);
        live += space->tables[i].live;
    }
    assert_int_equal(live, count_existing(model));
    for (size_t i = 0; i < model->count; i++) check_key(model, space, i);
    assert_int_equal(space->begun, model->begun);
    arena_set_current(before);
    arena_release(&scratch);
}

static size_t find_number(const state_model *model, weir_value key)
{
    size_t number = 0;
    while (number < model->count && !weir_equal(model_key(number), key)) number++;
    assert_true(number < model->count);
    return number;
}

void model_check_checkpoint(const state_model *model, const char *directory, const char *space,
                            uint64_t boundary)
{
    state_scan *scan = NULL;
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    assert_int_equal(state_scan_open(directory, &scan), WEIR_OK);
    assert_int_equal(state_scan_boundary(scan), boundary);
    assert_int_equal(state_scan_begin(scan, space, NULL), WEIR_OK);
    state_scan_entry entry;
    size_t seen = 0;
    weir_status status;
    while ((status = state_scan_next(scan, &entry)) == WEIR_OK) {
        check_entry(&model->entries[find_number(model, entry.key)], entry.value, entry.changed);
        assert_false(weir_is_absent(entry.value));
        seen++;
    }
    assert_int_equal(status, WEIR_NO_ELEMENT);
    assert_int_equal(seen, count_existing(model));
    state_scan_close(scan);
    arena_set_current(before);
    arena_release(&scratch);
}

/* --- directories ---------------------------------------------------------------------------- */

char *model_directory(void)
{
    enum { SIZE = 200 };
    char *path = memory_alloc(SIZE);
    assert_true(scratch_make_in_memory(path, SIZE, "weir-state"));
    return path;
}

void model_remove_directory(char *path)
{
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    free(path);
}

char *model_path(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = memory_alloc(size);
    snprintf(path, size, "%s/%s", directory, name);
    return path;
}
