/* A batch that fails in one partition after others have changed their state leaves no trace: not
 * for the next try, not for a start that computes it again or goes on without it, whether the
 * state fits into memory or not. Where nothing keeps state later batches run, and the one that
 * failed stays pending. */
#include "unit/context/harness.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000, FILES = 3, KEYS = 3000, BAD = 2000, PARTITIONS = 8 };

static char base[64], paths[FILES][80];
/* How often BAD is still refused; how many keys were called before that in its batch. */
static _Atomic int refusals;
static _Atomic int changed;

static bool is_refused(weir_value key)
{
    if (weir_as_int(key) != BAD) {
        atomic_fetch_add(&changed, 1);
        return false;
    }
    if (atomic_load(&refusals) == 0) return false;
    atomic_fetch_sub(&refusals, 1);
    return true;
}

/* Only a batch with the value 100, the second, is refused. */
static weir_value sum_or_refuse(weir_value key, const weir_value *values, size_t count,
                                weir_value old, weir_value arg)
{
    (void)arg;
    int64_t sum = weir_as_int(old);
    for (size_t i = 0; i < count; i++) sum += weir_as_int(values[i]);
    if (count > 0 && weir_as_int(values[0]) == 100 && is_refused(key)) weir_fail("refused");
    return weir_int(sum);
}
WEIR_UPDATE(sum_or_refuse)

/* Key and sum of every key: count, sum of sums, and the sum of BAD. */
static int64_t keys, total, of_bad;

static weir_status note_sums(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    weir_value list;
    size_t count, parts;
    (void)time_ms;
    (void)arg;
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    const weir_value *items = weir_items(list, &count);
    keys = (int64_t)count;
    total = 0;
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(items[i], &parts);
        total += weir_as_int(pair[1]);
        if (weir_as_int(pair[0]) == BAD) of_bad = weir_as_int(pair[1]);
    }
    return WEIR_OK;
}
WEIR_FOREACH(note_sums)

static void number_key(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                       weir_value *out_value)
{
    (void)arg;
    size_t length;
    char text[32];
    const char *bytes = weir_bytes(&key, &length);
    snprintf(text, sizeof text, "%.*s", (int)length, bytes);
    *out_key = weir_int(atoll(text));
    *out_value = value;
}
WEIR_MAP(number_key)

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    const char *list[FILES];
    for (size_t i = 0; i < FILES; i++) list[i] = paths[i];
    weir_stream *lines = weir_text_files(context, list, FILES);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
    weir_stream *numbered = weir_map(pairs, &weir_fn_number_key, weir_null());
    weir_stream *sums =
        weir_update_state_by_key(numbered, &weir_fn_sum_or_refuse, weir_null(), NULL);
    weir_foreach_rdd(sums, &weir_fn_note_sums, weir_null());
    return weir_error(context);
}

static weir_status run_once(const char *name, size_t memory, const int64_t *skipped)
{
    char place[80];
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[2]",
                            .partitions = PARTITIONS, .attempts = 2};
    weir_durability durability = {.checkpoint_ms = INTERVAL_MS, .state_memory = memory,
                                  .skip_batches = skipped, .skip_batch_count = skipped != NULL};
    snprintf(place, sizeof place, "%s/%s", base, name);
    assert_int_equal(weir_get_or_create(&context, place, &options, &durability, build, NULL),
                     WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_status status = weir_await_termination(context, -1);
    weir_context_free(context);
    return status;
}

static weir_status run(const char *name, size_t memory, const int64_t *skipped)
{
    weir_status status = run_once(name, memory, skipped);
    if (status != WEIR_OK) assert_non_null(strstr(weir_last_error(), "refused"));
    return status;
}

static void expect_sums(int64_t of_each)
{
    assert_int_equal(keys, KEYS);
    assert_int_equal(total, KEYS * of_each);
    assert_int_equal(of_bad, of_each);
}

static const size_t memories[] = {(size_t)1 << 30, 1 << 16};
static const char *const names[] = {"much", "little"};

static void the_next_try_finds_what_was_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&refusals, 1);
        atomic_store(&changed, 0);
        assert_int_equal(run(names[i], memories[i], NULL), WEIR_OK);
        assert_int_equal(atomic_load(&refusals), 0);
        assert_true(atomic_load(&changed) > KEYS - 1); /* some were called in vain */
        expect_sums(1 + 100 + 10000);
    }
}

static void a_start_computes_it_as_if_for_the_first_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&refusals, 4); /* two starts, two tries each */
        atomic_store(&changed, 0);
        assert_int_equal(run(names[i], memories[i], NULL), WEIR_RUNTIME);
        assert_true(atomic_load(&changed) > 0);
        expect_sums(1);
        assert_int_equal(run(names[i], memories[i], NULL), WEIR_RUNTIME);
        assert_int_equal(run(names[i], memories[i], NULL), WEIR_OK);
        expect_sums(1 + 100 + 10000);
    }
}

static void a_start_without_it_has_nothing_of_it(void **state)
{
    (void)state;
    static const int64_t second = 2 * INTERVAL_MS;
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&refusals, 2);
        assert_int_equal(run(names[i], memories[i], NULL), WEIR_RUNTIME);
        assert_int_equal(run(names[i], memories[i], &second), WEIR_OK);
        expect_sums(1 + 10000);
    }
}

/* --- without state --------------------------------------------------------------------------- */

/* Bit i: the output has seen batch i + 1, in this run. */
static unsigned seen;

static weir_status note_batch(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    uint64_t count;
    (void)arg;
    weir_status status = weir_dataset_count(in, &count);
    if (status != WEIR_OK) return status;
    if (time_ms == 2 * INTERVAL_MS && atomic_load(&refusals) > 0) {
        atomic_fetch_sub(&refusals, 1);
        weir_fail("refused");
        return WEIR_RUNTIME;
    }
    assert_int_equal(count, KEYS);
    assert_int_equal(seen & 1u << (time_ms / INTERVAL_MS - 1), 0);
    seen |= 1u << (time_ms / INTERVAL_MS - 1);
    return WEIR_OK;
}
WEIR_FOREACH(note_batch)

static weir_status build_stateless(weir_context *context, void *user)
{
    const char *list[FILES];
    (void)user;
    for (size_t i = 0; i < FILES; i++) list[i] = paths[i];
    weir_foreach_rdd(weir_text_files(context, list, FILES), &weir_fn_note_batch, weir_null());
    return weir_error(context);
}

/* Gives what the start or a batch said; `seen` is what this run has put out. */
static weir_status run_stateless(const int64_t *skipped)
{
    char place[80];
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .attempts = 1};
    weir_durability durability = {.checkpoint_ms = INTERVAL_MS, .skip_batches = skipped,
                                  .skip_batch_count = skipped != NULL};
    snprintf(place, sizeof place, "%s/stateless", base);
    seen = 0;
    weir_status status =
        weir_get_or_create(&context, place, &options, &durability, build_stateless, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    bool is_started = status == WEIR_OK;
    if (is_started) status = weir_await_termination(context, -1);
    /* That returns with the first failure. */
    while (is_started && weir_get_state(context) != WEIR_STOPPED) clock_sleep_ms(1);
    weir_context_free(context);
    return status;
}

enum { FIRST = 1, SECOND = 2, THIRD = 4 };

static void later_ones_run_and_a_start_computes_it_alone(void **state)
{
    (void)state;
    atomic_store(&refusals, 2); /* two runs */
    assert_int_equal(run_stateless(NULL), WEIR_RUNTIME);
    assert_int_equal(seen, FIRST | THIRD);
    assert_int_equal(run_stateless(NULL), WEIR_RUNTIME);
    assert_int_equal(seen, 0);
    assert_int_equal(run_stateless(NULL), WEIR_OK);
    assert_int_equal(seen, SECOND);
    assert_int_equal(run_stateless(NULL), WEIR_OK);
    assert_int_equal(seen, 0);
}

static void it_is_given_up_on_purpose(void **state)
{
    (void)state;
    static const int64_t second = 2 * INTERVAL_MS;
    atomic_store(&refusals, 1);
    assert_int_equal(run_stateless(NULL), WEIR_RUNTIME);
    assert_int_equal(run_stateless(&second), WEIR_OK);
    assert_int_equal(seen, 0);
    assert_int_equal(run_stateless(NULL), WEIR_OK);
    assert_int_equal(seen, 0);
}

/* Takes the second file away, or puts it back. */
static void move_second(bool is_away)
{
    char away[96];
    snprintf(away, sizeof away, "%s.away", paths[1]);
    assert_int_equal(is_away ? rename(paths[1], away) : rename(away, paths[1]), 0);
}

static void one_that_could_not_be_cut_is_cut_again(void **state)
{
    (void)state;
    atomic_store(&refusals, 0);
    move_second(true);
    assert_int_equal(run_stateless(NULL), WEIR_IO);
    assert_int_equal(seen, FIRST);
    assert_int_equal(run_stateless(NULL), WEIR_IO);
    assert_int_equal(seen, 0);
    move_second(false);
    assert_int_equal(run_stateless(NULL), WEIR_OK);
    assert_int_equal(seen, SECOND | THIRD);
}

/* Nothing behind it was computed. */
static void state_has_one_that_could_not_be_cut(void **state)
{
    (void)state;
    atomic_store(&refusals, 0);
    move_second(true);
    assert_int_equal(run_once("much", memories[0], NULL), WEIR_IO);
    expect_sums(1);
    move_second(false);
    assert_int_equal(run("much", memories[0], NULL), WEIR_OK);
    expect_sums(1 + 100 + 10000);
}

static int set_up(void **state)
{
    static const int values[FILES] = {1, 100, 10000};
    setup(state);
    keys = total = of_bad = 0;
    if (!scratch_make(base, sizeof base, "weir-failed")) return -1;
    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%d.csv", base, i);
        FILE *file = fopen(paths[i], "w");
        if (!file) return -1;
        for (int key = 0; key < KEYS; key++) fprintf(file, "%d,%d\n", key, values[i]);
        if (fclose(file)) return -1;
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
        cmocka_unit_test_setup_teardown(the_next_try_finds_what_was_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_start_computes_it_as_if_for_the_first_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_start_without_it_has_nothing_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(later_ones_run_and_a_start_computes_it_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_is_given_up_on_purpose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_could_not_be_cut_is_cut_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state_has_one_that_could_not_be_cut, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
