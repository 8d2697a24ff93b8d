#include "tools/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/command.h"

/* timeout(1) signals a process and then its group: that is one wish. Between the two it may be
 * held up; nobody presses a key twice in so short a time. */
enum { SAME_WISH_MS = 200 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static sigset_t watched(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/* RocksDB ends the process where it is refused a thread or memory, and its own words name neither
 * the limit nor what to do. By write() alone: whoever aborts may hold any lock. */
static void tell_abort(int number)
{
    static const char text[] =
        "weir: error: a library could not go on and has ended the process (abort); what is said "
        "above may tell why. Too few threads or too little memory: see `ulimit -u` and `ulimit "
        "-v`. A run that lasts has lost nothing that was acknowledged: start it again\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    raise(number); /* when this returns; by then it is not caught any more */
}

static void watch_abort(void)
{
    struct sigaction action = {.sa_handler = tell_abort, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
}

void signals_block(void)
{
    watch_abort();
    sigset_t set = watched();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    /* An ignored signal never waits; a shell starts its background jobs with SIGINT ignored. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    /* A file that may not grow any more is a failure like others, and is told like them. */
    signal(SIGXFSZ, SIG_IGN);
}

/* Waits until it is asked, or until there is nothing to ask any more. A handler of the job's own
 * may run on this thread meanwhile, which is neither. */
static void *stop(void *user)
{
    signals *signals = user;
    while (sem_wait(&signals->wakes_stopper) != 0 && errno == EINTR) continue;
    if (!atomic_load(&signals->is_asked)) return NULL;
    signals->status = weir_stop(atomic_load(&signals->context), true);
    if (signals->status != WEIR_OK) problem_set(&signals->why, "%s", weir_last_error());
    return NULL;
}

static void ask_to_stop(signals *signals)
{
    progress_message(WEIR_INFO, "stopping: what was received is still computed; a second signal "
                                "stops at once", signals->progress);
    if (atomic_exchange(&signals->is_stopping, true)) return; /* the run is ending anyway */
    atomic_store(&signals->is_asked, true);
    sem_post(&signals->wakes_stopper);
}

/* Where nothing runs yet, nothing has to be stopped: a process may be killed at any moment. */
static bool has_begun(signals *signals)
{
    weir_context *context = atomic_load(&signals->context);
    return context && weir_get_state(context) != WEIR_INITIALIZED;
}

static void *watch(void *user)
{
    signals *signals = user;
    sigset_t set = watched();
    int64_t asked_ms = 0;
    for (;;) {
        int number = SIGTERM;
        sigwait(&set, &number);
        if (atomic_load(&signals->is_over)) return NULL;
        if (!has_begun(signals)) _exit(EXIT_FORCED + number);
        if (asked_ms == 0) {
            asked_ms = now_ms();
            ask_to_stop(signals);
        } else if (now_ms() - asked_ms > SAME_WISH_MS) {
            progress_abandon(signals->progress, "stopped at once; what waited was not computed");
            _exit(EXIT_FORCED + number);
        }
    }
}

bool signals_watch(signals *signals, problem *problem)
{
    memset(signals, 0, sizeof *signals);
    sem_init(&signals->wakes_stopper, 0, 0);
    int code = pthread_create(&signals->stopper, NULL, stop, signals);
    if (code == 0) {
        code = pthread_create(&signals->watcher, NULL, watch, signals);
        if (code == 0) { /* as `top -H` shows them; those of the library have names, too */
            pthread_setname_np(signals->stopper, "weir-stop");
            pthread_setname_np(signals->watcher, "weir-signals");
            return true;
        }
        sem_post(&signals->wakes_stopper);
        pthread_join(signals->stopper, NULL);
    }
    sem_destroy(&signals->wakes_stopper);
    return problem_set(problem, "cannot make a thread that waits for signals: %s", strerror(code));
}

void signals_guard(signals *signals, weir_context *context, progress *progress)
{
    signals->progress = progress;
    atomic_store(&signals->context, context);
}

weir_status signals_end(signals *signals)
{
    weir_context *context = atomic_load(&signals->context);
    if (atomic_load(&signals->is_over)) return signals->status;
    if (!atomic_exchange(&signals->is_stopping, true)) {
        if (context && weir_get_state(context) == WEIR_ACTIVE) weir_stop(context, false);
        sem_post(&signals->wakes_stopper);
    }
    pthread_join(signals->stopper, NULL); /* meanwhile a second signal still ends the process */
    atomic_store(&signals->is_over, true);
    pthread_kill(signals->watcher, SIGTERM);
    pthread_join(signals->watcher, NULL);
    sem_destroy(&signals->wakes_stopper);
    return signals->status;
}
