/* Windows: what a stream yielded over its last batches, at every slide. Spec 02 §4.
 *
 * Every batch of the parent that a window needs becomes a pane (durability/panes.h), also between
 * two slides: raw records where the window gives out records, else one reduced value for each key.
 * What is made of the panes is in memory and can be made again from them (window_form.h); only a
 * window with an inverse function goes on from its last result, which is the state of a space.
 *
 * A window lasts as long as the graph. Batch runner's thread, which runs the tasks. */
#ifndef OPERATORS_WINDOW_H
#define OPERATORS_WINDOW_H

#include "durability/state_store.h"
#include "graph/lineage.h"
#include "operators/dataset.h"

typedef struct window window;

/* Of a windowed stream, with its panes and, if stream_has_space, its space; all borrowed.
 * `partitions`: of keys. Batch times count from `zero_ms`. */
window *window_create(const weir_stream *stream, pane_set *panes, state_space *space,
                      size_t partitions, int64_t zero_ms);
void window_free(window *window); /* NULL is fine */
/* How many keyed partitions a window has; `partitions`: the stream's or the context's. */
size_t window_partitions(const weir_stream *stream, size_t partitions);
bool window_is_keyed(const weir_stream *stream);

/* Plans a batch in which the parent could yield. `in`: its dataset, NULL: none. *upkeep is to be
 * computed in any case, once; *made is what the window yields, NULL: none, it is between two
 * slides. */
weir_status window_plan(window *window, scope *scope, weir_dataset *in, weir_dataset **upkeep,
                        weir_dataset **made);
/* What the batch changed is taken back (the panes by their store). */
void window_undo(window *window);
/* The batch is final. */
void window_finish(window *window);

#endif
