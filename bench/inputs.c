#include "bench/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/memory.h"
#include "bench/random.h"

enum { VOCABULARY = 100000, SHORTEST = 3, LONGEST = 10, LINE_WORDS = 10 };

/* A word, and how many letters it has. */
typedef struct word {
    char text[LONGEST + 1];
    uint8_t length;
} word;

/* Writes one file's records. */
typedef void (*writer)(const void *kind, random_state *random, uint64_t records, FILE *file);

/* --- words ----------------------------------------------------------------------------------- */

typedef struct word_kind {
    word *words;
    skew skew;
} word_kind;

static void draw_word(word *word, random_state *random)
{
    memset(word, 0, sizeof *word);
    word->length = (uint8_t)(SHORTEST + random_below(random, LONGEST - SHORTEST + 1));
    for (size_t i = 0; i < word->length; i++)
        word->text[i] = (char)('a' + random_below(random, 26));
}

static size_t word_place(const word *word, size_t mask)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < word->length; i++)
        hash = (hash ^ (uint8_t)word->text[i]) * 0x100000001b3u;
    return (size_t)(hash ^ hash >> 29) & mask;
}

/* Different words, in no order. */
static word *draw_vocabulary(random_state *random)
{
    size_t size = 4 * VOCABULARY, mask = 1;
    while (mask < size) mask *= 2;
    uint32_t *taken = memory_need(calloc(mask, sizeof *taken)); /* position + 1 */
    word *words = memory_need(malloc(VOCABULARY * sizeof *words));
    mask--;
    for (uint32_t count = 0; count < VOCABULARY;) {
        draw_word(&words[count], random);
        size_t at = word_place(&words[count], mask);
        while (taken[at] && strcmp(words[taken[at] - 1].text, words[count].text) != 0)
            at = (at + 1) & mask;
        if (!taken[at]) taken[at] = ++count;
    }
    free(taken);
    return words;
}

static void write_words(const void *kind, random_state *random, uint64_t records, FILE *file)
{
    const word_kind *words = kind;
    for (uint64_t i = 1; i <= records; i++) {
        word word = words->words[skew_draw(&words->skew, random)];
        word.text[word.length] = i % LINE_WORDS == 0 ? '\n' : ' ';
        fwrite(word.text, 1, word.length + 1u, file);
    }
}

/* --- events ---------------------------------------------------------------------------------- */

typedef struct event_kind {
    uint64_t keys;
    skew *skew; /* NULL: even */
} event_kind;

static void write_event(uint64_t user, uint64_t value, FILE *file)
{
    fprintf(file, "user%07llu,%llu\n", (unsigned long long)user, (unsigned long long)value);
}

static void write_events(const void *kind, random_state *random, uint64_t records, FILE *file)
{
    const event_kind *events = kind;
    for (uint64_t i = 0; i < records; i++) {
        uint64_t user;
        if (events->skew)
            user = (uint64_t)skew_draw(events->skew, random) * 2246822519u % events->keys;
        else
            user = random_below(random, events->keys);
        write_event(user, random_below(random, 100), file);
    }
}

/* `kind`: the first user, which the next file goes on behind. */
static void write_users(const void *kind, random_state *random, uint64_t records, FILE *file)
{
    uint64_t *next = *(uint64_t *const *)kind;
    for (uint64_t i = 0; i < records; i++) write_event((*next)++, random_below(random, 100), file);
}

/* --- files ----------------------------------------------------------------------------------- */

static bool failed(const char *path)
{
    fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

/* A file appears under its name only when it is complete. */
static bool make_file(const char *path, writer write, const void *kind, uint64_t seed,
                      uint64_t records)
{
    char *scratch = NULL;
    if (asprintf(&scratch, "%s.tmp", path) < 0) memory_need(NULL);
    FILE *file = fopen(scratch, "w");
    bool made = file != NULL;
    if (file) {
        random_state random;
        random_seed(&random, seed);
        write(kind, &random, records, file);
        made = !ferror(file);
        made = fclose(file) == 0 && made && rename(scratch, path) == 0;
    }
    if (!made) failed(scratch);
    free(scratch);
    return made;
}

/* The paths, and whether all files are there. */
static bool find_files(inputs *inputs, const char *directory, const char *name, size_t files)
{
    bool all = true;
    inputs->paths = memory_need(calloc(files, sizeof *inputs->paths));
    inputs->count = files;
    inputs->bytes = 0;
    for (size_t i = 0; i < files; i++) {
        struct stat status;
        if (asprintf(&inputs->paths[i], "%s/%s-%02zu", directory, name, i) < 0) memory_need(NULL);
        if (stat(inputs->paths[i], &status) == 0) inputs->bytes += (uint64_t)status.st_size;
        else all = false;
    }
    return all;
}

static bool make_files(inputs *inputs, const char *directory, writer write, const void *kind,
                       uint64_t records)
{
    if (mkdir(directory, 0777) != 0 && errno != EEXIST) return failed(directory);
    fprintf(stderr, "bench: making %s ...\n", inputs->paths[0]);
    inputs->bytes = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        struct stat status;
        if (!make_file(inputs->paths[i], write, kind, 1 + i, records)) return false;
        if (stat(inputs->paths[i], &status) == 0) inputs->bytes += (uint64_t)status.st_size;
    }
    return true;
}

bool inputs_words(inputs *inputs, const char *directory, size_t files, uint64_t words)
{
    char name[64];
    snprintf(name, sizeof name, "words-%llu", (unsigned long long)words);
    inputs->records = files * words;
    if (find_files(inputs, directory, name, files)) return true;

    random_state random;
    word_kind kind;
    random_seed(&random, 0);
    kind.words = draw_vocabulary(&random);
    skew_init(&kind.skew, VOCABULARY, 1.0);
    bool made = make_files(inputs, directory, write_words, &kind, words);
    skew_release(&kind.skew);
    free(kind.words);
    return made;
}

bool inputs_events(inputs *inputs, const char *directory, size_t files, uint64_t events,
                   uint64_t keys, double theta)
{
    char name[96];
    snprintf(name, sizeof name, "events-%llu-%llu-%.2f", (unsigned long long)events,
             (unsigned long long)keys, theta);
    inputs->records = files * events;
    if (find_files(inputs, directory, name, files)) return true;

    skew skew;
    event_kind kind = {.keys = keys};
    if (theta > 0) {
        skew_init(&skew, keys, theta);
        kind.skew = &skew;
    }
    bool made = make_files(inputs, directory, write_events, &kind, events);
    if (kind.skew) skew_release(kind.skew);
    return made;
}

bool inputs_users(inputs *inputs, const char *directory, size_t files, uint64_t users)
{
    char name[64];
    uint64_t next = 0, *kind = &next;
    snprintf(name, sizeof name, "users-%llu", (unsigned long long)users);
    inputs->records = files * users;
    return find_files(inputs, directory, name, files) ||
           make_files(inputs, directory, write_users, &kind, users);
}

void inputs_release(inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) free(inputs->paths[i]);
    free(inputs->paths);
}
