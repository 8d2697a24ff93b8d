/* Keeps totals in SQLite, exactly once for each batch: sqlite_upsert DIRECTORY DATABASE FILE...
 *
 * Each FILE of lines "name,number" is one batch. The job lasts in DIRECTORY: killed with -9 at any
 * moment and started again it goes on where it was. The sums of a batch go into the database in
 * one transaction, which also carries output and batch; a batch that was committed just before the
 * kill comes again, and is found to be there. At the end the totals are printed. */
#include <stdio.h>
#include <weir/sqlite_ledger.h>
#include <weir/weir.h>

static sqlite3 *database; /* used by the batch runner's thread, and by main when that is over */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS totals(name TEXT PRIMARY KEY, total INTEGER NOT NULL);";
static const char upsert[] = "INSERT INTO totals VALUES(?1, ?2) "
                             "ON CONFLICT(name) DO UPDATE SET total = total + excluded.total";

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
    bool is_new;
    (void)arg;
    weir_status status = weir_dataset_collect(sums, &records);
    if (status == WEIR_OK) status = weir_sqlite_begin(database, &is_new);
    if (status != WEIR_OK) return status;
    if (!is_new) {
        fprintf(stderr, "the batch of %lld ms is there already\n", (long long)time_ms);
        return WEIR_OK;
    }
    return upsert_all(records) ? weir_sqlite_commit(database) : weir_sqlite_fail(database);
}
WEIR_FOREACH(save)

typedef struct file_list {
    const char *const *paths;
    size_t count;
} file_list;

static weir_status build(weir_context *context, void *user)
{
    const file_list *files = user;
    weir_stream *lines = weir_text_files(context, files->paths, files->count);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
    weir_stream *sums = weir_reduce_by_key(pairs, &weir_fn_sum, weir_null(), 0);
    weir_foreach_rdd(sums, &weir_fn_save, weir_null());
    return weir_name_output(sums, "totals"); /* what the batches stand under in the database */
}

static int print_row(void *user, int columns, char **texts, char **names)
{
    (void)user;
    (void)columns;
    (void)names;
    return printf("%s,%s\n", texts[0], texts[1]) < 0;
}

static weir_status run(const char *directory, file_list *files)
{
    weir_options options = {.app_name = "totals", .batch_interval_ms = 1000};
    weir_context *context = NULL;
    weir_status status = weir_get_or_create(&context, directory, &options, NULL, build, files);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    if (status != WEIR_OK) fprintf(stderr, "%s\n", weir_last_error());
    weir_context_free(context);
    return status;
}

int main(int count, char **arguments)
{
    if (count < 4) return fprintf(stderr, "usage: sqlite_upsert DIRECTORY DATABASE FILE...\n"), 2;
    file_list files = {(const char *const *)arguments + 3, (size_t)count - 3};
    bool is_good = weir_sqlite_open(arguments[2], &database) == WEIR_OK &&
                   sqlite3_exec(database, schema, NULL, NULL, NULL) == SQLITE_OK;
    if (!is_good) fprintf(stderr, "%s: %s\n", arguments[2], sqlite3_errmsg(database));
    is_good = is_good && run(arguments[1], &files) == WEIR_OK &&
              sqlite3_exec(database, "SELECT name, total FROM totals ORDER BY name", print_row,
                           NULL, NULL) == SQLITE_OK;
    sqlite3_close(database);
    return !is_good;
}
