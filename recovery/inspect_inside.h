/* What the files behind weir/inspect.h share. */
#ifndef RECOVERY_INSPECT_INSIDE_H
#define RECOVERY_INSPECT_INSIDE_H

#include "recovery/directory.h"
#include "recovery/log_walk.h"
#include "recovery/stored_checkpoint.h"
#include "state/scan.h"
#include "weir/inspect.h"

/* A directory that is looked at, and what was read from it. */
typedef struct look {
    directory directory;
    arena arena;
    bool is_for_start; /* the checkpoint is the one that a start would take */
    stored_checkpoint checkpoint; /* once it is read */
} look;

/* WEIR_NO_ELEMENT, WEIR_IO: there is nothing to look at. */
weir_status look_begin(look *look, const char *directory);
/* Reads a checkpoint, or the newest good one (WEIR_NEWEST). */
weir_status look_checkpoint(look *look, int64_t at_ms);
/* The same with its state, which is to be closed; of several, the newest whose state opens. *scan
 * NULL: that checkpoint has none. */
weir_status look_state(look *look, int64_t at_ms, state_scan **scan);
/* Reads the checkpoint that a start with that durability would go on from: its state opens. */
weir_status look_start(look *look, const weir_durability *durability);
void look_end(look *look);

/* Names what the checkpoint has (name_of each of `count`), as it has no such thing of that name:
 * WEIR_NO_ELEMENT. `what`: "state", "panes of a window". */
weir_status look_refuse_name(const look *look, const char *what, const char *name,
                             const void *named, size_t count,
                             const char *(*name_of)(const void *named, size_t at));
/* How far the log reaches at least, by all checkpoints that are whole. To be called before the log
 * is read: that of a context that runs gets longer meanwhile. */
log_known look_known(const look *look);
/* WEIR_OK, or WEIR_DAMAGED if some of it could not be read. */
weir_status look_tell_damage(const look *look, const char *what, uint64_t places);

/* The time of a batch by its index. */
int64_t look_batch_ms(const look *look, uint64_t index);
/* A string as a C string in `arena`; NULL if it is none. */
const char *look_text(weir_value value, arena *arena);

/* Puts what an item of the log says into `facts`; values are made in `arena`. */
void look_log_item(const wal_item *item, arena *arena, weir_log_facts *facts);
/* Calls for each batch of which the item, a record or a run, says what it consists of. */
typedef void (*look_batch_visit)(int64_t time_ms, weir_value sources, void *user);
void look_batches(const weir_log_facts *item, look_batch_visit visit, void *user);
/* Calls for each block that a batch consists of, as far as its record tells. */
typedef void (*look_block_visit)(uint64_t number, void *user);
void look_blocks(weir_value sources, look_block_visit visit, void *user);

#endif
