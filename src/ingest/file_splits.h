/* Cutting files into splits. */
#ifndef INGEST_FILE_SPLITS_H
#define INGEST_FILE_SPLITS_H

#include "base/file.h"
#include "ingest/source.h"

/* Adds the splits of a text file: cut at multiples of FILE_SPLIT_BYTES; one for an empty file. The
 * path is copied. */
void file_splits_add_text(source_batch *batch, const char *path, const file_info *info);
/* Adds the splits of a file of records of `length` bytes. A tail that is too short goes to the
 * last one, which fails. */
void file_splits_add_binary(source_batch *batch, const char *path, const file_info *info,
                            size_t length);

/* For a restart (source.h): the files of a batch as a list of (path, size, modification time in
 * ms) lists, and back. `length` 0: text. A file that is gone or changed is an error that names it,
 * or is left out if the ingest skips missing files. `visit` (or NULL) is told of each file. */
weir_value file_splits_describe(const source_batch *batch);
typedef void (*file_splits_visit)(void *user, const char *path);
weir_status file_splits_replay(const source *source, int64_t time_ms, weir_value what,
                               size_t length, source_batch *batch, file_splits_visit visit,
                               void *user);

#endif
