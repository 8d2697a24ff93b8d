/* Keeps totals in SQLite, exactly once for each batch: sqlite_upsert DATABASE FILE...
 *
 * Each FILE of lines "name,number" is one batch. The sums of a batch and the batch's time go into
 * the database in one transaction; a batch whose time is there already is skipped, so a batch that
 * runs again changes nothing. */
#include <sqlite3.h>
#include <stdio.h>
#include <weir/weir.h>

static sqlite3 *database; /* used by the batch runner's thread alone */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS totals(name TEXT PRIMARY KEY, total INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS batches(output TEXT, time INTEGER, PRIMARY KEY(output, time));";
static const char upsert[] = "INSERT INTO totals VALUES(?1, ?2) "
                             "ON CONFLICT(name) DO UPDATE SET total = total + excluded.total";

static bool run_sql(const char *sql)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Notes that the batch is in; *is_new is false if it was before. */
static bool claim_batch(int64_t time_ms, bool *is_new)
{
    sqlite3_stmt *statement;
    const char *sql = "INSERT OR IGNORE INTO batches VALUES('totals', ?1)";
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) return false;
    sqlite3_bind_int64(statement, 1, time_ms);
    bool done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    *is_new = sqlite3_changes(database) == 1;
    return done;
}

static bool upsert_all(weir_value records)
{
    sqlite3_stmt *statement;
    size_t count;
    const weir_value *record = weir_items(records, &count);
    bool done = sqlite3_prepare_v2(database, upsert, -1, &statement, NULL) == SQLITE_OK;
    for (size_t i = 0; done && i < count; i++) {
        size_t parts, length;
        const weir_value *pair = weir_items(record[i], &parts);
        const char *name = weir_bytes(&pair[0], &length);
        sqlite3_bind_text(statement, 1, name, (int)length, SQLITE_TRANSIENT);
        sqlite3_bind_int64(statement, 2, weir_as_int(pair[1]));
        done = sqlite3_step(statement) == SQLITE_DONE && sqlite3_reset(statement) == SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return done;
}

static weir_status save(weir_dataset *sums, int64_t time_ms, weir_value arg)
{
    weir_value records;
    (void)arg;
    weir_status status = weir_dataset_collect(sums, &records);
    if (status != WEIR_OK) return status;
    bool is_new = false;
    bool saved = run_sql("BEGIN IMMEDIATE") && claim_batch(time_ms, &is_new) &&
        (!is_new || upsert_all(records)) &&
                 run_sql("COMMIT");
    if (saved) return WEIR_OK;
    weir_fail("SQLite: %s", sqlite3_errmsg(database));
    run_sql("ROLLBACK");
    return WEIR_RUNTIME;
}
WEIR_FOREACH(save)

int main(int count, char **arguments)
{
    if (count < 3) return fprintf(stderr, "usage: sqlite_upsert DATABASE FILE...\n"), 2;
    if (sqlite3_open(arguments[1], &database) != SQLITE_OK || !run_sql(schema))
        return fprintf(stderr, "%s: %s\n", arguments[1], sqlite3_errmsg(database)), 1;
    weir_options options = {.app_name = "totals", .batch_interval_ms = 1000};
    weir_context *context = NULL;
    weir_status status = weir_context_create(&context, &options);
    if (status == WEIR_OK) {
        weir_stream *lines = weir_text_files(context, (const char *const *)arguments + 2,
                                             (size_t)count - 2);
        weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
        weir_foreach_rdd(weir_reduce_by_key(pairs, &weir_fn_sum, weir_null(), 0), &weir_fn_save,
                         weir_null());
        status = weir_start(context);
    }
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    sqlite3_close(database);
    return status != WEIR_OK;
}
