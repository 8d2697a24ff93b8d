#include "record/out.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log_line.h"

void weir_out_flush(weir_out *base)
{
    out *out = (struct out *)base;
    if (!out->flush) { /* going on would write behind the vector */
        log_line(WEIR_ERROR, "a vector of %zu records is full, with nowhere to go: a weir fault",
                 base->capacity);
        abort();
    }
    out->flush(out);
    assert(base->count < base->capacity);
}
