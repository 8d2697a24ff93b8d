#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/queue.h"

static int numbers[20000];

static void test_first_in_first_out(void **state)
{
    (void)state;
    queue *queue = queue_create();
    size_t pushed = 0;
    size_t popped = 0;
    /* Three in, two out: the ring wraps and grows again and again. */
    while (pushed < 900) {
        for (int i = 0; i < 3; i++) assert_true(queue_push(queue, &numbers[pushed++]));
        for (int i = 0; i < 2; i++) assert_ptr_equal(queue_pop(queue, -1), &numbers[popped++]);
        assert_int_equal(queue_count(queue), pushed - popped);
    }
    while (popped < pushed) assert_ptr_equal(queue_try_pop(queue), &numbers[popped++]);
    assert_null(queue_try_pop(queue));
    queue_free(queue);
    queue_free(NULL);
}

static void test_timeout(void **state)
{
    (void)state;
    queue *queue = queue_create();
    int64_t start = clock_monotonic_us();
    assert_null(queue_pop(queue, 0));
    assert_null(queue_pop(queue, 3));
    assert_true(clock_monotonic_us() - start >= 3000);
    queue_push(queue, &numbers[1]);
    assert_ptr_equal(queue_pop(queue, 0), &numbers[1]);
    queue_push(queue, &numbers[2]);
    assert_ptr_equal(queue_pop(queue, INT64_MAX), &numbers[2]);
    queue_free(queue);
}

static void test_close_lets_the_rest_out(void **state)
{
    (void)state;
    queue *queue = queue_create();
    queue_push(queue, &numbers[1]);
    queue_push(queue, &numbers[2]);
    queue_close(queue);
    queue_close(queue);
    assert_false(queue_push(queue, &numbers[3]));
    assert_int_equal(queue_count(queue), 2);
    assert_ptr_equal(queue_pop(queue, -1), &numbers[1]);
    assert_ptr_equal(queue_try_pop(queue), &numbers[2]);
    assert_null(queue_pop(queue, -1));
    assert_null(queue_pop(queue, INT64_MAX));
    queue_free(queue);
}

static void *pop_forever(void *argument) { return queue_pop(argument, -1); }
static void *pop_for_long(void *argument) { return queue_pop(argument, INT64_MAX); }

static void test_close_wakes_all_receivers(void **state)
{
    (void)state;
    queue *queue = queue_create();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        void *(*receiver)(void *) = i % 2 ? pop_forever : pop_for_long;
        assert_int_equal(pthread_create(&threads[i], NULL, receiver, queue), 0);
    }
    clock_sleep_ms(20); /* they should be waiting by now */
    queue_close(queue);
    for (int i = 0; i < 4; i++) {
        void *item = &numbers[0];
        assert_int_equal(pthread_join(threads[i], &item), 0);
        assert_null(item);
    }
    queue_free(queue);
}

enum { SENDERS = 3, RECEIVERS = 3, EACH = 5000 };

typedef struct party {
    queue *queue;
    int first; /* of the numbers it sends */
    bool disordered;
} party;

static void *send_all(void *argument)
{
    party *party = argument;
    for (int i = 0; i < EACH; i++) {
        numbers[party->first + i] = 0;
        queue_push(party->queue, &numbers[party->first + i]);
    }
    return NULL;
}

/* Counts each number in the plain array: a number given to two receivers would count twice. Those
 * of one sender come in their order. */
static void *receive_all(void *argument)
{
    party *party = argument;
    int *last[SENDERS] = {0};
    for (int *number; (number = queue_pop(party->queue, 10000)) != NULL;) {
        int **before = &last[(number - numbers) / EACH];
        if (*before && *before >= number) party->disordered = true;
        *before = number;
        ++*number;
    }
    return NULL;
}

static void test_many_senders_and_receivers(void **state)
{
    (void)state;
    queue *queue = queue_create();
    pthread_t threads[SENDERS + RECEIVERS];
    party parties[SENDERS + RECEIVERS];
    for (int i = 0; i < SENDERS + RECEIVERS; i++) {
        parties[i] = (party){.queue = queue, .first = i * EACH};
        void *(*call)(void *) = i < SENDERS ? send_all : receive_all;
        assert_int_equal(pthread_create(&threads[i], NULL, call, &parties[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) pthread_join(threads[i], NULL);
    queue_close(queue);
    for (int i = SENDERS; i < SENDERS + RECEIVERS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(parties[i].disordered);
    }
    for (int i = 0; i < SENDERS * EACH; i++) assert_int_equal(numbers[i], 1);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_close_lets_the_rest_out),
        cmocka_unit_test(test_close_wakes_all_receivers),
        cmocka_unit_test(test_many_senders_and_receivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
