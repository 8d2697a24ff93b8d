#include <stdlib.h>

#include "base/memory.h"
#include "durability/batch_journal.h"

static weir_status keep_nothing(batch_journal *journal, int64_t time_ms, const void *bytes,
                                size_t size)
{
    (void)journal, (void)time_ms, (void)bytes, (void)size;
    return WEIR_OK;
}

static void close_journal(batch_journal *journal)
{
    free(journal);
}

static const batch_journal_class memory_class = {
    .record = keep_nothing, .record_run = keep_nothing, .done = keep_nothing,
    .close = close_journal};

batch_journal *batch_journal_in_memory(void)
{
    batch_journal *journal = memory_alloc(sizeof *journal);
    journal->class = &memory_class;
    return journal;
}
