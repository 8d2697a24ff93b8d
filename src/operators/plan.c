#include "operators/plan.h"

#include "operators/combine.h"
#include "operators/gather.h"

static size_t keyed(const weir_dataset *in, size_t partitions)
{
    return partitions ? partitions : in->scope->keyed_partitions;
}

weir_dataset *plan_combine(weir_dataset *in, const weir_function *function, weir_value arg,
                           size_t partitions)
{
    weir_dataset *made = dataset_wide_over(in->scope, "combineByKey", combine_wide, &in, 1,
                                           keyed(in, partitions));
    made->function = function;
    made->arg = arg;
    return made;
}

static weir_value add_counts(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_int((int64_t)(a.body + b.body));
}

static weir_value subtract_counts(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_int((int64_t)(a.body - b.body));
}

const weir_function plan_count_function = {.name = "countByValue",
                                           .kind = WEIR_KIND_REDUCE,
                                           .flags = WEIR_COMMUTATIVE | WEIR_EXACT,
                                           .call = {.reduce = add_counts},
                                           .inverse = subtract_counts};
const weir_function plan_uncount_function = {
    .name = "countByWindow", .kind = WEIR_KIND_REDUCE, .call = {.reduce = subtract_counts}};

weir_dataset *plan_count_by_value(weir_dataset *in, size_t partitions)
{
    weir_dataset *ones = dataset_narrow(in, &step_pair_with_one, NULL, weir_null());
    return plan_combine(ones, &plan_count_function, weir_null(), partitions);
}

weir_dataset *plan_distinct(weir_dataset *in)
{
    size_t partitions = in->partitions ? in->partitions : 1;
    weir_dataset *keys = dataset_wide_over(in->scope, "distinct", combine_wide, &in, 1,
                                           partitions);
    keys->variant = COMBINE_BY_RECORD;
    return dataset_narrow(keys, &step_key_as_record, NULL, weir_null());
}

weir_dataset *plan_group(weir_dataset *left, weir_dataset *right, group_variant variant,
                         size_t partitions)
{
    static const char *const names[] = {
        [GROUP_BY_KEY] = "groupByKey",           [GROUP_COGROUP] = "cogroup",
        [GROUP_JOIN] = "join",                   [GROUP_LEFT_OUTER] = "leftOuterJoin",
        [GROUP_RIGHT_OUTER] = "rightOuterJoin",  [GROUP_FULL_OUTER] = "fullOuterJoin",
        [GROUP_SUBTRACT_KEY] = "subtractByKey",  [GROUP_SUBTRACT] = "subtract",
        [GROUP_INTERSECTION] = "intersection",
    };
    weir_dataset *parents[2] = {left, right};
    weir_dataset *made = dataset_wide_over(left->scope, names[variant], group_wide, parents,
                                           right ? 2 : 1, keyed(left, partitions));
    made->variant = variant;
    if (variant == GROUP_SUBTRACT || variant == GROUP_INTERSECTION)
        return dataset_narrow(made, &step_key_as_record, NULL, weir_null());
    return made;
}

weir_dataset *plan_repartition(weir_dataset *in, size_t partitions)
{
    return dataset_wide_over(in->scope, "repartition", repartition_wide, &in, 1, partitions);
}

weir_dataset *plan_count(weir_dataset *in)
{
    return dataset_wide_over(in->scope, "count", count_wide, &in, 1, 1);
}

weir_dataset *plan_reduce(weir_dataset *in, const weir_function *function, weir_value arg)
{
    weir_dataset *made = dataset_wide_over(in->scope, "reduce", reduce_wide, &in, 1, 1);
    made->function = function;
    made->arg = arg;
    return made;
}
