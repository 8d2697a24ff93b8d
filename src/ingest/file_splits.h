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

#endif
