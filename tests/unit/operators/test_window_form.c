/* The forms of windows against the definition: values grouped by chunks, written down naively. */
#include "operators/window_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/random_values.h"
#include "weir/library.h"

enum { KEYS = 24, PANES = 120, LENGTHS = 12, ROUNDS = 60 };

/* What comes: a value for some keys in each pane; absent: none. */
typedef struct history {
    bool has_pane[PANES];
    weir_value value[PANES][KEYS];
} history;

typedef weir_value (*make_value)(random_source *random);

static weir_value some_int(random_source *random)
{
    return weir_int((int64_t)random_below(random, 1000) - 500);
}

/* Sums of these depend on their grouping. */
static weir_value some_double(random_source *random)
{
    return weir_double((double)random_below(random, 1000000) / 7e5 * 1e-3);
}

static weir_value some_text(random_source *random)
{
    char text[24];
    size_t length = 1 + random_below(random, 20);
    memset(text, 'a' + (int)random_below(random, 26), length);
    return weir_string(text, length);
}

static void make_history(history *history, random_source *random, make_value make)
{
    memset(history, 0, sizeof *history);
    size_t share = 1 + random_below(random, 6); /* some are full, some sparse */
    for (size_t i = 0; i < PANES; i++) {
        history->has_pane[i] = random_below(random, 8) > 0;
        for (size_t k = 0; history->has_pane[i] && k < KEYS; k++)
            if (random_below(random, share) == 0) history->value[i][k] = make(random);
    }
}

static weir_value reduce(const window_shape *shape, weir_value a, weir_value b)
{
    return window_reduce(shape, a, b);
}

/* A key's value in the window that ends at `end`, chunk by chunk. */
static weir_value expected(const window_shape *shape, const history *history, size_t key,
                           int64_t end)
{
    int64_t first = end - shape->length + 1;
    int64_t oldest = window_chunk_of(shape, first), newest = window_chunk_of(shape, end);
    weir_value all = weir_absent();
    for (int64_t chunk = oldest; chunk <= newest; chunk++) {
        weir_value part = weir_absent();
        for (int64_t i = 0; i < shape->chunk; i++) {
            bool is_back = chunk == oldest && chunk != newest;
            int64_t at = window_chunk_begin(shape, chunk) + (is_back ? shape->chunk - 1 - i : i);
            if (at < first || at > end || at < 0) continue;
            weir_value value = history->value[at][key];
            part = is_back ? reduce(shape, value, part) : reduce(shape, part, value);
        }
        all = reduce(shape, all, part);
    }
    return all;
}

/* --- a form at work -------------------------------------------------------------------------- */

typedef struct bench {
    window_shape shape;
    const window_form_class *class;
    window_form *form;
    key_numbers numbers;
    pane *panes[PANES];
    task task;
    arena kept;
} bench;

static pane *make_pane(const history *history, int64_t index)
{
    pane *pane = pane_create(index, 1, true, NULL);
    for (size_t k = 0; k < KEYS; k++)
        if (!weir_is_absent(history->value[index][k]))
            records_append(&pane->parts[0].records, &pane->parts[0].memory,
                           weir_int((int64_t)k * 1000), history->value[index][k]);
    return pane;
}

static void leave(bench *bench, int64_t index)
{
    if (bench->class->leave) bench->class->leave(bench->form, index, &bench->numbers);
}

static bool enter(bench *bench, const history *history, int64_t index)
{
    leave(bench, index);
    if (!history->has_pane[index])
        return bench->class->enter(bench->form, &bench->task, index, NULL, NULL, NULL);
    uint32_t found[KEYS];
    pane *pane = make_pane(history, index);
    const records *records = &pane->parts[0].records;
    if (records->count > 0)
        key_numbers_find_or_add(&bench->numbers, records->keys, records->count, found);
    bool is_held = bench->class->enter(bench->form, &bench->task, index, pane, records, found);
    pane_release(pane);
    return is_held;
}

static void check_window(bench *bench, const history *history, int64_t index)
{
    weir_value got[KEYS];
    records result = {0};
    memset(got, 0, sizeof got);
    bench->class->yield(bench->form, &bench->task, index, &bench->numbers, &result);
    assert_int_equal(bench->task.status, WEIR_OK);
    for (size_t i = 0; i < result.count; i++) {
        size_t key = (size_t)weir_as_int(result.keys[i]) / 1000;
        assert_true(weir_is_absent(got[key])); /* each once */
        got[key] = result.values[i];
    }
    size_t keys = 0;
    for (size_t k = 0; k < KEYS; k++) {
        weir_value wanted = expected(&bench->shape, history, k, index);
        keys += !weir_is_absent(wanted);
        assert_int_equal(weir_kind_of(got[k]), weir_kind_of(wanted));
        assert_true(weir_is_absent(wanted) || weir_equal(got[k], wanted));
    }
    assert_int_equal(key_numbers_used(&bench->numbers), keys);
    arena_reset(&bench->kept, 0);
}

static void begin(bench *bench)
{
    key_numbers_init(&bench->numbers, bench->shape.budget);
    bench->form = bench->class->create(&bench->shape);
}

static void end(bench *bench)
{
    bench->class->free(bench->form);
    key_numbers_release(&bench->numbers);
}

/* As after a restart: from the panes that the last window left. */
static void make_again(bench *bench, const history *history, int64_t last, int64_t slide)
{
    end(bench);
    begin(bench);
    int64_t from = last - bench->shape.length + slide + 1;
    for (int64_t i = from > 0 ? from : 0; i <= last; i++)
        if (history->has_pane[i]) assert_true(enter(bench, history, i));
}

static window_shape shape_of(const weir_function *function, int64_t length, memory_budget *budget)
{
    return (window_shape){.reduce = function, .arg = weir_null(), .length = length,
                          .chunk = length / 2 + length % 2, .budget = budget};
}

static void run_round(const window_form_class *class, const weir_function *function,
                      make_value make, uint64_t seed)
{
    static history history;
    random_source random = {seed};
    memory_budget budget = {0};
    bench bench = {.class = class};
    arena_init(&bench.kept, NULL);
    task_init(&bench.task, 0, &bench.kept, NULL);
    task_begin(&bench.task, 0, 0);
    arena values; /* of the history: scratch is dropped now and then */
    arena_init(&values, NULL);
    arena *before = arena_set_current(&values);
    int64_t length = 1 + (int64_t)random_below(&random, LENGTHS);
    int64_t slide = 1 + (int64_t)random_below(&random, (size_t)length);
    bench.shape = shape_of(function, length, &budget);
    bench.shape.phase = (int64_t)random_below(&random, (size_t)bench.shape.chunk);
    make_history(&history, &random, make);
    arena_set_current(&bench.task.scratch);
    begin(&bench);
    for (int64_t i = 0; i < PANES; i++) {
        assert_true(enter(&bench, &history, i));
        if (i % slide != 0) continue;
        check_window(&bench, &history, i);
        if (random_below(&random, 25) == 0) make_again(&bench, &history, i, slide);
    }
    end(&bench);
    assert_int_equal(budget.used, 0);
    arena_set_current(before);
    arena_release(&values);
    task_release(&bench.task);
    arena_release(&bench.kept);
}

static void chunks_give_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        run_round(&window_form_chunks, &weir_fn_sum, some_int, seed);
        run_round(&window_form_chunks, &weir_fn_sum, some_double, seed);
        run_round(&window_form_chunks, &weir_fn_concat, some_text, seed);
    }
}

/* A window without an end, as it were: memory follows the panes that came, not the length. */
static void windows_longer_than_all_time_take_no_memory(void **state)
{
    const window_form_class *classes[] = {&window_form_chunks, &window_form_queues};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        memory_budget budget = {0};
        bench bench = {.class = classes[i]};
        static history history;
        arena_init(&bench.kept, NULL);
        task_init(&bench.task, 0, &bench.kept, NULL);
        task_begin(&bench.task, 0, 0);
        arena *before = arena_set_current(&bench.task.scratch);
        int64_t length = INT64_C(1) << 52;
        bench.shape = shape_of(&weir_fn_max, length, &budget);
        bench.shape.phase = bench.shape.chunk / 2;
        begin(&bench);
        for (int64_t at = 0; at < PANES; at++) {
            records result = {0};
            history.has_pane[at] = at % 3 > 0;
            if (history.has_pane[at]) history.value[at][1] = weir_int(at);
            assert_true(enter(&bench, &history, at));
            classes[i]->yield(bench.form, &bench.task, at, &bench.numbers, &result);
            assert_int_equal(result.count, at > 0);
            if (at > 0) assert_int_equal(weir_as_int(result.values[0]), at - (at % 3 == 0));
        }
        end(&bench);
        assert_int_equal(budget.used, 0);
        arena_set_current(before);
        task_release(&bench.task);
        arena_release(&bench.kept);
    }
}

static void queues_give_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        run_round(&window_form_queues, &weir_fn_max, some_int, seed);
        run_round(&window_form_queues, &weir_fn_sum, some_double, seed);
        run_round(&window_form_queues, &weir_fn_concat, some_text, seed);
    }
}

static void subtraction_gives_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++)
        run_round(&window_form_subtract, &weir_fn_sum, some_int, seed);
}

static void subtraction_refuses_what_is_not_exact(void **state)
{
    (void)state;
    memory_budget budget = {0};
    bench bench = {.class = &window_form_subtract, .shape = shape_of(&weir_fn_sum, 3, &budget)};
    static history history;
    history.has_pane[0] = history.has_pane[1] = true;
    history.value[0][0] = weir_int(1);
    history.value[1][0] = weir_double(0.5);
    begin(&bench);
    assert_true(enter(&bench, &history, 0));
    assert_false(enter(&bench, &history, 1));
    end(&bench);
    assert_int_equal(budget.used, 0);
}

/* A window over a year of seconds must not cost the year: panes come and go, memory stays. */
static void memory_follows_the_window(void **state)
{
    (void)state;
    const window_form_class *classes[] = {&window_form_subtract, &window_form_chunks,
                                          &window_form_queues};
    for (size_t c = 0; c < 3; c++) {
        memory_budget budget = {0};
        bench bench = {.class = classes[c], .shape = shape_of(&weir_fn_sum, 10, &budget)};
        size_t early = 0;
        arena_init(&bench.kept, NULL);
        task_init(&bench.task, 0, &bench.kept, NULL);
        begin(&bench);
        for (int64_t i = 0; i < 2000; i++) {
            weir_value key = weir_int(i), value = weir_int(1); /* every key is new */
            uint32_t number;
            pane *pane = pane_create(i, 1, true, NULL);
            records_append(&pane->parts[0].records, &pane->parts[0].memory, key, value);
            leave(&bench, i);
            key_numbers_find_or_add(&bench.numbers, &key, 1, &number);
            bench.class->enter(bench.form, &bench.task, i, pane, &pane->parts[0].records, &number);
            pane_release(pane);
            records result = {0};
            bench.class->yield(bench.form, &bench.task, i, &bench.numbers, &result);
            assert_int_equal(result.count, i < 10 ? i + 1 : 10);
            arena_reset(&bench.kept, 0);
            if (i == 100) early = budget.used;
        }
        assert_int_equal(budget.used, early);
        assert_true(bench.numbers.count <= 11);
        end(&bench);
        task_release(&bench.task);
        arena_release(&bench.kept);
    }
}

/* --- keys of a result ------------------------------------------------------------------------ */

enum { LONG_KEYS = 30000, LONG_PANES = 4 };

static weir_value long_key(size_t number)
{
    char text[40];
    snprintf(text, sizeof text, "a key that is long enough %05zu", number);
    return weir_text(text);
}

/* Those from `from` on, each once. */
static void enter_long_keys(bench *bench, int64_t index, size_t from)
{
    pane *pane = pane_create(index, 1, true, NULL);
    records *records = &pane->parts[0].records;
    uint32_t *numbers = memory_alloc(LONG_KEYS * sizeof *numbers);
    for (size_t i = from; i < from + LONG_KEYS; i++)
        records_append(records, &pane->parts[0].memory, long_key(i), weir_int((int64_t)i));
    leave(bench, index);
    for (size_t at = 0; at < LONG_KEYS; at += WEIR_VECTOR_SIZE) {
        size_t left = LONG_KEYS - at;
        key_numbers_find_or_add(&bench->numbers, records->keys + at,
                                left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE, numbers + at);
    }
    assert_true(bench->class->enter(bench->form, &bench->task, index, pane, records, numbers));
    pane_release(pane);
    free(numbers);
}

static void check_long_keys(const records *result, size_t first, size_t count)
{
    bool *seen = memory_zero_alloc(count, sizeof *seen);
    assert_int_equal(result->count, count);
    for (size_t i = 0; i < count; i++) {
        size_t number = (size_t)weir_as_int(result->values[i]);
        assert_in_range(number, first, first + count - 1);
        assert_true(weir_equal(result->keys[i], long_key(number)));
        assert_false(seen[number - first]);
        seen[number - first] = true;
    }
    free(seen);
}

/* While half of the keys leave with each slide. */
static void a_result_has_its_keys_until_the_next_pane(void **state)
{
    (void)state;
    const window_form_class *classes[] = {&window_form_subtract, &window_form_chunks,
                                          &window_form_queues};
    for (size_t c = 0; c < 3; c++) {
        bench bench = {.class = classes[c], .shape = shape_of(&weir_fn_max, 2, NULL)};
        if (c == 0) bench.shape.reduce = &weir_fn_sum; /* panes have no key in common */
        arena_init(&bench.kept, NULL);
        task_init(&bench.task, 0, &bench.kept, NULL);
        task_begin(&bench.task, 0, 0);
        arena *before = arena_set_current(&bench.task.scratch);
        begin(&bench);
        for (size_t i = 0; i < LONG_PANES; i++) {
            records result = {0};
            enter_long_keys(&bench, (int64_t)i, i * LONG_KEYS);
            bench.class->yield(bench.form, &bench.task, (int64_t)i, &bench.numbers, &result);
            size_t panes = i == 0 ? 1 : 2;
            check_long_keys(&result, (i + 1 - panes) * LONG_KEYS, panes * LONG_KEYS);
        }
        end(&bench);
        arena_set_current(before);
        task_release(&bench.task);
        arena_release(&bench.kept);
    }
}

/* --- no slide stands out --------------------------------------------------------------------- */

enum { MANY_KEYS = 3000, KEYS_OF_PANE = 300, SLIDES = 200, WHOLE = 60 };

static size_t calls; /* of the function */

static weir_value count_max(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    calls++;
    return weir_as_int(a) > weir_as_int(b) ? a : b;
}

/* As if it rounded. */
static const weir_function counted_rounding = {
    .name = "counted_rounding", .kind = WEIR_KIND_REDUCE, .call.reduce = count_max};

static const weir_function counted_max = {
    .name = "counted_max",
    .kind = WEIR_KIND_REDUCE,
    .flags = WEIR_COMMUTATIVE | WEIR_EXACT,
    .call.reduce = count_max};

/* Another tenth of the keys in each pane, another order each time around. */
static void enter_tenth(bench *bench, int64_t index)
{
    uint32_t numbers[KEYS_OF_PANE];
    pane *pane = pane_create(index, 1, true, NULL);
    records *records = &pane->parts[0].records;
    for (int64_t i = 0; i < KEYS_OF_PANE; i++) {
        int64_t key = (i * 10 + index + i * (index / 10)) % MANY_KEYS;
        records_append(records, &pane->parts[0].memory, weir_int(key),
                       weir_int(key * 7919 * index % 1000));
    }
    leave(bench, index);
    key_numbers_find_or_add(&bench->numbers, records->keys, records->count, numbers);
    assert_true(bench->class->enter(bench->form, &bench->task, index, pane, records, numbers));
    pane_release(pane);
}

static int by_size(const void *a, const void *b)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return left < right ? -1 : left > right;
}

/* Slides of a window over that many partitions: the most calls of the function in one of them is
 * at most twice the median. */
static void expect_even_slides(const weir_function *function, int64_t length, int64_t partitions)
{
    memory_budget budget = {0};
    size_t work[SLIDES] = {0};
    arena kept;
    task task;
    arena_init(&kept, NULL);
    task_init(&task, 0, &kept, NULL);
    task_begin(&task, 0, 0);
    for (int64_t partition = 0; partition < partitions; partition++) {
        bench bench = {.class = &window_form_queues, .shape = shape_of(function, length, &budget),
                       .task = task};
        bench.shape.phase = bench.shape.chunk * partition / partitions;
        begin(&bench);
        for (int64_t i = 0; i < SLIDES; i++) {
            records result = {0};
            calls = 0;
            enter_tenth(&bench, i);
            bench.class->yield(bench.form, &bench.task, i, &bench.numbers, &result);
            work[i] += calls;
        }
        end(&bench);
    }
    qsort(work + WHOLE, SLIDES - WHOLE, sizeof work[0], by_size);
    assert_true(work[SLIDES - 1] <= 2 * work[WHOLE + (SLIDES - WHOLE) / 2]);
    task_release(&task);
    arena_release(&kept);
}

/* Also where a chunk becomes the oldest: not all keys are worked on then. */
static void no_slide_stands_out(void **state)
{
    (void)state;
    for (int64_t length = WHOLE - 1; length <= WHOLE; length++)
        expect_even_slides(&counted_max, length, 1);
}

/* Where grouping matters, keys with many values in that chunk are: in one partition at a time. */
static void no_slide_stands_out_where_grouping_matters(void **state)
{
    (void)state;
    enum { PARTITIONS = 8 };
    for (int64_t length = WHOLE - 1; length <= WHOLE; length++)
        expect_even_slides(&counted_rounding, length, PARTITIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_longer_than_all_time_take_no_memory),
        cmocka_unit_test(chunks_give_the_definition),
        cmocka_unit_test(queues_give_the_definition),
        cmocka_unit_test(subtraction_gives_the_definition),
        cmocka_unit_test(subtraction_refuses_what_is_not_exact),
        cmocka_unit_test(memory_follows_the_window),
        cmocka_unit_test(a_result_has_its_keys_until_the_next_pane),
        cmocka_unit_test(no_slide_stands_out),
        cmocka_unit_test(no_slide_stands_out_where_grouping_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
