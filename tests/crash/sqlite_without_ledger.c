/* Takes the place of the ledger in examples/sqlite_upsert, by --wrap: a batch that comes again is
 * committed again. test_sqlite_exact.sh must notice. A kill that takes place between the commit of
 * a batch and its mark as done is what brings it again, so that this takes a while here. */
#include <stdbool.h>
#include <weir/sqlite_ledger.h>

#include "base/clock.h"

weir_status __wrap_weir_sqlite_begin(sqlite3 *database, bool *is_new);
weir_status __wrap_weir_sqlite_commit(sqlite3 *database);

weir_status __wrap_weir_sqlite_begin(sqlite3 *database, bool *is_new)
{
    *is_new = true;
    bool is_begun = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
    return is_begun ? WEIR_OK : WEIR_RUNTIME;
}

weir_status __wrap_weir_sqlite_commit(sqlite3 *database)
{
    bool is_done = sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    clock_sleep_ms(20);
    return is_done ? WEIR_OK : WEIR_RUNTIME;
}
