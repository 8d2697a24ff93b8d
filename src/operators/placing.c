#include "operators/placing.h"

size_t placing_ask(const placing *placing, task *task, weir_value key, size_t partitions)
{
    if (task_is_failed(task)) return 0;
    const char *running = task->function;
    task->function = placing->partitioner->name;
    size_t partition = placing->partitioner->call.partitioner(key, partitions, placing->arg);
    task->function = running;
    if (partition < partitions) return partition;
    char text[128];
    weir_format(key, text, sizeof text);
    task_fail(task, WEIR_RUNTIME,
              "function %s places the key %s in partition %zu; the last of them is %zu",
              placing->partitioner->name, text, partition, partitions - 1);
    return 0;
}
