#include "monitor/receiver_events.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log_line.h"
#include "base/memory.h"

enum { NAME_MAX_BYTES = 256, ERROR_MAX_BYTES = 512 };

struct posted_event {
    posted_event *next;
    weir_receiver_event event; /* its texts are those below */
    char name[NAME_MAX_BYTES];
    char error[ERROR_MAX_BYTES];
};

void receiver_events_init(receiver_events *events)
{
    *events = (receiver_events){0};
    events->end = &events->oldest;
    pthread_mutex_init(&events->mutex, NULL);
}

static posted_event *take_all(receiver_events *events, size_t *dropped)
{
    pthread_mutex_lock(&events->mutex);
    posted_event *first = events->oldest;
    *dropped = events->dropped;
    events->oldest = NULL;
    events->end = &events->oldest;
    events->waiting = events->dropped = 0;
    pthread_mutex_unlock(&events->mutex);
    return first;
}

void receiver_events_release(receiver_events *events)
{
    size_t dropped;
    for (posted_event *posted = take_all(events, &dropped), *next; posted; posted = next) {
        next = posted->next;
        free(posted);
    }
    free(events->all);
    pthread_mutex_destroy(&events->mutex);
}

void receiver_events_add(receiver_events *events, weir_receiver_listener call, void *user)
{
    size_t count = events->count + 1;
    events->all = memory_resize(events->all, count * sizeof *events->all);
    events->all[events->count++] = (receiver_listener){call, user};
}

void receiver_events_post(void *user, const weir_receiver_event *event)
{
    receiver_events *events = user;
    if (events->count == 0) return;
    posted_event *posted = memory_zero_alloc(1, sizeof *posted);
    posted->event = *event;
    snprintf(posted->name, sizeof posted->name, "%s", event->name);
    snprintf(posted->error, sizeof posted->error, "%s", event->error);
    posted->event.name = posted->name;
    posted->event.error = posted->error;
    pthread_mutex_lock(&events->mutex);
    bool fits = events->waiting < RECEIVER_EVENTS_MAX;
    if (fits) {
        *events->end = posted;
        events->end = &posted->next;
        events->waiting++;
    } else {
        events->dropped++;
    }
    pthread_mutex_unlock(&events->mutex);
    if (!fits) free(posted);
}

void receiver_events_tell(receiver_events *events)
{
    if (events->count == 0) return;
    size_t dropped;
    posted_event *posted = take_all(events, &dropped);
    while (posted) {
        for (size_t i = 0; i < events->count; i++)
            events->all[i].call(&posted->event, events->all[i].user);
        posted_event *next = posted->next;
        free(posted);
        posted = next;
    }
    if (dropped > 0)
        log_line(WEIR_WARNING, "%zu events of receivers were dropped, as %d others waited already",
                 dropped, RECEIVER_EVENTS_MAX);
}
