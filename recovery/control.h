/* How others talk to a context that runs: a socket in its directory, DIR/control. One request for
 * each connection, a line each way:
 *
 *   checkpoint TIMEOUT_MS     ->  ok TIME_MS, or: error STATUS TEXT
 *
 * One thread serves all callers at once, and waits for none of them: each has its own time, and
 * one that goes away is forgotten (the checkpoint that it asked for is taken nevertheless).
 * Nothing durable depends on it; one that a killed process left behind refuses connections. */
#ifndef RECOVERY_CONTROL_H
#define RECOVERY_CONTROL_H

#include <pthread.h>
#include <stdatomic.h>

#include "recovery/directory.h"
#include "recovery/requests.h"

enum { CONTROL_CALLERS = 32 }; /* at once; others are told to ask again */

typedef struct control {
    int listener; /* -1: there is none */
    int wake;     /* an eventfd: requests have been answered */
    _Atomic bool is_ending;
    pthread_t thread;
    char *path;
    requests *requests;
} control;

/* Begins to listen, on a thread of its own. A file system without sockets is said, and does no
 * harm. */
void control_start(control *control, const directory *directory, requests *requests);
/* After requests_close. Also without a start (zero-initialised). `is_in_place`: the directory is
 * where it was, so that the socket there is this one. */
void control_stop(control *control, bool is_in_place);

/* From outside. Connects to the context that runs in the directory; -1: none does, or, with errno
 * EAGAIN, it took nobody in for that long. wait_ms < 0: without limit. */
int control_connect(const directory *directory, int64_t wait_ms);

#endif
