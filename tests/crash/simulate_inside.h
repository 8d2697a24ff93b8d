/* What a simulated run knows of itself: for its life (simulate_run.c), its faults
 * (simulate_faults.c) and what must hold meanwhile (simulate_moments.c). */
#ifndef CRASH_SIMULATE_INSIDE_H
#define CRASH_SIMULATE_INSIDE_H

#include "crash/disk.h"
#include "crash/random.h"
#include "crash/simulate_check.h"
#include "crash/simulate_run.h"

enum { MOST_FAULTY_LIVES = 6, MOST_SEGMENTS = 1 << 16 };

typedef struct run {
    simulation *simulation;
    scenario scenario;
    random_source random;
    char root[256], directory[300], log[320], in[300], out[320];
    tellings tellings;
    handed handed;
    int64_t safe_ms; /* batches up to here must last */
    int batches; /* that were advanced through */
    int64_t pending[MOST_BATCHES]; /* that a start finds */
    size_t pending_count;
    bool is_final;
    bool is_done;
    bool is_history_known; /* in this life */
    bool is_storing; /* the receiver, and the log with it */
    bool is_level;   /* no batch was pending when time went on last */
    weir_context *context;
    /* Bits of the log that were changed: then what is lost must be said. */
    struct {
        uint64_t segment, at;
    } log_damages[MOST_FAULTY_LIVES];
    int log_damage_count;
    _Atomic bool is_said;
    /* segments that hold something acknowledged */
    bool *holds;
} run;

extern run *the_run;

void run_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* To whoever looks on. */
void run_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- faults ---------------------------------------------------------------------------------- */

/* Of the next life. */
disk_plan run_plan_faults(run *run);
/* Of the newest checkpoint, where there is one before it. */
void run_damage_checkpoint(run *run);
/* Changes a bit anywhere in the log. */
void run_damage_log(run *run);

/* --- what must hold at any moment ------------------------------------------------------------ */

void run_check_before_output(void);       /* W4, W5; while nobody else writes to the log */
void run_check_answered(void);            /* W1, W4: by turns; on the thread of the log */
void run_check_acknowledged(run *run);    /* W1: of a serial program */
void run_forget_lost(int64_t last_ms);     /* at a start: time goes on from there */
void run_check_synced(run *run);          /* W1: of a log that is synced by time, behind it */
void run_forgive(run *run); /* what a crash took that had still to be synced */
void run_check_published(const char *from, const char *to); /* C1, C2: before the rename */
void run_check_retention(void);           /* R3 */

#endif
