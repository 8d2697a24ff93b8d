#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/pool.h"

enum { TASKS_MAX = 300, WORKERS_MAX = 5 };

/* Plain members on purpose: the pool itself must make them safe. */
typedef struct tally {
    unsigned runs[TASKS_MAX];
    size_t last[WORKERS_MAX]; /* the newest task of each worker, plus one */
    size_t workers;
} tally;

static void count_task(void *job, size_t task, size_t worker)
{
    tally *tally = job;
    tally->runs[task]++;
    if (worker >= tally->workers || tally->last[worker] > task) abort();
    tally->last[worker] = task + 1;
}

static void test_each_task_runs_once(void **state)
{
    (void)state;
    for (size_t workers = 1; workers <= WORKERS_MAX; workers++) {
        pool *pool = pool_create(workers);
        assert_int_equal(pool_workers(pool), workers);
        for (size_t tasks = 0; tasks <= TASKS_MAX; tasks += tasks < 10 ? 1 : 29) {
            tally tally = {.workers = workers};
            pool_run(pool, tasks, count_task, &tally);
            for (size_t i = 0; i < TASKS_MAX; i++) assert_int_equal(tally.runs[i], i < tasks);
        }
        pool_free(pool);
    }
}

/* Stage after stage without a pause: late workers must never touch a stage that is not theirs. */
static void test_many_short_stages(void **state)
{
    (void)state;
    pool *pool = pool_create(3);
    static unsigned total[TASKS_MAX];
    memset(total, 0, sizeof total);
    for (size_t stage = 0; stage < 3000; stage++) {
        size_t tasks = stage % 7;
        tally tally = {.workers = 3};
        pool_run(pool, tasks, count_task, &tally);
        for (size_t i = 0; i < tasks; i++) total[i] += tally.runs[i];
    }
    /* 3000 stages: 428 of each remainder, and one more of the remainders 0 to 3. */
    const unsigned expected[] = {2571, 2142, 1713, 1284, 856, 428, 0};
    for (size_t i = 0; i < 7; i++) assert_int_equal(total[i], expected[i]);
    pool_free(pool);
}

typedef struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t came;
    size_t present;
    size_t expected;
    bool met[4];
    bool seen_worker[4];
} meeting;

/* Waits until all tasks are running: only workers that run at the same time can do it. */
static void meet(void *job, size_t task, size_t worker)
{
    meeting *meeting = job;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 30;
    pthread_mutex_lock(&meeting->mutex);
    meeting->present++;
    meeting->seen_worker[worker] = true;
    pthread_cond_broadcast(&meeting->came);
    int failure = 0;
    while (meeting->present < meeting->expected && failure == 0)
        failure = pthread_cond_timedwait(&meeting->came, &meeting->mutex, &end);
    meeting->met[task] = failure == 0;
    pthread_mutex_unlock(&meeting->mutex);
}

static void test_tasks_run_at_the_same_time(void **state)
{
    (void)state;
    pool *pool = pool_create(4);
    for (int round = 0; round < 20; round++) {
        size_t tasks = 2 + (size_t)round % 3;
        if (round % 5 == 0) clock_sleep_ms(1); /* the workers are asleep by now */
        meeting meeting = {.expected = tasks};
        pthread_mutex_init(&meeting.mutex, NULL);
        pthread_cond_init(&meeting.came, NULL);
        pool_run(pool, tasks, meet, &meeting);
        size_t workers = 0;
        for (size_t i = 0; i < 4; i++) workers += meeting.seen_worker[i];
        assert_int_equal(workers, tasks);
        for (size_t i = 0; i < tasks; i++) assert_true(meeting.met[i]);
        pthread_cond_destroy(&meeting.came);
        pthread_mutex_destroy(&meeting.mutex);
    }
    pool_free(pool);
}

typedef struct inline_job {
    pthread_t caller;
    size_t next;
    bool elsewhere;
} inline_job;

static void run_inline(void *job, size_t task, size_t worker)
{
    inline_job *expected = job;
    if (!pthread_equal(pthread_self(), expected->caller) || worker != 0 || task != expected->next)
        expected->elsewhere = true;
    expected->next++;
}

static void test_one_task_or_one_worker_stays_with_the_caller(void **state)
{
    (void)state;
    const struct {
        size_t workers;
        size_t tasks;
    } cases[] = {{1, 100}, {4, 1}, {1, 1}, {4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pool *pool = pool_create(cases[i].workers);
        inline_job job = {.caller = pthread_self()};
        pool_run(pool, cases[i].tasks, run_inline, &job);
        assert_int_equal(job.next, cases[i].tasks);
        assert_false(job.elsewhere);
        pool_free(pool);
    }
}

/* Workers on one processor: the next task of one of them goes elsewhere, and may still run where
 * it could before. */
typedef struct crowding {
    cpu_set_t allowed;
    pthread_barrier_t both;
    bool is_changed;
} crowding;

static void crowd(void *job, size_t task, size_t worker)
{
    crowding *crowding = job;
    cpu_set_t now, first;
    (void)worker;
    if (sched_getaffinity(0, sizeof now, &now) != 0 || !CPU_EQUAL(&now, &crowding->allowed))
        crowding->is_changed = true;
    if (task >= 2) return;
    CPU_ZERO(&first);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&first) == 0; i++)
        if (CPU_ISSET(i, &crowding->allowed)) CPU_SET(i, &first);
    (void)sched_setaffinity(0, sizeof first, &first);
    (void)sched_setaffinity(0, sizeof crowding->allowed, &crowding->allowed);
    pthread_barrier_wait(&crowding->both);
}

static void test_processors_stay_those_that_were_allowed(void **state)
{
    (void)state;
    crowding crowding = {.is_changed = false};
    assert_int_equal(sched_getaffinity(0, sizeof crowding.allowed, &crowding.allowed), 0);
    pthread_barrier_init(&crowding.both, NULL, 2);
    pool *pool = pool_create(2);
    for (int i = 0; i < 200; i++) pool_run(pool, 50, crowd, &crowding);
    pool_free(pool);
    pthread_barrier_destroy(&crowding.both);
    assert_false(crowding.is_changed);
}

static void test_free_without_a_run(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) pool_free(pool_create(3));
    pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_task_runs_once),
        cmocka_unit_test(test_many_short_stages),
        cmocka_unit_test(test_tasks_run_at_the_same_time),
        cmocka_unit_test(test_one_task_or_one_worker_stays_with_the_caller),
        cmocka_unit_test(test_processors_stay_those_that_were_allowed),
        cmocka_unit_test(test_free_without_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
