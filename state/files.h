/* The files of a checkpoint's state, with sizes and hashes. */
#ifndef STATE_FILES_H
#define STATE_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "weir/status.h"

typedef struct state_file {
    char *name;
    uint64_t size;
    uint64_t hash; /* XXH3, 64 bits, seed 0, of its bytes */
} state_file;

/* Zero-initialised is empty. */
typedef struct state_files {
    state_file *files; /* by name */
    size_t count;
} state_files;

void state_files_add(state_files *files, const char *name, uint64_t size, uint64_t hash);
const state_file *state_files_find(const state_files *files, const char *name); /* or NULL */
void state_files_release(state_files *files);

/* Those in the directory. A file that `known` has with the same size keeps its hash from there:
 * tables are never changed once they are in a database; anything else is read. `known` may be
 * NULL. On failure `files` is empty. */
weir_status state_files_list(const char *directory, const state_files *known, state_files *files);
/* Removes what was made before something failed; gives back the status, with its text. */
weir_status state_files_give_up(const char *path, weir_status status);
/* Reads the file. */
weir_status state_file_hash(const char *path, uint64_t *size, uint64_t *hash);

#endif
