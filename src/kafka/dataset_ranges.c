/* The ranges that a dataset comes from, for the program's functions (S-81). */
#include "base/error.h"
#include "kafka/direct.h"
#include "operators/dataset.h"
#include "record/value.h"
#include "weir/kafka.h"

/* Visits every split of direct streams below the dataset: counts them, or writes them. */
static void collect(const weir_dataset *dataset, weir_value *ranges, size_t *count)
{
    for (size_t i = 0; dataset->shape == DATASET_SPLITS && i < dataset->partitions; i++) {
        direct_partition *partition;
        int64_t from, to;
        if (!direct_split_range(dataset->splits[i], &partition, &from, &to)) continue;
        weir_value parts[] = {weir_text(partition->topic), weir_int(partition->number),
                              weir_int(from), weir_int(to)};
        if (ranges) ranges[*count] = weir_list(parts, 4);
        ++*count;
    }
    for (size_t i = 0; i < dataset->parent_count; i++)
        collect(dataset->parents[i], ranges, count);
}

weir_status weir_kafka_ranges(weir_dataset *dataset, weir_value *list)
{
    if (!dataset || !list)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "weir_kafka_ranges: the dataset or list is NULL");
    size_t count = 0;
    collect(dataset, NULL, &count);
    weir_value *ranges = value_make_list(count, list);
    count = 0;
    collect(dataset, ranges, &count);
    return WEIR_OK;
}
