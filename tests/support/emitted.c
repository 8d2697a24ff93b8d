#include "support/emitted.h"

#include <assert.h>

#include "record/value.h"

static void take(out *out)
{
    emitted *to = (emitted *)out;
    for (size_t i = 0; i < to->out.base.count; i++) {
        assert(to->count < EMITTED_MAX);
        to->records[to->count++] = value_box(to->keys[i], to->values[i]);
    }
    to->out.base.count = 0;
}

weir_out *emitted_begin(emitted *emitted)
{
    emitted->out.base = (weir_out){emitted->keys, emitted->values, 0, EMITTED_VECTOR};
    emitted->out.flush = take;
    emitted->count = 0;
    return &emitted->out.base;
}

weir_value emitted_list(emitted *emitted)
{
    take(&emitted->out);
    return weir_list(emitted->records, emitted->count);
}
