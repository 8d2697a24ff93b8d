/* damage [--seed S] [--every N] [--verbose] [--canary NAME]: every file of a directory is damaged
 * in every way, one at a time, between two runs: bytes changed, cut, emptied, lengthened, missing,
 * exchanged with another; those of the newest checkpoint, the tables that all checkpoints share,
 * and the log. The second run must come to what it would without the damage, or refuse with a
 * reason, or, where the log is concerned, say what was lost. It must never be wrong in silence.
 * One way in N is tried (4), other ones with each seed.
 *
 * --canary: key   one key of the state that is wanted is another
 *           mute  what a run says is not heard
 * which must be found out: the exit code is then 1. */
#include <pthread.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/library.h>
#include <weir/weir.h>

#include "base/file.h"
#include "base/memory.h"
#include "crash/kill9_facts.h"
#include "crash/random.h"
#include "support/scratch.h"

enum { BATCHES = 9, MORE_BATCHES = 12, KEYS = 4000, INTERVAL_MS = 1000, MOST_FILES = 256 };

typedef enum harm {
    HARM_BYTE,       /* three of these: at the beginning, the end, anywhere */
    HARM_LAST_BYTE,
    HARM_ANY_BYTE,
    HARM_ZEROS,      /* the last quarter */
    HARM_CUT,
    HARM_EMPTY,
    HARM_LONGER,
    HARM_MISSING,
    HARM_EXCHANGED,  /* says what another file of the folder says */
    HARMS
} harm;

static const char *const harm_names[HARMS] = {"first byte", "last byte", "a byte",  "zeros", "cut",
                                              "empty",      "longer",    "missing", "exchanged"};

typedef enum canary { CANARY_NONE, CANARY_KEY, CANARY_MUTE } canary;

static canary the_canary;
static char base[128], messages[1 << 16];
static bool is_told;
static uint64_t every = 4;
static uint64_t turn; /* which of the cases comes next */
static random_source the_random;

/* The log calls it from any thread, and so does the program itself. */
static void hear(weir_level level, const char *text, void *user)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)user;
    pthread_mutex_lock(&lock);
    size_t length = strlen(messages);
    if (is_told) fprintf(stderr, "    %d %s\n", (int)level, text);
    (void)snprintf(messages + length, sizeof messages - length, "%s\n", text);
    pthread_mutex_unlock(&lock);
}

static weir_status build(weir_context *context, void *user)
{
    const int *batches = user;
    char names[MORE_BATCHES][160];
    const char *paths[MORE_BATCHES];
    for (int i = 0; i < *batches; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s/in/%d", base, i);
        paths[i] = names[i];
    }
    weir_stream *lines = weir_text_files(context, paths, (size_t)*batches);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_kv, weir_null());
    weir_state_options sums = {.name = "sums"}, counts = {.name = "counts"};
    weir_count_output(
        weir_update_state_by_key(pairs, &weir_fn_count_update, weir_null(), &counts));
    return weir_count_output(
        weir_map_with_state(pairs, &weir_fn_running_sum_emit, weir_null(), &sums));
}

/* --- files ----------------------------------------------------------------------------------- */

static void read_whole(const char *path, buffer *to)
{
    int file;
    size_t got = 0;
    if (file_open_read(path, &file) != WEIR_OK) return;
    do {
        char *room = buffer_reserve(to, 1 << 16);
        if (file_read_at(file, path, room, 1 << 16, (int64_t)to->size, &got) != WEIR_OK) got = 0;
        to->size += got;
    } while (got > 0);
    file_close(file, path);
}

static void write_whole(const char *path, const char *bytes, size_t size)
{
    int file;
    (void)file_remove_tree(path); /* a link may have other names */
    if (file_create(path, &file) != WEIR_OK) return;
    (void)file_write(file, path, bytes, size);
    (void)file_close(file, path);
}

/* Links: what is damaged is written anew. The log is appended to, so that it is copied. */
static void copy_tree(const char *from, const char *to)
{
    DIR *listing = opendir(from);
    if (!listing) {
        buffer bytes = {0};
        bool is_table = strlen(from) > 4 && strcmp(from + strlen(from) - 4, ".sst") == 0;
        if (is_table && link(from, to) == 0) return;
        read_whole(from, &bytes);
        write_whole(to, bytes.bytes, bytes.size);
        buffer_release(&bytes);
        return;
    }
    (void)file_make_directories(to);
    for (struct dirent *entry; (entry = readdir(listing));) {
        char inner[512], outer[512];
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "live") == 0) continue;
        if (entry->d_type == DT_SOCK) continue;
        (void)snprintf(inner, sizeof inner, "%.240s/%.255s", from, entry->d_name);
        (void)snprintf(outer, sizeof outer, "%.240s/%.255s", to, entry->d_name);
        copy_tree(inner, outer);
    }
    closedir(listing);
}

static void make_files(void)
{
    random_source random = {7};
    for (int i = 0; i < MORE_BATCHES; i++) {
        char path[160];
        buffer lines = {0};
        for (int j = 0; j < KEYS / 4; j++)
            buffer_printf(&lines, "user%06" PRIu64 "=%" PRIu64 "\n", random_below(&random, KEYS),
                          random_below(&random, 100000));
        (void)snprintf(path, sizeof path, "%s/in/%d", base, i);
        write_whole(path, lines.bytes, lines.size);
        buffer_release(&lines);
    }
}

/* --- running --------------------------------------------------------------------------------- */

static weir_context *the_context;

/* What a kill would leave behind batch BATCHES, once its checkpoints are there. */
static void copy_in_the_middle(const weir_batch_summary *summary, void *user)
{
    char from[160], to[160];
    if (summary->time_ms != BATCHES * INTERVAL_MS) return;
    while (weir_checkpoints(the_context) < 1 + BATCHES / 2) (void)usleep(1000);
    (void)snprintf(from, sizeof from, "%s", (const char *)user);
    (void)snprintf(to, sizeof to, "%s/whole/weir", base);
    copy_tree(from, to);
}

/* Runs to the end of all files. */
static weir_status run(const char *directory, size_t memory, bool is_first)
{
    weir_context *context = NULL;
    int batches = MORE_BATCHES;
    messages[0] = '\0';
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[1]",
                            .partitions = 3};
    weir_durability durability = {.checkpoint_ms = 2 * INTERVAL_MS, .keep = 3,
                                  .state_memory = memory};
    weir_status status =
        weir_get_or_create(&context, directory, &options, &durability, build, &batches);
    the_context = context;
    if (status == WEIR_OK && is_first)
        weir_on_batch(context, copy_in_the_middle, (void *)(uintptr_t)directory);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, 300000);
    if (status != WEIR_OK) hear(WEIR_ERROR, weir_last_error(), NULL);
    weir_context_free(context);
    return status;
}

/* --- harm ------------------------------------------------------------------------------------ */

static void change(buffer *bytes, harm harm)
{
    size_t size = bytes->size, any = size ? (size_t)random_below(&the_random, size) : 0;
    switch (harm) {
    case HARM_BYTE: if (size) bytes->bytes[0] ^= 1; break;
    case HARM_LAST_BYTE: if (size) bytes->bytes[size - 1] ^= 1; break;
    case HARM_ANY_BYTE: if (size) bytes->bytes[any] ^= (char)(1 << any % 8); break;
    case HARM_ZEROS: if (size) memset(bytes->bytes + size - size / 4, 0, size / 4); break;
    case HARM_CUT: bytes->size = size / 2; break;
    case HARM_EMPTY: bytes->size = 0; break;
    case HARM_LONGER: buffer_append(bytes, "and more", 8); break;
    default: break;
    }
}

/* false: the file is as it was. */
static bool do_harm(const char *path, const char *other, harm harm)
{
    buffer before = {0}, after = {0};
    read_whole(path, &before);
    read_whole(harm == HARM_EXCHANGED && other ? other : path, &after);
    change(&after, harm);
    bool is_other = harm == HARM_MISSING || before.size != after.size ||
                    (after.size && memcmp(before.bytes, after.bytes, after.size) != 0);
    if (harm == HARM_MISSING) (void)file_remove_tree(path);
    else if (is_other) write_whole(path, after.bytes, after.size);
    buffer_release(&before);
    buffer_release(&after);
    return is_other;
}

/* --- cases ----------------------------------------------------------------------------------- */

typedef struct totals {
    int cases, equal, refused, lost, wrong;
} totals;

static buffer wanted; /* the state without damage */

typedef enum outcome { OUTCOME_EQUAL, OUTCOME_REFUSED, OUTCOME_OTHER } outcome;

static outcome run_case(size_t memory)
{
    char directory[160], root[160];
    buffer found = {0};
    (void)snprintf(root, sizeof root, "%s/case", base);
    (void)snprintf(directory, sizeof directory, "%s/case/weir", base);
    weir_status status = run(directory, memory, false);
    if (status != WEIR_OK) return OUTCOME_REFUSED;
    state_print(root, true, &found);
    buffer_append(&found, "", 1);
    bool is_equal = strcmp(found.bytes, wanted.bytes) == 0;
    buffer_release(&found);
    return is_equal ? OUTCOME_EQUAL : OUTCOME_OTHER;
}

/* `relative` is damaged, in the newest checkpoint or the log; `everywhere`: the file of that name
 * in every checkpoint. */
static bool harm_one(const char *relative, const char *other, harm harm, bool everywhere)
{
    char path[512], second[512], case_root[160], whole[160];
    static const int times[] = {8000, 6000, 4000};
    bool is_done = false;
    (void)snprintf(case_root, sizeof case_root, "%s/case", base);
    (void)snprintf(whole, sizeof whole, "%s/whole", base);
    (void)file_remove_tree(case_root);
    copy_tree(whole, case_root);
    if (strncmp(relative, "log/", 4) == 0) {
        (void)snprintf(path, sizeof path, "%s/weir/%s", case_root, relative);
        return do_harm(path, NULL, harm);
    }
    for (int i = 0; i < (everywhere ? 3 : 1); i++) {
        (void)snprintf(path, sizeof path, "%s/weir/checkpoints/%d/%s", case_root, times[i],
                       relative);
        (void)snprintf(second, sizeof second, "%s/weir/checkpoints/%d/%s", case_root, times[i],
                       other ? other : relative);
        if (file_exists(path)) is_done = do_harm(path, second, harm) || is_done;
    }
    return is_done;
}

static void count_case(const char *relative, harm harm, bool everywhere, outcome outcome,
                       totals *totals)
{
    if (the_canary == CANARY_MUTE) messages[0] = '\0';
    bool is_log = strncmp(relative, "log/", 4) == 0;
    bool is_said = strstr(messages, "damage") || strstr(messages, "missing") ||
                   strstr(messages, "cut at");
    bool is_size = harm >= HARM_CUT && harm <= HARM_MISSING;
    const char *wrong = NULL;
    /* The end could not be written, and said so: the state is that of an older boundary. */
    bool is_older = strstr(messages, "was not taken") != NULL;
    if (outcome == OUTCOME_OTHER && is_older) outcome = OUTCOME_REFUSED;
    totals->cases++;
    totals->equal += outcome == OUTCOME_EQUAL;
    totals->refused += outcome == OUTCOME_REFUSED;
    totals->lost += outcome == OUTCOME_OTHER && is_log && is_said;
    if (outcome == OUTCOME_OTHER && !is_log) wrong = "the state is wrong";
    if (outcome == OUTCOME_OTHER && is_log && !is_said) wrong = "something is lost, unsaid";
    if (outcome == OUTCOME_REFUSED && strlen(messages) < 20) wrong = "refused without a reason";
    if (outcome == OUTCOME_REFUSED && !is_log && !everywhere && is_size)
        wrong = "the checkpoint before was not taken";
    if (is_told || wrong)
        printf("%s: %s%s: %s\n%s", relative, harm_names[harm], everywhere ? " (everywhere)" : "",
               wrong    ? wrong
               : outcome == OUTCOME_EQUAL ? "equal"
               : outcome == OUTCOME_REFUSED ? "refused"
                                            : "lost, and said",
               messages);
    totals->wrong += wrong != NULL;
}

static void harm_file(const char *relative, const char *other, totals *totals)
{
    bool is_table = strstr(relative, ".sst") != NULL;
    for (int harm = 0; harm < HARMS; harm++)
        for (int everywhere = 0; everywhere <= is_table; everywhere++) {
            if (turn++ % every != 0) continue;
            if (!harm_one(relative, other, (enum harm)harm, everywhere)) continue;
            size_t memory = (harm + everywhere) % 2 ? 128 << 10 : 64 << 20;
            outcome outcome = run_case(memory);
            count_case(relative, (enum harm)harm, everywhere, outcome, totals);
        }
}

typedef struct names {
    char *items[MOST_FILES];
    size_t count;
} names;

static void add_name(void *user, const char *name)
{
    names *names = user;
    if (name[0] != '.' && names->count < MOST_FILES)
        names->items[names->count++] = memory_copy_text(name);
}

/* Every file of the folder of the whole directory; `prefix` in front of its name. */
static void harm_folder(const char *folder, const char *prefix, totals *totals)
{
    names names = {0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/whole/weir/%s", base, folder);
    (void)file_list(path, add_name, &names);
    for (size_t i = 0; i < names.count; i++) {
        char relative[300], other[300];
        size_t next = (i + 1) % names.count;
        (void)snprintf(relative, sizeof relative, "%s%.255s", prefix, names.items[i]);
        (void)snprintf(other, sizeof other, "%s%.255s", prefix, names.items[next]);
        if (strcmp(names.items[i], "state") != 0 && strcmp(names.items[i], "quarantine") != 0)
            harm_file(relative, other, totals);
    }
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
}

static int usage(void)
{
    fprintf(stderr, "usage: damage [--seed S] [--every N] [--verbose] [--canary key|mute]\n");
    return 2;
}

static bool parse(int count, char **words)
{
    uint64_t seed = 1;
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;
        if (strcmp(word, "--verbose") == 0) {
            is_told = true;
            continue;
        }
        if (!value) return false;
        i++;
        if (strcmp(word, "--every") == 0) every = strtoull(value, NULL, 10);
        else if (strcmp(word, "--seed") == 0) seed = strtoull(value, NULL, 10);
        else if (strcmp(word, "--canary") != 0) return false;
        else if (strcmp(value, "key") == 0) the_canary = CANARY_KEY;
        else if (strcmp(value, "mute") == 0) the_canary = CANARY_MUTE;
        else return false;
    }
    the_random.state = seed;
    turn = seed;
    return every > 0;
}

/* The state that is wanted: that of a run without damage. */
static bool run_whole(void)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/first/weir", base);
    if (run(path, 64 << 20, true) != WEIR_OK) return false;
    (void)snprintf(path, sizeof path, "%s/first", base);
    state_print(path, true, &wanted);
    buffer_append(&wanted, "", 1);
    char *key = strstr(wanted.bytes, "user0");
    if (key && the_canary == CANARY_KEY) key[4] = '9';
    return key != NULL;
}

int main(int count, char **words)
{
    totals totals = {0};
    char path[160];
    if (!parse(count, words)) return usage();
    weir_set_log(hear, NULL, WEIR_WARNING);
    if (!scratch_make_in_memory(base, sizeof base, "weir-damage")) return 2;
    (void)snprintf(path, sizeof path, "%s/in", base);
    (void)file_make_directory(path);
    make_files();
    if (!run_whole()) return puts(messages), 2;
    harm_folder("checkpoints/8000", "", &totals);
    harm_folder("checkpoints/8000/state", "state/", &totals);
    harm_folder("log", "log/", &totals);
    (void)file_remove_tree(base);
    buffer_release(&wanted);
    printf("%d cases: %d came to the same, %d refused, %d lost something of the log and said so; "
           "%d wrong\n",
           totals.cases, totals.equal, totals.refused, totals.lost, totals.wrong);
    return totals.wrong > 0 || (uint64_t)totals.cases * every < 200; /* of all ways */
}
