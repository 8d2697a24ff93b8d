#include "support/pane_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "record/codec.h"
#include "support/state_model.h"

enum { KEYS = 1000, STEP = 37, DEPTH = 3 };

static void fill(const pane_model *model, random_source *random, pane_part *part)
{
    if (random_below(random, 4) == 0) return;
    size_t count = random_below(random, model->most) + 1, number = random_below(random, KEYS);
    for (size_t i = 0; i < count; i++) {
        bool has_key = model->is_keyed || random_below(random, 2) == 0;
        weir_value key = has_key ? model_key(number) : weir_absent();
        bool is_plain = random_below(random, 2) == 0;
        weir_value value = is_plain ? random_value(random, DEPTH)
                                    : model_value(random_below(random, KEYS));
        records_append(&part->records, &part->memory, key, value);
        number = (number + STEP) % KEYS;
    }
}

pane *pane_model_make(const pane_model *model, int64_t time_ms, memory_budget *budget)
{
    arena scratch;
    arena_init(&scratch, NULL);
    arena *before = arena_set_current(&scratch);
    random_source random = {(uint64_t)time_ms * 2 + 1};
    pane *pane = pane_create(time_ms, model->part_count, true, budget);
    for (size_t i = 0; i < model->part_count; i++) fill(model, &random, &pane->parts[i]);
    arena_set_current(before);
    arena_release(&scratch);
    return pane;
}

void pane_model_add(const pane_model *model, pane_set *set, int64_t time_ms)
{
    pane_set_add(set, pane_model_make(model, time_ms, set->budget));
}

/* --- comparing ------------------------------------------------------------------------------- */

typedef struct line {
    buffer bytes;
} line;

static int compare(const void *a, const void *b)
{
    const buffer *left = &((const line *)a)->bytes, *right = &((const line *)b)->bytes;
    size_t shorter = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->bytes, right->bytes, shorter);
    return order ? order : (left->size > right->size) - (left->size < right->size);
}

static line *encode(const records *from, bool sorts)
{
    line *lines = memory_zero_alloc(from->count + 1, sizeof *lines);
    for (size_t i = 0; i < from->count; i++) {
        assert_true(codec_encode(&lines[i].bytes, records_key(from, i)));
        assert_true(codec_encode(&lines[i].bytes, from->values[i]));
    }
    if (sorts) qsort(lines, from->count, sizeof *lines, compare);
    return lines;
}

static void check_part(const pane_model *model, const records *is, const records *should)
{
    assert_int_equal(is->count, should->count);
    line *left = encode(is, model->is_keyed), *right = encode(should, model->is_keyed);
    for (size_t i = 0; i < is->count; i++) {
        assert_int_equal(compare(&left[i], &right[i]), 0);
        buffer_release(&left[i].bytes);
        buffer_release(&right[i].bytes);
    }
    free(left);
    free(right);
}

void pane_model_check(const pane_model *model, pane_set *set, size_t slot)
{
    pane *should = pane_model_make(model, set->slots[slot].time_ms, NULL);
    assert_int_equal(set->slots[slot].part_count, model->part_count);
    assert_int_equal(set->slots[slot].records, pane_records(should));
    pane *opened = pane_set_open(set, slot);
    assert_int_equal(opened->time_ms, should->time_ms);
    for (size_t i = 0; i < model->part_count; i++) {
        const records *is;
        assert_int_equal(pane_set_read(set, slot, i, &is), WEIR_OK);
        check_part(model, is, &should->parts[i].records);
    }
    pane_release(should);
}

void pane_model_check_all(const pane_model *model, pane_set *set, int64_t first_ms,
                          int64_t last_ms, int64_t step_ms)
{
    size_t slot = 0;
    for (int64_t time_ms = first_ms; time_ms <= last_ms; time_ms += step_ms, slot++) {
        assert_true(slot < set->count);
        assert_int_equal(set->slots[slot].time_ms, time_ms);
        pane_model_check(model, set, slot);
    }
    assert_int_equal(slot, set->count);
}
