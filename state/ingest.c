#include "state/ingest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/named_thread.h"
#include "state/incoming.h"
#include "state/pane_ingest.h"
#include "state/sorted_entries.h"

/* Partitions of a space on their way into the database. Keys begin with the partition, so a file
 * holds them in order; and while somebody waits, a helper writes the later half of what is left
 * into a file of its own. */
typedef struct ingestion ingestion;
struct ingestion {
    rocks_store *store;
    const frozen_space *space;
    size_t next, end; /* partitions still to be written */
    incoming file;
    sorted_entries entries;
    size_t written;
    ingestion *helper; /* NULL: this is the helper */
    /* the helper's */
    pthread_t thread;
    bool is_started;
    size_t memory; /* of the budget, for what it sorts */
    weir_status status;
    char why[ERROR_TEXT_MAX];
};

static weir_status write_partitions(ingestion *at);

/* --- a second thread ------------------------------------------------------------------------ */

static void *help(void *user)
{
    ingestion *at = user;
    at->status = write_partitions(at);
    if (at->status != WEIR_OK) (void)snprintf(at->why, sizeof at->why, "%s", error_text());
    return NULL;
}

static bool start_thread(ingestion *helper)
{
    helper->is_started = named_thread_start(&helper->thread, "weir-state-help", help, helper) == 0;
    return helper->is_started;
}

static size_t next_partition(const frozen_space *space, size_t from, size_t end)
{
    while (from < end && space->partitions[from].count == 0) from++;
    return from;
}

/* The middle of what is left, behind which there is something; or its end. */
static size_t find_middle(const ingestion *at)
{
    size_t middle = at->next + (at->end - at->next + 1) / 2;
    return next_partition(at->space, middle, at->end);
}

/* Batches go first: the helper takes part only while one of them waits for this, or none is to
 * come, and if there is memory for what it sorts. */
static void share(ingestion *at)
{
    ingestion *helper = at->helper;
    if (!helper || helper->is_started) return;
    if (atomic_load_explicit(&at->store->awaited, memory_order_relaxed) == 0) return;
    size_t middle = find_middle(at), most = 0;
    if (middle == at->end) return;
    for (size_t i = middle; i < at->end; i++)
        if (at->space->partitions[i].count > most) most = at->space->partitions[i].count;
    size_t memory = sorted_entries_memory(most);
    if (!memory_budget_has(&at->store->budget, memory)) return;
    *helper = (ingestion){.store = at->store, .space = at->space, .next = middle, .end = at->end,
                          .memory = memory};
    if (incoming_begin(&helper->file, at->store->database, 1) != WEIR_OK) return;
    memory_budget_add(&at->store->budget, memory);
    if (start_thread(helper)) {
        at->end = middle;
        return;
    }
    memory_budget_take(&at->store->budget, memory);
    (void)incoming_end(&helper->file, 1, at->space->space->family, WEIR_RUNTIME);
}

/* The status of both; one failure is told. */
static weir_status join(ingestion *at, weir_status status)
{
    ingestion *helper = at->helper;
    if (!helper->is_started) return status;
    char why[ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", error_text());
    pthread_join(helper->thread, NULL);
    at->written += helper->written;
    sorted_entries_release(&helper->entries);
    memory_budget_take(&at->store->budget, helper->memory);
    if (status != WEIR_OK) return error_set(status, "%s", why);
    if (helper->status == WEIR_OK) return WEIR_OK;
    return error_set(helper->status, "%s", helper->why);
}

/* --- one space ------------------------------------------------------------------------------ */

static weir_status write_run(ingestion *at, size_t count)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0, begin = 0; i < count && status == WEIR_OK; i++) {
        sorted_entry entry = sorted_entries_next(&at->entries, &begin);
        status = entry.value ? incoming_put(&at->file, entry.key, entry.key_size, entry.value,
                                            entry.value_size)
                             : incoming_delete(&at->file, entry.key, entry.key_size);
        at->written++;
    }
    return status;
}

static weir_status write_partition(ingestion *at, size_t partition)
{
    size_t count = 1;
    weir_status status = sorted_entries_sort(&at->entries, at->space, partition);
    while (status == WEIR_OK && count > 0) {
        status = sorted_entries_encode(&at->entries, &count);
        if (status == WEIR_OK) status = write_run(at, count);
    }
    return status;
}

static weir_status write_partitions(ingestion *at)
{
    for (;;) {
        at->next = next_partition(at->space, at->next, at->end);
        if (at->next == at->end) return incoming_finish(&at->file);
        share(at);
        weir_status status = write_partition(at, at->next++);
        if (status != WEIR_OK) return status;
    }
}

static weir_status ingest_space(rocks_store *store, const frozen_space *space)
{
    const size_t partitions = space->space->base.partitions;
    if (next_partition(space, 0, partitions) == partitions) return WEIR_OK;
    ingestion helper = {.store = store};
    ingestion at = {.store = store, .space = space, .end = partitions, .helper = &helper};
    weir_status status = incoming_begin(&at.file, store->database, 0);
    if (status != WEIR_OK) return status;
    status = join(&at, write_partitions(&at));
    incoming files[INCOMING_FILES] = {at.file, helper.file};
    status = incoming_end(files, helper.is_started ? 2 : 1, space->space->family, status);
    if (status == WEIR_OK)
        database_estimate_keys(store->database, space->space->family, &space->space->behind);
    atomic_fetch_add_explicit(&store->keys_ingested, at.written, memory_order_relaxed);
    sorted_entries_release(&at.entries);
    return status;
}

/* --- sets ----------------------------------------------------------------------------------- */

/* Panes that have expired by the last set need not be put in any more. */
static weir_status ingest_set(rocks_store *store, state_frozen *set, const state_frozen *last)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < set->space_count && status == WEIR_OK; i++)
        status = ingest_space(store, &set->spaces[i]);
    for (size_t i = 0; i < set->pane_count && status == WEIR_OK; i++)
        status = pane_ingest(store, &set->panes[i], last->panes[i].expired_ms);
    return status;
}

weir_status ingest_begin(rocks_store *store, const state_frozen *last)
{
    pthread_mutex_lock(&store->lock);
    while (store->is_writing) pthread_cond_wait(&store->changed, &store->lock);
    store->is_writing = true;
    state_frozen *set = store->frozen;
    pthread_mutex_unlock(&store->lock);
    /* Sets up to the last do not change while we may write: only newer ones are appended. */
    weir_status status = WEIR_OK;
    for (bool is_last = false; !is_last && status == WEIR_OK; set = is_last ? set : set->newer) {
        assert(set);
        is_last = set == last;
        status = ingest_set(store, set, last);
    }
    for (size_t i = 0; i < last->pane_count && status == WEIR_OK; i++)
        status = pane_expire(store, &last->panes[i]);
    return status;
}

void ingest_end(rocks_store *store, const state_frozen *last, bool is_stored)
{
    state_frozen *done = NULL;
    pthread_mutex_lock(&store->lock);
    if (is_stored) {
        done = store->frozen;
        state_frozen *end = done;
        while (end != last) end = end->newer;
        store->frozen = end->newer;
        store->stored = end->boundary;
        end->newer = NULL;
    } else {
        for (state_frozen *set = store->frozen;; set = set->newer) {
            set->is_abandoned = true;
            if (set == last) break;
        }
    }
    store->is_writing = false;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
    for (state_frozen *newer; done; done = newer) {
        newer = done->newer;
        state_frozen_free(store, done);
    }
}
