/* What a job has left behind, read from outside. */
#ifndef CRASH_KILL9_FACTS_H
#define CRASH_KILL9_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* A line of DIR/batches. */
typedef struct told {
    char *output;
    int64_t time_ms;
    char *items; /* the rest of the line, without the dot */
    bool is_first; /* of its output since a start */
} told;

typedef struct told_list {
    told *items;
    size_t count;
} told_list;

told_list told_read(const char *directory);
void told_release(told_list *list);

/* Every batch once: false, with a line to `why`, unless times of an output rise, a start repeats
 * at most the batch before it, and that with the same records. `interval_ms`: batches follow each
 * other without a gap. */
bool told_check_order(const told_list *list, const char *output, int64_t interval_ms, buffer *why);
/* The lines of all outputs, each batch once, as text. */
void told_print(const told_list *list, buffer *to);

/* The state in the newest checkpoint, a line `SPACE KEY VALUE CHANGED` for each key, sorted. The
 * times of changes are left out if `with_changes` is false. Appends "nothing: WHY" if there is
 * none. */
void state_print(const char *directory, bool with_changes, buffer *to);
/* The files below DIR/out with their lines, sorted. */
void saved_print(const char *directory, buffer *to);

#endif
