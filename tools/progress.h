/* How a run goes on, on standard error: a status line on a terminal that is written over and never
 * scrolls, or a JSON object a line; and the messages, which must not tear either. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <pthread.h>

#include "tools/problem.h"
#include "weir/checkpoint.h"

enum { SAID_MAX = 4 };

typedef enum progress_mode { PROGRESS_NONE, PROGRESS_LINE, PROGRESS_JSON } progress_mode;

typedef struct progress {
    progress_mode mode;
    pthread_mutex_t mutex; /* over all that follows */
    bool is_finished;
    int64_t start_us;
    int64_t last_us; /* when the last batch, or the last due checkpoint, was complete */
    uint64_t batches;
    uint64_t failed;
    uint64_t records;
    uint64_t *outputs; /* for each output: the records that reached it */
    size_t output_count;
    bool lasts; /* it has a directory */
    uint64_t checkpoints;
    int64_t drawn_us; /* when the status line was last drawn */
    uint64_t drawn_records;
    bool is_drawn;
    char said[SAID_MAX][1024]; /* the last error messages, in turn */
    size_t said_count;
} progress;

/* What --progress says: auto (also NULL: a line on a terminal), line, json or none. */
bool progress_mode_read(const char *text, progress_mode *mode, problem *problem);

void progress_init(progress *progress, progress_mode mode, size_t outputs);
void progress_release(progress *progress);
/* Now the run starts. */
void progress_start(progress *progress);
/* How it goes on, of a run that lasts: on a restart, for those who read JSON, beside the library's
 * message. */
void progress_resumed(progress *progress, const weir_resumption *resumption);
/* How many checkpoints a run that lasts has taken. */
void progress_checkpoints(progress *progress, uint64_t checkpoints);
/* A listener of batches; `user` is the progress. */
void progress_batch(const weir_batch_summary *summary, void *user);
/* A listener of checkpoints; `user` is the progress. */
void progress_checkpoint(int64_t time_ms, bool is_due, void *user);
/* A sink of messages; `user` is the progress. */
void progress_message(weir_level level, const char *text, void *user);
/* Says an error, unless it is what was said last. */
void progress_error(progress *progress, const char *text);
/* The end: takes the status line away, or writes the summary as the last line. Nothing is written
 * afterwards. */
void progress_finish(progress *progress);
/* The same from a process that is in no orderly state: gives up after a moment. */
void progress_abandon(progress *progress, const char *text);

#endif
