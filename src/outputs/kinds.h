/* What each kind of output does; the table is in outputs.c. */
#ifndef OUTPUTS_KINDS_H
#define OUTPUTS_KINDS_H

#include "outputs/outputs.h"

/* As output_run. */
weir_status output_print(const output *output, weir_dataset *dataset, int64_t time_ms,
                         uint64_t *records);
weir_status output_save_text(const output *output, weir_dataset *dataset, int64_t time_ms,
                             uint64_t *records);
weir_status output_foreach(const output *output, weir_dataset *dataset, int64_t time_ms,
                           uint64_t *records);
weir_status output_foreach_partition(const output *output, weir_dataset *dataset, int64_t time_ms,
                                     uint64_t *records);

#endif
