#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "recovery/requests.h"

typedef struct asking {
    requests *requests;
    pthread_t thread;
    weir_status status;
    int64_t time_ms;
} asking;

static void *ask(void *user)
{
    asking *asking = user;
    asking->status = requests_ask(asking->requests, -1, &asking->time_ms);
    return NULL;
}

static void begin(asking *asking, requests *requests)
{
    uint64_t before = atomic_load(&requests->asked);
    *asking = (struct asking){.requests = requests};
    assert_int_equal(pthread_create(&asking->thread, NULL, ask, asking), 0);
    while (atomic_load(&requests->asked) == before) clock_sleep_ms(1);
}

static void test_an_answer_reaches_all_who_asked_before(void **state)
{
    (void)state;
    requests requests;
    asking first, second;
    requests_init(&requests);
    requests_open(&requests);
    assert_int_equal(requests_newest(&requests), 0);
    begin(&first, &requests);
    begin(&second, &requests);
    assert_int_equal(requests_newest(&requests), 2);
    requests_answer(&requests, 2, 700, WEIR_OK);
    pthread_join(first.thread, NULL);
    pthread_join(second.thread, NULL);
    assert_int_equal(first.status, WEIR_OK);
    assert_int_equal(first.time_ms, 700);
    assert_int_equal(second.time_ms, 700);
    assert_int_equal(requests_newest(&requests), 0);
    requests_close(&requests);
    requests_release(&requests);
}

/* A checkpoint that was begun before the question is no answer to it. */
static void test_an_older_checkpoint_is_no_answer(void **state)
{
    (void)state;
    requests requests;
    asking first, second;
    requests_init(&requests);
    requests_open(&requests);
    begin(&first, &requests);
    uint64_t newest = requests_newest(&requests);
    begin(&second, &requests);
    requests_answer(&requests, newest, 100, WEIR_OK);
    pthread_join(first.thread, NULL);
    assert_int_equal(requests_newest(&requests), 2);
    error_set(WEIR_NO_SPACE, "the disk is full");
    requests_answer(&requests, 2, 200, WEIR_NO_SPACE);
    pthread_join(second.thread, NULL);
    assert_int_equal(first.status, WEIR_OK);
    assert_int_equal(second.status, WEIR_NO_SPACE);
    requests_close(&requests);
    requests_release(&requests);
}

static void test_time_and_end_are_answers_too(void **state)
{
    (void)state;
    requests requests;
    asking asking;
    int64_t time_ms;
    requests_init(&requests);
    assert_int_equal(requests_ask(&requests, -1, &time_ms), WEIR_ILLEGAL_STATE);
    requests_open(&requests);
    assert_int_equal(requests_ask(&requests, 1, &time_ms), WEIR_TIMEOUT);
    begin(&asking, &requests);
    requests_close(&requests);
    pthread_join(asking.thread, NULL);
    assert_int_equal(asking.status, WEIR_ILLEGAL_STATE);
    assert_int_equal(requests_ask(&requests, -1, &time_ms), WEIR_ILLEGAL_STATE);
    requests_release(&requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_reaches_all_who_asked_before),
        cmocka_unit_test(test_an_older_checkpoint_is_no_answer),
        cmocka_unit_test(test_time_and_end_are_answers_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
