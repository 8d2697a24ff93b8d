/* The operators that vectors can use, as far as they are there. */
#ifndef CONFORMANCE_OPERATORS_H
#define CONFORMANCE_OPERATORS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "weir/stream.h"

/* Is there an operator of that name? */
bool operator_is_there(const char *name);
/* The stream of a node of a case over its inputs. NULL: refused by weir, or, if `why` has a text,
 * the node says nothing that could be built. */
weir_stream *operator_build(const json_t *node, weir_stream *const *inputs, size_t count,
                            buffer *why);

#endif
