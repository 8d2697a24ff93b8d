/* What becomes of the state of a checkpoint under the program that wants to go on with it: a
 * verdict for each space, by name. Pure. */
#ifndef RECOVERY_VERDICT_H
#define RECOVERY_VERDICT_H

#include "recovery/lineage_codec.h"

typedef enum verdict_kind {
    VERDICT_KEPT,    /* the same stream is there: its state is adopted */
    VERDICT_NEW,     /* a stream that the checkpoint does not know: it begins with its initial
                      * state */
    VERDICT_GONE,    /* state that no stream wants; refused unless dropped on purpose */
    VERDICT_CHANGED  /* a stream of that name, but not one that the state fits; refused likewise */
} verdict_kind;

typedef struct verdict {
    verdict_kind kind;
    const char *space; /* borrowed from the lineage or the stored one */
    char how[192];     /* CHANGED: what is different */
} verdict;

typedef struct verdicts {
    verdict *items; /* made by memory_alloc */
    size_t count;
    size_t refused; /* how many are GONE or CHANGED and not dropped on purpose */
} verdicts;

/* Compares. `partitions`: the context's, of a stream that says none, as in the checkpoint, which
 * keeps them. `dropped`: names whose state is given up on purpose; "*" for all. The lineage's
 * spaces are named already (lineage_name_spaces). */
void verdicts_make(const stored_lineage *stored, const lineage *lineage, int partitions,
                   const char *const *dropped, size_t dropped_count, verdicts *verdicts);
/* Is the state of that name given up on purpose? */
bool verdict_is_dropped(const char *space, const char *const *dropped, size_t count);
/* A name that is dropped on purpose is one that the checkpoint in `directory` has: a slip would
 * else go unnoticed. WEIR_ILLEGAL_ARGUMENT. */
weir_status verdicts_check_dropped(const stored_lineage *stored, const char *directory,
                                   const char *const *dropped, size_t dropped_count);
/* Does a stream go on with what the checkpoint has under that name, panes or else the state of
 * keys? Not if the stream is missing there or here, or is dropped; panes are those of windows. */
bool verdict_keeps(const stored_lineage *stored, const lineage *lineage,
                   const char *const *dropped, size_t dropped_count, const char *name,
                   bool is_panes);
void verdicts_release(verdicts *verdicts);
const char *verdict_kind_text(verdict_kind kind);

#endif
