/* The program of a simulated run: records by a receiver, or lines of files, into both kinds of
 * state and into windows, and everything that comes out noted down in memory, which no crash takes
 * away. */
#ifndef CRASH_SIMULATE_PROGRAM_H
#define CRASH_SIMULATE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/weir.h>

#include "base/buffer.h"

enum { INTERVAL_MS = 10, PARTITIONS = 3, MAX_NUMBERS = 512, MAX_FILES = 16,
       MOST_WORKERS = 3, MOST_BATCHES = 512 };

/* What a seed decides about the program. */
typedef struct scenario {
    uint64_t seed;
    bool has_files;  /* textFiles in virtual time; else a receiver and a manual clock */
    bool is_serial;  /* one thing at a time: one worker, and checkpoints are waited for */
    int workers;
    bool is_stateless; /* batches that fail are passed over, and some are given up */
    bool has_initial;
    bool drops_idle; /* updateStateByKey removes keys without new values */
    int form;        /* which kind of function it has: 0 by key, 1 with the time, 2 by partition */
    bool compresses;
    int batches;     /* at least; of files exactly */
    int keys;
    int timeout;     /* batches */
    int scan;        /* batches */
    int checkpoint;  /* batches */
    int log_sync_ms; /* 0: before anything is acknowledged */
    int keep;
    uint64_t segment_bytes;
    bool has_windows;
    bool drops_neutral;
    bool filters;    /* the window that goes on */
    int window;      /* batches */
    int slide;       /* batches, of some windows; also beyond their length */
} scenario;

scenario scenario_make(uint64_t seed);

typedef enum noted {
    OUTPUT_NUMBERS,
    OUTPUT_SUMS,
    OUTPUT_VISITS,
    OUTPUT_SNAPSHOTS,
    /* windows, where the scenario has them */
    OUTPUT_MOST,    /* reduceByKeyAndWindow, no inverse */
    OUTPUT_GOING,   /* the same, going on from its last result */
    OUTPUT_GROUPS,  /* groupByKeyAndWindow, every `slide` batches */
    OUTPUT_NESTED,  /* countByValueAndWindow over a window, the same */
    OUTPUT_PAST,    /* a window over the sums */
    OUTPUT_AMOUNT,  /* countByWindow */
    OUTPUTS
} noted;

extern const char *const output_names[OUTPUTS];
/* Yields every so many batches. */
int output_slide(noted output, const scenario *scenario);

/* What an output gave for a batch. */
typedef struct telling {
    noted output;
    int64_t time_ms;
    int life;
    char *text; /* the records, sorted but for those of OUTPUT_NUMBERS */
} telling;

typedef struct tellings {
    telling *items;
    size_t count;
    /* by number of the batch: the first life in which it may be given up, and in which it surely
     * is; 0: none */
    int asked_up[MOST_BATCHES];
    int given_up[MOST_BATCHES];
} tellings;

void tellings_release(tellings *tellings);
/* Those of later batches never were. */
void tellings_forget_after(tellings *tellings, int64_t time_ms);
/* Of any output; 0: there are none. */
int64_t tellings_last_ms(const tellings *tellings);
/* Need the batch not be there? */
bool tellings_may_lack(const tellings *tellings, int64_t time_ms);
/* The first of that output and batch, or NULL. */
const telling *tellings_find(const tellings *tellings, noted output, int64_t time_ms);

/* The one program of the process. */
typedef struct program {
    const scenario *scenario;
    const char *in;       /* of the files */
    const char *out;      /* prefix of saved text; NULL: none */
    int life;
    tellings *tellings;
    void (*on_tell)(void); /* before anything is noted; NULL: nobody */
    weir_stream *queue;    /* of a program that reads a queue in the place of the receiver */
    bool has_queue;
} program;

extern program the_program;

/* A weir_build; user: nothing. */
weir_status program_build(weir_context *context, void *user);
/* The receiver of the context that was started, or NULL if it does not come. */
weir_receiver *program_receiver(void);

#endif
