/* Checkpoints that somebody asks for: each request is answered by the next checkpoint that is
 * begun after it, or by the end of the context. Any thread. */
#ifndef RECOVERY_REQUESTS_H
#define RECOVERY_REQUESTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define REQUESTS_TOO_LATE "no checkpoint was published in the time given"

typedef struct requests {
    _Atomic uint64_t asked;    /* how often, since the start */
    _Atomic uint64_t answered; /* requests up to that one */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under the mutex: */
    bool is_open;
    size_t waiting;
    int wake; /* an eventfd that is written with each change; -1: there is none */
    /* the last answer */
    int64_t time_ms;
    weir_status status;
    char error[ERROR_TEXT_MAX];
} requests;

void requests_init(requests *requests);
void requests_release(requests *requests);
/* From now on requests are taken. */
void requests_open(requests *requests);
/* No more answers come: those who still wait are told so. Returns when nobody waits. */
void requests_close(requests *requests);

/* Waits until a checkpoint is published whose boundary comes after the call: *time_ms.
 * timeout_ms < 0: without limit. WEIR_TIMEOUT; WEIR_ILLEGAL_STATE if the context ends first; or
 * what went wrong with the checkpoint. */
weir_status requests_ask(requests *requests, int64_t timeout_ms, int64_t *time_ms);

/* The same for one that waits for several things at once. Its number, for requests_is_settled; 0:
 * no requests are taken (any more). */
uint64_t requests_begin(requests *requests);
/* Has that request its answer, or the context its end? Then *status is that of requests_ask, with
 * this thread's error text, and *time_ms set if it is WEIR_OK. */
bool requests_is_settled(requests *requests, uint64_t mine, weir_status *status,
                         int64_t *time_ms);
/* From now on 1 is written to that eventfd with each answer and at the end; -1: to none. */
void requests_wake(requests *requests, int eventfd);

/* The newest request that has no answer yet; 0: there is none. */
uint64_t requests_newest(requests *requests);
/* Answers all requests up to that one: with the checkpoint of `time_ms`, or a status and this
 * thread's error text. 0: answers nothing. */
void requests_answer(requests *requests, uint64_t newest, int64_t time_ms, weir_status status);

#endif
