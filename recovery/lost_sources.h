/* Sources of a directory that the program lacks, or has as sources of another kind, and what a
 * start without them would lose: batches to be computed again would be computed of nothing, and
 * blocks that were acknowledged would be in no batch. Such a start is refused, unless the source
 * is given up by its name. A source of that name but of another kind is refused always: what the
 * log has of the one would be taken for what the other has received, as it goes by the name.
 * Pure. */
#ifndef RECOVERY_LOST_SOURCES_H
#define RECOVERY_LOST_SOURCES_H

#include "base/buffer.h"
#include "ingest/ingest.h"
#include "recovery/lineage_codec.h"
#include "recovery/plan.h"
#include "weir/checkpoint.h"

/* A source of the checkpoint's program. */
typedef struct known_source {
    const char *name;  /* borrowed from the stored lineage */
    bool is_there;     /* the program has it, and an output needs it */
    bool is_dropped;   /* given up */
    bool is_changed;   /* the program has one of that name, of another kind; is_there, too */
    bool is_bounded;   /* a list of files */
    uint64_t files;    /* of a bounded list: how many of them batches up to the checkpoint have */
    uint64_t batches;  /* to be computed again that have something of it */
    int64_t first_ms;  /* the first of them */
    uint64_t blocks;   /* that no batch has */
    bool is_refused;
    char how[160];     /* why, or why it is not given up; "" if nothing is lost */
} known_source;

typedef struct lost_sources {
    known_source *items;
    size_t count;
    size_t lost;    /* how many are not there */
    size_t changed; /* how many are of another kind */
    size_t refused;
    const known_source *first_refused;
    buffer records; /* found so far: see lost_sources.c */
    buffer used;
    buffer blocks;
} lost_sources;

void lost_sources_init(lost_sources *lost, const stored_lineage *stored, const ingest *ingest,
                       const weir_durability *durability);
void lost_sources_release(lost_sources *lost);

/* What is known, in any order: where the sources stood (batch_record.h), each record that the log
 * has, each block. */
void lost_sources_place(lost_sources *lost, weir_value places);
void lost_sources_record(lost_sources *lost, int64_t time_ms, weir_value list);
void lost_sources_block(lost_sources *lost, uint64_t number, uint32_t source);

/* Once all is known: fills `batches`, `blocks`, `how`, `is_refused`. `before` and `now` are the
 * names of the application: a program of another name that keeps no source at all is another
 * job. */
void lost_sources_decide(lost_sources *lost, const plan *plan, const char *before,
                         const char *now);

/* WEIR_ILLEGAL_ARGUMENT if a name that is to be given up is no source of the checkpoint. */
weir_status lost_sources_check_dropped(const stored_lineage *stored, const char *directory,
                                       const char *const *dropped, size_t dropped_count);
/* The name under which a stored source is found again. */
const char *stored_source_name(const stored_stream *stream);

#endif
