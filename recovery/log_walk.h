/* Reading a log from outside, while a context may be writing it and dropping its beginning: what
 * looks like damage then is looked at again. One thread. */
#ifndef RECOVERY_LOG_WALK_H
#define RECOVERY_LOG_WALK_H

#include "wal/reader.h"

typedef struct log_walk {
    const char *directory; /* of the log, borrowed */
    wal_reader *reader;
} log_walk;

weir_status log_walk_open(log_walk *walk, const char *directory, wal_position from);
void log_walk_close(log_walk *walk);
/* As wal_reader_next. */
weir_status log_walk_next(log_walk *walk, wal_item *item);

#endif
