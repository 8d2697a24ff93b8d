#include "outputs/outputs.h"

#include <assert.h>

#include "outputs/kinds.h"

static weir_status count(const output *output, weir_dataset *dataset, int64_t time_ms,
                         uint64_t *records)
{
    (void)output;
    (void)time_ms;
    return weir_dataset_count(dataset, records);
}

typedef weir_status (*output_call)(const output *output, weir_dataset *dataset, int64_t time_ms,
                                   uint64_t *records);

static const output_call calls[OUTPUT_KINDS] = {
    [OUTPUT_PRINT] = output_print,
    [OUTPUT_SAVE_TEXT] = output_save_text,
    [OUTPUT_FOREACH] = output_foreach,
    [OUTPUT_FOREACH_PARTITION] = output_foreach_partition,
    [OUTPUT_COUNT] = count,
};

weir_status output_run(const output *output, weir_dataset *dataset, int64_t time_ms,
                       uint64_t *records)
{
    assert(output->kind > 0 && output->kind < OUTPUT_KINDS);
    *records = 0;
    return calls[output->kind](output, dataset, time_ms, records);
}
