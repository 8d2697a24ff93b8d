/* A program of rooms/ in a process of its own. */
#ifndef BENCH_ROOM_PROGRAM_H
#define BENCH_ROOM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Runs it (arguments[0] is its path, NULL ends them) and reads the `count` numbers it prints. A
 * failure is printed. */
bool room_program_read(const char *const *arguments, double *numbers, size_t count);

#endif
