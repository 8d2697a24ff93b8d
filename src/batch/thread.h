/* Threads of a context (base/named_thread.h) that know whose they are. */
#ifndef BATCH_THREAD_H
#define BATCH_THREAD_H

#include <pthread.h>

#include "weir/status.h"

/* `name`: at most 15 characters. To be joined. `owner`: for thread_owner. */
weir_status thread_start(pthread_t *thread, const char *name, const void *owner,
                         void *(*run)(void *), void *user);

/* The owner of the calling thread; NULL if thread_start did not start it. */
const void *thread_owner(void);

#endif
