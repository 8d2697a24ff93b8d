/* kill9 [--rounds N] [--seed S] [--job NAME] [--keep] [--canary]: kills processes that hold a
 * durable context with -9 at random moments, starts them again until they are done, and compares
 * what they leave with what a run without a kill leaves.
 *
 * Round i has the seed S + i, which decides the input, the options and the moments. A round that
 * fails says so in a line with its seed: `kill9 --rounds 1 --seed SEED` is that round again, as
 * far as the machine lets moments repeat.
 *
 *   files      state, saved text and what foreachRDD saw equal those of the run without a kill
 *   others     the state counts every record exactly as often as batches brought it; nothing
 *              acknowledged is missing, nothing comes more often than it was handed over; a
 *              socket's line comes once at most, a directory's exactly once
 *   windows    of files: as state; over received blocks: what their batches brought, in order
 *   all        a start repeats the batch in flight at most, with the same records; so does one
 *              whose log is synced now and then or never
 *
 * --canary: cuts the log in half after each kill, which must be found out. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "crash/kill9_facts.h"
#include "crash/kill9_world.h"
#include "crash/random.h"
#include "wal/directory.h"
#include "wal/view.h"

extern char **environ;

enum { PATIENCE_MS = 300 * 1000, MAX_KILLS = 6, AT_ONCE = 3 };

typedef struct round {
    kill9_job job;
    uint64_t seed;
    random_source random;
    char directory[64];
    int kills;
    int starts;
    int64_t whole_ms; /* how long a run without a kill takes */
    bool is_canary;
    buffer why;
} round;

static const char *self;

/* --- processes ------------------------------------------------------------------------------- */

static pid_t spawn_job(const round *round, const kill9_world *world)
{
    char seed[32], port[16], job[16], log[96];
    pid_t pid = -1;
    (void)snprintf(seed, sizeof seed, "%" PRIu64, round->seed);
    (void)snprintf(port, sizeof port, "%d", kill9_world_port(world));
    (void)snprintf(job, sizeof job, "%d", (int)round->job);
    (void)snprintf(log, sizeof log, "%s/log", round->directory);
    char *arguments[] = {(char *)(uintptr_t)self, (char *)(uintptr_t)"--child", job,
                         (char *)(uintptr_t)round->directory, seed, port, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (posix_spawn(&pid, self, &actions, NULL, arguments, environ) != 0) pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* true: it ended by itself within the time. */
static bool await_process(pid_t pid, int64_t until_us, int *how)
{
    for (;;) {
        pid_t ended = waitpid(pid, how, WNOHANG);
        if (ended == pid) return true;
        if (clock_monotonic_us() >= until_us) return false;
        clock_sleep_ms(1);
    }
}

static void kill_process(pid_t pid)
{
    int how;
    kill(pid, SIGKILL);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR) continue;
}

/* Runs the job once; after_ms < 0: to its end. true: it is done, or failed for good. */
static bool run_once(round *round, const kill9_world *world, int64_t after_ms, bool *is_good)
{
    int how = 0;
    bool is_killed = after_ms >= 0;
    pid_t pid = spawn_job(round, world);
    round->starts++;
    if (pid < 0) buffer_printf(&round->why, "no process: %s\n", strerror(errno));
    if (pid < 0) return true;
    if (!is_killed) after_ms = PATIENCE_MS;
    if (!await_process(pid, clock_monotonic_us() + after_ms * 1000, &how)) {
        kill_process(pid);
        if (is_killed) return false;
        buffer_printf(&round->why, "start %d hangs\n", round->starts);
        return true;
    }
    *is_good = WIFEXITED(how) && WEXITSTATUS(how) == 0;
    if (!*is_good)
        buffer_printf(&round->why, "start %d ended with %s %d\n", round->starts,
                      WIFSIGNALED(how) ? "signal" : "exit code",
                      WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
    return true;
}

/* Cuts the newest segment of the log in half. */
static void damage(const round *round)
{
    char log[96];
    wal_segment_list list = {0};
    (void)snprintf(log, sizeof log, "%s/weir/log", round->directory);
    if (wal_directory_list(log, &list) != WEIR_OK || list.count == 0) return;
    char *path = wal_directory_segment(log, list.numbers[list.count - 1]);
    wal_view view;
    if (wal_view_open(&view, log, list.numbers[list.count - 1]) == WEIR_OK) {
        uint64_t end = WAL_SEGMENT_HEADER;
        wal_entry entry;
        while (wal_view_find(&view, end, &entry)) end = wal_view_after(&entry);
        (void)truncate(path, (off_t)(end / 2));
        wal_view_close(&view);
    }
    free(path);
    wal_segment_list_release(&list);
}

/* Moments near the start matter as much as those within the work. */
static int64_t random_moment(round *round)
{
    int64_t span = random_once_in(&round->random, 3) ? 30 : round->whole_ms;
    return (int64_t)random_below(&round->random, (uint64_t)span + 1);
}

static bool run_job(round *round, int kills)
{
    bool is_good = false, is_done = false;
    kill9_world *world = kill9_world_start(round->job, round->directory, round->seed);
    while (!is_done) {
        int64_t after_ms = round->kills < kills ? random_moment(round) : -1;
        is_done = run_once(round, world, after_ms, &is_good);
        round->kills += after_ms >= 0 && !is_done;
        if (round->is_canary && !is_done) damage(round);
    }
    kill9_world_stop(world);
    return is_good;
}

/* --- comparing ------------------------------------------------------------------------------- */

static void note_difference(round *round, const char *what, const buffer *wanted,
                            const buffer *found)
{
    const char *a = wanted->bytes, *b = found->bytes;
    size_t at = 0, line = 0;
    while (a[at] && a[at] == b[at]) {
        at++;
        if (a[at - 1] == '\n') line = at;
    }
    buffer_printf(&round->why, "%s differs: \"%.*s\" without a kill, \"%.*s\" with\n", what,
                  (int)strcspn(a + line, "\n"), a + line, (int)strcspn(b + line, "\n"), b + line);
}

static void compare(round *round, const char *what, buffer *wanted, buffer *found)
{
    buffer_append(wanted, "", 1);
    buffer_append(found, "", 1);
    if (strcmp(wanted->bytes, found->bytes) != 0) note_difference(round, what, wanted, found);
    buffer_release(wanted);
    buffer_release(found);
}

static void compare_told(round *round, const char *whole)
{
    buffer wanted = {0}, found = {0};
    told_list expected = told_read(whole), told = told_read(round->directory);
    (void)told_check_order(&told, "visits", FILES_INTERVAL, &round->why);
    (void)told_check_order(&told, "keys", FILES_INTERVAL, &round->why);
    for (int i = 0; i < WINDOWS; i++)
        (void)told_check_order(&told, kill9_window_names[i],
                               kill9_window_slides[i] * FILES_INTERVAL, &round->why);
    told_print(&expected, &wanted);
    told_print(&told, &found);
    compare(round, "what foreachRDD saw", &wanted, &found);
    told_release(&expected);
    told_release(&told);
}

static void check_files(round *round, const char *whole)
{
    buffer wanted = {0}, found = {0};
    state_print(whole, true, &wanted);
    state_print(round->directory, true, &found);
    compare(round, "state", &wanted, &found);
    saved_print(whole, &wanted);
    saved_print(round->directory, &found);
    compare(round, "saved text", &wanted, &found);
    compare_told(round, whole);
}

/* --- counting -------------------------------------------------------------------------------- */

typedef struct counts {
    int64_t brought[NUMBERS + 1]; /* by batches, each batch once */
    int64_t kept[NUMBERS + 1];    /* in the state */
    int64_t tried[NUMBERS + 1];   /* handed over by the receiver */
    int64_t acked;
} counts;

static void count_brought(const told_list *list, counts *counts)
{
    int64_t last_ms = 0;
    for (size_t i = 0; i < list->count; i++) {
        const told *told = &list->items[i];
        if (strcmp(told->output, "numbers") != 0 || told->time_ms <= last_ms) continue;
        last_ms = told->time_ms;
        char *at = told->items;
        (void)strtoll(at, &at, 10); /* how many there are */
        for (char *end; *at; at = end) {
            long long number = strtoll(at, &end, 10);
            if (end == at) end = at + 1 + strcspn(at + 1, " ");
            else if (number > 0 && number <= NUMBERS) counts->brought[number]++;
        }
    }
}

static void count_kept(round *round, counts *counts)
{
    buffer state = {0};
    state_print(round->directory, false, &state);
    buffer_append(&state, "", 1);
    for (char *line = state.bytes, *end; (end = strchr(line, '\n')); line = end + 1) {
        int64_t number, count;
        *end = '\0';
        if (sscanf(line, "seen %*u %" SCNd64 " %" SCNd64, &number, &count) == 2)
            counts->kept[number > 0 && number <= NUMBERS ? number : 0] = count;
        else if (strncmp(line, "nothing", 7) == 0)
            buffer_printf(&round->why, "state: %s\n", line);
    }
    buffer_release(&state);
}

static void count_tried(const round *round, counts *counts)
{
    char path[96];
    int64_t from, to;
    (void)snprintf(path, sizeof path, "%s/tried", round->directory);
    FILE *tried = fopen(path, "r");
    while (tried && fscanf(tried, "%" SCNd64 " %" SCNd64, &from, &to) == 2)
        for (int64_t i = from; i <= to && i <= NUMBERS; i++) counts->tried[i]++;
    if (tried) fclose(tried);
    (void)snprintf(path, sizeof path, "%s/acked", round->directory);
    FILE *acked = fopen(path, "r");
    if (acked && fread(&counts->acked, sizeof counts->acked, 1, acked) != 1) counts->acked = 0;
    if (acked) fclose(acked);
}

static const char *wrong_count(const round *round, const counts *counts, int64_t i)
{
    if (counts->kept[i] != counts->brought[i]) return "the state counts it otherwise than batches";
    if (round->job == JOB_SOCKET && counts->kept[i] > 1) return "sent once";
    if (round->job == JOB_DIRECTORY && counts->kept[i] != 1) return "to come once";
    if (round->job == JOB_RECEIVER && counts->kept[i] > counts->tried[i])
        return "more often than it was handed over";
    if (round->job == JOB_RECEIVER && i <= counts->acked && counts->kept[i] == 0)
        return "acknowledged, and lost";
    return NULL;
}

/* --- windows --------------------------------------------------------------------------------- */

static const told *find_numbers(const told_list *list, int64_t time_ms)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].time_ms == time_ms && strcmp(list->items[i].output, "numbers") == 0)
            return &list->items[i];
    return NULL;
}

/* A line has its count first: " COUNT TEXT ..". */
static const char *behind_count(const told *told, long long *count)
{
    char *at;
    *count += strtoll(told->items, &at, 10);
    return at;
}

/* Every window has what the last batches brought, the oldest first. */
static void check_windows(round *round, const told_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const told *window = &list->items[i];
        long long count = 0, expected_count = 0;
        buffer expected = {0};
        if (strcmp(window->output, "recent") != 0) continue;
        for (int64_t back = RECENT - 1; back >= 0; back--) {
            const told *numbers = find_numbers(list, window->time_ms - back * LIVE_INTERVAL);
            if (numbers) buffer_append_text(&expected, behind_count(numbers, &expected_count));
        }
        buffer_append(&expected, "", 1);
        const char *items = behind_count(window, &count);
        if (count != expected_count || strcmp(items, expected.bytes) != 0)
            buffer_printf(&round->why,
                          "the window of batch %" PRId64 " has %lld records \"%.60s\", its "
                          "batches had %lld \"%.60s\"\n",
                          window->time_ms, count, items, expected_count, expected.bytes);
        buffer_release(&expected);
    }
}

static void check_live(round *round)
{
    counts *counts = memory_zero_alloc(1, sizeof *counts);
    told_list told = told_read(round->directory);
    (void)told_check_order(&told, "numbers", LIVE_INTERVAL, &round->why);
    (void)told_check_order(&told, "keys", LIVE_INTERVAL, &round->why);
    (void)told_check_order(&told, "recent", RECENT * LIVE_INTERVAL, &round->why);
    check_windows(round, &told);
    count_brought(&told, counts);
    count_kept(round, counts);
    if (round->job == JOB_RECEIVER) count_tried(round, counts);
    int wrong = 0;
    for (int64_t i = 1; i <= NUMBERS && wrong < 5; i++) {
        const char *how = wrong_count(round, counts, i);
        if (!how) continue;
        wrong++;
        buffer_printf(&round->why,
                      "record %" PRId64 ": %s: brought %" PRId64 ", in the state %" PRId64 "\n", i,
                      how, counts->brought[i], counts->kept[i]);
    }
    told_release(&told);
    free(counts);
}

/* --- rounds ---------------------------------------------------------------------------------- */

static bool make_directory(round *round)
{
    (void)snprintf(round->directory, sizeof round->directory, "kill9-XXXXXX");
    if (!mkdtemp(round->directory)) return false;
    char path[96];
    (void)snprintf(path, sizeof path, "%s/in", round->directory);
    if (file_make_directory(path) != WEIR_OK) return false;
    (void)snprintf(path, sizeof path, "%s/out", round->directory);
    return file_make_directory(path) == WEIR_OK;
}

/* The run without a kill: what it leaves, and how long it takes. The others take the time that it
 * takes to send. */
static bool run_whole(const round *round, struct round *whole)
{
    *whole = *round;
    whole->why = (buffer){0};
    int64_t began_us = clock_monotonic_us();
    bool is_good = make_directory(whole) && run_job(whole, 0);
    whole->whole_ms = (clock_monotonic_us() - began_us) / 1000;
    return is_good;
}

static void report(round *round, bool keep)
{
    char log[64];
    const char *job = kill9_job_names[round->job];
    (void)kill9_job_log(round->job, round->seed, log);
    flockfile(stdout);
    buffer_append(&round->why, "", 1);
    if (round->why.size == 1) {
        printf("seed %" PRIu64 ": %s, %s: good, %d kills\n", round->seed, job, log, round->kills);
    } else {
        printf("seed %" PRIu64 ": %s, %s: FAILED after %d kills, %s%s\n%s", round->seed, job, log,
               round->kills, keep ? "see " : "",
               keep ? round->directory : "(--keep keeps the directory)", round->why.bytes);
    }
    fflush(stdout);
    funlockfile(stdout);
}

static bool run_round(kill9_job job, uint64_t seed, bool keep, bool is_canary)
{
    round round = {.job = job,
                   .seed = seed,
                   .random = {seed * 77},
                   .whole_ms = 400,
                   .is_canary = is_canary};
    struct round whole = {.job = job};
    bool is_compared = job == JOB_FILES;
    if (is_compared && !run_whole(&round, &whole))
        buffer_printf(&round.why, "the run without a kill failed\n");
    if (is_compared) round.whole_ms = whole.whole_ms;
    if (!make_directory(&round)) buffer_printf(&round.why, "no directory\n");
    int kills = 1 + (int)random_below(&round.random, MAX_KILLS);
    if (round.why.size == 0 && run_job(&round, kills)) {
        if (is_compared) check_files(&round, whole.directory);
        else check_live(&round);
    }
    bool is_good = round.why.size == 0;
    report(&round, keep);
    if (is_good || !keep) (void)file_remove_tree(round.directory);
    if (is_compared && (is_good || !keep)) (void)file_remove_tree(whole.directory);
    buffer_release(&round.why);
    buffer_release(&whole.why);
    return is_good;
}

/* --- the command ----------------------------------------------------------------------------- */

typedef struct arguments {
    uint64_t rounds;
    uint64_t seed;
    int job; /* -1: in turn */
    bool keep;
    bool is_canary;
    _Atomic uint64_t begun;
    _Atomic uint64_t failed;
} arguments;

/* Rounds are mostly waits: a few at once. */
static void *run_rounds(void *user)
{
    arguments *arguments = user;
    for (uint64_t i; (i = atomic_fetch_add(&arguments->begun, 1)) < arguments->rounds;) {
        uint64_t seed = arguments->seed + i;
        kill9_job job = (kill9_job)(arguments->job < 0 ? (int)(seed % JOBS) : arguments->job);
        bool is_good = run_round(job, seed, arguments->keep, arguments->is_canary);
        atomic_fetch_add(&arguments->failed, !is_good);
    }
    return NULL;
}

static int usage(void)
{
    fprintf(stderr, "usage: kill9 [--rounds N] [--seed S] [--job files|receiver|socket|directory] "
                    "[--keep] [--canary]\n");
    return 2;
}

static int find_job(const char *name)
{
    for (int i = 0; i < JOBS; i++)
        if (strcmp(kill9_job_names[i], name) == 0) return i;
    return -2;
}

static bool parse(int count, char **words, arguments *arguments)
{
    *arguments = (struct arguments){.rounds = 20, .seed = 1, .job = -1};
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;
        bool is_flag = true;
        if (strcmp(word, "--keep") == 0) arguments->keep = true;
        else if (strcmp(word, "--canary") == 0) arguments->is_canary = true;
        else is_flag = false;
        if (is_flag) continue;
        if (!value) return false;
        if (strcmp(word, "--rounds") == 0) arguments->rounds = strtoull(value, NULL, 10);
        else if (strcmp(word, "--seed") == 0) arguments->seed = strtoull(value, NULL, 10);
        else if (strcmp(word, "--job") == 0) arguments->job = find_job(value);
        else return false;
        i++;
    }
    return arguments->job >= -1;
}

int main(int count, char **words)
{
    arguments arguments;
    if (count == 6 && strcmp(words[1], "--child") == 0)
        return kill9_job_run((kill9_job)atoi(words[2]), words[3], strtoull(words[4], NULL, 10),
                             atoi(words[5]));
    if (!parse(count, words, &arguments)) return usage();
    self = "/proc/self/exe";
    signal(SIGPIPE, SIG_IGN);
    pthread_t threads[AT_ONCE];
    int started = 0;
    while (started < AT_ONCE &&
           pthread_create(&threads[started], NULL, run_rounds, &arguments) == 0)
        started++;
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
    uint64_t failed = started ? atomic_load(&arguments.failed) : arguments.rounds;
    printf("%" PRIu64 " rounds, %" PRIu64 " failed\n", arguments.rounds, failed);
    return failed > 0;
}
