#include "crash/kill9_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/library.h>
#include <weir/weir.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "crash/random.h"

const char *const kill9_window_names[WINDOWS] = {"most", "going", "past", "groups", "values"};
const int kill9_window_slides[WINDOWS] = {1, 1, 1, 2, 4};
const char *const kill9_job_names[JOBS] = {"files", "receiver", "socket", "directory"};

/* One job a process. */
static char root[4096];
static int batches_file;
static _Atomic bool is_over; /* the last record is in the state */

static const char *path_of(const char *name)
{
    static _Thread_local char path[4300];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

/* --- what is said about batches -------------------------------------------------------------- */

static void append_line(const char *text, size_t length)
{
    if (write(batches_file, text, length) == (ssize_t)length) return;
    weir_fail("what was seen cannot be told: %s", strerror(errno));
}

static void print_value(buffer *to, weir_value value)
{
    size_t length = weir_format(value, NULL, 0);
    char *text = buffer_reserve(to, length + 1);
    weir_format(value, text, length + 1);
    to->size += length;
}

static int by_value(const void *a, const void *b)
{
    return weir_compare(*(const weir_value *)a, *(const weir_value *)b);
}

static weir_status tell_all(weir_dataset *in, int64_t time_ms, weir_value name, bool sorted)
{
    weir_value list;
    weir_status status = weir_dataset_collect(in, &list);
    if (status != WEIR_OK) return status;
    size_t count;
    const weir_value *items = weir_items(list, &count);
    weir_value *copies = memory_alloc((count + 1) * sizeof *copies);
    if (count) memcpy(copies, items, count * sizeof *copies);
    if (sorted && count) qsort(copies, count, sizeof *copies, by_value);
    buffer line = {0};
    print_value(&line, name);
    buffer_printf(&line, " %" PRId64 " %zu", time_ms, count);
    for (size_t i = 0; i < count; i++) {
        buffer_append(&line, " ", 1);
        print_value(&line, copies[i]);
    }
    buffer_append(&line, " .\n", 3);
    append_line(line.bytes, line.size);
    buffer_release(&line);
    free(copies);
    return WEIR_OK;
}

/* What a batch brought, as it came. */
static weir_status tell(weir_dataset *in, int64_t time_ms, weir_value name)
{
    return tell_all(in, time_ms, name, false);
}
WEIR_FOREACH(tell)

/* The same where the order of keys is no promise. */
static weir_status tell_sorted(weir_dataset *in, int64_t time_ms, weir_value name)
{
    return tell_all(in, time_ms, name, true);
}
WEIR_FOREACH(tell_sorted)

/* --- functions ------------------------------------------------------------------------------- */

/* "KEY,NUMBER" */
static void keyed_line(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                       weir_value *out_value)
{
    (void)key, (void)arg;
    size_t length;
    const char *text = weir_bytes(&value, &length);
    const char *comma = text ? memchr(text, ',', length) : NULL;
    size_t at = comma ? (size_t)(comma - text) : length;
    char digits[24] = "0";
    if (comma && length - at - 1 < sizeof digits) {
        memcpy(digits, comma + 1, length - at - 1);
        digits[length - at - 1] = '\0';
    }
    *out_key = weir_slice(&value, 0, at);
    *out_value = weir_int(strtoll(digits, NULL, 10));
}
WEIR_MAP(keyed_line)

static void watch_end(weir_value key)
{
    if (weir_equal(key, weir_text("END"))) atomic_store(&is_over, true);
}

/* Called for every key of the state in every batch: also in the one after a restart. */
static weir_value count_and_watch(weir_value key, const weir_value *values, size_t count,
                                  weir_value state, weir_value arg)
{
    (void)values, (void)arg;
    watch_end(key);
    return weir_int(weir_as_int(state) + (int64_t)count);
}
WEIR_UPDATE(count_and_watch)

/* --- files: virtual time --------------------------------------------------------------------- */

/* Names that are derived would have the path of the directory in them. */
#define NAMED(...) (&(weir_window_options){.name = __VA_ARGS__})

/* Windows of all forms, over what comes in, over state, and over a window. */
static weir_status add_windows(weir_stream *pairs, weir_stream *sums)
{
    enum { LENGTH = 5 * FILES_INTERVAL };
    weir_stream *slow = weir_window(pairs, 3 * FILES_INTERVAL, FILES_SLIDE, NAMED("slow"));
    weir_stream *windows[] = {
        weir_reduce_by_key_and_window(pairs, &weir_fn_max, NULL, weir_null(), LENGTH, 0,
                                      NAMED("most")),
        weir_reduce_by_key_and_window(pairs, &weir_fn_sum, &weir_fn_difference, weir_null(),
                                      LENGTH, 0,
                                      NAMED("going", .filter = &weir_fn_value_is_even)),
        weir_window(sums, 2 * FILES_INTERVAL, 0, NAMED("past")),
        weir_group_by_key_and_window(slow, 2 * FILES_SLIDE, 0, NAMED("groups")),
        weir_count_by_value_and_window(slow, FILES_SLIDE, 2 * FILES_SLIDE, NAMED("values")),
    };
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < WINDOWS && status == WEIR_OK; i++)
        status = weir_foreach_rdd(windows[i], &weir_fn_tell_sorted,
                                  weir_text(kill9_window_names[i]));
    return status;
}

static weir_status build_files(weir_context *context, void *user)
{
    (void)user;
    char names[FILES][4300];
    const char *paths[FILES];
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s/in/%03d", root, i);
        paths[i] = names[i];
    }
    weir_stream *lines = weir_text_files(context, paths, FILES);
    weir_stream *pairs = weir_map(lines, &weir_fn_keyed_line, weir_null());
    weir_state_options sums_options = {.name = "sums"};
    weir_stream *sums =
        weir_update_state_by_key(pairs, &weir_fn_sum_partition, weir_null(), &sums_options);
    weir_state_options visits_options = {.name = "visits",
                                         .timeout_ms = 4 * FILES_INTERVAL,
                                         .checkpoint_ms = 2 * FILES_INTERVAL};
    weir_stream *visits = weir_map_with_state(pairs, &weir_fn_sum_report_timeout, weir_null(),
                                              &visits_options);
    weir_save_as_text_files(sums, path_of("out/sums"), NULL);
    if (add_windows(pairs, sums) != WEIR_OK) return weir_error(context);
    weir_foreach_rdd(visits, &weir_fn_tell, weir_text("visits"));
    return weir_foreach_rdd(weir_count(sums), &weir_fn_tell, weir_text("keys"));
}

/* --- a receiver that acknowledges ------------------------------------------------------------ */

/* What an outside system would know: DIR/acked has the number of the last record that was
 * acknowledged, DIR/tried a line `FROM TO` for each attempt to hand some over. */
typedef struct feeder {
    random_source random;
    pthread_t thread;
    bool is_running;
    weir_receiver *receiver;
    int acked_file;
    int tried_file;
} feeder;

static int64_t read_acked(const feeder *feeder)
{
    int64_t acked = 0;
    if (pread(feeder->acked_file, &acked, sizeof acked, 0) != sizeof acked) return 0;
    return acked;
}

static weir_status hand_over(feeder *feeder, int64_t from, size_t count)
{
    weir_value numbers[64];
    char line[64];
    for (size_t i = 0; i < count; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "%" PRId64, from + (int64_t)i);
        numbers[i] = weir_string(text, (size_t)length);
    }
    int length = snprintf(line, sizeof line, "%" PRId64 " %" PRId64 "\n", from,
                          from + (int64_t)count - 1);
    if (write(feeder->tried_file, line, (size_t)length) != length) return WEIR_IO;
    weir_status status = weir_store_block(feeder->receiver, NULL, numbers, count);
    int64_t acked = from + (int64_t)count - 1;
    if (status == WEIR_OK && pwrite(feeder->acked_file, &acked, sizeof acked, 0) != sizeof acked)
        status = WEIR_IO;
    weir_forget_values();
    return status;
}

static void *feed(void *user)
{
    feeder *feeder = user;
    weir_status status = WEIR_OK;
    for (int64_t next; status == WEIR_OK && (next = read_acked(feeder) + 1) <= NUMBERS;) {
        size_t count = 1 + (size_t)random_below(&feeder->random, 40);
        if ((int64_t)count > NUMBERS - next + 1) count = (size_t)(NUMBERS - next + 1);
        status = hand_over(feeder, next, count);
        if (random_once_in(&feeder->random, 3))
            clock_sleep_ms((int64_t)random_below(&feeder->random, 12));
    }
    weir_value end = weir_text("END");
    if (status == WEIR_OK) (void)weir_store_block(feeder->receiver, NULL, &end, 1);
    return NULL;
}

static weir_status feeder_start(weir_receiver *receiver, void *user)
{
    feeder *feeder = user;
    feeder->receiver = receiver;
    feeder->is_running = pthread_create(&feeder->thread, NULL, feed, feeder) == 0;
    return feeder->is_running ? WEIR_OK : WEIR_RUNTIME;
}

static void feeder_stop(weir_receiver *receiver, void *user)
{
    (void)receiver;
    feeder *feeder = user;
    if (feeder->is_running) pthread_join(feeder->thread, NULL);
    feeder->is_running = false;
}

static const weir_receiver_class feeder_class = {"feeder", feeder_start, feeder_stop};
static feeder the_feeder;

static weir_stream *feeder_stream(weir_context *context, uint64_t seed)
{
    the_feeder.random.state = seed ^ (uint64_t)getpid();
    the_feeder.acked_file = open(path_of("acked"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    the_feeder.tried_file =
        open(path_of("tried"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return weir_receiver_stream(context, &feeder_class, &the_feeder);
}

/* --- numbers in real time -------------------------------------------------------------------- */

typedef struct live_job {
    kill9_job job;
    uint64_t seed;
    int port;
} live_job;

static weir_status build_live(weir_context *context, void *user)
{
    const live_job *live = user;
    weir_stream *numbers;
    if (live->job == JOB_RECEIVER) numbers = feeder_stream(context, live->seed);
    else if (live->job == JOB_SOCKET)
        numbers = weir_socket_text_stream(context, "127.0.0.1", live->port);
    else
        numbers = weir_text_file_stream(context, path_of("in"),
                                        &(weir_file_options){.old_files_too = true});
    weir_stream *pairs = weir_map(numbers, &weir_fn_pair_with_one, weir_null());
    weir_state_options options = {.name = "seen"};
    weir_stream *seen =
        weir_update_state_by_key(pairs, &weir_fn_count_and_watch, weir_null(), &options);
    weir_state_options latest = {.name = "latest"};
    weir_stream *sums = weir_map_with_state(pairs, &weir_fn_sum_no_emit, weir_null(), &latest);
    weir_foreach_rdd(numbers, &weir_fn_tell, weir_text("numbers"));
    int64_t recent_ms = RECENT * LIVE_INTERVAL;
    weir_stream *recent = weir_window(numbers, recent_ms, recent_ms, NAMED("recent"));
    weir_foreach_rdd(recent, &weir_fn_tell, weir_text("recent"));
    weir_foreach_rdd(weir_count(seen), &weir_fn_tell, weir_text("keys"));
    return weir_count_output(sums);
}

/* --- running --------------------------------------------------------------------------------- */

/* A kill -9 loses nothing of the log, however seldom it is synced. */
static void init_log(random_source *random, weir_durability *durability)
{
    uint64_t how = random_below(random, 3);
    if (how == 1) durability->log_sync_ms = 1 + (int64_t)random_below(random, 200);
    durability->log_no_sync = how == 2;
    durability->log_compress = random_once_in(random, 2);
}

static void init_options(kill9_job job, uint64_t seed, weir_options *options,
                         weir_durability *durability)
{
    random_source random = {seed};
    static const int steps[] = {1, 2, 3, 7};
    static const size_t memories[] = {0, 64 << 10, 1 << 20};
    *options = (weir_options){
        .app_name = "kill9",
        .master = random_once_in(&random, 2) ? "local[1]" : "local[2]",
        .batch_interval_ms = job == JOB_FILES ? FILES_INTERVAL : LIVE_INTERVAL,
        .partitions = 4,
        .stop_timeout_ms = STOP_MS, /* sanitizers on a busy machine are far behind at the end */
    };
    *durability = (weir_durability){
        .checkpoint_ms = options->batch_interval_ms * steps[random_below(&random, 4)],
        .keep = 2 + (int)random_below(&random, 2),
        .state_memory = memories[random_below(&random, 3)],
    };
    init_log(&random, durability);
}

const char *kill9_job_log(kill9_job job, uint64_t seed, char words[64])
{
    weir_options options;
    weir_durability durability;
    init_options(job, seed, &options, &durability);
    const char *form = durability.log_compress ? ", compressed" : "";
    if (durability.log_sync_ms)
        (void)snprintf(words, 64, "log synced every %d ms%s", (int)durability.log_sync_ms, form);
    else
        (void)snprintf(words, 64, "log %s%s", durability.log_no_sync ? "never synced" : "synced",
                       form);
    return words;
}

/* A bounded job ends by itself, the others when the end has come through the state. */
static weir_status await_end(weir_context *context, kill9_job job)
{
    if (job == JOB_FILES) return weir_await_termination(context, -1);
    weir_status status = WEIR_TIMEOUT;
    while (status == WEIR_TIMEOUT && !atomic_load(&is_over))
        status = weir_await_termination(context, 2);
    return atomic_load(&is_over) ? weir_stop(context, true) : status;
}

int kill9_job_run(kill9_job job, const char *directory, uint64_t seed, int port)
{
    (void)snprintf(root, sizeof root, "%s", directory);
    batches_file = open(path_of("batches"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    append_line("\nstart\n", 7);
    weir_options options;
    weir_durability durability;
    weir_context *context = NULL;
    live_job live = {job, seed, port};
    init_options(job, seed, &options, &durability);
    weir_status status =
        weir_get_or_create(&context, path_of("weir"), &options, &durability,
                           job == JOB_FILES ? build_files : build_live, &live);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = await_end(context, job);
    if (status != WEIR_OK) fprintf(stderr, "kill9 job: %s\n", weir_last_error());
    weir_context_free(context);
    return status == WEIR_OK ? 0 : 1;
}
