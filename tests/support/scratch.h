/* Where tests keep what they write, so that they run wherever there is room: in TMPDIR if that is
 * set, else in /tmp. Any thread. */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Makes an empty directory NAME-XXXXXX there, and writes its path to `path`, of `size` bytes. 64
 * are enough: where TMPDIR is too long, /tmp takes its place. False, with errno, if that fails. */
bool scratch_make(char *path, size_t size, const char *name);

/* The same, but in memory where TMPDIR is not set and /dev/shm has room for what tests write (a
 * container often gives it 64 MB): where neither syncs nor file systems are the subject. */
bool scratch_make_in_memory(char *path, size_t size, const char *name);

#endif
