/* librdkafka makes its threads by the calls of C11, which the thread sanitizer does not know: it
 * crashes in such a thread, and does not see how they wait for each other. Loaded before all else
 * (LD_PRELOAD), this leads them to those of POSIX, by which glibc has made them as well. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

/* All of this is hidden otherwise, and would take no one's place. */
#pragma GCC visibility push(default)

typedef struct beginning {
    thrd_start_t main;
    void *user;
} beginning;

static void *begin(void *user)
{
    beginning it = *(beginning *)user;
    free(user);
    return (void *)(intptr_t)it.main(it.user);
}

int thrd_create(thrd_t *thread, thrd_start_t main, void *user)
{
    beginning *it = malloc(sizeof *it);
    if (!it) return thrd_nomem;
    *it = (beginning){main, user};
    pthread_t made;
    if (pthread_create(&made, NULL, begin, it) != 0) {
        free(it);
        return thrd_error;
    }
    *thread = made;
    return thrd_success;
}

int thrd_join(thrd_t thread, int *result)
{
    void *value;
    if (pthread_join(thread, &value) != 0) return thrd_error;
    if (result) *result = (int)(intptr_t)value;
    return thrd_success;
}

int thrd_detach(thrd_t thread)
{
    return pthread_detach(thread) == 0 ? thrd_success : thrd_error;
}

/* mtx_t and cnd_t have the size of these, and begin as they do. */
static pthread_mutex_t *mutex_of(mtx_t *mutex)
{
    return (pthread_mutex_t *)(void *)mutex;
}

static pthread_cond_t *condition_of(cnd_t *condition)
{
    return (pthread_cond_t *)(void *)condition;
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    if (type & mtx_recursive) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    int failure = pthread_mutex_init(mutex_of(mutex), &kind);
    pthread_mutexattr_destroy(&kind);
    return failure == 0 ? thrd_success : thrd_error;
}

int mtx_lock(mtx_t *mutex)
{
    return pthread_mutex_lock(mutex_of(mutex)) == 0 ? thrd_success : thrd_error;
}

int mtx_trylock(mtx_t *mutex)
{
    return pthread_mutex_trylock(mutex_of(mutex)) == 0 ? thrd_success : thrd_busy;
}

int mtx_unlock(mtx_t *mutex)
{
    return pthread_mutex_unlock(mutex_of(mutex)) == 0 ? thrd_success : thrd_error;
}

void mtx_destroy(mtx_t *mutex)
{
    pthread_mutex_destroy(mutex_of(mutex));
}

int cnd_init(cnd_t *condition)
{
    return pthread_cond_init(condition_of(condition), NULL) == 0 ? thrd_success : thrd_error;
}

int cnd_signal(cnd_t *condition)
{
    return pthread_cond_signal(condition_of(condition)) == 0 ? thrd_success : thrd_error;
}

int cnd_broadcast(cnd_t *condition)
{
    return pthread_cond_broadcast(condition_of(condition)) == 0 ? thrd_success : thrd_error;
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    int failure = pthread_cond_wait(condition_of(condition), mutex_of(mutex));
    return failure == 0 ? thrd_success : thrd_error;
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until)
{
    int failure = pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until);
    if (failure == 0) return thrd_success;
    return failure == ETIMEDOUT ? thrd_timedout : thrd_error;
}

void cnd_destroy(cnd_t *condition)
{
    pthread_cond_destroy(condition_of(condition));
}

#pragma GCC visibility pop
