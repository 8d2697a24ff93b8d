/* The calls of weir/checkpoint.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "context/machine.h"
#include "kafka/kafka.h"
#include "library/library.h"
#include "recovery/asked_batches.h"
#include "recovery/lost_sources.h"
#include "recovery/rebuild.h"
#include "recovery/recovery.h"
#include "recovery/verdict.h"

enum { LEAST_CHECKPOINT_MS = 10000, LEAST_KEPT = 2 };

/* --- options --------------------------------------------------------------------------------- */

static const char *const *copy_names(arena *arena, const char *const *names, size_t count)
{
    const char **copies = arena_alloc(arena, count * sizeof *copies);
    for (size_t i = 0; i < count; i++) copies[i] = arena_copy_text(arena, names[i]);
    return copies;
}

weir_status recovery_complete_options(recovery *recovery, const weir_durability *given,
                                      int64_t interval_ms)
{
    weir_durability *options = &recovery->options;
    *options = given ? *given : (weir_durability){0};
    if (options->checkpoint_ms == 0)
        options->checkpoint_ms =
            (LEAST_CHECKPOINT_MS + interval_ms - 1) / interval_ms * interval_ms;
    if (options->checkpoint_ms < 0 || options->checkpoint_ms % interval_ms != 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "checkpoint_ms is %" PRId64
                         "; give a multiple of the batch interval, %" PRId64 " ms",
                         options->checkpoint_ms, interval_ms);
    if (options->keep == 0) options->keep = LEAST_KEPT;
    if (options->keep < LEAST_KEPT)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%d checkpoints to keep; give at least %d",
                         options->keep, LEAST_KEPT);
    if (options->keep_every_ms < 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "keep_every_ms is %" PRId64 "; give 0 or more",
                         options->keep_every_ms);
    if (options->log_sync_ms < 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "log_sync_ms is %" PRId64 "; give 0 or more",
                         options->log_sync_ms);
    if (options->state_memory == 0) options->state_memory = machine_memory_bytes() / 4;
    options->skip_batches = arena_copy(&recovery->arena, options->skip_batches,
                                       options->skip_batch_count * sizeof *options->skip_batches);
    options->lose_batches = arena_copy(&recovery->arena, options->lose_batches,
                                       options->lose_batch_count * sizeof *options->lose_batches);
    options->lose_segments = arena_copy(&recovery->arena, options->lose_segments,
                                        options->lose_segment_count *
                                            sizeof *options->lose_segments);
    options->drop_state =
        copy_names(&recovery->arena, options->drop_state, options->drop_state_count);
    options->drop_source =
        copy_names(&recovery->arena, options->drop_source, options->drop_source_count);
    return WEIR_OK;
}

void recovery_adopt_meaning(const manifest *manifest, weir_options *options)
{
    if (options->batch_interval_ms && options->batch_interval_ms != manifest->interval_ms)
        log_line(WEIR_WARNING,
                 "the batch interval stays %" PRId64 " ms, as in the checkpoint; %" PRId64
                 " ms was asked for",
                 manifest->interval_ms, options->batch_interval_ms);
    if (options->partitions && options->partitions != manifest->partitions)
        log_line(WEIR_WARNING,
                 "partitions stay %" PRId64 ", as in the checkpoint; %d was asked for",
                 manifest->partitions, options->partitions);
    /* Streams of the same names adopt what another job has left, which may be meant. */
    if (options->app_name && strcmp(options->app_name, manifest->app_name) != 0)
        log_line(WEIR_WARNING, "the directory is of the job \"%s\", this is \"%s\"",
                 manifest->app_name, options->app_name);
    options->batch_interval_ms = manifest->interval_ms;
    options->partitions = (int)manifest->partitions;
}

/* --- the program and the checkpoint ---------------------------------------------------------- */

static weir_status refuse_verdict(const recovery *recovery, const verdict *verdict)
{
    bool is_gone = verdict->kind == VERDICT_GONE;
    return error_set(
        WEIR_INCOMPATIBLE,
        "%s: the state \"%s\" does not fit the program: %s; nothing was touched. %s, or "
        "give the state up with --drop-state=%s",
        recovery->directory.path, verdict->space,
        is_gone ? "no stream keeps state of that name" : verdict->how,
        is_gone ? "Give the stream its old name" : "Make the stream what it was", verdict->space);
}

weir_status recovery_check_verdicts(const recovery *recovery, const lineage *lineage)
{
    weir_status status = WEIR_OK;
    verdicts verdicts;
    verdicts_make(&recovery->lineage, lineage, (int)recovery->manifest.partitions,
                  recovery->options.drop_state, recovery->options.drop_state_count, &verdicts);
    for (size_t i = 0; i < verdicts.count && verdicts.refused > 0; i++) {
        const verdict *verdict = &verdicts.items[i];
        bool is_well = verdict->kind == VERDICT_KEPT || verdict->kind == VERDICT_NEW ||
                       verdict_is_dropped(verdict->space, recovery->options.drop_state,
                                          recovery->options.drop_state_count);
        if (is_well) continue;
        status = refuse_verdict(recovery, verdict);
        break;
    }
    verdicts_release(&verdicts);
    return status;
}

static weir_status check_program(const recovery *recovery, lineage *lineage)
{
    weir_status status = lineage_name_spaces(lineage);
    if (status == WEIR_OK) status = lineage_name_outputs(lineage);
    if (status != WEIR_OK || !recovery->is_resumed) return status;
    status = verdicts_check_dropped(&recovery->lineage, recovery->directory.path,
                                    recovery->options.drop_state,
                                    recovery->options.drop_state_count);
    if (status == WEIR_OK)
        status = lost_sources_check_dropped(&recovery->lineage, recovery->directory.path,
                                            recovery->options.drop_source,
                                            recovery->options.drop_source_count);
    return status == WEIR_OK ? recovery_check_verdicts(recovery, lineage) : status;
}

static weir_status rebuild(weir_context *context, void *user);

static weir_status build_context(weir_context **made, recovery *recovery,
                                 const weir_options *options, weir_build build, void *user)
{
    weir_options adopted = *options;
    weir_context *context;
    if (recovery->is_resumed) recovery_adopt_meaning(&recovery->manifest, &adopted);
    weir_status status = weir_context_create(&context, &adopted);
    if (status != WEIR_OK) return status;
    status = build ? build(context, user) : rebuild(context, user);
    if (status == WEIR_OK) status = weir_error(context);
    if (status == WEIR_OK)
        status = recovery_complete_options(recovery, &recovery->options,
                                           context->options.batch_interval_ms);
    if (status == WEIR_OK) status = check_program(recovery, &context->lineage);
    if (status != WEIR_OK) {
        weir_context_free(context);
        return status;
    }
    context->durable = &recovery->base;
    *made = context;
    return WEIR_OK;
}

static void note_foreign(void *user, const char *name)
{
    static const char *const own[] = {"lock", "log", "live", "checkpoints", "control", "dropped",
                                      ".dropped.tmp"};
    bool *is_foreign = user, is_own = false;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) is_own |= strcmp(name, own[i]) == 0;
    if (!is_own) *is_foreign = true;
}

/* A first start fills a directory of its own, not one that holds something else. */
static weir_status check_own(const char *directory)
{
    bool is_foreign = false;
    if (!file_exists(directory)) return WEIR_OK;
    weir_status status = file_list(directory, note_foreign, &is_foreign);
    if (status != WEIR_OK || !is_foreign) return status;
    return error_set(
        WEIR_ILLEGAL_ARGUMENT,
        "%s holds files that are not weir's; give a directory of its own, or a new one",
        directory);
}

static weir_status create(weir_context **context, const char *directory,
                          const weir_options *options, const weir_durability *durability,
                          bool must_resume, weir_build build, void *user)
{
    recovery *recovery = memory_zero_alloc(1, sizeof *recovery);
    recovery->base.class = &recovery_class;
    recovery->before_ms = INT64_MAX;
    arena_init(&recovery->arena, NULL);
    directory_init(&recovery->directory, directory);
    requests_init(&recovery->requests);
    recovery->options = durability ? *durability : (weir_durability){0};
    weir_status status =
        recovery_choose(recovery, durability_from(&recovery->options), &recovery->is_resumed);
    if (status == WEIR_OK && must_resume && !recovery->is_resumed)
        status =
            error_set(WEIR_ILLEGAL_ARGUMENT, "%s holds no checkpoint to recover from", directory);
    if (status == WEIR_OK && !recovery->is_resumed) status = check_own(directory);
    if (status == WEIR_OK && !recovery->is_resumed)
        status = asked_batches_check_first(directory, &recovery->options);
    if (status == WEIR_OK)
        status = build_context(context, recovery, options, build, build ? user : recovery);
    if (status != WEIR_OK) recovery_class.free(&recovery->base);
    return status;
}

weir_status weir_get_or_create(weir_context **context, const char *directory,
                               const weir_options *options, const weir_durability *durability,
                               weir_build build, void *user)
{
    *context = NULL;
    if (!directory || !*directory || !options || !build)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_get_or_create needs a directory, options and a build function");
    return create(context, directory, options, durability, false, build, user);
}

/* The build function of a context that is made from its checkpoint alone. */
static weir_status rebuild(weir_context *context, void *user)
{
    const recovery *recovery = user;
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = lineage_rebuild(&recovery->lineage, context);
    arena_set_current(before);
    arena_release(&room);
    return status;
}

weir_status weir_recover(weir_context **context, const char *directory,
                         const weir_options *options, const weir_durability *durability)
{
    weir_options none = {0};
    *context = NULL;
    if (!directory || !*directory)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "weir_recover needs a directory");
    library_register();
    kafka_register();
    return create(context, directory, options ? options : &none, durability, true, NULL, NULL);
}

weir_status weir_get_active_or_create(weir_context **context, const char *directory,
                                      const weir_options *options,
                                      const weir_durability *durability, weir_build build,
                                      void *user)
{
    *context = weir_get_active();
    if (*context) return WEIR_OK;
    return weir_get_or_create(context, directory, options, durability, build, user);
}

/* --- what came of it ------------------------------------------------------------------------- */

weir_status weir_get_resumption(const weir_context *context, weir_resumption *resumption)
{
    if (!context->durable || weir_get_state(context) == WEIR_INITIALIZED)
        return error_set(WEIR_ILLEGAL_STATE, "the context has no directory, or was not started");
    *resumption = ((const recovery *)context->durable)->resumption;
    return WEIR_OK;
}

uint64_t weir_checkpoints(const weir_context *context)
{
    if (!context->durable) return 0;
    return atomic_load(&((recovery *)context->durable)->checkpointer.published);
}

weir_status weir_on_checkpoint(weir_context *context, weir_checkpoint_listener listener,
                               void *user)
{
    if (!listener) return error_set(WEIR_ILLEGAL_ARGUMENT, "the checkpoint listener is NULL");
    if (!context->durable)
        return error_set(WEIR_ILLEGAL_STATE, "the context has no directory, and no checkpoints");
    if (weir_get_state(context) != WEIR_INITIALIZED)
        return error_set(WEIR_ILLEGAL_STATE, "listeners can be added before weir_start only");
    recovery *recovery = recovery_of(context->durable);
    size_t count = recovery->listener_count;
    recovery->listeners =
        memory_resize(recovery->listeners, (count + 1) * sizeof *recovery->listeners);
    recovery->listeners[recovery->listener_count++] = (checkpoint_listener){listener, user};
    return WEIR_OK;
}

weir_status weir_checkpoint_now(weir_context *context, int64_t timeout_ms)
{
    int64_t time_ms;
    if (!context->durable || weir_get_state(context) != WEIR_ACTIVE)
        return error_set(WEIR_ILLEGAL_STATE, "the context has no directory, or does not run");
    if (context_is_inside(context))
        return error_set(WEIR_RUNTIME, "a listener or a function cannot wait for a checkpoint of "
                                       "the context that runs it");
    return requests_ask(&((recovery *)context->durable)->requests, timeout_ms, &time_ms);
}
