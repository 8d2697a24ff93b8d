/* What receivers do, on its way to who wants to know. Any thread posts; the batch runner's thread
 * tells, so that listeners are never called beside each other. */
#ifndef MONITOR_RECEIVER_EVENTS_H
#define MONITOR_RECEIVER_EVENTS_H

#include <pthread.h>

#include "weir/context.h"

enum { RECEIVER_EVENTS_MAX = 1000 };

typedef struct receiver_listener {
    weir_receiver_listener call;
    void *user;
} receiver_listener;

typedef struct posted_event posted_event;

typedef struct receiver_events {
    receiver_listener *all; /* before the start, then constant */
    size_t count;
    pthread_mutex_t mutex; /* for what follows */
    posted_event *oldest;
    posted_event **end;
    size_t waiting;
    size_t dropped; /* since the last was told */
} receiver_events;

void receiver_events_init(receiver_events *events);
void receiver_events_release(receiver_events *events);
void receiver_events_add(receiver_events *events, weir_receiver_listener call, void *user);
/* `user` is the receiver_events. Copies; nothing where nobody listens. Any thread. */
void receiver_events_post(void *user, const weir_receiver_event *event);
/* Calls the listeners for all that waits. */
void receiver_events_tell(receiver_events *events);

#endif
