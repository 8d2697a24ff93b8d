#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"

enum { QUEUE_MIN = 16 };

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* an item came, or the queue was closed; on the monotonic clock */
    void **items;           /* a ring of `capacity`, a power of two */
    size_t capacity;
    size_t first;
    size_t count;
    bool closed;
};

queue *queue_create(void)
{
    queue *queue = memory_zero_alloc(1, sizeof *queue);
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    queue->capacity = QUEUE_MIN;
    queue->items = memory_alloc(queue->capacity * sizeof *queue->items);
    return queue;
}

void queue_free(queue *queue)
{
    if (!queue) return;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->items);
    free(queue);
}

static void grow(queue *queue)
{
    void **items = memory_alloc(2 * queue->capacity * sizeof *items);
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) & (queue->capacity - 1)];
    free(queue->items);
    queue->items = items;
    queue->capacity *= 2;
    queue->first = 0;
}

bool queue_push(queue *queue, void *item)
{
    pthread_mutex_lock(&queue->mutex);
    bool open = !queue->closed;
    if (open) {
        if (queue->count == queue->capacity) grow(queue);
        queue->items[(queue->first + queue->count++) & (queue->capacity - 1)] = item;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return open;
}

/* The caller holds the mutex. */
static void *take_first(queue *queue)
{
    if (queue->count == 0) return NULL;
    void *item = queue->items[queue->first];
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    return item;
}

static struct timespec deadline(int64_t timeout_ms)
{
    const int64_t longest_ms = INT64_C(1000) * 60 * 60 * 24 * 365 * 100;
    if (timeout_ms > longest_ms) timeout_ms = longest_ms;
    int64_t end_us = clock_monotonic_us() + timeout_ms * 1000;
    return (struct timespec){.tv_sec = end_us / 1000000, .tv_nsec = end_us % 1000000 * 1000};
}

void *queue_pop(queue *queue, int64_t timeout_ms)
{
    struct timespec end = {0};
    if (timeout_ms >= 0) end = deadline(timeout_ms);
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0 && !queue->closed) {
        if (timeout_ms < 0)
            pthread_cond_wait(&queue->changed, &queue->mutex);
        else if (pthread_cond_timedwait(&queue->changed, &queue->mutex, &end) == ETIMEDOUT)
            break;
    }
    void *item = take_first(queue);
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

void *queue_try_pop(queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    void *item = take_first(queue);
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

void queue_close(queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

size_t queue_count(queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->mutex);
    return count;
}
