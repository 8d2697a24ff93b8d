#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "batch/loop.h"
#include "batch/thread.h"

static int owner;

static weir_status count_on_loop(void *user)
{
    assert_ptr_equal(thread_owner(), &owner);
    ++*(int *)user;
    return WEIR_OK;
}

static weir_status refuse(void *user)
{
    return error_set(WEIR_IO, "%s", (const char *)user);
}

static void calls_run_on_the_loop_thread(void **state)
{
    (void)state;
    loop *loop = NULL;
    int count = 0;
    assert_int_equal(loop_create(&loop, &owner), WEIR_OK);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(loop_call(loop, count_on_loop, &count), WEIR_OK);
    assert_int_equal(count, 1000);
    assert_null(thread_owner());
    loop_free(loop);
}

static void a_failure_brings_its_text_along(void **state)
{
    (void)state;
    loop *loop = NULL;
    assert_int_equal(loop_create(&loop, &owner), WEIR_OK);
    error_set(WEIR_RUNTIME, "before");
    assert_int_equal(loop_call(loop, refuse, &(char[]){"no such thing"}), WEIR_IO);
    assert_string_equal(weir_last_error(), "no such thing");
    loop_free(loop);
}

typedef struct caller {
    loop *loop;
    int *count;
} caller;

static void *call_often(void *user)
{
    caller *caller = user;
    for (int i = 0; i < 500; i++) loop_call(caller->loop, count_on_loop, caller->count);
    return NULL;
}

static void many_threads_may_call(void **state)
{
    (void)state;
    int count = 0;
    caller caller = {.count = &count};
    assert_int_equal(loop_create(&caller.loop, &owner), WEIR_OK);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(thread_start(&threads[i], "caller", NULL, call_often, &caller), WEIR_OK);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(count, 2000);
    loop_free(caller.loop);
}

static void on_timer(uv_timer_t *timer)
{
    *(int *)timer->data = 1;
    uv_close((uv_handle_t *)timer, NULL);
}

static weir_status start_timer(void *user)
{
    uv_timer_t *timer = user;
    uv_timer_start(timer, on_timer, 5, 0);
    return WEIR_OK;
}

static void its_end_waits_for_open_handles(void **state)
{
    (void)state;
    loop *loop = NULL;
    int rang = 0;
    uv_timer_t timer;
    assert_int_equal(loop_create(&loop, &owner), WEIR_OK);
    uv_timer_init(loop_uv(loop), &timer);
    timer.data = &rang;
    loop_call(loop, start_timer, &timer);
    loop_free(loop);
    assert_int_equal(rang, 1);
    loop_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_run_on_the_loop_thread),
        cmocka_unit_test(a_failure_brings_its_text_along),
        cmocka_unit_test(many_threads_may_call),
        cmocka_unit_test(its_end_waits_for_open_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
