/* Results in SQLite that count each batch once, also across crashes: library weir_sqlite.
 *
 * A transaction that begins here carries who writes (weir/output.h) in the table weir_ledger,
 * beside what the program itself writes. So whatever was committed is known to be there when the
 * batch comes again, and is not written a second time.
 *
 *     static weir_status save(weir_dataset *sums, int64_t time_ms, weir_value arg)
 *     {
 *         bool is_new;
 *         weir_status status = weir_sqlite_begin(database, &is_new);
 *         if (status != WEIR_OK || !is_new) return status;
 *         if (!write_all(sums)) return weir_sqlite_fail(database);
 *         return weir_sqlite_commit(database);
 *     }
 *
 * In a foreachPartition function it is the partition that counts once; workers call it at the same
 * time, so each needs a connection of its own. Failures are those of the running function
 * (weir_fail), with the text of SQLite. */
#ifndef WEIR_SQLITE_LEDGER_H
#define WEIR_SQLITE_LEDGER_H

#include <sqlite3.h>

#include "weir/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a connection as the ledger needs it: write-ahead log, each commit synced, ten seconds of
 * patience with other connections; and makes the table if it is not there. May block. On failure
 * sqlite3_errmsg(*database) tells why; *database is to be closed in any case. */
weir_status weir_sqlite_open(const char *path, sqlite3 **database);
/* Begins a transaction for the output, batch and partition that are running, on a connection
 * without one. *is_new false: it was committed before; nothing was begun and nothing is to be
 * written. Only in a foreachRDD or foreachPartition function, on its thread. */
weir_status weir_sqlite_begin(sqlite3 *database, bool *is_new);
/* Commits what was begun: when it returns WEIR_OK the result is durable, and counts. Else nothing
 * of it is there. */
weir_status weir_sqlite_commit(sqlite3 *database);
/* Gives up what was begun, and fails the running function with the error of the connection.
 * Returns what the function should return. */
weir_status weir_sqlite_fail(sqlite3 *database);

#ifdef __cplusplus
}
#endif
#endif
