#include "operators/past.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log_line.h"

struct past_dataset {
    past_dataset *newer; /* of the same stream, under the mutex of the past */
    _Atomic unsigned references;
    int64_t time_ms;
    arena arena;
    size_t count;
    records partitions[];
};

/* The datasets of one stream, oldest first. */
typedef struct shelf {
    past_dataset *oldest;
    past_dataset *newest;
    past_dataset *coming; /* of the batch at hand, or NULL. Batch runner's thread */
} shelf;

struct past {
    pthread_mutex_t mutex;
    size_t limit;
    size_t bytes; /* of all datasets on the shelves */
    log_damper forgets_early;
    size_t streams;
    shelf shelves[];
};

/* --- One dataset ----------------------------------------------------------------------------- */

static past_dataset *copy(int64_t time_ms, const records *partitions, size_t count)
{
    past_dataset *dataset = memory_zero_alloc(1, sizeof *dataset + count * sizeof(records));
    dataset->references = 1;
    dataset->time_ms = time_ms;
    dataset->count = count;
    arena_init(&dataset->arena, NULL);
    for (size_t i = 0; i < count; i++) {
        weir_vector all = records_vector(&partitions[i], 0, partitions[i].count);
        records_reserve(&dataset->partitions[i], &dataset->arena, all.count);
        if (all.count) records_append_vector(&dataset->partitions[i], &dataset->arena, &all);
    }
    return dataset;
}

static size_t bytes_of(const past_dataset *dataset)
{
    return dataset->arena.chunk_bytes + sizeof *dataset + dataset->count * sizeof(records);
}

void past_dataset_drop(past_dataset *dataset)
{
    if (!dataset || atomic_fetch_sub(&dataset->references, 1) != 1) return;
    arena_release(&dataset->arena);
    free(dataset);
}

int64_t past_dataset_time(const past_dataset *dataset) { return dataset->time_ms; }

const records *past_dataset_partitions(const past_dataset *dataset, size_t *count)
{
    *count = dataset->count;
    return dataset->partitions;
}

/* --- All of them ----------------------------------------------------------------------------- */

past *past_create(size_t streams, size_t limit)
{
    past *past = memory_zero_alloc(1, sizeof *past + streams * sizeof(shelf));
    pthread_mutex_init(&past->mutex, NULL);
    past->limit = limit;
    past->streams = streams;
    return past;
}

/* The mutex is held. */
static void forget_oldest(past *past, shelf *shelf)
{
    past_dataset *oldest = shelf->oldest;
    shelf->oldest = oldest->newer;
    if (!shelf->oldest) shelf->newest = NULL;
    past->bytes -= bytes_of(oldest);
    past_dataset_drop(oldest);
}

void past_free(past *past)
{
    if (!past) return;
    past_settle(past, false);
    for (size_t i = 0; i < past->streams; i++)
        while (past->shelves[i].oldest) forget_oldest(past, &past->shelves[i]);
    pthread_mutex_destroy(&past->mutex);
    free(past);
}

/* The oldest of all streams go first. The mutex is held. */
static void keep_within(past *past)
{
    while (past->limit && past->bytes > past->limit) {
        shelf *first = NULL;
        for (size_t i = 0; i < past->streams; i++) {
            shelf *shelf = &past->shelves[i];
            if (!shelf->oldest) continue;
            if (!first || shelf->oldest->time_ms < first->oldest->time_ms) first = shelf;
        }
        log_damped(&past->forgets_early, WEIR_WARNING,
                   "what is to be remembered takes more than %zu bytes; the batch of %lld ms is "
                   "forgotten early: give more `memory`, or remember for less time",
                   past->limit, (long long)first->oldest->time_ms);
        forget_oldest(past, first);
    }
}

void past_keep(past *past, size_t stream, int64_t time_ms, const records *partitions, size_t count)
{
    past->shelves[stream].coming = copy(time_ms, partitions, count);
}

/* The mutex is held. */
static void put_on(past *past, shelf *shelf)
{
    past_dataset *dataset = shelf->coming;
    shelf->coming = NULL;
    if (shelf->newest) shelf->newest->newer = dataset;
    else shelf->oldest = dataset;
    shelf->newest = dataset;
    past->bytes += bytes_of(dataset);
    keep_within(past);
}

void past_settle(past *past, bool is_good)
{
    pthread_mutex_lock(&past->mutex);
    for (size_t i = 0; i < past->streams; i++) {
        shelf *shelf = &past->shelves[i];
        if (shelf->coming && is_good) put_on(past, shelf);
        past_dataset_drop(shelf->coming);
        shelf->coming = NULL;
    }
    pthread_mutex_unlock(&past->mutex);
}

void past_forget(past *past, size_t stream, int64_t until_ms)
{
    pthread_mutex_lock(&past->mutex);
    shelf *shelf = &past->shelves[stream];
    while (shelf->oldest && shelf->oldest->time_ms <= until_ms) forget_oldest(past, shelf);
    pthread_mutex_unlock(&past->mutex);
}

bool past_range(past *past, size_t stream, int64_t *first_ms, int64_t *last_ms)
{
    pthread_mutex_lock(&past->mutex);
    const shelf *shelf = &past->shelves[stream];
    bool has_any = shelf->oldest;
    *first_ms = has_any ? shelf->oldest->time_ms : 0;
    *last_ms = has_any ? shelf->newest->time_ms : 0;
    pthread_mutex_unlock(&past->mutex);
    return has_any;
}

past_dataset *past_take(past *past, size_t stream, int64_t time_ms)
{
    pthread_mutex_lock(&past->mutex);
    past_dataset *dataset = past->shelves[stream].oldest;
    while (dataset && dataset->time_ms != time_ms) dataset = dataset->newer;
    if (dataset) atomic_fetch_add(&dataset->references, 1);
    pthread_mutex_unlock(&past->mutex);
    return dataset;
}
