/* A queue of pointers between threads: any number of senders, any number of receivers. */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct queue queue;

queue *queue_create(void);
void queue_free(queue *queue); /* the items are the caller's */
/* false if the queue is closed. */
bool queue_push(queue *queue, void *item);
/* Waits for an item; NULL when the queue is closed and empty, or timeout_ms passed (< 0: no
 * limit). */
void *queue_pop(queue *queue, int64_t timeout_ms);
void *queue_try_pop(queue *queue);
/* No more items; receivers get what is left, then NULL. */
void queue_close(queue *queue);
size_t queue_count(queue *queue);

#endif
