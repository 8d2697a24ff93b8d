/* What is wrong with a job or a command line: one line of text. */
#ifndef TOOLS_PROBLEM_H
#define TOOLS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct problem {
    char text[1024];
} problem;

/* Sets the text, cut if need be, without control characters; returns false: `return
 * problem_set(...)`. */
bool problem_set(problem *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Which of several words a misspelt one was meant to be: offer them one after another. */
typedef struct nearest {
    const char *wanted;
    const char *word; /* the nearest so far, or NULL: none is near */
    size_t distance;
} nearest;

void nearest_init(nearest *nearest, const char *wanted);
/* `word` is borrowed. */
void nearest_offer(nearest *nearest, const char *word);

enum { HINT_MAX = 160 };
/* `; did you mean "word"?` into `hint`, "" if none is near; returns hint. */
const char *nearest_hint(const nearest *nearest, char hint[HINT_MAX]);

#endif
