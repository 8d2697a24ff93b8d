#include "recovery/held_journal.h"

#include <stdlib.h>

#include "base/memory.h"

typedef struct held_journal {
    batch_journal base;
    batch_journal *journal;
    const directory *directory;
    const wal_log *log;
} held_journal;

static weir_status check(const held_journal *self)
{
    weir_status status = directory_check_held(self->directory);
    return status == WEIR_OK ? wal_log_check_place(self->log) : status;
}

static weir_status record(batch_journal *base, int64_t time_ms, const void *bytes, size_t size)
{
    held_journal *self = (held_journal *)base;
    weir_status status = check(self);
    return status == WEIR_OK
               ? self->journal->class->record(self->journal, time_ms, bytes, size) : status;
}

static weir_status record_run(batch_journal *base, int64_t first_ms, const void *bytes,
                              size_t size)
{
    held_journal *self = (held_journal *)base;
    weir_status status = check(self);
    return status == WEIR_OK
               ? self->journal->class->record_run(self->journal, first_ms, bytes, size) : status;
}

static weir_status done(batch_journal *base, int64_t time_ms, const void *bytes, size_t size)
{
    held_journal *self = (held_journal *)base;
    weir_status status = check(self);
    return status == WEIR_OK
               ? self->journal->class->done(self->journal, time_ms, bytes, size) : status;
}

static void close_both(batch_journal *base)
{
    held_journal *self = (held_journal *)base;
    self->journal->class->close(self->journal);
    free(self);
}

batch_journal *held_journal_make(const directory *directory, wal_log *log)
{
    static const batch_journal_class class = {
        .record = record, .record_run = record_run, .done = done, .close = close_both};
    held_journal *self = memory_zero_alloc(1, sizeof *self);
    *self = (held_journal){{&class}, wal_log_journal(log), directory, log};
    return &self->base;
}
