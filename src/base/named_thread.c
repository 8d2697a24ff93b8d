#include "base/named_thread.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

/* What a thread needs at least, the longest chain of operators included. Where the system sets no
 * limit to stacks, less is usual. */
enum { STACK_BYTES = 8 << 20 };

static int start(pthread_t *thread, void *(*run)(void *), void *user)
{
    pthread_attr_t attributes;
    size_t usual;
    int failure = pthread_attr_init(&attributes);
    if (failure) return failure;
    bool is_known = pthread_attr_getstacksize(&attributes, &usual) == 0;
    if (!is_known || usual < STACK_BYTES)
        (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    failure = pthread_create(thread, &attributes, run, user);
    (void)pthread_attr_destroy(&attributes);
    return failure;
}

int named_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *user)
{
    sigset_t all;
    sigset_t before;
    assert(strlen(name) < THREAD_NAME_MAX);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = start(thread, run, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure == 0) pthread_setname_np(*thread, name);
    return failure;
}
