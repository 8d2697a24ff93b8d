/* What happens between a restart and the first batch of its own: batches of the log, in memory or
 * not, checkpoints at them, and those for the time it was down. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "context/context.h"
#include "recovery/recovery.h"
#include "support/scratch.h"
#include "weir/inspect.h"
#include "weir/library.h"
#include "weir/weir.h"

enum {
    INTERVAL_MS = 100,
    GIVEN_AT_ONCE = 2000,
    MOST_TIMES = 4096,
    LONG = 1000 * INTERVAL_MS,
    MUCH = 64 << 20,
    LITTLE = 100 << 10
};

static char base[64], place[80];

/* --- the program ------------------------------------------------------------------------------
 * Sums of numbers by their remainder; every output tells its time and the whole sum. */

static _Atomic(weir_receiver *) receiver;

static weir_status on_start(weir_receiver *started, void *user)
{
    (void)user;
    receiver = started;
    return WEIR_OK;
}

static void on_stop(weir_receiver *stopped, void *user)
{
    (void)stopped, (void)user;
    receiver = NULL;
}

static void by_remainder(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)key, (void)arg;
    *out_key = weir_int(weir_as_int(value) % 7);
    *out_value = value;
}
WEIR_MAP(by_remainder)

static int64_t times[MOST_TIMES], sums[MOST_TIMES];
static size_t told;
static int64_t ends_at_ms; /* the output of that time fails */

static weir_status tell_sum(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)arg;
    weir_value list;
    if (ends_at_ms == time_ms) return weir_fail("it ends here"), WEIR_OK;
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    size_t count, parts;
    const weir_value *items = weir_items(list, &count);
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += weir_as_int(weir_items(items[i], &parts)[1]);
    assert_true(told < MOST_TIMES);
    times[told] = time_ms;
    sums[told++] = sum;
    return WEIR_OK;
}
WEIR_FOREACH(tell_sum)

static weir_status build(weir_context *context, void *user)
{
    static const weir_receiver_class class = {"numbers", on_start, on_stop};
    (void)user;
    weir_stream *numbers = weir_receiver_stream(context, &class, NULL);
    weir_stream *pairs = weir_map(numbers, &weir_fn_by_remainder, weir_null());
    weir_state_options options = {.name = "sums"};
    weir_stream *all =
        weir_update_state_by_key(pairs, &weir_fn_sum_update, weir_null(), &options);
    return weir_foreach_rdd(all, &weir_fn_tell_sum, weir_null());
}

static void hear_nothing(weir_level level, const char *text, void *user)
{
    (void)level, (void)text, (void)user;
}

static int64_t given_up_ms; /* the batch that the next start gives up; 0: none */

static weir_context *start(size_t memory, int64_t checkpoint_ms)
{
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[2]",
                            .partitions = 3, .memory = memory,
                            .batch_memory = (size_t)64 << 20, .manual_clock = true};
    weir_durability durability = {.checkpoint_ms = checkpoint_ms, .state_memory = 64 << 20,
                                  .skip_batches = &given_up_ms,
                                  .skip_batch_count = given_up_ms != 0};
    told = 0;
    weir_status status =
        weir_get_or_create(&context, place, &options, &durability, build, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    if (status != WEIR_OK) print_message("%s\n", weir_last_error());
    assert_int_equal(status, WEIR_OK);
    while (!receiver) clock_sleep_ms(1);
    return context;
}

static int64_t given, whole; /* numbers so far, and their sum */

static void give_block(void)
{
    static weir_value values[GIVEN_AT_ONCE];
    for (size_t i = 0; i < GIVEN_AT_ONCE; i++) {
        values[i] = weir_int(++given);
        whole += given;
    }
    assert_int_equal(weir_store_block(receiver, NULL, values, GIVEN_AT_ONCE), WEIR_OK);
}

static void run_batches(weir_context *context, int count)
{
    for (int i = 0; i < count; i++) {
        give_block();
        assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    }
}

static void drain(weir_context *context)
{
    assert_int_equal(weir_advance(context, 0), WEIR_OK); /* all that is queued is computed */
    checkpointer_drain(&((recovery *)context->durable)->checkpointer);
}

static int die(void)
{
    return kill(getpid(), SIGKILL);
}

/* What a process of its own does, which is then killed: RocksDB's threads do not outlive a fork.
 * `run BATCHES`, and takes in a block that no batch has; `catch-up CHECKPOINT_MS`; `skip TIME` and
 * computes another batch. */
static int be_a_child(const char *what, int number)
{
    weir_set_log(hear_nothing, NULL, WEIR_ERROR);
    if (strcmp(what, "catch-up") == 0) {
        drain(start(MUCH, number));
        return die();
    }
    if (strcmp(what, "skip") == 0) {
        given_up_ms = number;
        assert_int_equal(weir_advance(start(MUCH, LONG), INTERVAL_MS), WEIR_OK);
        return die();
    }
    run_batches(start(MUCH, LONG), number);
    give_block();
    return die();
}

static void in_a_child(const char *what, int number)
{
    char text[16];
    int state;
    (void)snprintf(text, sizeof text, "%d", number);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "test_catch_up", what, text, place, (char *)NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL);
}

static void live_and_die(int batches)
{
    in_a_child("run", batches);
    given = (batches + 1) * GIVEN_AT_ONCE;
    whole = given * (given + 1) / 2;
}

static weir_resumption resumption_of(weir_context *context)
{
    weir_resumption resumption;
    assert_int_equal(weir_get_resumption(context, &resumption), WEIR_OK);
    return resumption;
}

static int set_up(void **state)
{
    (void)state;
    given = whole = ends_at_ms = 0;
    weir_set_log(hear_nothing, NULL, WEIR_ERROR);
    if (!scratch_make(base, sizeof base, "weir-catch-up")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, WEIR_INFO);
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

/* --- tests ----------------------------------------------------------------------------------- */

static size_t memory_of_waiting(weir_context *context)
{
    return atomic_load(&context->ingest.waiting.used);
}

/* Ten batches of some 36 kB each, of which only one fits. */
static void blocks_are_read_back(void **state)
{
    (void)state;
    live_and_die(10);
    weir_context *context = start(LITTLE, LONG);
    assert_int_equal(resumption_of(context).replayed, 10);
    assert_true(memory_of_waiting(context) <= LITTLE);
    drain(context);
    assert_int_equal(told, 0); /* they were done */
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    assert_int_equal(told, 1);
    assert_int_equal(sums[0], whole);
    weir_context_free(context);
}

/* A block that stands in the log when it is opened, and is damaged before it is computed. */
static void a_block_that_is_gone_then_fails_its_batch(void **state)
{
    (void)state;
    live_and_die(1);
    weir_context *context = start(2, LONG);
    drain(context); /* the batch that was done is computed by now */
    char path[200];
    (void)snprintf(path, sizeof path, "%s/log/0000000000000001.segment", place);
    assert_int_equal(truncate(path, 64), 0);
    assert_int_not_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    assert_non_null(strstr(weir_last_error(), "cannot be read any more; `weir verify`"));
    weir_context_free(context);
}

static size_t count_checkpoints(int64_t *newest)
{
    directory directory;
    int64_t *found;
    size_t count;
    directory_init(&directory, place);
    assert_int_equal(directory_list_checkpoints(&directory, &found, &count), WEIR_OK);
    *newest = count ? found[count - 1] : -1;
    free(found);
    directory_release(&directory);
    return count;
}

/* Each start gets further than the one before, although each is killed while it catches up; and
 * the log is still there for what is left. */
static void checkpoints_are_taken_on_the_way(void **state)
{
    (void)state;
    int64_t newest;
    live_and_die(12);
    assert_int_equal(count_checkpoints(&newest), 1);
    assert_int_equal(newest, 0);

    in_a_child("catch-up", 5 * INTERVAL_MS);
    assert_true(count_checkpoints(&newest) >= 2); /* one may have come too soon behind another */
    assert_true(newest == 5 * INTERVAL_MS || newest == 10 * INTERVAL_MS);

    weir_context *context = start(LITTLE, LONG);
    weir_resumption resumption = resumption_of(context);
    assert_int_equal(resumption.checkpoint_ms, newest);
    assert_int_equal(resumption.replayed, 12 - newest / INTERVAL_MS);
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    assert_int_equal(told, 1);
    assert_int_equal(sums[0], whole);
    weir_context_free(context);
}

typedef struct counted {
    size_t runs, singles, given_up, batches;
} counted;

static bool count_entry(const weir_log_facts *item, void *user)
{
    counted *counted = user;
    counted->runs += item->kind == WEIR_LOG_RUN;
    counted->given_up += item->kind == WEIR_LOG_GIVEN_UP && item->time_ms == 3 * INTERVAL_MS;
    counted->singles += item->kind == WEIR_LOG_BATCH;
    return true;
}

static bool count_batch(const weir_batch_facts *batch, void *user)
{
    counted *counted = user;
    assert_true(batch->is_recorded);
    assert_int_equal(batch->is_done, batch->time_ms <= 40 * INTERVAL_MS);
    counted->batches++;
    return true;
}

/* A restart comes 100 batches late and gets no further than the 40th: the next one tells the
 * others. */
static void batches_of_the_time_it_was_down_are_one_entry(void **state)
{
    (void)state;
    live_and_die(1);
    weir_context *context = start(MUCH, LONG);
    ends_at_ms = 41 * INTERVAL_MS;
    assert_int_not_equal(weir_advance(context, 100 * INTERVAL_MS), WEIR_OK);
    assert_int_equal(told, 39);
    for (size_t i = 0; i < told; i++) {
        assert_int_equal(times[i], (int64_t)(i + 2) * INTERVAL_MS);
        assert_int_equal(sums[i], whole); /* all that waited is in the first */
    }
    weir_context_free(context);

    counted counted = {0};
    assert_int_equal(weir_inspect_log(place, count_entry, &counted), WEIR_OK);
    assert_int_equal(counted.runs, 1);
    assert_int_equal(counted.singles, 1);
    assert_int_equal(weir_inspect_batches(place, count_batch, &counted), WEIR_OK);
    assert_int_equal(counted.batches, 101);
    weir_restart_facts facts;
    assert_int_equal(weir_inspect_restart(place, NULL, &facts), WEIR_OK);
    assert_int_equal(facts.replayed, 101);
    assert_int_equal(facts.replayed_done, 40);
    assert_int_equal(facts.loose_blocks, 0);

    ends_at_ms = 0;
    context = start(MUCH, 10 * INTERVAL_MS);
    drain(context);
    assert_int_equal(told, 61);
    for (size_t i = 0; i < told; i++) {
        assert_int_equal(times[i], (int64_t)(i + 41) * INTERVAL_MS);
        assert_int_equal(sums[i], whole);
    }
    weir_context_free(context);
}

/* A batch that is given up stays so, although the process is killed before the next checkpoint. */
static void what_is_given_up_does_not_come_back(void **state)
{
    (void)state;
    live_and_die(2);
    int64_t numbers = 2 * GIVEN_AT_ONCE, before = numbers * (numbers + 1) / 2;
    weir_context *context = start(MUCH, LONG);
    ends_at_ms = 3 * INTERVAL_MS; /* the batch of the last block */
    assert_int_not_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    weir_context_free(context);
    ends_at_ms = 0;
    in_a_child("skip", 3 * INTERVAL_MS);

    counted counted = {0};
    weir_restart_facts facts;
    assert_int_equal(weir_inspect_restart(place, NULL, &facts), WEIR_OK);
    assert_int_equal(facts.replayed, 3); /* 1, 2 and 4 */
    assert_int_equal(facts.replayed_done, 3);
    assert_int_equal(facts.loose_blocks, 0);
    assert_int_equal(weir_inspect_log(place, count_entry, &counted), WEIR_OK);
    assert_int_equal(counted.given_up, 1);
    context = start(MUCH, LONG);
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    assert_int_equal(told, 1);
    assert_int_equal(times[0], 5 * INTERVAL_MS);
    assert_int_equal(sums[0], before);
    weir_context_free(context);
}

int main(int count, char **words)
{
    if (count == 4) {
        (void)snprintf(place, sizeof place, "%s", words[3]);
        return be_a_child(words[1], atoi(words[2]));
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_are_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_block_that_is_gone_then_fails_its_batch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(checkpoints_are_taken_on_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(batches_of_the_time_it_was_down_are_one_entry, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_up_does_not_come_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
