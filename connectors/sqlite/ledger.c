/* One row for each output and partition: the last batch that was committed. Batches of an output
 * come in the order of their times, and none behind one that failed (weir/output.h), so everything
 * up to that one is there. */
#include <inttypes.h>

#include "weir/function.h"
#include "weir/sqlite_ledger.h"

enum { PATIENCE_MS = 10000 };

static const char settings[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS weir_ledger("
    "  context TEXT NOT NULL, output TEXT NOT NULL,"
    "  partition INTEGER NOT NULL," /* -1: the whole batch */
    "  time INTEGER NOT NULL,"      /* of the last batch, in ms */
    "  owner INTEGER NOT NULL,"
    "  PRIMARY KEY(context, output, partition)) WITHOUT ROWID;";

static const char find[] = "SELECT time, owner FROM weir_ledger "
                           "WHERE context = ?1 AND output = ?2 AND partition = ?3";
static const char note[] = "INSERT OR REPLACE INTO weir_ledger(context, output, partition, time, "
                           "owner) VALUES(?1, ?2, ?3, ?4, ?5)";

static bool run(sqlite3 *database, const char *sql)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

weir_status weir_sqlite_open(const char *path, sqlite3 **database)
{
    if (sqlite3_open(path, database) != SQLITE_OK) return WEIR_IO;
    sqlite3_busy_timeout(*database, PATIENCE_MS);
    return run(*database, settings) ? WEIR_OK : WEIR_IO;
}

weir_status weir_sqlite_fail(sqlite3 *database)
{
    weir_fail("SQLite: %s", sqlite3_errmsg(database));
    if (!sqlite3_get_autocommit(database)) (void)run(database, "ROLLBACK");
    return WEIR_RUNTIME;
}

/* Prepares a statement about the row of that output. */
static bool prepare(sqlite3 *database, const char *sql, const weir_output_id *id,
                    sqlite3_stmt **statement)
{
    int64_t partition = id->partition == WEIR_WHOLE_BATCH ? -1 : (int64_t)id->partition;
    return sqlite3_prepare_v2(database, sql, -1, statement, NULL) == SQLITE_OK &&
           sqlite3_bind_text(*statement, 1, id->context_id, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
           sqlite3_bind_text(*statement, 2, id->output, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
           sqlite3_bind_int64(*statement, 3, partition) == SQLITE_OK;
}

/* The row as it is; *time_ms INT64_MIN: there is none. */
static bool read_row(sqlite3 *database, const weir_output_id *id, int64_t *time_ms,
                     int64_t *owner)
{
    sqlite3_stmt *statement = NULL;
    *time_ms = INT64_MIN;
    *owner = 0;
    int step = prepare(database, find, id, &statement) ? sqlite3_step(statement) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        *time_ms = sqlite3_column_int64(statement, 0);
        *owner = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

static bool write_row(sqlite3 *database, const weir_output_id *id)
{
    sqlite3_stmt *statement = NULL;
    bool is_written = prepare(database, note, id, &statement) &&
                      sqlite3_bind_int64(statement, 4, id->time_ms) == SQLITE_OK &&
                      sqlite3_bind_int64(statement, 5, (int64_t)id->owner) == SQLITE_OK &&
                      sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return is_written;
}

weir_status weir_sqlite_begin(sqlite3 *database, bool *is_new)
{
    weir_output_id id;
    int64_t time_ms, owner;
    *is_new = false;
    weir_status status = weir_current_output(&id);
    if (status != WEIR_OK) return status;
    if (!run(database, "BEGIN IMMEDIATE") || !read_row(database, &id, &time_ms, &owner))
        return weir_sqlite_fail(database);
    if (owner > (int64_t)id.owner) {
        (void)run(database, "ROLLBACK");
        weir_fail("SQLite: the output \"%s\" has been taken over by owner %" PRId64, id.output,
                  owner);
        return WEIR_ILLEGAL_STATE;
    }
    if (time_ms >= id.time_ms) return run(database, "ROLLBACK") ? WEIR_OK
                                                                : weir_sqlite_fail(database);
    if (!write_row(database, &id)) return weir_sqlite_fail(database);
    *is_new = true;
    return WEIR_OK;
}

weir_status weir_sqlite_commit(sqlite3 *database)
{
    return run(database, "COMMIT") ? WEIR_OK : weir_sqlite_fail(database);
}
