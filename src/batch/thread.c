#include "batch/thread.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/named_thread.h"

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
    int failure = named_thread_start(thread, name, thread_main, beginning);
    if (failure == 0) return WEIR_OK;
    free(beginning);
    return error_set(WEIR_RUNTIME, "cannot start the thread %s: %s", name, strerror(failure));
}

const void *thread_owner(void) { return current_owner; }
