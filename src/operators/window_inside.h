/* What the files of windows share. */
#ifndef OPERATORS_WINDOW_INSIDE_H
#define OPERATORS_WINDOW_INSIDE_H

#include <stdatomic.h>

#include "operators/window.h"
#include "operators/window_form.h"

/* A keyed partition of a window, in memory. */
typedef struct window_part {
    key_numbers numbers;
    window_shape shape;
    window_form *form; /* NULL: with an inverse */
    uint32_t *live;    /* with an inverse, where needed: panes that have the key, by number */
    size_t live_capacity;
    uint32_t *found;   /* numbers of the pane at hand */
    size_t found_capacity;
} window_part;

struct window {
    const weir_stream *stream;
    pane_set *panes;
    state_space *space; /* or NULL */
    int64_t zero_ms;
    int64_t step_ms;    /* the slide of the parent */
    const weir_function *reduce;
    const weir_function *inverse; /* or NULL */
    window_shape shape; /* of the first partition */
    const window_form_class *form;
    size_t part_count;
    window_part *parts;
    bool is_built;      /* the parts stand for the panes of the set */
    bool is_changed;    /* by a batch that is not final */
    bool is_inexact;    /* combine.h: of the reduction of a batch */
    bool is_general;    /* a value came that cannot be subtracted exactly */
    _Atomic bool is_void; /* a form could not hold a value */
};

/* One batch of a window. */
typedef struct window_batch {
    window *window;
    int64_t time_ms;
    int64_t index;   /* of the batch in steps */
    bool is_slide;
    bool is_needed;  /* some window has the batch's pane */
    size_t before;   /* panes of the set that are older */
    size_t first;    /* the first of them that the window at this time has */
} window_batch;

static inline int64_t window_index(const window *window, int64_t time_ms)
{
    return (time_ms - window->zero_ms) / window->step_ms;
}

/* Computes what a keyed window has to do in a batch, after its pane was added; `results` (one for
 * each partition) is filled in at a slide. Of a window without, and with an inverse. */
weir_status window_run_forms(window_batch *batch, scope *scope, records *results);
weir_status window_run_inverse(window_batch *batch, scope *scope, records *results);

/* For messages: where the window is defined, if that is known, and its name or number. */
enum { WINDOW_TITLE_MAX = 512 };
const char *window_title(const window *window, char room[WINDOW_TITLE_MAX]);
/* The numbers of the pane's keys, in part->found. */
const uint32_t *window_number(window_part *part, const records *records);
/* Makes panes ready for tasks to read: those from slot `from` on. */
void window_open_panes(window *window, size_t from);
/* Forgets what was made of the panes. */
void window_forget(window *window);

#endif
