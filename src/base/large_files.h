/* Files whose room is given back bit by bit. Where one of 64 MiB is removed at once, a file system
 * may keep everybody else from syncing until it is done: 90 ms on ext4 with discard. */
#ifndef BASE_LARGE_FILES_H
#define BASE_LARGE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/status.h"

/* Makes the large files in a directory empty, 8 MiB at a time, with rests of 10 ms, `rests_ms` at
 * most in all. For what is removed next: files that have another name as well, small ones and
 * links stay as they are, and so does everything while somebody holds the directory. Any thread.
 */
void large_files_empty(const char *directory, int64_t rests_ms);

/* For who reads files there that may be removed meanwhile, by any process: they stay whole until
 * large_files_release. -1: the directory cannot be held, or is being emptied. Any thread. */
int large_files_hold(const char *directory);
void large_files_release(int held); /* -1 is fine */

/* Removes one file, and then gives its room back in the same way, in as many rests as *rests_ms
 * has left; what it takes of them is taken off. Whoever reads the file keeps all of it, if it is
 * held. One that is not there is fine. WEIR_IO and the like: it is still there. */
weir_status large_file_remove(const char *path, int64_t *rests_ms);
/* For who has just opened a file that may be removed so; until the descriptor is closed. false: it
 * has been, and is as good as missing. */
bool large_file_hold(int descriptor);

#endif
