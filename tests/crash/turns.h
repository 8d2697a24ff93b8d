/* Threads that take turns, so that a run is a function of its seed: one thread goes on at a time,
 * and where it waits, or at a point where it may be interrupted, a random source says who is next.
 * The calls of pthreads, of libuv and of base/clock.c that wait, wake or look at a clock are led
 * here by the linker (--wrap): turns_threads.c, turns_loop.c, simulate_seams.c.
 *
 * Time is of this place too: it goes on by a microsecond with each look at it, by what is taken
 * (turns_take_us), and to the next moment that somebody waits for when nobody else can go on.
 *
 * What two threads do is always one after the other here: races are for the thread sanitizer to
 * see, without turns.
 *
 * Only the thread that has the turn touches what is here, and gives it away by a semaphore: there
 * is nothing to lock. Between turns_begin and turns_end; else all the calls are the real ones. */
#ifndef CRASH_TURNS_H
#define CRASH_TURNS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TURNS_NEVER = -1 };

/* The caller is the first thread, and has the turn. */
void turns_begin(uint64_t seed);
/* The first thread again, when all others have ended. */
void turns_end(void);
bool turns_are_on(void);

/* Called when nobody can go on, ever, with who waits for what; does not return. NULL: aborts. */
extern void (*turns_on_stuck)(const char *text);
/* Plants an error: some signals of conditions are lost. Until turns_end. */
void turns_lose_signals(bool are_lost);

/* What was decided so far: the same number means the same run. */
typedef struct turns_facts {
    uint64_t points;   /* where another could have gone on */
    uint64_t switches; /* where another did */
    uint64_t digest;
} turns_facts;
turns_facts turns_look(void);

/* --- for the calls --------------------------------------------------------------------------- */

/* A point where another may go on. */
void turns_pass(void);
/* The same, and another does, if there is one. */
void turns_yield(void);
/* Others go on until somebody wakes those who wait for `what`, or `until_us` has come: false.
 * `verb` says what it does meanwhile. */
bool turns_wait(const void *what, const char *verb, int64_t until_us);
void turns_wake_all(const void *what);
void turns_wake_one(const void *what); /* any of them */
bool turns_lose_signal(void);          /* is this one to be lost? */
/* No turns_pass interrupts the caller between these two; they nest. */
void turns_hold(void);
void turns_let_go(void);

int64_t turns_now_us(void);
void turns_take_us(int64_t duration_us); /* something that takes so long */
uint64_t turns_random_below(uint64_t limit);

/* A thread to come: its number, for turns_enter on it. */
int turns_add(void);
void turns_enter(int number); /* waits for its first turn */
void turns_leave(void);       /* it ends: hands the turn over */
void turns_know(int number, pthread_t thread);
void turns_name(pthread_t thread, const char *name);
/* Waits until the thread has left, and forgets it; false: it is none of these. */
bool turns_join(pthread_t thread);
void turns_detach(pthread_t thread);
int turns_self(void);

/* Mutexes of the simulation itself: held by who cannot be interrupted. */
void turns_plain_lock(pthread_mutex_t *mutex);
void turns_plain_unlock(pthread_mutex_t *mutex);

#endif
