/* foreachRDD and foreachPartition: the program's own outputs. */
#include "base/error.h"
#include "operators/dataset.h"
#include "outputs/kinds.h"

weir_status output_foreach(const output *output, weir_dataset *dataset, int64_t time_ms,
                           uint64_t *records)
{
    *records = 0; /* what the function does with them is its own affair */
    const weir_function *function = output->function;
    (void)error_set(WEIR_OK, "%s", "");
    scope_driver before = scope_enter_driver(dataset->scope, function->name);
    dataset->scope->driver.output = dataset->scope->output;
    weir_status answer = function->call.foreach(dataset, time_ms, output->arg);
    dataset->scope->driver.output = NULL;
    weir_status failed = scope_leave_driver(dataset->scope, before);
    if (failed != WEIR_OK) return failed; /* it said why by weir_fail */
    if (answer == WEIR_OK) return WEIR_OK;
    const char *why = *error_text() ? error_text() : weir_status_text(answer);
    return error_set(answer, "function %s: %s", function->name, why);
}

weir_status output_foreach_partition(const output *output, weir_dataset *dataset, int64_t time_ms,
                                     uint64_t *records)
{
    (void)time_ms; /* the dataset's own */
    weir_status status =
        weir_dataset_foreach_partition(dataset, output->function, output->arg);
    return status == WEIR_OK ? weir_dataset_count(dataset, records) : status; /* it is computed */
}
