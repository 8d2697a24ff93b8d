#include "recovery/checkpointer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "base/named_thread.h"
#include "base/priority.h"
#include "recovery/sealed_file.h"
#include "state/store.h"

enum { REST_US = 200000 };

/* --- writing one ----------------------------------------------------------------------------- */

static char *join(const char *path, const char *name)
{
    size_t size = strlen(path) + strlen(name) + 2;
    char *joined = memory_alloc(size);
    snprintf(joined, size, "%s/%s", path, name);
    return joined;
}

/* The state of the job, as files of the manifest. */
static weir_status write_state(checkpointer *checkpointer, checkpoint_job *job, const char *path,
                               state_files *files)
{
    if (!job->frozen) return WEIR_OK;
    char *state = join(path, "state");
    state_frozen *frozen = job->frozen;
    job->frozen = NULL; /* taken, whatever comes of it */
    weir_status status = state_checkpoint_write(checkpointer->store, frozen, state, files);
    free(state);
    return status;
}

static weir_status write_manifest(checkpointer *checkpointer, checkpoint_job *job,
                                  const char *path, const state_files *files)
{
    char *lineage = join(path, "lineage"), *manifest = join(path, "MANIFEST");
    manifest_file *listed = memory_zero_alloc(files->count + 1, sizeof *listed);
    for (size_t i = 0; i < files->count; i++)
        listed[i] = (manifest_file){files->files[i].name, files->files[i].size,
                                    files->files[i].hash};
    job->manifest.files = listed;
    job->manifest.file_count = files->count;
    job->manifest.place = job->place.bytes;
    job->manifest.place_size = job->place.size;
    buffer encoded = {0};
    manifest_encode(&job->manifest, &encoded);
    weir_status status = sealed_file_write(lineage, lineage_magic, &checkpointer->lineage);
    if (status == WEIR_OK) status = sealed_file_write(manifest, manifest_magic, &encoded);
    if (status == WEIR_OK) status = file_sync_directory(path);
    buffer_release(&encoded);
    free(listed);
    free(manifest);
    free(lineage);
    return status;
}

static weir_status write_all(checkpointer *checkpointer, checkpoint_job *job, const char *path)
{
    state_files files = {0};
    weir_status status = file_make_directory(path);
    if (status == WEIR_OK) status = write_state(checkpointer, job, path, &files);
    /* What was acknowledged before its sync is referred to from here on (C2); a segment that is
     * begun behind the sync is not. */
    job->manifest.log_newest = wal_log_newest(checkpointer->log);
    if (status == WEIR_OK) status = wal_log_sync(checkpointer->log);
    if (status == WEIR_OK) status = write_manifest(checkpointer, job, path, &files);
    state_files_release(&files);
    return status;
}

/* By rename, after its bytes are synced; then the directory is synced (C1). */
static weir_status publish(const checkpointer *checkpointer, const char *from, int64_t time_ms)
{
    char *to = directory_checkpoint_path(checkpointer->directory, time_ms, NULL);
    weir_status status = directory_check_held(checkpointer->directory);
    if (status == WEIR_OK) status = file_rename(from, to);
    if (status == WEIR_OK) status = file_sync_directory(checkpointer->directory->checkpoints);
    free(to);
    return status;
}

static void free_job(checkpointer *checkpointer, checkpoint_job *job)
{
    if (!job) return;
    if (job->frozen) state_frozen_abandon(checkpointer->store, job->frozen);
    buffer_release(&job->place);
    free(job);
}

/* Tables are shared by checkpoints: the one just published has what is damaged, and of the older
 * ones some may be the last without it. */
static void retire(checkpointer *checkpointer)
{
    if (!checkpointer->store || !rocks_store_is_damaged(checkpointer->store)) {
        retention_apply(checkpointer->directory, checkpointer->log, &checkpointer->retention);
        return;
    }
    if (!checkpointer->keeps_all)
        log_line(WEIR_WARNING,
                 "%s: state is damaged, and so is every checkpoint that shares it: no checkpoint "
                 "is deleted in this run; `weir verify` finds those without damage, --from goes "
                 "on from one",
                 checkpointer->directory->path);
    checkpointer->keeps_all = true;
}

static weir_status write_job(checkpointer *checkpointer, checkpoint_job *job)
{
    char name[64];
    int64_t time_ms = job->manifest.time_ms;
    snprintf(name, sizeof name, ".tmp-%" PRId64, time_ms);
    char *path = join(checkpointer->directory->checkpoints, name);
    weir_status status = directory_check_held(checkpointer->directory);
    if (status == WEIR_OK) status = file_remove_tree(path);
    if (status == WEIR_OK) status = write_all(checkpointer, job, path);
    if (status == WEIR_OK) status = publish(checkpointer, path, time_ms);
    if (status == WEIR_OK) {
        atomic_fetch_add(&checkpointer->published, 1);
        atomic_store(&checkpointer->covered, job->done);
        if (checkpointer->on_published)
            checkpointer->on_published(checkpointer->user, time_ms, job->is_due);
        retire(checkpointer);
    } else {
        char text[ERROR_TEXT_MAX];
        snprintf(text, sizeof text, "%s", error_text());
        if (directory_check_held(checkpointer->directory) == WEIR_OK)
            (void)file_remove_tree(path);
        error_set(status, "the checkpoint of %" PRId64 " ms was not taken: %s", time_ms, text);
    }
    requests_answer(checkpointer->requests, job->request, time_ms, status);
    free(path);
    free_job(checkpointer, job);
    return status;
}

weir_status checkpointer_write(checkpointer *checkpointer, checkpoint_job *job)
{
    state_checkpoint_await(checkpointer->store, true);
    weir_status status = write_job(checkpointer, job);
    state_checkpoint_await(checkpointer->store, false);
    return status;
}

/* --- the thread ------------------------------------------------------------------------------ */

/* Waits for a job that may begin. NULL: the end. Under the mutex. */
static checkpoint_job *wait_for_job(checkpointer *checkpointer)
{
    for (;;) {
        int64_t until_us = checkpointer->rests_until_us;
        bool is_ending = checkpointer->is_ending;
        if (checkpointer->next && (is_ending || clock_monotonic_us() >= until_us))
            return checkpointer->next;
        if (is_ending) return NULL;
        if (checkpointer->next) {
            struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
            pthread_cond_timedwait(&checkpointer->changed, &checkpointer->mutex, &until);
        } else {
            pthread_cond_wait(&checkpointer->changed, &checkpointer->mutex);
        }
    }
}

static void *checkpointer_main(void *user)
{
    checkpointer *checkpointer = user;
    priority_lower(); /* batches go first */
    pthread_mutex_lock(&checkpointer->mutex);
    for (checkpoint_job *job; (job = wait_for_job(checkpointer));) {
        checkpointer->next = NULL;
        checkpointer->is_writing = true;
        pthread_cond_broadcast(&checkpointer->changed);
        pthread_mutex_unlock(&checkpointer->mutex);
        weir_status status = write_job(checkpointer, job);
        pthread_mutex_lock(&checkpointer->mutex);
        checkpointer->status = status;
        if (status != WEIR_OK) {
            snprintf(checkpointer->error, sizeof checkpointer->error, "%s", error_text());
            log_line(WEIR_ERROR, "%s; the next one is tried", error_text());
        }
        checkpointer->is_writing = false;
        pthread_cond_broadcast(&checkpointer->changed);
    }
    pthread_mutex_unlock(&checkpointer->mutex);
    return NULL;
}

void checkpointer_init(checkpointer *checkpointer, const directory *directory, state_store *store,
                       wal_log *log, const retention *retention, requests *requests)
{
    memset(checkpointer, 0, sizeof *checkpointer);
    checkpointer->directory = directory;
    checkpointer->store = store;
    checkpointer->log = log;
    checkpointer->retention = *retention;
    checkpointer->requests = requests;
    checkpointer->rest_us = REST_US;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&checkpointer->mutex, NULL);
    pthread_cond_init(&checkpointer->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

weir_status checkpointer_start(checkpointer *checkpointer)
{
    int failure = named_thread_start(&checkpointer->thread, "weir-checkpoint", checkpointer_main,
                                     checkpointer);
    if (failure != 0)
        return error_set(WEIR_RUNTIME, "cannot start the thread weir-checkpoint: %s",
                         strerror(failure));
    checkpointer->is_running = true;
    return WEIR_OK;
}

void checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits)
{
    pthread_mutex_lock(&checkpointer->mutex);
    bool must_wait = waits && checkpointer->next;
    if (must_wait) state_checkpoint_await(checkpointer->store, true);
    while (waits && checkpointer->next)
        pthread_cond_wait(&checkpointer->changed, &checkpointer->mutex);
    if (must_wait) state_checkpoint_await(checkpointer->store, false);
    checkpoint_job *replaced = checkpointer->next;
    checkpointer->next = NULL;
    pthread_mutex_unlock(&checkpointer->mutex);
    bool was_replaced = replaced != NULL;
    free_job(checkpointer, replaced); /* its changes go into the newer one, which is behind it */

    pthread_mutex_lock(&checkpointer->mutex);
    checkpointer->next = job;
    checkpointer->rests_until_us = 0;
    if (job->may_rest && !was_replaced) /* whose rest was over */
        checkpointer->rests_until_us = clock_monotonic_us() + checkpointer->rest_us;
    pthread_cond_broadcast(&checkpointer->changed);
    pthread_mutex_unlock(&checkpointer->mutex);
}

void checkpointer_begin(checkpointer *checkpointer)
{
    pthread_mutex_lock(&checkpointer->mutex);
    checkpointer->rests_until_us = 0;
    if (checkpointer->next) pthread_cond_broadcast(&checkpointer->changed);
    pthread_mutex_unlock(&checkpointer->mutex);
}

bool checkpointer_is_busy(checkpointer *checkpointer)
{
    pthread_mutex_lock(&checkpointer->mutex);
    bool is_busy = checkpointer->next || checkpointer->is_writing;
    pthread_mutex_unlock(&checkpointer->mutex);
    return is_busy;
}

void checkpointer_drain(checkpointer *checkpointer)
{
    checkpointer_begin(checkpointer);
    pthread_mutex_lock(&checkpointer->mutex);
    state_checkpoint_await(checkpointer->store, true);
    while (checkpointer->is_running && (checkpointer->next || checkpointer->is_writing))
        pthread_cond_wait(&checkpointer->changed, &checkpointer->mutex);
    state_checkpoint_await(checkpointer->store, false);
    pthread_mutex_unlock(&checkpointer->mutex);
}

void checkpointer_release(checkpointer *checkpointer)
{
    if (checkpointer->is_running) {
        pthread_mutex_lock(&checkpointer->mutex);
        checkpointer->is_ending = true;
        pthread_cond_broadcast(&checkpointer->changed);
        pthread_mutex_unlock(&checkpointer->mutex);
        pthread_join(checkpointer->thread, NULL);
        checkpointer->is_running = false;
    }
    free_job(checkpointer, checkpointer->next);
    checkpointer->next = NULL;
    buffer_release(&checkpointer->lineage);
    pthread_cond_destroy(&checkpointer->changed);
    pthread_mutex_destroy(&checkpointer->mutex);
}
