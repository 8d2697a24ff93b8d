#include <stdlib.h>

#include "base/memory.h"
#include "durability/block_log.h"

static void append(block_log *log, block *block, block_log_stored stored, void *user)
{
    (void)log;
    stored(user, block, WEIR_OK);
}

static void drain(block_log *log)
{
    (void)log; /* every append was answered before it returned */
}

static void close_log(block_log *log)
{
    free(log);
}

static const block_log_class memory_class = {.append = append, .drain = drain, .close = close_log};

block_log *block_log_in_memory(void)
{
    block_log *log = memory_alloc(sizeof *log);
    log->class = &memory_class;
    return log;
}
