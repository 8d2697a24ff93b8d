#include "tools/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool problem_set(problem *problem, const char *format, ...)
{
    char made[sizeof problem->text]; /* the arguments may point into the old text */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    /* Names in a job are anybody's: none may send commands to the terminal. */
    for (char *at = made; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) *at = ' ';
    }
    memcpy(problem->text, made, sizeof made);
    return false;
}

/* Longer words than any real one; they are near to nothing. */
enum { WORD_MAX = 63 };

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static char folded(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

/* How many letters must be replaced, added, dropped or swapped with their neighbour; the case
 * of letters does not matter. */
static size_t distance_between(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX) return WORD_MAX;
    for (size_t j = 0; j <= b_length; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            char x = folded(a[i - 1]), y = folded(b[j - 1]);
            row[j] = least_of(above[j - 1] + (x != y), above[j] + 1, row[j - 1] + 1);
            bool is_swap = i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]);
            if (is_swap && above_that[j - 2] + 1 < row[j]) row[j] = above_that[j - 2] + 1;
        }
    }
    return rows[a_length % 3][b_length];
}

void nearest_init(nearest *nearest, const char *wanted)
{
    nearest->wanted = wanted;
    nearest->word = NULL;
    nearest->distance = 2 + strlen(wanted) / 3; /* further off is not near */
    if (nearest->distance > 5) nearest->distance = 5;
}

void nearest_offer(nearest *nearest, const char *word)
{
    size_t distance = distance_between(nearest->wanted, word);
    if (distance >= nearest->distance || distance >= strlen(word)) return;
    nearest->word = word;
    nearest->distance = distance;
}

const char *nearest_hint(const nearest *nearest, char hint[HINT_MAX])
{
    hint[0] = '\0';
    if (nearest->word) snprintf(hint, HINT_MAX, "; did you mean \"%s\"?", nearest->word);
    return hint;
}
