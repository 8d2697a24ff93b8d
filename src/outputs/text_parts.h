/* The part files of a directory of text: one for each partition of a dataset, written by the
 * workers in parallel. */
#ifndef OUTPUTS_TEXT_PARTS_H
#define OUTPUTS_TEXT_PARTS_H

#include "weir/dataset.h"

/* Writes DIRECTORY/part-00000 ... and syncs each; *records: how many lines there are. */
weir_status text_parts_write(weir_dataset *dataset, const char *directory, uint64_t *records);
/* The name of a part, to be freed. */
char *text_parts_path(const char *directory, size_t partition);

#endif
