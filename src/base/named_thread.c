#include "base/named_thread.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

int named_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *user)
{
    sigset_t all;
    sigset_t before;
    assert(strlen(name) < THREAD_NAME_MAX);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(thread, NULL, run, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure == 0) pthread_setname_np(*thread, name);
    return failure;
}
