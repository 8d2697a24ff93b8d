/* The loop thread: it runs a libuv loop (timer, sockets, files) and never computes. */
#ifndef BATCH_LOOP_H
#define BATCH_LOOP_H

#include <uv.h>

#include "weir/status.h"

typedef struct loop loop;
typedef weir_status (*loop_function)(void *user);

/* Gives a running loop; `owner`: of its thread. */
weir_status loop_create(loop **loop, const void *owner);
uv_loop_t *loop_uv(loop *loop);

/* Runs `run` on the loop thread and returns what it returned, with its error text. Any thread but
 * the loop's. */
weir_status loop_call(loop *loop, loop_function run, void *user);

/* Waits until every handle of the loop is closed, ends the thread and frees the loop. NULL is
 * fine. */
void loop_free(loop *loop);

#endif
