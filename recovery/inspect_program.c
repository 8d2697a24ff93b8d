/* weir/inspect.h: what would become of what is stored under a program, and would its start be
 * refused? The start is tried: what it decides before it touches anything is decided here by the
 * same functions (recovery.h), in a context that is never started. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "batch/batch_record.h"
#include "recovery/given_up.h"
#include "recovery/inspect_inside.h"
#include "recovery/recovery.h"
#include "recovery/verdict.h"

typedef struct comparing {
    recovery *recovery; /* never opened */
    weir_context *context;
    weir_verdict_visit visit;
    void *user;
    uint64_t refused; /* verdicts */
    /* how the start ends that was tried; the first failure */
    weir_status status;
    char error[ERROR_TEXT_MAX];
    bool is_elsewhere; /* a bounded source cannot stand where it stood: its list is another */
    lost_sources sources;
} comparing;

/* --- trying it ------------------------------------------------------------------------------- */

/* May another step be tried? */
static bool goes_on(comparing *comparing, weir_status status)
{
    if (comparing->status != WEIR_OK || status == WEIR_OK) return comparing->status == WEIR_OK;
    comparing->status = status;
    snprintf(comparing->error, sizeof comparing->error, "%s", error_text());
    return false;
}

/* Whatever is wrong with the plan, the verdicts on sources are made by it. */
static void try_start(comparing *comparing)
{
    recovery *recovery = comparing->recovery;
    weir_context *context = comparing->context;
    uint64_t batches;
    context->cutter.mode = context_clock(context, &batches);
    context->ingest.is_resumed = true;
    context->ingest.wants_hashes = true;
    goes_on(comparing, context_check_sources(context));
    goes_on(comparing, recovery_make_plan(recovery, context));
    weir_status judged = recovery_judge_sources(recovery, context, &comparing->sources);
    if (!goes_on(comparing, judged) || comparing->sources.refused > 0) return;
    if (!goes_on(comparing, recovery_check_log(recovery, context))) return;
    weir_status replayed = recovery_try_replay(recovery, context);
    comparing->is_elsewhere = replayed == WEIR_INCOMPATIBLE;
    goes_on(comparing, replayed);
}

/* --- the verdicts ---------------------------------------------------------------------------- */

static void tell(comparing *comparing, const weir_verdict *verdict)
{
    comparing->refused += verdict->is_refused;
    comparing->visit(verdict, comparing->user);
}

static void compare_state(comparing *comparing)
{
    verdicts verdicts;
    const recovery *recovery = comparing->recovery;
    const weir_durability *durability = &recovery->options;
    verdicts_make(&recovery->lineage, &comparing->context->lineage,
                  (int)recovery->manifest.partitions, durability->drop_state,
                  durability->drop_state_count, &verdicts);
    for (size_t i = 0; i < verdicts.count; i++) {
        const verdict *item = &verdicts.items[i];
        bool fits = item->kind == VERDICT_KEPT || item->kind == VERDICT_NEW;
        bool dropped = item->kind != VERDICT_NEW &&
                       verdict_is_dropped(item->space, durability->drop_state,
                                          durability->drop_state_count);
        weir_verdict verdict = {
            .what = "state",
            .name = item->space,
            .verdict = dropped ? "dropped" : verdict_kind_text(item->kind),
            .how = item->kind == VERDICT_GONE ? "no stream keeps state of that name" : item->how,
            .is_refused = !fits && !dropped,
        };
        tell(comparing, &verdict);
    }
    verdicts_release(&verdicts);
}

static const source *find_source(const ingest *ingest, const char *name)
{
    for (size_t i = 0; i < ingest->count; i++)
        if (strcmp(source_recovery_name(ingest->sources[i]), name) == 0) return ingest->sources[i];
    return NULL;
}

static void compare_source(comparing *comparing, const known_source *known)
{
    const source *now = find_source(&comparing->context->ingest, known->name);
    bool is_elsewhere = now && now->is_bounded && comparing->is_elsewhere;
    bool is_changed = known->is_changed || is_elsewhere;
    bool is_dropped = !known->is_there && known->is_dropped;
    weir_verdict verdict = {
        .what = "source",
        .name = known->name,
        .verdict = is_dropped ? "dropped" : !now ? "gone" : is_changed ? "changed" : "kept",
        .how = is_elsewhere ? comparing->error : known->how,
        .is_refused = is_changed || known->is_refused,
    };
    tell(comparing, &verdict);
}

static void find_new_sources(comparing *comparing)
{
    const ingest *ingest = &comparing->context->ingest;
    const stored_lineage *stored = &comparing->recovery->lineage;
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        const char *name = source_recovery_name(source);
        bool is_known = false, can_last = source->class->describe != NULL;
        for (size_t j = 0; j < stored->stream_count && !is_known; j++)
            is_known = stored->streams[j].kind == STREAM_SOURCE &&
                       strcmp(stored_source_name(&stored->streams[j]), name) == 0;
        if (is_known) continue;
        weir_verdict verdict = {.what = "source",
                                .name = name,
                                .verdict = "new",
                                .how = can_last ? "" : "a source of that kind cannot last",
                                .is_refused = source->is_needed && !can_last};
        tell(comparing, &verdict);
    }
}

static bool has_output(const lineage *lineage, const char *identity)
{
    for (size_t i = 0; i < lineage->output_count; i++)
        if (strcmp(lineage->outputs[i]->identity, identity) == 0) return true;
    return false;
}

static bool had_output(const stored_lineage *stored, const char *identity)
{
    for (size_t i = 0; i < stored->output_count; i++)
        if (strcmp(stored->output_identities[i], identity) == 0) return true;
    return false;
}

/* Nothing is stored of them; but what is outside may count batches by their names (a ledger), and
 * begins anew under another one. */
static void compare_outputs(comparing *comparing)
{
    const lineage *lineage = &comparing->context->lineage;
    const stored_lineage *stored = &comparing->recovery->lineage;
    if (!stored->output_identities) return;
    for (size_t i = 0; i < stored->output_count; i++) {
        bool is_kept = has_output(lineage, stored->output_identities[i]);
        weir_verdict verdict = {.what = "output",
                                .name = stored->output_identities[i],
                                .verdict = is_kept ? "kept" : "gone",
                                .how = is_kept ? "" : "no output goes by that name"};
        tell(comparing, &verdict);
    }
    for (size_t i = 0; i < lineage->output_count; i++) {
        const char *identity = lineage->outputs[i]->identity;
        weir_verdict verdict = {
            .what = "output", .name = identity, .verdict = "new", .how = ""};
        if (!had_output(stored, identity)) tell(comparing, &verdict);
    }
}

/* --- both ------------------------------------------------------------------------------------ */

static weir_status check(comparing *comparing)
{
    weir_context *context = comparing->context;
    recovery *recovery = comparing->recovery;
    const weir_durability *durability = &recovery->options;
    const char *path = recovery->directory.path;
    weir_status status = lineage_validate(&context->lineage);
    if (status == WEIR_OK) status = lineage_name_spaces(&context->lineage);
    if (status == WEIR_OK) status = lineage_name_outputs(&context->lineage);
    if (status == WEIR_OK) status = ingest_prepare(&context->ingest);
    if (status == WEIR_OK)
        status = recovery_complete_options(recovery, durability,
                                           context->options.batch_interval_ms);
    if (status == WEIR_OK)
        status = verdicts_check_dropped(&recovery->lineage, path, durability->drop_state,
                                        durability->drop_state_count);
    if (status == WEIR_OK)
        status = lost_sources_check_dropped(&recovery->lineage, path, durability->drop_source,
                                            durability->drop_source_count);
    return status;
}

static weir_status compare(comparing *comparing)
{
    weir_status status = check(comparing);
    if (status != WEIR_OK) return status;
    try_start(comparing);
    compare_state(comparing);
    for (size_t i = 0; i < comparing->sources.count; i++)
        compare_source(comparing, &comparing->sources.items[i]);
    find_new_sources(comparing);
    compare_outputs(comparing);
    lost_sources_release(&comparing->sources);
    if (comparing->refused > 0)
        return error_set(WEIR_INCOMPATIBLE, "%s: a start with this program would be refused",
                         comparing->recovery->directory.path);
    if (comparing->status == WEIR_OK) return WEIR_OK;
    return error_set(comparing->status, "%s", comparing->error);
}

static void tell_restart(const recovery *recovery, weir_restart_facts *facts)
{
    const plan *plan = &recovery->plan;
    uint64_t loose = 0;
    for (size_t i = 0; i < recovery->facts.block_count; i++) loose += !recovery->facts.is_used[i];
    *facts = (weir_restart_facts){
        .checkpoint_ms = recovery->manifest.time_ms,
        .replayed = plan->count - plan->given_up,
        .replayed_done = plan->done,
        .loose_blocks = loose,
        .down = recovery->options.skip_down_batches ? 0 : (uint64_t)plan->down,
        .last_ms = plan->last_ms,
        .damaged = recovery->facts.damaged,
    };
}

/* As a start finds it, but that it may be another's. */
static weir_status choose(look *look, const char *path, recovery *recovery)
{
    weir_status status = look_begin(look, path);
    if (status == WEIR_OK) status = look_start(look, &recovery->options);
    if (status != WEIR_OK) return status;
    recovery->directory = look->directory;
    recovery->manifest = look->checkpoint.manifest;
    recovery->lineage = look->checkpoint.lineage;
    recovery->is_resumed = true;
    recovery->is_looking = true;
    if (durability_from(&recovery->options) >= 0) return WEIR_OK;
    return given_up_add(&look->directory, recovery->manifest.time_ms, &look->arena,
                        &recovery->options);
}

weir_status weir_inspect_program(const char *path, const weir_options *options,
                                 const weir_durability *given, weir_build build, void *user,
                                 weir_verdict_visit visit, void *visit_user,
                                 weir_restart_facts *restart)
{
    look look;
    recovery *recovery = memory_zero_alloc(1, sizeof *recovery);
    comparing comparing = {.recovery = recovery, .visit = visit, .user = visit_user};
    weir_options adopted = *options;
    arena_init(&recovery->arena, NULL);
    if (given) recovery->options = *given;
    weir_status status = choose(&look, path, recovery);
    if (status == WEIR_OK) {
        recovery_adopt_meaning(&recovery->manifest, &adopted);
        status = weir_context_create(&comparing.context, &adopted);
    }
    if (status == WEIR_OK) status = build(comparing.context, user);
    if (status == WEIR_OK) status = weir_error(comparing.context);
    if (status == WEIR_OK) status = compare(&comparing);
    if (status == WEIR_OK && restart) tell_restart(recovery, restart);
    facts_release(&recovery->facts);
    plan_release(&recovery->plan);
    weir_context_free(comparing.context);
    arena_release(&recovery->arena);
    free(recovery);
    look_end(&look);
    return status;
}
