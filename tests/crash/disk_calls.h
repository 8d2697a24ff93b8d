/* The system calls of base/file.c, led through the disk by the linker (--wrap), and the real ones
 * that the disk itself uses. */
#ifndef CRASH_DISK_CALLS_H
#define CRASH_DISK_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "crash/disk.h"

/* Says each changing call on standard error. */
extern int disk_calls_are_told;
void disk_calls_trace(uint64_t call, const char *what, const char *path);

const disk_plan *disk_current_plan(void);

/* Past the disk. */
void disk_calls_clear(const char *root);
void disk_calls_forget(void); /* descriptors of before */
void disk_calls_forget_one(int descriptor);
void disk_calls_lay_file(const char *path, const void *bytes, size_t size);
void disk_calls_lay_directory(const char *path);
void disk_calls_remove(const char *path);

#endif
