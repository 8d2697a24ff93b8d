/* conformance [--only OP,..] [--restarts] [--forget] FILE...: runs every case of the files
 * (vectors of Spark Streaming) with one and with two workers, and compares what weir gives with
 * what Spark gave.
 *
 *     ok NAME                                    the same
 *     FAIL NAME: what differs first
 *     quirk NAME: same, or differs               a side effect of how Spark is built: is skipped
 *     skip NAME: operator window is not there yet
 *
 * With --restarts there is a line `N cases were restarted after every batch` before the last;
 * --forget: their directory is removed before each restart, which must be noticed in every case.
 *
 * The last line is `N passed, N failed, N skipped`; the exit code is 1 if a case failed, a file
 * could not be read, or there was no case at all. */
#include <stdio.h>
#include <string.h>

#include "conformance/case.h"
#include "library/library.h"
#include "weir/context.h"

typedef struct totals {
    size_t passed, failed, skipped;
    size_t restarted;
    size_t unreadable; /* files */
} totals;

static restarting restarts; /* --restarts, --forget */

static bool run_workers(const json_t *definition, buffer *why)
{
    bool has_steps = json_object_get(definition, "steps") != NULL;
    for (int workers = 1; workers <= 2; workers++) {
        buffer difference = {0};
        bool same = has_steps ? case_run_steps(definition, workers, &difference)
                              : case_run(definition, workers, restarts, &difference);
        if (!same)
            buffer_printf(why, "local[%d]: %.*s", workers, (int)difference.size,
                          difference.size ? difference.bytes : "");
        buffer_release(&difference);
        if (!same) return false;
    }
    return true;
}

/* One line for people: control characters would make it two. */
static void print_line(const char *verdict, const char *name, const buffer *what, const char *rest)
{
    printf("%s %s: ", verdict, name);
    for (size_t i = 0; i < what->size; i++)
        putchar((unsigned char)what->bytes[i] < ' ' ? ' ' : what->bytes[i]);
    printf("%s\n", rest);
}

static void run_case(const json_t *definition, const char *name, totals *totals)
{
    buffer what = {0};
    bool is_quirk = json_is_true(json_object_get(definition, "quirk"));
    bool lacks = case_lacks(definition, &what);
    if (!lacks && !is_quirk && restarts != RESTARTS_AS_SAID && case_can_restart(definition))
        totals->restarted++;
    if (lacks) {
        totals->skipped++;
        print_line("skip", name, &what, " is not there yet");
    } else if (is_quirk) {
        totals->skipped++;
        printf("quirk %s: %s\n", name, run_workers(definition, &what) ? "same" : "differs");
    } else if (run_workers(definition, &what)) {
        totals->passed++;
        printf("ok %s\n", name);
    } else {
        totals->failed++;
        print_line("FAIL", name, &what, "");
    }
    fflush(stdout);
    buffer_release(&what);
}

/* Is `word` one of the words of a list that is separated by commas? */
static bool is_listed(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; *at;) {
        size_t size = strcspn(at, ",");
        if (size == length && strncmp(at, word, size) == 0) return true;
        at += size + (at[size] == ',');
    }
    return false;
}

/* Does the case use one of these operators? */
static bool uses(const json_t *definition, const char *operators)
{
    size_t at;
    json_t *node;
    json_array_foreach(json_object_get(definition, "graph"), at, node)
    {
        const char *name = json_string_value(json_object_get(node, "op"));
        if (name && is_listed(operators, name)) return true;
    }
    return false;
}

static void run_file(const char *path, const char *only, totals *totals)
{
    json_error_t error;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *format = json_string_value(json_object_get(file, "format"));
    if (!format || strcmp(format, "weir-conformance-1") != 0) {
        totals->unreadable++;
        fprintf(stderr, "%s: %s\n", path,
                file ? "its format is not weir-conformance-1" : error.text);
    } else {
        size_t at;
        json_t *definition;
        json_array_foreach(json_object_get(file, "cases"), at, definition)
        {
            const char *name = json_string_value(json_object_get(definition, "name"));
            if (!only || uses(definition, only))
                run_case(definition, name ? name : "(no name)", totals);
        }
    }
    json_decref(file);
}

/* Refusals and failed batches are what is looked for: where they matter the case says so. */
static void drop_message(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)text;
    (void)user;
}

static int usage(FILE *to)
{
    fputs("usage: conformance [--only OP,..] [--restarts] [--forget] FILE...\n"
          "  --only OP,..  only the cases that use one of these operators\n"
          "  --restarts    restart after every batch, where there can be a checkpoint directory\n"
          "  --forget      the same from an empty directory, so that all of these fail\n",
          to);
    return to == stdout ? 0 : 2;
}

int main(int count, char **words)
{
    const char *only = NULL;
    int first = 1;
    if (count > 1 && strcmp(words[1], "--help") == 0) return usage(stdout);
    if (count > 2 && strcmp(words[1], "--only") == 0) {
        only = words[2];
        first = 3;
    }
    for (; first < count; first++) {
        if (strcmp(words[first], "--restarts") == 0) restarts = RESTARTS_ALWAYS;
        else if (strcmp(words[first], "--forget") == 0) restarts = RESTARTS_FORGET;
        else break;
    }
    if (first >= count || strncmp(words[first], "--", 2) == 0) return usage(stderr);
    weir_set_log(drop_message, NULL, WEIR_ERROR);
    library_register();
    totals totals = {0};
    for (int i = first; i < count; i++) run_file(words[i], only, &totals);
    if (restarts != RESTARTS_AS_SAID)
        printf("%zu cases were restarted after every batch\n", totals.restarted);
    size_t cases = totals.passed + totals.failed + totals.skipped;
    printf("%zu passed, %zu failed, %zu skipped\n", totals.passed, totals.failed, totals.skipped);
    return totals.failed > 0 || totals.unreadable > 0 || cases == 0;
}
