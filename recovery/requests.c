#include "recovery/requests.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { WAIT_MAX_MS = INT32_MAX }; /* more is as good as for ever */

void requests_init(requests *requests)
{
    pthread_condattr_t attributes;
    *requests = (struct requests){.is_open = false, .wake = -1};
    pthread_mutex_init(&requests->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&requests->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void requests_release(requests *requests)
{
    pthread_cond_destroy(&requests->changed);
    pthread_mutex_destroy(&requests->mutex);
}

/* The caller holds the mutex. */
static void tell_change(requests *requests)
{
    uint64_t one = 1;
    pthread_cond_broadcast(&requests->changed);
    if (requests->wake < 0) return;
    while (write(requests->wake, &one, sizeof one) < 0 && errno == EINTR) continue;
}

void requests_wake(requests *requests, int eventfd)
{
    pthread_mutex_lock(&requests->mutex);
    requests->wake = eventfd;
    pthread_mutex_unlock(&requests->mutex);
}

void requests_open(requests *requests)
{
    pthread_mutex_lock(&requests->mutex);
    requests->is_open = true;
    pthread_mutex_unlock(&requests->mutex);
}

void requests_close(requests *requests)
{
    pthread_mutex_lock(&requests->mutex);
    requests->is_open = false;
    tell_change(requests);
    while (requests->waiting > 0) pthread_cond_wait(&requests->changed, &requests->mutex);
    pthread_mutex_unlock(&requests->mutex);
}

/* --- asking ---------------------------------------------------------------------------------- */

/* Waits for a change; false: the time has come. The caller holds the mutex. */
static bool wait_until(requests *requests, int64_t until_us)
{
    if (until_us < 0) {
        pthread_cond_wait(&requests->changed, &requests->mutex);
        return true;
    }
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    return pthread_cond_timedwait(&requests->changed, &requests->mutex, &until) != ETIMEDOUT;
}

static weir_status take_answer(const requests *requests, uint64_t mine, int64_t *time_ms)
{
    bool is_answered = atomic_load(&requests->answered) >= mine;
    if (!is_answered && requests->is_open)
        return error_set(WEIR_TIMEOUT, REQUESTS_TOO_LATE);
    if (!is_answered)
        return error_set(WEIR_ILLEGAL_STATE, "the context has stopped before the next checkpoint");
    *time_ms = requests->time_ms;
    return requests->status == WEIR_OK ? WEIR_OK
                                       : error_set(requests->status, "%s", requests->error);
}

uint64_t requests_begin(requests *requests)
{
    pthread_mutex_lock(&requests->mutex);
    uint64_t mine = requests->is_open ? atomic_fetch_add(&requests->asked, 1) + 1 : 0;
    pthread_mutex_unlock(&requests->mutex);
    return mine;
}

bool requests_is_settled(requests *requests, uint64_t mine, weir_status *status,
                         int64_t *time_ms)
{
    pthread_mutex_lock(&requests->mutex);
    if (mine == 0) mine = UINT64_MAX;
    bool is_settled = !requests->is_open || atomic_load(&requests->answered) >= mine;
    if (is_settled) *status = take_answer(requests, mine, time_ms);
    pthread_mutex_unlock(&requests->mutex);
    return is_settled;
}

weir_status requests_ask(requests *requests, int64_t timeout_ms, int64_t *time_ms)
{
    bool has_limit = timeout_ms >= 0 && timeout_ms <= WAIT_MAX_MS;
    int64_t until_us = has_limit ? clock_monotonic_us() + timeout_ms * 1000 : -1;
    pthread_mutex_lock(&requests->mutex);
    uint64_t mine = requests->is_open ? atomic_fetch_add(&requests->asked, 1) + 1 : UINT64_MAX;
    requests->waiting++;
    bool in_time = true;
    while (in_time && requests->is_open && atomic_load(&requests->answered) < mine)
        in_time = wait_until(requests, until_us);
    weir_status status = take_answer(requests, mine, time_ms);
    requests->waiting--;
    pthread_cond_broadcast(&requests->changed);
    pthread_mutex_unlock(&requests->mutex);
    return status;
}

/* --- answering ------------------------------------------------------------------------------- */

uint64_t requests_newest(requests *requests)
{
    uint64_t asked = atomic_load(&requests->asked);
    return asked > atomic_load(&requests->answered) ? asked : 0;
}

void requests_answer(requests *requests, uint64_t newest, int64_t time_ms, weir_status status)
{
    pthread_mutex_lock(&requests->mutex);
    if (newest > atomic_load(&requests->answered)) {
        atomic_store(&requests->answered, newest);
        requests->time_ms = time_ms;
        requests->status = status;
        if (status != WEIR_OK)
            snprintf(requests->error, sizeof requests->error, "%s", error_text());
        tell_change(requests);
    }
    pthread_mutex_unlock(&requests->mutex);
}
