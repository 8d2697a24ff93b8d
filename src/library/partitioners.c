/* Partitioners of the keys of state. */
#include "library/define.h"
#include "library/tables.h"

static size_t partitioner_by_bounds(weir_value key, size_t partitions, weir_value arg)
{
    size_t count, from = 0;
    const weir_value *bounds = weir_items(arg, &count);
    size_t to = count < partitions ? count : partitions - 1;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (weir_compare(bounds[middle], key) <= 0) from = middle + 1;
        else to = middle;
    }
    return from;
}

/* Never negative. */
static size_t partitioner_by_modulus(weir_value key, size_t partitions, weir_value arg)
{
    (void)arg;
    if (!weir_is_int(key)) return 0;
    int64_t rest = weir_as_int(key) % (int64_t)partitions;
    return (size_t)(rest < 0 ? rest + (int64_t)partitions : rest);
}

DEFINE_PARTITIONER(by_bounds,
                   .about = "by the order of keys: before the first key of the closure argument, "
                            "a list that rises, from that to before the next, and so on");
DEFINE_PARTITIONER(by_modulus,
                   .about = "an int modulo the number of partitions, others in the first one");

const weir_function *const library_partitioners[] = {&weir_fn_by_bounds, &weir_fn_by_modulus,
                                                     NULL};
