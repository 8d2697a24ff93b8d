/* The record of batches that were cut at once; rows of batches without data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "batch/batch_record.h"

static arena room;

static int set_up(void **state)
{
    (void)state;
    arena_init(&room, NULL);
    arena_set_current(&room);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_set_current(NULL);
    arena_release(&room);
    return 0;
}

static weir_value said(const char *text)
{
    weir_value item = weir_text(text ? text : "");
    return text ? weir_list(&item, 1) : weir_list(NULL, 0);
}

/* Bytes that decoding may look at: padded as buffers are. */
static buffer padded(const void *bytes, size_t size)
{
    buffer copy = {0};
    buffer_append(&copy, bytes, size);
    memset(buffer_reserve(&copy, 16), 0, 16);
    return copy;
}

/* --- records --------------------------------------------------------------------------------- */

static void like_batches_are_one_part(void **state)
{
    (void)state;
    batch_run run = {0}, read;
    buffer bytes = {0};
    const char *const texts[] = {"blocks", NULL, NULL, NULL, "a file", "a file", NULL};
    for (int i = 0; i < 7; i++) batch_run_add(&run, 1000 * (i + 1), said(texts[i]), &room);
    batch_run_add(&run, 20000, said(NULL), &room);
    batch_run_add(&run, 21000, said(NULL), &room);
    batch_run_encode(&run, &bytes);
    buffer copy = padded(bytes.bytes, bytes.size);
    assert_int_equal(batch_run_decode(copy.bytes, copy.size, &read), WEIR_OK);
    static const struct {
        int64_t first, step;
        uint64_t count;
    } parts[] = {{1000, 0, 1}, {2000, 1000, 3}, {5000, 1000, 2}, {7000, 13000, 2}, {21000, 0, 1}};
    assert_int_equal(read.count, sizeof parts / sizeof parts[0]);
    for (size_t i = 0; i < read.count; i++) {
        assert_int_equal(read.parts[i].first_ms, parts[i].first);
        assert_int_equal(read.parts[i].step_ms, parts[i].step);
        assert_int_equal(read.parts[i].count, parts[i].count);
        assert_int_equal(weir_compare(read.parts[i].list, run.parts[i].list), 0);
    }
    batch_run_release(&run);
    batch_run_release(&read);
    buffer_release(&bytes);
    buffer_release(&copy);
}

typedef struct row {
    const char *about;
    int64_t version, first, step, count, second_first;
} row;

static const row refused[] = {
    {"no batch", 1, 1000, 0, 0, 0},
    {"less than none", 1, 1000, 1000, -5, 0},
    {"more than a record may have", 1, 1000, 1, BATCH_RUN_MAX + 1, 0},
    {"more in all", 1, 1000, 1, BATCH_RUN_MAX, 1000000000},
    {"time stands still", 1, 1000, 0, 2, 0},
    {"time runs back", 1, 1000, -1000, 2, 0},
    {"beyond the end of time", 1, INT64_MAX - 10, 20, 2, 0},
    {"a step beyond all bounds", 1, 1000, INT64_MAX / 2, 4, 0},
    {"parts out of order", 1, 5000, 0, 1, 4000},
    {"a batch twice", 1, 5000, 1000, 2, 6000},
    {"a later version", 2, 1000, 0, 1, 0},
};

static void encode_row(const row *row, buffer *to)
{
    batch_run run = {0};
    batch_run_part parts[2] = {{row->first, row->step, (uint64_t)row->count, said(NULL)},
                               {row->second_first, 0, 1, said("x")}};
    run.parts = parts;
    run.count = row->second_first ? 2 : 1;
    batch_run_encode(&run, to);
    /* list, 2 items, int: the version */
    if (row->version != 1) to->bytes[3] = (char)row->version;
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        buffer bytes = {0};
        batch_run run;
        encode_row(&refused[i], &bytes);
        buffer copy = padded(bytes.bytes, bytes.size);
        weir_status expected = refused[i].version == 1 ? WEIR_DAMAGED : WEIR_UNSUPPORTED;
        if (batch_run_decode(copy.bytes, copy.size, &run) != expected)
            fail_msg("%s", refused[i].about);
        assert_int_equal(run.count, 0);
        buffer_release(&bytes);
        buffer_release(&copy);
    }
}

/* Cut short anywhere, or with any bit changed: an answer, and never more than is allowed. */
static void damage_is_survived(void **state)
{
    (void)state;
    batch_run run = {0}, read;
    buffer bytes = {0};
    for (int i = 0; i < 5; i++)
        batch_run_add(&run, 1000 * (i + 1), said(i == 2 ? "what it consists of" : NULL), &room);
    batch_run_encode(&run, &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        buffer copy = padded(bytes.bytes, size);
        assert_int_equal(batch_run_decode(copy.bytes, size, &read), WEIR_DAMAGED);
        buffer_release(&copy);
    }
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        buffer copy = padded(bytes.bytes, bytes.size);
        copy.bytes[bit / 8] = (char)(copy.bytes[bit / 8] ^ (1 << bit % 8));
        uint64_t batches = 0;
        if (batch_run_decode(copy.bytes, copy.size, &read) == WEIR_OK)
            for (size_t i = 0; i < read.count; i++) batches += read.parts[i].count;
        assert_true(batches <= BATCH_RUN_MAX);
        batch_run_release(&read);
        buffer_release(&copy);
    }
    batch_run_release(&run);
    buffer_release(&bytes);
}

/* --- batches --------------------------------------------------------------------------------- */

static memory_budget waiting;

static batch *make(int64_t time_ms) { return batch_create(time_ms, 2, &waiting); }

static void rows_are_joined(void **state)
{
    (void)state;
    batch *row = make(1000);
    for (int i = 2; i <= 5; i++) assert_true(batch_join(row, make(1000 * i)));
    assert_int_equal(row->more, 4);
    assert_int_equal(row->step_ms, 1000);
    batch *late = make(7000);
    assert_false(batch_join(row, late)); /* one is missing before it */
    batch_free(late);
    batch_free(row);
}

static void set_done(batch *batch) { batch->is_done = true; }
static void set_caught(batch *batch) { batch->catches_up = true; }
static void set_none(batch *batch) { batch->sources[1].none = true; }
static void set_refused(batch *batch) { batch->sources[0].refused = 1; }
static void set_failed(batch *batch) { batch->status = WEIR_IO; }
static void set_place(batch *batch) { buffer_append(&batch->place, "x", 1); }
static void set_data(batch *batch)
{
    block *block = block_create(BLOCK_TEXT, 0, 1);
    source_batch_add(&batch->sources[1], block_split_create(block));
}

static void what_differs_stays_apart(void **state)
{
    (void)state;
    static void (*const changes[])(batch *batch) = {set_done,    set_caught, set_none, set_refused,
                                                    set_failed, set_place,  set_data};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        for (int which = 0; which < 2; which++) {
            batch *first = make(1000), *second = make(2000);
            changes[i](which ? second : first);
            assert_false(batch_join(first, second));
            assert_int_equal(first->more, 0);
            batch_free(first);
            batch_free(second);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(like_batches_are_one_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_survived, set_up, tear_down),
        cmocka_unit_test(rows_are_joined),
        cmocka_unit_test(what_differs_stays_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
