/* A batch, or a partition, is written once, however often its function is called. */
#include "unit/context/harness.h"

#include <weir/sqlite_ledger.h>

#include "base/file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000 };

static char base[64], database_path[96], place[96], input[96];

static int64_t ask(const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    assert_int_equal(weir_sqlite_open(database_path, &database), WEIR_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return answer;
}

static bool tell(sqlite3 *database, const char *sql)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* How often functions were called, and how often they fail behind their commit: as a process that
 * is killed before the batch is marked as done. */
static _Atomic int calls, failures;
static int refusals; /* how often they fail before they begin */

static weir_status add_count(int64_t records)
{
    sqlite3 *database = NULL;
    bool is_new;
    calls++;
    if (refusals > 0) return refusals--, WEIR_RUNTIME;
    weir_status status = weir_sqlite_open(database_path, &database);
    if (status == WEIR_OK) status = weir_sqlite_begin(database, &is_new);
    if (status == WEIR_OK && is_new) {
        char sql[96];
        snprintf(sql, sizeof sql, "UPDATE sums SET sum = sum + %lld", (long long)records);
        status = tell(database, sql) ? weir_sqlite_commit(database) : weir_sqlite_fail(database);
    }
    sqlite3_close(database);
    if (status == WEIR_OK && failures > 0) {
        failures--;
        return WEIR_RUNTIME;
    }
    return status;
}

static weir_status add_batch(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    uint64_t count;
    (void)time_ms;
    (void)arg;
    weir_status status = weir_dataset_count(in, &count);
    return status == WEIR_OK ? add_count((int64_t)count) : status;
}
WEIR_FOREACH(add_batch)

static weir_status add_partition(weir_reader *records, size_t partition, int64_t time_ms,
                                 weir_value arg)
{
    weir_value key, value;
    int64_t count = 0;
    (void)partition;
    (void)time_ms;
    (void)arg;
    while (weir_next(records, &key, &value)) count++;
    return add_count(count);
}
WEIR_FOREACH_PARTITION(add_partition)

static void push_five(weir_stream *queue)
{
    weir_value items[5];
    for (int i = 0; i < 5; i++) items[i] = weir_int(i);
    assert_int_equal(weir_queue_push(queue, weir_list(items, 5), 3), WEIR_OK);
}

static void a_batch_counts_once(void **state)
{
    (void)state;
    weir_options options = manual;
    options.attempts = 3;
    weir_context *context = create(&options);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(queue, &weir_fn_add_batch, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    failures = 2;
    for (int i = 0; i < 3; i++) {
        push_five(queue);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    weir_context_free(context);
    assert_int_equal(calls, 5); /* the first batch three times */
    assert_int_equal(ask("SELECT sum FROM sums"), 15);
    assert_int_equal(ask("SELECT count(*) FROM weir_ledger"), 1);
    assert_int_equal(ask("SELECT time FROM weir_ledger WHERE partition = -1 AND owner = 1"), 3000);
}

/* Workers write at the same time, each by a connection of its own. */
static void a_partition_counts_once(void **state)
{
    (void)state;
    weir_options options = manual;
    options.attempts = 6;
    weir_context *context = create(&options);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_partition(queue, &weir_fn_add_partition, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    failures = 4;
    for (int i = 0; i < 2; i++) {
        push_five(queue);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    weir_context_free(context);
    assert_int_equal(failures, 0);
    assert_true(calls > 6);
    assert_int_equal(ask("SELECT sum FROM sums"), 10);
    assert_int_equal(ask("SELECT count(*) FROM weir_ledger WHERE time = 2000"), 3);
}

/* Two outputs of one batch, and two contexts, do not know each other. */
static void outputs_and_contexts_are_told_apart(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        weir_context *context = create(&manual);
        weir_stream *queue = weir_queue_stream(context, true, weir_absent());
        weir_foreach_rdd(queue, &weir_fn_add_batch, weir_int(1));
        weir_foreach_rdd(queue, &weir_fn_add_batch, weir_int(2));
        assert_int_equal(weir_start(context), WEIR_OK);
        push_five(queue);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
        weir_context_free(context);
    }
    assert_int_equal(ask("SELECT sum FROM sums"), 20);
    assert_int_equal(ask("SELECT count(*) FROM weir_ledger"), 4);
}

static size_t batches;

static weir_status build(weir_context *context, void *user)
{
    const char *paths[] = {input, input, input};
    (void)user;
    weir_stream *lines = weir_text_files(context, paths, batches);
    weir_foreach_rdd(lines, &weir_fn_add_batch, weir_null());
    return weir_name_output(lines, "lines");
}

static weir_status run_job(void)
{
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .attempts = 1};
    weir_status status = weir_get_or_create(&context, place, &options, NULL, build, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    weir_context_free(context);
    return status;
}

/* The id is the directory's: a batch that was committed, but not marked as done, is known again in
 * the next process. */
static void a_batch_counts_once_across_restarts(void **state)
{
    (void)state;
    failures = 2;
    assert_int_equal(run_job(), WEIR_RUNTIME);
    assert_int_equal(run_job(), WEIR_RUNTIME);
    assert_int_equal(run_job(), WEIR_OK);
    assert_int_equal(calls, 3);
    assert_int_equal(ask("SELECT sum FROM sums"), 2);
    assert_int_equal(ask("SELECT count(*) FROM weir_ledger WHERE output = 'lines'"), 1);
}

/* The first batch fails; the ledger must not take it for written when it comes again. */
static void nothing_is_committed_behind_a_batch_that_failed(void **state)
{
    (void)state;
    batches = 3;
    refusals = 1;
    assert_int_not_equal(run_job(), WEIR_OK); /* of the first batch, or of those behind it */
    assert_int_equal(ask("SELECT count(*) FROM weir_ledger"), 0);
    assert_int_equal(run_job(), WEIR_OK);
    assert_int_equal(ask("SELECT sum FROM sums"), 6);
    assert_int_equal(ask("SELECT time FROM weir_ledger"), 3000);
}

static void what_fails_leaves_nothing(void **state)
{
    (void)state;
    sqlite3 *database;
    assert_int_equal(weir_sqlite_open(database_path, &database), WEIR_OK);
    assert_true(tell(database, "DROP TABLE sums"));
    assert_int_equal(run_job(), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "no such table: sums"));
    assert_int_equal(ask("SELECT count(*) FROM weir_ledger"), 0);
    assert_true(tell(database, "CREATE TABLE sums(sum INTEGER); INSERT INTO sums VALUES(0)"));
    assert_int_equal(run_job(), WEIR_OK);
    assert_int_equal(ask("SELECT sum FROM sums"), 2);
    sqlite3_close(database);
}

/* A process that has lost the directory to another must not write any more. */
static void a_former_owner_is_refused(void **state)
{
    (void)state;
    sqlite3 *database;
    failures = 1;
    assert_int_equal(run_job(), WEIR_RUNTIME);
    assert_int_equal(weir_sqlite_open(database_path, &database), WEIR_OK);
    assert_true(tell(database, "UPDATE weir_ledger SET owner = 2, time = 0"));
    sqlite3_close(database);
    assert_int_equal(run_job(), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "taken over by owner 2"));
    assert_int_equal(ask("SELECT sum FROM sums"), 2);
}

static void it_belongs_into_an_output(void **state)
{
    (void)state;
    sqlite3 *database;
    bool is_new;
    assert_int_equal(weir_sqlite_open(database_path, &database), WEIR_OK);
    assert_int_equal(weir_sqlite_begin(database, &is_new), WEIR_ILLEGAL_STATE);
    assert_false(is_new);
    assert_int_equal(sqlite3_get_autocommit(database), 1);
    sqlite3_close(database);
    assert_int_equal(weir_sqlite_open("/no such folder/x", &database), WEIR_IO);
    assert_non_null(strstr(sqlite3_errmsg(database), "unable to open"));
    sqlite3_close(database);
}

static int set_up(void **state)
{
    sqlite3 *database;
    setup(state);
    calls = failures = refusals = 0;
    batches = 1;
    if (!scratch_make_in_memory(base, sizeof base, "weir-ledger")) return -1;
    snprintf(database_path, sizeof database_path, "%s/db", base);
    snprintf(place, sizeof place, "%s/dir", base);
    snprintf(input, sizeof input, "%s/input", base);
    FILE *file = fopen(input, "w");
    if (!file || fputs("one\ntwo\n", file) < 0 || fclose(file)) return -1;
    bool is_good = weir_sqlite_open(database_path, &database) == WEIR_OK &&
                   tell(database, "CREATE TABLE sums(sum INTEGER); INSERT INTO sums VALUES(0)");
    sqlite3_close(database);
    return is_good ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_counts_once),
        TEST(a_partition_counts_once),
        TEST(outputs_and_contexts_are_told_apart),
        TEST(a_batch_counts_once_across_restarts),
        TEST(nothing_is_committed_behind_a_batch_that_failed),
        TEST(what_fails_leaves_nothing),
        TEST(a_former_owner_is_refused),
        TEST(it_belongs_into_an_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
