/* The one way in which weir begins a thread: named, so that `top -H` and a debugger tell which one
 * it is, and deaf to signals, which belong to the program's own threads. */
#ifndef BASE_NAMED_THREAD_H
#define BASE_NAMED_THREAD_H

#include <pthread.h>

enum { THREAD_NAME_MAX = 16 }; /* with its end: that much the system keeps */

/* `name`: shorter than THREAD_NAME_MAX; copied. To be joined or detached. 0, or why there is none,
 * a number as errno has. */
int named_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *user);

#endif
