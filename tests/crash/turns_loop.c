/* Event loops of libuv, by turns: a loop does what there is to do, and waits for its turn where
 * it would wait for events. These come by uv_async_send alone; sockets and files of others have no
 * place in a simulated run. Timers follow the time of the turns: to libuv they are due in some
 * thousand years, so that it knows of them, and here when they are. */
#include <uv.h>

#include "crash/turns.h"

enum { MOST_TIMERS = 16 };

static const uint64_t never_ms = UINT64_C(1) << 45;

typedef struct due_timer {
    uv_timer_t *timer; /* NULL: unused */
    uv_timer_cb due;
    int64_t at_us;
    int64_t repeat_us;
} due_timer;

static due_timer timers[MOST_TIMERS];
static uint64_t calls; /* uv_async_send so far, of all loops */

int __real_uv_run(uv_loop_t *loop, uv_run_mode mode);
int __wrap_uv_run(uv_loop_t *loop, uv_run_mode mode);
int __real_uv_async_send(uv_async_t *async);
int __wrap_uv_async_send(uv_async_t *async);
int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb due, uint64_t timeout, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb due, uint64_t timeout, uint64_t repeat);
int __real_uv_timer_stop(uv_timer_t *timer);
int __wrap_uv_timer_stop(uv_timer_t *timer);
void __real_uv_close(uv_handle_t *handle, uv_close_cb closed);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb closed);

int __wrap_uv_async_send(uv_async_t *async)
{
    int answer = __real_uv_async_send(async);
    if (!turns_are_on()) return answer;
    calls++;
    turns_wake_all(async->loop);
    turns_pass();
    return answer;
}

/* --- timers ---------------------------------------------------------------------------------- */

static void forget(const void *timer)
{
    for (int i = 0; i < MOST_TIMERS; i++)
        if (timers[i].timer == timer) timers[i].timer = NULL;
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb due, uint64_t timeout, uint64_t repeat)
{
    if (!turns_are_on()) return __real_uv_timer_start(timer, due, timeout, repeat);
    int at = 0;
    forget(timer);
    while (at < MOST_TIMERS && timers[at].timer) at++;
    if (at == MOST_TIMERS) return UV_ENOMEM;
    timers[at] = (due_timer){.timer = timer,
                             .due = due,
                             .at_us = turns_now_us() + (int64_t)timeout * 1000,
                             .repeat_us = (int64_t)repeat * 1000};
    return __real_uv_timer_start(timer, due, never_ms, 0);
}

int __wrap_uv_timer_stop(uv_timer_t *timer)
{
    forget(timer);
    return __real_uv_timer_stop(timer);
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb closed)
{
    forget(handle);
    __real_uv_close(handle, closed);
}

/* Of a loop; NULL: it has none. */
static due_timer *find_next(const uv_loop_t *loop)
{
    due_timer *next = NULL;
    for (int i = 0; i < MOST_TIMERS; i++) {
        due_timer *at = &timers[i];
        if (at->timer && at->timer->loop == loop && (!next || at->at_us < next->at_us)) next = at;
    }
    return next;
}

static void run_due(const uv_loop_t *loop)
{
    int64_t now_us = turns_now_us();
    for (due_timer *next; (next = find_next(loop)) && next->at_us <= now_us;) {
        uv_timer_t *timer = next->timer;
        uv_timer_cb due = next->due;
        if (next->repeat_us > 0) {
            next->at_us = now_us + next->repeat_us;
        } else {
            next->timer = NULL;
            (void)__real_uv_timer_stop(timer);
        }
        due(timer);
    }
}

/* --- the loop -------------------------------------------------------------------------------- */

int __wrap_uv_run(uv_loop_t *loop, uv_run_mode mode)
{
    if (!turns_are_on() || mode != UV_RUN_DEFAULT) return __real_uv_run(loop, mode);
    for (;;) {
        uint64_t seen = calls;
        run_due(loop);
        if (__real_uv_run(loop, UV_RUN_NOWAIT) == 0) return 0;
        turns_pass();
        const due_timer *next = find_next(loop);
        if (calls == seen && uv_backend_timeout(loop) != 0)
            (void)turns_wait(loop, "waits for events", next ? next->at_us : TURNS_NEVER);
    }
}
