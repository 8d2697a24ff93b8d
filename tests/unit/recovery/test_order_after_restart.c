/* Records of state come in one order, in whatever way a run came to where it is: from its start,
 * after restarts, with state that did not fit into memory. So print and files say the same, byte
 * by byte, and so does state that was made of them. */
#include "unit/context/harness.h"

#include "base/file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { FILES = 5, LINES = 2000, KEYS = 1500, INTERVAL_MS = 1000, OUTPUTS = 6 };

static char base[64], paths[FILES][80];

/* The text of all batches; longer than what the harness has room for. */
static uint64_t digest;
static size_t batches;

static weir_status digest_all(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    weir_value list;
    (void)arg;
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    size_t length = weir_format(list, NULL, 0);
    char *text = malloc(length + 1);
    if (!text) return WEIR_NO_MEMORY;
    weir_format(list, text, length + 1);
    digest = digest * 1099511628211U + (uint64_t)time_ms;
    for (size_t i = 0; i < length; i++)
        digest = (digest ^ (unsigned char)text[i]) * 1099511628211U;
    free(text);
    batches++;
    return WEIR_OK;
}
WEIR_FOREACH(digest_all)

/* (sum, name) as (name of three letters, sum): many keys meet in one, and their order shows. */
static void by_few(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                   weir_value *out_value)
{
    (void)arg;
    size_t length;
    weir_bytes(&key, &length);
    *out_key = weir_slice(&key, length > 2 ? length - 2 : 0, length);
    *out_value = value;
}
WEIR_MAP(by_few)

static weir_status build(weir_context *context, void *user)
{
    const char *list[FILES];
    for (size_t i = 0; i < FILES; i++) list[i] = paths[i];
    weir_state_options idle = {.timeout_ms = 2 * INTERVAL_MS, .timeout_scan_ms = INTERVAL_MS};
    weir_stream *lines = weir_text_files(context, list, *(const size_t *)user);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
    weir_stream *sums =
        weir_update_state_by_key(pairs, &weir_fn_sum_update, weir_null(), NULL);
    weir_stream *few = weir_map(sums, &weir_fn_by_few, weir_null());
    weir_value bounds[] = {weir_text("h"), weir_text("q")};
    weir_state_options placed = {.partitioner = &weir_fn_by_bounds,
                                 .partitioner_arg = weir_list(bounds, 2)};
    weir_stream *lists =
        weir_update_state_by_key(few, &weir_fn_last_update, weir_null(), &placed);
    weir_stream *seen_at = weir_update_state_by_key(pairs, &weir_fn_sum_until_idle_update,
                                                    weir_int(3 * INTERVAL_MS), NULL);
    weir_stream *leaders =
        weir_update_state_by_key(pairs, &weir_fn_leader_partition, weir_null(), NULL);
    weir_stream *seen = weir_map_with_state(pairs, &weir_fn_count_report_timeout, weir_null(),
                                            &idle);
    weir_stream *all[OUTPUTS] = {
        sums, lists, seen_at, leaders, seen, weir_state_snapshots(seen)};
    for (int64_t i = 0; i < OUTPUTS; i++)
        weir_foreach_rdd(all[i], &weir_fn_digest_all, weir_int(i));
    return weir_error(context);
}

static void run(const char *place, size_t files, size_t memory)
{
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[2]",
                            .partitions = 3};
    weir_durability durability = {.checkpoint_ms = INTERVAL_MS, .state_memory = memory};
    weir_status status =
        weir_get_or_create(&context, place, &options, &durability, build, &files);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    if (status != WEIR_OK) print_message("%s\n", weir_last_error());
    assert_int_equal(status, WEIR_OK);
    weir_context_free(context);
}

static uint64_t digest_of(const char *name, bool restarts, size_t memory)
{
    char place[80];
    snprintf(place, sizeof place, "%s/%s", base, name);
    digest = 0;
    batches = 0;
    for (size_t files = restarts ? 1 : FILES; files <= FILES; files++) run(place, files, memory);
    assert_int_equal(batches, OUTPUTS * FILES);
    return digest;
}

static void it_is_that_of_a_run_without_restart(void **state)
{
    (void)state;
    uint64_t straight = digest_of("straight", false, (size_t)1 << 30);
    assert_int_equal(digest_of("restarted", true, (size_t)1 << 30), straight);
    assert_int_equal(digest_of("evicted", false, 1 << 16), straight);
    assert_int_equal(digest_of("both", true, 1 << 16), straight);
}

/* Kinds of functions are part of the lineage in the checkpoint. */
static void every_form_is_recovered_from_the_directory_alone(void **state)
{
    (void)state;
    char place[80];
    weir_context *context;
    weir_resumption resumption;
    snprintf(place, sizeof place, "%s/alone", base);
    run(place, FILES, (size_t)1 << 30);
    assert_int_equal(weir_recover(&context, place, NULL, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    assert_int_equal(weir_get_resumption(context, &resumption), WEIR_OK);
    assert_true(resumption.is_finished);
    weir_context_free(context);
}

static int set_up(void **state)
{
    (void)state;
    setup(state);
    uint64_t random = 88172645463325252U;
    if (!scratch_make_in_memory(base, sizeof base, "weir-order")) return -1;
    for (size_t i = 0; i < FILES; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%zu.csv", base, i);
        FILE *file = fopen(paths[i], "w");
        if (!file) return -1;
        for (int line = 0; line < LINES; line++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            fprintf(file, "user%llu,%llu\n", (unsigned long long)(random % KEYS),
                    (unsigned long long)(random / KEYS % 100));
        }
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
        cmocka_unit_test_setup_teardown(it_is_that_of_a_run_without_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_form_is_recovered_from_the_directory_alone, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
