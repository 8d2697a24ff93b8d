#include "bench/ceiling.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "bench/ceiling_table.h"

enum { STRIDE = 32, PADDING = 64, FIRST_CELLS = 1 << 16 };

/* An event that belongs to another thread. */
typedef struct event {
    key key;
    int64_t number;
} event;

typedef struct worker {
    ceiling *ceiling;
    size_t index;
    table local;  /* words: this thread's half of the file */
    table owned;  /* this thread's half of the keys */
    event *sent[CEILING_THREADS];
    size_t sent_count[CEILING_THREADS];
    uint64_t records, distinct;
} worker;

/* A file of a window, reduced. */
typedef struct kept_file {
    cell *cells;
    size_t count;
} kept_file;

struct ceiling {
    char *const *paths;
    size_t count;
    char *text; /* the file that is being worked on */
    size_t length, room;
    size_t threads;
    void (*work)(worker *worker, const char *text, size_t length);
    worker workers[CEILING_THREADS];
    pthread_barrier_t barrier;
    int failed; /* errno of a file that could not be read */
    size_t dump_every; /* files; 0: never */
    const char *dump_path;
    kept_file *kept; /* of a window: so many files, in turn */
    size_t window, file;
};

/* --- parsing --------------------------------------------------------------------------------- */

/* Where one of two characters stands among the 32 at `text`, a bit each. */
static inline uint32_t marks(const char *text, char one, char other)
{
#ifdef __AVX2__
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);
    __m256i found = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(one)),
                                    _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(other)));
    return (uint32_t)_mm256_movemask_epi8(found);
#else
    uint32_t found = 0;
    for (int i = 0; i < STRIDE; i++) found |= (uint32_t)(text[i] == one || text[i] == other) << i;
    return found;
#endif
}

/* The same, without those at `end` and behind it. */
static inline uint32_t marks_before(const char *text, const char *end, char one, char other)
{
    uint32_t found = marks(text, one, other);
    return end - text < STRIDE ? found & (((uint32_t)1 << (end - text)) - 1) : found;
}

static uint64_t add_words(table *table, const char *text, size_t length)
{
    ring ring = {.table = table};
    uint64_t words = 0;
    const char *word = text, *end = text + length;
    for (const char *stride = text; stride < end; stride += STRIDE) {
        for (uint32_t left = marks_before(stride, end, ' ', '\n'); left; left &= left - 1) {
            const char *mark = stride + __builtin_ctz(left);
            if (mark > word) {
                ring_add(&ring, key_read(word, (size_t)(mark - word)), 1);
                words++;
            }
            word = mark + 1;
        }
    }
    ring_finish(&ring);
    return words;
}

static inline int64_t number_read(const char *from, const char *end)
{
    int64_t number = 0;
    for (; from < end; from++) number = 10 * number + (*from - '0');
    return number;
}

/* Into the ring, or, without one, into the lists of what is sent. */
static inline __attribute__((always_inline)) void read_events(worker *worker, ring *ring,
                                                             const char *text, size_t length)
{
    const char *line = text, *comma = text, *end = text + length;
    for (const char *stride = text; stride < end; stride += STRIDE) {
        for (uint32_t left = marks_before(stride, end, ',', '\n'); left; left &= left - 1) {
            const char *mark = stride + __builtin_ctz(left);
            if (*mark == ',') {
                comma = mark;
                continue;
            }
            key key = key_read(line, (size_t)(comma - line));
            int64_t number = number_read(comma + 1, mark);
            if (ring) {
                ring_add(ring, key, number);
            } else {
                size_t owner = key_hash(key) >> 63;
                worker->sent[owner][worker->sent_count[owner]++] = (event){key, number};
            }
            worker->records++;
            line = mark + 1;
        }
    }
}

/* --- what a thread does with its part of a file ---------------------------------------------- */

static void count_words(worker *worker, const char *text, size_t length)
{
    table_clear(&worker->local);
    worker->records += add_words(&worker->local, text, length);
    worker->distinct += worker->local.used;
}

/* Half the words of a file: the threads merge what they counted, each one half of the keys. */
static void count_half(worker *worker, const char *text, size_t length)
{
    ceiling *ceiling = worker->ceiling;
    table_clear(&worker->local);
    worker->records += add_words(&worker->local, text, length);
    pthread_barrier_wait(&ceiling->barrier);

    table_clear(&worker->owned);
    for (size_t from = 0; from < ceiling->threads; from++) {
        const table *counted = &ceiling->workers[from].local;
        for (uint64_t i = 0; i <= counted->mask; i++) {
            const cell *cell = &counted->cells[i];
            uint64_t hash = key_hash(cell->key);
            if (cell->key.low && hash >> 63 == worker->index)
                table_add(&worker->owned, cell->key, hash, cell->sum);
        }
    }
    worker->distinct += worker->owned.used;
    pthread_barrier_wait(&ceiling->barrier);
}

static void sum_events(worker *worker, const char *text, size_t length)
{
    ring ring = {.table = &worker->owned};
    read_events(worker, &ring, text, length);
    ring_finish(&ring);
    worker->distinct = worker->owned.used;
}

static void sum_half(worker *worker, const char *text, size_t length)
{
    ceiling *ceiling = worker->ceiling;
    for (size_t to = 0; to < ceiling->threads; to++) worker->sent_count[to] = 0;
    read_events(worker, NULL, text, length);
    pthread_barrier_wait(&ceiling->barrier);

    ring ring = {.table = &worker->owned};
    for (size_t from = 0; from < ceiling->threads; from++) {
        const struct worker *sender = &ceiling->workers[from];
        const event *events = sender->sent[worker->index];
        size_t count = sender->sent_count[worker->index];
        for (size_t i = 0; i < count; i++) ring_add(&ring, events[i].key, events[i].number);
    }
    ring_finish(&ring);
    worker->distinct = worker->owned.used;
    pthread_barrier_wait(&ceiling->barrier);
}

/* --- windows --------------------------------------------------------------------------------- */

/* What a file was reduced to. */
static void keep_file(worker *worker, kept_file *kept)
{
    const table *reduced = &worker->local;
    kept->cells = memory_need(malloc((reduced->used + 1) * sizeof *kept->cells));
    kept->count = 0;
    for (uint64_t i = 0; i <= reduced->mask; i++)
        if (reduced->cells[i].key.low) kept->cells[kept->count++] = reduced->cells[i];
}

static void apply_file(worker *worker, const kept_file *kept, int64_t sign)
{
    ring ring = {.table = &worker->owned};
    for (size_t i = 0; i < kept->count; i++)
        ring_add(&ring, kept->cells[i].key, sign * kept->cells[i].sum);
    ring_finish(&ring);
}

static void slide_window(worker *worker, const char *text, size_t length)
{
    ceiling *ceiling = worker->ceiling;
    ring ring = {.table = &worker->local};
    kept_file *kept = &ceiling->kept[ceiling->file % ceiling->window];
    table_clear(&worker->local);
    read_events(worker, &ring, text, length);
    ring_finish(&ring);
    if (kept->cells) apply_file(worker, kept, -1);
    free(kept->cells);
    keep_file(worker, kept);
    apply_file(worker, kept, 1);
    for (uint64_t i = 0; i <= worker->owned.mask; i++)
        worker->distinct += worker->owned.cells[i].key.low && worker->owned.cells[i].sum;
    ceiling->file++;
}

/* --- files and threads ----------------------------------------------------------------------- */

static int read_whole(ceiling *ceiling, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;
    ceiling->length = 0;
    if (file < 0) return errno;
    while (got > 0 && ceiling->length < ceiling->room) {
        size_t room = ceiling->room - ceiling->length;
        got = read(file, ceiling->text + ceiling->length, room);
        if (got > 0) ceiling->length += (size_t)got;
    }
    int error = got < 0 ? errno : 0;
    close(file);
    return error;
}

/* The part of the file that is a thread's: whole lines. */
static void part_of(const worker *worker, const char **text, size_t *length)
{
    const ceiling *ceiling = worker->ceiling;
    const char *middle = ceiling->text + ceiling->length / 2;
    const char *end = ceiling->text + ceiling->length;
    *text = ceiling->text;
    *length = ceiling->length;
    if (ceiling->threads == 1) return;
    while (middle < end && (middle == ceiling->text || middle[-1] != '\n')) middle++;
    if (worker->index == 1) *text = middle;
    *length = (size_t)((worker->index == 1 ? end : middle) - *text);
}

/* --- Lasting --------------------------------------------------------------------------------- */

static void dump_table(const table *table, FILE *to)
{
    for (uint64_t i = 0; i <= table->mask; i++)
        if (table->cells[i].key.low) fwrite(&table->cells[i], sizeof table->cells[i], 1, to);
}

/* As simple as it can be done right: all of it, synced, renamed. */
static int dump(const ceiling *ceiling)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.new", ceiling->dump_path);
    FILE *to = fopen(path, "wb");
    if (!to) return errno;
    for (size_t i = 0; i < ceiling->threads; i++) {
        dump_table(&ceiling->workers[i].owned, to);
        dump_table(&ceiling->workers[i].local, to);
    }
    bool is_written = fflush(to) == 0 && fdatasync(fileno(to)) == 0;
    int error = is_written ? 0 : errno;
    if (fclose(to) != 0 && !error) error = errno;
    if (!error && rename(path, ceiling->dump_path) != 0) error = errno;
    return error;
}

static void dump_if_due(worker *worker, size_t file)
{
    ceiling *ceiling = worker->ceiling;
    if (ceiling->dump_every == 0 || (file + 1) % ceiling->dump_every != 0) return;
    if (ceiling->threads > 1) pthread_barrier_wait(&ceiling->barrier);
    if (worker->index == 0) ceiling->failed = dump(ceiling);
    if (ceiling->threads > 1) pthread_barrier_wait(&ceiling->barrier);
}

void ceiling_dump_every(ceiling *ceiling, size_t files, const char *path)
{
    ceiling->dump_every = files;
    ceiling->dump_path = path;
}

static void *run_worker(void *argument)
{
    worker *worker = argument;
    ceiling *ceiling = worker->ceiling;
    for (size_t i = 0; i < ceiling->count; i++) {
        const char *text;
        size_t length;
        if (worker->index == 0) ceiling->failed = read_whole(ceiling, ceiling->paths[i]);
        if (ceiling->threads > 1) pthread_barrier_wait(&ceiling->barrier);
        if (ceiling->failed) break;
        part_of(worker, &text, &length);
        ceiling->work(worker, text, length);
        dump_if_due(worker, i);
    }
    return NULL;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_workers(ceiling *ceiling)
{
    pthread_t second;
    bool is_two = ceiling->threads > 1;
    if (is_two && pthread_create(&second, NULL, run_worker, &ceiling->workers[1]) != 0) {
        ceiling->failed = EAGAIN;
        return;
    }
    run_worker(&ceiling->workers[0]);
    if (is_two) pthread_join(second, NULL);
}

/* A line of events has at least seven bytes: "u,1", an end, and the digits of its user. */
static size_t most_events(const ceiling *ceiling) { return ceiling->room / 7 + 1; }

static bool run(ceiling *ceiling, ceiling_result *result)
{
    size_t sent_size = most_events(ceiling) * sizeof(event);
    for (size_t i = 0; i < ceiling->threads; i++) {
        worker *worker = &ceiling->workers[i];
        *worker = (struct worker){.ceiling = ceiling, .index = i};
        table_init(&worker->local, FIRST_CELLS);
        table_init(&worker->owned, FIRST_CELLS);
        for (size_t to = 0; to < CEILING_THREADS; to++) worker->sent[to] = memory_pages(sent_size);
    }
    double started = seconds_now();
    run_workers(ceiling);
    *result = (ceiling_result){.seconds = seconds_now() - started};
    for (size_t i = 0; i < ceiling->threads; i++) {
        worker *worker = &ceiling->workers[i];
        result->records += worker->records;
        result->distinct += worker->distinct;
        table_release(&worker->local);
        table_release(&worker->owned);
        for (size_t to = 0; to < CEILING_THREADS; to++)
            memory_pages_free(worker->sent[to], sent_size);
    }
    if (ceiling->failed)
        fprintf(stderr, "bench: cannot run the ceiling: %s\n", strerror(ceiling->failed));
    return !ceiling->failed;
}

bool ceiling_words(ceiling *ceiling, int threads, ceiling_result *result)
{
    ceiling->threads = (size_t)threads;
    ceiling->work = threads == 1 ? count_words : count_half;
    return run(ceiling, result);
}

bool ceiling_sums(ceiling *ceiling, int threads, ceiling_result *result)
{
    ceiling->threads = (size_t)threads;
    ceiling->work = threads == 1 ? sum_events : sum_half;
    return run(ceiling, result);
}

bool ceiling_window(ceiling *ceiling, size_t files, ceiling_result *result)
{
    ceiling->threads = 1;
    ceiling->work = slide_window;
    ceiling->window = files;
    ceiling->file = 0;
    ceiling->kept = memory_need(calloc(files, sizeof *ceiling->kept));
    bool is_well = run(ceiling, result);
    for (size_t i = 0; i < files; i++) free(ceiling->kept[i].cells);
    free(ceiling->kept);
    ceiling->kept = NULL;
    return is_well;
}

double ceiling_emit(uint64_t count)
{
    size_t size = count * sizeof(cell);
    cell *from = memory_pages(size), *to = memory_pages(size);
    for (uint64_t i = 0; i < count; i++) from[i] = to[i] = (cell){{i + 1, i}, (int64_t)i};
    double started = seconds_now();
    memcpy(to, from, size);
    double seconds = seconds_now() - started;
    if (count && to[count - 1].sum != (int64_t)count - 1) fputs("bench: copied wrong\n", stderr);
    memory_pages_free(from, size);
    memory_pages_free(to, size);
    return seconds;
}

ceiling *ceiling_create(char *const *paths, size_t count)
{
    ceiling *ceiling = memory_need(calloc(1, sizeof *ceiling));
    ceiling->paths = paths;
    ceiling->count = count;
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (stat(paths[i], &status) != 0) {
            fprintf(stderr, "bench: %s: %s\n", paths[i], strerror(errno));
            free(ceiling);
            return NULL;
        }
        if ((size_t)status.st_size > ceiling->room) ceiling->room = (size_t)status.st_size;
    }
    ceiling->text = memory_pages(ceiling->room + PADDING);
    pthread_barrier_init(&ceiling->barrier, NULL, CEILING_THREADS);
    return ceiling;
}

void ceiling_free(ceiling *ceiling)
{
    if (!ceiling) return;
    memory_pages_free(ceiling->text, ceiling->room + PADDING);
    pthread_barrier_destroy(&ceiling->barrier);
    free(ceiling);
}
