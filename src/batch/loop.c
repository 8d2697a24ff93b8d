#include "batch/loop.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "batch/thread.h"

typedef struct call {
    loop_function run;
    void *user;
    weir_status status;
    char error[ERROR_TEXT_MAX];
    bool is_done;
    struct call *next;
} call;

struct loop {
    uv_loop_t uv;
    uv_async_t called;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    call *calls; /* under the mutex; oldest first, each on its caller's stack */
};

static call *take_call(loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    call *first = loop->calls;
    if (first) loop->calls = first->next;
    pthread_mutex_unlock(&loop->mutex);
    return first;
}

static void answer(loop *loop, call *call)
{
    pthread_mutex_lock(&loop->mutex);
    call->is_done = true;
    pthread_cond_broadcast(&loop->answered);
    pthread_mutex_unlock(&loop->mutex);
}

static void run_calls(uv_async_t *async)
{
    loop *loop = async->data;
    for (call *next = take_call(loop); next; next = take_call(loop)) {
        next->status = next->run(next->user);
        if (next->status != WEIR_OK) memcpy(next->error, error_text(), strlen(error_text()) + 1);
        answer(loop, next);
    }
}

static void *loop_main(void *user)
{
    loop *loop = user;
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    return NULL;
}

static void free_parts(loop *loop)
{
    uv_loop_close(&loop->uv);
    pthread_cond_destroy(&loop->answered);
    pthread_mutex_destroy(&loop->mutex);
    free(loop);
}

weir_status loop_create(loop **made, const void *owner)
{
    loop *loop = memory_zero_alloc(1, sizeof *loop);
    int failure = uv_loop_init(&loop->uv);
    if (failure) {
        free(loop);
        return error_set(WEIR_RUNTIME, "cannot make an event loop: %s", uv_strerror(failure));
    }
    pthread_mutex_init(&loop->mutex, NULL);
    pthread_cond_init(&loop->answered, NULL);
    loop->called.data = loop;
    failure = uv_async_init(&loop->uv, &loop->called, run_calls);
    if (failure) {
        free_parts(loop);
        return error_set(WEIR_RUNTIME, "cannot make an event loop: %s", uv_strerror(failure));
    }
    weir_status status = thread_start(&loop->thread, "weir-loop", owner, loop_main, loop);
    if (status != WEIR_OK) {
        uv_close((uv_handle_t *)&loop->called, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        free_parts(loop);
        return status;
    }
    *made = loop;
    return WEIR_OK;
}

uv_loop_t *loop_uv(loop *loop) { return &loop->uv; }

weir_status loop_call(loop *loop, loop_function run, void *user)
{
    call mine = {.run = run, .user = user};
    pthread_mutex_lock(&loop->mutex);
    call **end = &loop->calls;
    while (*end) end = &(*end)->next;
    *end = &mine;
    uv_async_send(&loop->called);
    while (!mine.is_done) pthread_cond_wait(&loop->answered, &loop->mutex);
    pthread_mutex_unlock(&loop->mutex);
    return mine.status == WEIR_OK ? WEIR_OK : error_set(mine.status, "%s", mine.error);
}

static weir_status close_door(void *user)
{
    loop *loop = user;
    uv_close((uv_handle_t *)&loop->called, NULL);
    return WEIR_OK;
}

void loop_free(loop *loop)
{
    if (!loop) return;
    (void)loop_call(loop, close_door, loop);
    pthread_join(loop->thread, NULL);
    free_parts(loop);
}
