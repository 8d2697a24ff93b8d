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

static weir_status connect(const output *output, weir_dataset *dataset, int64_t time_ms,
                           uint64_t *records)
{
    return output->connector->run(output, dataset, time_ms, records);
}

typedef weir_status (*output_call)(const output *output, weir_dataset *dataset, int64_t time_ms,
                                   uint64_t *records);

static const output_call calls[OUTPUT_KINDS] = {
    [OUTPUT_PRINT] = output_print,
    [OUTPUT_SAVE_TEXT] = output_save_text,
    [OUTPUT_FOREACH] = output_foreach,
    [OUTPUT_FOREACH_PARTITION] = output_foreach_partition,
    [OUTPUT_COUNT] = count,
    [OUTPUT_SAVE_TO_KAFKA] = connect,
};

weir_status output_run(const output *output, weir_dataset *dataset, int64_t time_ms,
                       uint64_t *records)
{
    assert(output->kind > 0 && output->kind < OUTPUT_KINDS);
    *records = 0;
    return calls[output->kind](output, dataset, time_ms, records);
}

weir_status outputs_start(const lineage *lineage, const char *context_id)
{
    for (size_t i = 0; i < lineage->output_count; i++) {
        output *output = lineage->outputs[i];
        if (!output->connector) continue;
        weir_status status = output->connector->start(output, context_id);
        if (status != WEIR_OK) return status;
    }
    return WEIR_OK;
}

void outputs_give_up(const lineage *lineage)
{
    for (size_t i = 0; i < lineage->output_count; i++)
        if (lineage->outputs[i]->connector)
            lineage->outputs[i]->connector->give_up(lineage->outputs[i]);
}

void outputs_finish(const lineage *lineage)
{
    for (size_t i = 0; i < lineage->output_count; i++)
        if (lineage->outputs[i]->connector)
            lineage->outputs[i]->connector->finish(lineage->outputs[i]);
}
