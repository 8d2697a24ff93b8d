#include "crash/turns.h"

#include <errno.h>
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/random.h"

enum { MOST_THREADS = 64, MOST_POINTS = 20 * 1000 * 1000, WEIGHTS = 4, LOST_ONCE_IN = 100 };

static const int64_t begin_us = INT64_C(1000) * 1000 * 1000;

typedef enum condition {
    UNUSED,
    READY,
    WAITING,
    ENDED /* and to be joined */
} condition;

typedef struct turn {
    sem_t go;
    condition is;
    pthread_t thread;
    bool is_known;
    bool is_detached;
    char name[16];
    uint64_t weight; /* against those of others who are ready */
    /* while it waits */
    const void *what;
    const char *verb;
    int64_t until_us;
    bool is_late; /* the time came first */
} turn;

static struct {
    bool is_on;
    random_source random;
    turn threads[MOST_THREADS];
    int count; /* in use up to here */
    int64_t now_us;
    uint64_t period; /* a point interrupts once in so many */
    bool is_uneven;  /* some threads are much slower than others */
    bool loses_signals;
    turns_facts facts;
} turns;

static _Thread_local int self;
static _Thread_local int holds;

void (*turns_on_stuck)(const char *text);

bool turns_are_on(void) { return turns.is_on; }

turns_facts turns_look(void) { return turns.facts; }

int turns_self(void) { return self; }

uint64_t turns_random_below(uint64_t limit) { return random_below(&turns.random, limit); }

/* --- who is next ----------------------------------------------------------------------------- */

static void stuck(const char *why)
{
    char text[2048];
    int length = snprintf(text, sizeof text, "%s:", why);
    for (int i = 0; i < turns.count && length < (int)sizeof text - 100; i++) {
        const turn *at = &turns.threads[i];
        if (at->is == UNUSED || at->is == ENDED) continue;
        length += snprintf(text + length, sizeof text - (size_t)length, " %s (%d) %s;", at->name,
                           i, at->is == WAITING ? at->verb : "is ready");
    }
    if (turns_on_stuck) turns_on_stuck(text);
    fprintf(stderr, "%s\n", text);
    abort();
}

static void make_ready(turn *turn, bool is_late)
{
    turn->is = READY;
    turn->is_late = is_late;
}

/* Those whose time has come. */
static void wake_late(void)
{
    for (int i = 0; i < turns.count; i++) {
        turn *at = &turns.threads[i];
        bool is_over = at->is == WAITING && at->until_us != TURNS_NEVER &&
                       at->until_us <= turns.now_us;
        if (is_over) make_ready(at, true);
    }
}

/* false: nobody waits for a moment. */
static bool go_to_next_moment(void)
{
    int64_t next_us = TURNS_NEVER;
    for (int i = 0; i < turns.count; i++) {
        const turn *at = &turns.threads[i];
        if (at->is != WAITING || at->until_us == TURNS_NEVER) continue;
        if (next_us == TURNS_NEVER || at->until_us < next_us) next_us = at->until_us;
    }
    if (next_us == TURNS_NEVER) return false;
    if (next_us > turns.now_us) turns.now_us = next_us;
    return true;
}

static uint64_t weight_of_ready(int but)
{
    uint64_t sum = 0;
    for (int i = 0; i < turns.count; i++)
        if (turns.threads[i].is == READY && i != but) sum += turns.threads[i].weight;
    return sum;
}

/* Of those who are ready, `but` only if there is nobody else. */
static int choose(int but)
{
    uint64_t sum;
    wake_late();
    while ((sum = weight_of_ready(but)) == 0) {
        if (but >= 0 && turns.threads[but].is == READY) return but;
        if (!go_to_next_moment()) stuck("nobody can go on");
        wake_late();
    }
    uint64_t left = random_below(&turns.random, sum);
    for (int i = 0;; i++) {
        const turn *at = &turns.threads[i];
        if (at->is != READY || i == but) continue;
        if (left < at->weight) return i;
        left -= at->weight;
    }
}

/* --- handing it over ------------------------------------------------------------------------- */

static void note(uint64_t what)
{
    turns.facts.digest = (turns.facts.digest ^ what) * UINT64_C(0x100000001b3);
}

static void await_turn(turn *turn)
{
    while (sem_wait(&turn->go) != 0) continue; /* interrupted */
}

static void hand_to(int next)
{
    turns.facts.switches++;
    note((uint64_t)next);
    note((uint64_t)turns.now_us);
    sem_post(&turns.threads[next].go);
}

/* Back when it is this thread's turn. */
static void go_on_with(int next)
{
    if (next == self) return;
    int code = errno;
    turn *mine = &turns.threads[self];
    hand_to(next);
    await_turn(mine);
    errno = code;
}

static void count_point(void)
{
    if (++turns.facts.points > MOST_POINTS) stuck("it goes on without an end");
}

void turns_pass(void)
{
    if (!turns.is_on || holds > 0) return;
    count_point();
    if (random_once_in(&turns.random, turns.period)) go_on_with(choose(-1));
}

void turns_yield(void)
{
    if (!turns.is_on || holds > 0) return;
    count_point();
    go_on_with(choose(self));
}

bool turns_wait(const void *what, const char *verb, int64_t until_us)
{
    turn *mine = &turns.threads[self];
    count_point();
    mine->what = what;
    mine->verb = verb;
    mine->until_us = until_us;
    mine->is = WAITING;
    go_on_with(choose(-1));
    return !mine->is_late;
}

void turns_wake_all(const void *what)
{
    for (int i = 0; i < turns.count; i++)
        if (turns.threads[i].is == WAITING && turns.threads[i].what == what)
            make_ready(&turns.threads[i], false);
}

void turns_wake_one(const void *what)
{
    int found[MOST_THREADS], count = 0;
    for (int i = 0; i < turns.count; i++)
        if (turns.threads[i].is == WAITING && turns.threads[i].what == what) found[count++] = i;
    if (count == 0) return;
    int which = count == 1 ? 0 : (int)turns_random_below((uint64_t)count);
    make_ready(&turns.threads[found[which]], false);
}

void turns_lose_signals(bool are_lost) { turns.loses_signals = are_lost; }

bool turns_lose_signal(void)
{
    return turns.loses_signals && random_once_in(&turns.random, LOST_ONCE_IN);
}

void turns_hold(void) { holds++; }

void turns_let_go(void) { holds--; }

/* --- time ------------------------------------------------------------------------------------ */

int64_t turns_now_us(void)
{
    turns_pass(); /* who waits by looking at the clock lets others go on */
    return ++turns.now_us;
}

void turns_take_us(int64_t duration_us) { turns.now_us += duration_us; }

/* --- threads --------------------------------------------------------------------------------- */

/* Only names and conditions: what was waited for does not outlive the wait. */
static int add(const char *name)
{
    int number = 0;
    while (number < turns.count && turns.threads[number].is != UNUSED) number++;
    if (number == MOST_THREADS) stuck("too many threads");
    turn *added = &turns.threads[number];
    if (number == turns.count) {
        turns.count++;
        sem_init(&added->go, 0, 0);
    }
    added->is = READY;
    added->is_known = added->is_detached = false;
    added->weight = turns.is_uneven ? UINT64_C(1) << 2 * turns_random_below(WEIGHTS) : 1;
    (void)snprintf(added->name, sizeof added->name, "%s", name);
    return number;
}

int turns_add(void) { return add("thread"); }

void turns_enter(int number)
{
    self = number;
    await_turn(&turns.threads[number]);
}

void turns_leave(void)
{
    turn *mine = &turns.threads[self];
    mine->is = mine->is_detached ? UNUSED : ENDED;
    turns_wake_all(mine);
    hand_to(choose(-1));
}

void turns_know(int number, pthread_t thread)
{
    turns.threads[number].thread = thread;
    turns.threads[number].is_known = true;
}

static turn *find(pthread_t thread)
{
    for (int i = 0; i < turns.count; i++) {
        turn *at = &turns.threads[i];
        if (at->is != UNUSED && at->is_known && pthread_equal(at->thread, thread)) return at;
    }
    return NULL;
}

void turns_name(pthread_t thread, const char *name)
{
    turn *found = turns.is_on ? find(thread) : NULL;
    if (found) (void)snprintf(found->name, sizeof found->name, "%s", name);
}

bool turns_join(pthread_t thread)
{
    turn *found = find(thread);
    if (!found) return false;
    while (found->is != ENDED) (void)turns_wait(found, "joins another", TURNS_NEVER);
    found->is = UNUSED;
    return true;
}

void turns_detach(pthread_t thread)
{
    turn *found = find(thread);
    if (!found) return;
    if (found->is == ENDED) found->is = UNUSED;
    else found->is_detached = true;
}

/* --- life ------------------------------------------------------------------------------------ */

void turns_begin(uint64_t seed)
{
    static const uint64_t periods[] = {2, 6, 20, 100};
    memset(&turns, 0, sizeof turns);
    turns.random.state = seed ^ UINT64_C(0x7455524e);
    turns.period = periods[turns_random_below(4)];
    turns.is_uneven = random_once_in(&turns.random, 2);
    turns.now_us = begin_us;
    turns.facts.digest = UINT64_C(0xcbf29ce484222325);
    self = add("main");
    turns_know(self, pthread_self());
    turns.is_on = true;
}

void turns_end(void) { turns.is_on = false; }
