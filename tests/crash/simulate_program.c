#include "crash/simulate_program.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <weir/library.h>

#include "base/clock.h"
#include "base/memory.h"
#include "crash/random.h"

const char *const output_names[OUTPUTS] = {
    "numbers", "sums",   "visits", "snapshots", "most",
    "going",   "groups", "nested", "past",      "amount"};
program the_program;

scenario scenario_make(uint64_t seed)
{
    random_source random = {seed};
    bool has_files = random_once_in(&random, 4);
    bool is_serial = !has_files && random_once_in(&random, 3);
    bool is_stateless = random_once_in(&random, 4);
    bool is_synced_late = random_once_in(&random, 5);
    return (scenario){
        .seed = seed,
        .has_files = has_files,
        .is_serial = is_serial,
        .workers = is_serial ? 1 : 1 + (int)random_below(&random, MOST_WORKERS),
        .is_stateless = is_stateless,
        .has_initial = random_once_in(&random, 3),
        .drops_idle = random_once_in(&random, 3),
        .compresses = random_once_in(&random, 4),
        .batches = 4 + (int)random_below(&random, 10),
        .keys = 1 + (int)random_below(&random, 9),
        .timeout = 1 + (int)random_below(&random, 4),
        .scan = 1 + (int)random_below(&random, 3),
        .checkpoint = 1 + (int)random_below(&random, 4),
        .log_sync_ms = is_synced_late ? 1 + (int)random_below(&random, 8) : 0,
        .keep = 2 + (int)random_below(&random, 2),
        .segment_bytes = UINT64_C(1024) << random_below(&random, 5),
        .form = (int)random_below(&random, 3),
        .has_windows = random_once_in(&random, 2) && !is_stateless,
        .drops_neutral = random_once_in(&random, 2),
        .filters = random_once_in(&random, 2),
        .window = 1 + (int)random_below(&random, 6),
        .slide = 1 + (int)random_below(&random, 3),
    };
}

int output_slide(noted output, const scenario *scenario)
{
    return output == OUTPUT_GROUPS || output == OUTPUT_NESTED ? scenario->slide : 1;
}

/* --- tellings -------------------------------------------------------------------------------- */

void tellings_release(tellings *tellings)
{
    for (size_t i = 0; i < tellings->count; i++) free(tellings->items[i].text);
    free(tellings->items);
    memset(tellings, 0, sizeof *tellings);
}

const telling *tellings_find(const tellings *tellings, noted output, int64_t time_ms)
{
    for (size_t i = 0; i < tellings->count; i++)
        if (tellings->items[i].output == output && tellings->items[i].time_ms == time_ms)
            return &tellings->items[i];
    return NULL;
}

void tellings_forget_after(tellings *tellings, int64_t time_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < tellings->count; i++) {
        if (tellings->items[i].time_ms > time_ms) free(tellings->items[i].text);
        else tellings->items[kept++] = tellings->items[i];
    }
    tellings->count = kept;
}

int64_t tellings_last_ms(const tellings *tellings)
{
    int64_t last_ms = 0;
    for (size_t i = 0; i < tellings->count; i++)
        if (tellings->items[i].time_ms > last_ms) last_ms = tellings->items[i].time_ms;
    return last_ms;
}

bool tellings_may_lack(const tellings *tellings, int64_t time_ms)
{
    return tellings->asked_up[time_ms / INTERVAL_MS] > 0;
}

static int by_value(const void *a, const void *b)
{
    return weir_compare(*(const weir_value *)a, *(const weir_value *)b);
}

static void print_value(buffer *to, weir_value value)
{
    size_t length = weir_format(value, NULL, 0);
    char *text = buffer_reserve(to, length + 1);
    weir_format(value, text, length + 1);
    to->size += length;
}

static char *print_items(const weir_value *items, size_t count, bool sorted)
{
    buffer text = {0};
    weir_value *copies = memory_alloc((count + 1) * sizeof *copies);
    if (count) memcpy(copies, items, count * sizeof *copies);
    if (count && sorted) qsort(copies, count, sizeof *copies, by_value);
    for (size_t i = 0; i < count; i++) {
        print_value(&text, copies[i]);
        buffer_append(&text, " ", 1);
    }
    buffer_append(&text, "", 1);
    free(copies);
    return text.bytes;
}

/* Outputs run one after another, on one thread. */
static weir_status note(weir_dataset *in, int64_t time_ms, weir_value which)
{
    weir_value list;
    size_t count;
    if (the_program.on_tell) the_program.on_tell();
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    const weir_value *items = weir_items(list, &count);
    noted output = (noted)weir_as_int(which);
    tellings *all = the_program.tellings;
    all->items = memory_resize(all->items, (all->count + 1) * sizeof *all->items);
    all->items[all->count++] = (telling){output, time_ms, the_program.life,
                                         print_items(items, count, output != OUTPUT_NUMBERS)};
    return WEIR_OK;
}
WEIR_FOREACH(note)

/* --- the receiver ---------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t changed_once = PTHREAD_ONCE_INIT;
static weir_receiver *the_receiver; /* under the mutex */

static void make_changed(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void set_receiver(weir_receiver *receiver)
{
    pthread_once(&changed_once, make_changed);
    pthread_mutex_lock(&mutex);
    the_receiver = receiver;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static weir_status on_start(weir_receiver *receiver, void *user)
{
    (void)user;
    set_receiver(receiver);
    return WEIR_OK;
}

static void on_stop(weir_receiver *receiver, void *user)
{
    (void)receiver, (void)user;
    set_receiver(NULL);
}

weir_receiver *program_receiver(void)
{
    struct timespec until = {.tv_sec = clock_monotonic_us() / 1000000 + 300};
    int waited = 0;
    pthread_once(&changed_once, make_changed);
    pthread_mutex_lock(&mutex);
    while (!the_receiver && waited == 0)
        waited = pthread_cond_timedwait(&changed, &mutex, &until);
    weir_receiver *receiver = the_receiver;
    pthread_mutex_unlock(&mutex);
    return receiver;
}

/* --- the graph ------------------------------------------------------------------------------- */

static void by_remainder(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)key;
    char name[32];
    size_t length;
    const char *text = weir_bytes(&value, &length);
    char digits[32] = "0";
    if (text && length < sizeof digits) {
        memcpy(digits, text, length);
        digits[length] = '\0';
    }
    int64_t number = weir_is_int(value) ? weir_as_int(value) : strtoll(digits, NULL, 10);
    (void)snprintf(name, sizeof name, "key number %" PRId64, number % weir_as_int(arg));
    *out_key = weir_text(name);
    *out_value = weir_int(number);
}
WEIR_MAP(by_remainder)

static weir_stream *make_source(weir_context *context)
{
    static const weir_receiver_class class = {"numbers", on_start, on_stop};
    const scenario *scenario = the_program.scenario;
    if (the_program.has_queue) {
        the_program.queue = weir_queue_stream(context, true, weir_absent());
        return the_program.queue;
    }
    if (!scenario->has_files) return weir_receiver_stream(context, &class, NULL);
    char names[MAX_FILES][512];
    const char *paths[MAX_FILES];
    for (int i = 0; i < scenario->batches; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s/%d", the_program.in, i);
        paths[i] = names[i];
    }
    return weir_text_files(context, paths, (size_t)scenario->batches);
}

/* sum_update; a batch that is computed again has its time again. */
static weir_value sum_at(int64_t time_ms, weir_value key, const weir_value *values, size_t count,
                         weir_value state, weir_value arg)
{
    if (time_ms <= 0 || time_ms % INTERVAL_MS != 0) weir_fail("the time is %" PRId64, time_ms);
    return weir_fn_sum_update.call.update(key, values, count, state, arg);
}
WEIR_UPDATE_AT(sum_at)

static const weir_function *choose_update(const scenario *scenario)
{
    const weir_function *const sums[] = {&weir_fn_sum_update, &weir_fn_sum_at,
                                         &weir_fn_sum_partition};
    return scenario->drops_idle ? &weir_fn_drop_when_idle_update : sums[scenario->form];
}

/* Windows of all forms: over what comes in, over state, over a window. */
static void build_windows(weir_stream *pairs, weir_stream *sums)
{
    const scenario *scenario = the_program.scenario;
    int64_t length_ms = scenario->window * INTERVAL_MS, slide_ms = scenario->slide * INTERVAL_MS;
    weir_window_options going = {.name = "going", .drop_neutral = scenario->drops_neutral};
    if (scenario->filters) going.filter = &weir_fn_value_is_even;
    weir_stream *windows[OUTPUTS] = {
        [OUTPUT_MOST] = weir_reduce_by_key_and_window(pairs, &weir_fn_max, NULL, weir_null(),
                                                      length_ms, 0, NULL),
        [OUTPUT_GOING] = weir_reduce_by_key_and_window(
            pairs, &weir_fn_sum, &weir_fn_difference, weir_null(), length_ms, 0, &going),
        [OUTPUT_GROUPS] = weir_group_by_key_and_window(pairs, length_ms, slide_ms, NULL),
        [OUTPUT_NESTED] = weir_count_by_value_and_window(
            weir_window(pairs, length_ms, slide_ms, NULL), 2 * slide_ms, 0, NULL),
        [OUTPUT_PAST] = weir_window(sums, length_ms, 0, NULL),
        [OUTPUT_AMOUNT] = weir_count_by_window(pairs, length_ms, 0, NULL),
    };
    for (int i = OUTPUT_MOST; i < OUTPUTS; i++)
        weir_foreach_rdd(windows[i], &weir_fn_note, weir_int(i));
}

/* What any program has: what came in, and sums by key, told and saved. */
static weir_status build_outputs(weir_stream *numbers, weir_stream *sums)
{
    weir_foreach_rdd(numbers, &weir_fn_note, weir_int(OUTPUT_NUMBERS));
    if (the_program.out) weir_save_as_text_files(sums, the_program.out, NULL);
    return weir_foreach_rdd(sums, &weir_fn_note, weir_int(OUTPUT_SUMS));
}

weir_status program_build(weir_context *context, void *user)
{
    (void)user;
    const scenario *scenario = the_program.scenario;
    weir_stream *numbers = make_source(context);
    weir_stream *pairs = weir_map(numbers, &weir_fn_by_remainder, weir_int(scenario->keys));
    if (scenario->is_stateless)
        return build_outputs(numbers, weir_reduce_by_key(pairs, &weir_fn_sum, weir_null(), 0));
    weir_value first = weir_pair(weir_text("key number 0"), weir_int(1000));
    weir_state_options sums_options = {.name = "sums"};
    if (scenario->has_initial) sums_options.initial = weir_list(&first, 1);
    weir_stream *sums = weir_update_state_by_key(pairs, choose_update(scenario), weir_null(),
                                                 &sums_options);
    weir_state_options visits_options = {.name = "visits",
                                         .timeout_ms = scenario->timeout * INTERVAL_MS,
                                         .checkpoint_ms = scenario->scan * INTERVAL_MS};
    weir_stream *visits = weir_map_with_state(pairs, &weir_fn_sum_report_timeout, weir_null(),
                                              &visits_options);
    (void)build_outputs(numbers, sums);
    weir_foreach_rdd(visits, &weir_fn_note, weir_int(OUTPUT_VISITS));
    if (scenario->has_windows) build_windows(pairs, sums);
    return weir_foreach_rdd(weir_state_snapshots(visits), &weir_fn_note,
                            weir_int(OUTPUT_SNAPSHOTS));
}
