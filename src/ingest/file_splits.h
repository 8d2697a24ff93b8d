/* Cutting files into splits. */
#ifndef INGEST_FILE_SPLITS_H
#define INGEST_FILE_SPLITS_H

#include "base/file.h"
#include "ingest/source.h"

/* Adds the splits of a text file: cut at multiples of FILE_SPLIT_BYTES; one for an empty file. The
 * path is copied. Reading them takes checksums if `ingest` wants them. */
void file_splits_add_text(source_batch *batch, const ingest *ingest, const char *path,
                          const file_info *info);
/* Adds the splits of a file of records of `length` bytes. A tail that is too short goes to the
 * last one, which fails. */
void file_splits_add_binary(source_batch *batch, const ingest *ingest, const char *path,
                            const file_info *info, size_t length);

/* For a restart (source.h): the files of a batch as a list of (path, size, modification time in
 * ms) lists, and back. `length` 0: text. A file that is gone or changed is an error that names it,
 * or is left out if the ingest skips missing files; the content of those of which the ingest has
 * a checksum (ingest->read) is read and compared. `visit` (or NULL) is told of each file
 * and the time it had. */
weir_value file_splits_describe(const source_batch *batch);
/* The files that were read to their ends, as a list of (path, checksum) lists: the XXH3-64 of the
 * checksums of the file's splits, in order, each in 8 bytes. Batch runner's thread. */
weir_value file_splits_read(const source_batch *batch);
typedef void (*file_splits_visit)(void *user, const char *path, int64_t modified_ms);
weir_status file_splits_replay(const source *source, int64_t time_ms, weir_value what,
                               size_t length, source_batch *batch, file_splits_visit visit,
                               void *user);

#endif
