/* The calls of pthreads, by turns. Mutexes are the real ones below, which nobody waits for:
 * whoever finds one taken waits for his turn. Conditions are places that are waited for by their
 * addresses. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "crash/turns.h"

#define REAL(name, ...)           \
    int __real_##name(__VA_ARGS__); \
    int __wrap_##name(__VA_ARGS__);

REAL(pthread_create, pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
     void *user)
REAL(pthread_join, pthread_t thread, void **result)
REAL(pthread_detach, pthread_t thread)
REAL(pthread_setname_np, pthread_t thread, const char *name)
REAL(pthread_once, pthread_once_t *once, void (*run)(void))
REAL(pthread_mutex_lock, pthread_mutex_t *mutex)
REAL(pthread_mutex_unlock, pthread_mutex_t *mutex)
REAL(pthread_cond_wait, pthread_cond_t *condition, pthread_mutex_t *mutex)
REAL(pthread_cond_timedwait, pthread_cond_t *condition, pthread_mutex_t *mutex,
     const struct timespec *until)
REAL(pthread_cond_signal, pthread_cond_t *condition)
REAL(pthread_cond_broadcast, pthread_cond_t *condition)
REAL(sched_yield, void)
REAL(sched_getcpu, void)
long __real_sysconf(int name);
long __wrap_sysconf(int name);

/* --- threads --------------------------------------------------------------------------------- */

typedef struct beginning {
    void *(*run)(void *);
    void *user;
    int number;
} beginning;

static void *thread_main(void *user)
{
    beginning beginning = *(struct beginning *)user;
    free(user);
    turns_enter(beginning.number);
    void *result = beginning.run(beginning.user);
    turns_leave();
    return result;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *user)
{
    if (!turns_are_on()) return __real_pthread_create(thread, attributes, run, user);
    beginning *beginning = memory_alloc(sizeof *beginning);
    *beginning = (struct beginning){run, user, turns_add()};
    int number = beginning->number;
    int failure = __real_pthread_create(thread, attributes, thread_main, beginning);
    if (failure) abort(); /* the machine has no thread left */
    turns_know(number, *thread);
    turns_pass();
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    if (turns_are_on()) (void)turns_join(thread);
    return __real_pthread_join(thread, result);
}

int __wrap_pthread_detach(pthread_t thread)
{
    if (turns_are_on()) turns_detach(thread);
    return __real_pthread_detach(thread);
}

int __wrap_pthread_setname_np(pthread_t thread, const char *name)
{
    turns_name(thread, name);
    return turns_are_on() ? 0 : __real_pthread_setname_np(thread, name);
}

/* What runs once may wait for a mutex; whoever else wants it meanwhile waits by turns. */
int __wrap_pthread_once(pthread_once_t *once, void (*run)(void))
{
    static pthread_once_t *running; /* of who has the turn */
    if (!turns_are_on()) return __real_pthread_once(once, run);
    while (running == once) (void)turns_wait(once, "waits for what runs once", TURNS_NEVER);
    pthread_once_t *outer = running;
    running = once;
    turns_hold();
    int answer = __real_pthread_once(once, run);
    turns_let_go();
    running = outer;
    turns_wake_all(once);
    return answer;
}

int __wrap_sched_yield(void)
{
    if (!turns_are_on()) return __real_sched_yield();
    turns_yield();
    return 0;
}

/* Each thread has a processor, and there are as many as the pool looks around for. */
int __wrap_sched_getcpu(void) { return turns_are_on() ? turns_self() : __real_sched_getcpu(); }

long __wrap_sysconf(int name)
{
    return turns_are_on() && name == _SC_NPROCESSORS_ONLN ? 2 : __real_sysconf(name);
}

/* --- mutexes --------------------------------------------------------------------------------- */

static void take(pthread_mutex_t *mutex)
{
    while (pthread_mutex_trylock(mutex) == EBUSY)
        (void)turns_wait(mutex, "waits for a mutex", TURNS_NEVER);
}

static void give(pthread_mutex_t *mutex)
{
    __real_pthread_mutex_unlock(mutex);
    turns_wake_all(mutex);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (!turns_are_on()) return __real_pthread_mutex_lock(mutex);
    turns_pass();
    take(mutex);
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (!turns_are_on()) return __real_pthread_mutex_unlock(mutex);
    give(mutex);
    turns_pass();
    return 0;
}

void turns_plain_lock(pthread_mutex_t *mutex) { __real_pthread_mutex_lock(mutex); }

void turns_plain_unlock(pthread_mutex_t *mutex) { __real_pthread_mutex_unlock(mutex); }

/* --- conditions ------------------------------------------------------------------------------ */

static bool await(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_us)
{
    give(mutex);
    bool is_woken = turns_wait(condition, "waits for a condition", until_us);
    take(mutex);
    return is_woken;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    if (!turns_are_on()) return __real_pthread_cond_wait(condition, mutex);
    (void)await(condition, mutex, TURNS_NEVER);
    return 0;
}

/* All of them are made with the monotonic clock. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    if (!turns_are_on()) return __real_pthread_cond_timedwait(condition, mutex, until);
    int64_t until_us = (int64_t)until->tv_sec * 1000000 + until->tv_nsec / 1000;
    return await(condition, mutex, until_us) ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
    if (!turns_are_on()) return __real_pthread_cond_signal(condition);
    if (!turns_lose_signal()) turns_wake_one(condition);
    turns_pass();
    return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
    if (!turns_are_on()) return __real_pthread_cond_broadcast(condition);
    if (!turns_lose_signal()) turns_wake_all(condition);
    turns_pass();
    return 0;
}
