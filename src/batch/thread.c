#include "batch/thread.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct beginning {
    const void *owner;
    void *(*run)(void *);
    void *user;
} beginning;

static _Thread_local const void *current_owner;

static void *thread_main(void *user)
{
    beginning beginning = *(struct beginning *)user;
    free(user);
    current_owner = beginning.owner;
    return beginning.run(beginning.user);
}

weir_status thread_start(pthread_t *thread, const char *name, const void *owner,
                         void *(*run)(void *), void *user)
{
    beginning *beginning = memory_alloc(sizeof *beginning);
    *beginning = (struct beginning){owner, run, user};
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(thread, NULL, thread_main, beginning);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure) {
        free(beginning);
        return error_set(WEIR_RUNTIME, "cannot start the thread %s: %s", name, strerror(failure));
    }
    pthread_setname_np(*thread, name);
    return WEIR_OK;
}

const void *thread_owner(void) { return current_owner; }
