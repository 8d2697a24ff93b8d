/* The journal of batches as long as the directory is where it was: a batch is neither recorded nor
 * done once the directory, or its log, was moved or removed. So the context ends with the next
 * batch, before it writes into what is there now. */
#ifndef RECOVERY_HELD_JOURNAL_H
#define RECOVERY_HELD_JOURNAL_H

#include "durability/batch_journal.h"
#include "recovery/directory.h"
#include "wal/log.h"

/* The journal of the log with that check before it. Borrows both. Freed by its `close`. */
batch_journal *held_journal_make(const directory *directory, wal_log *log);

#endif
