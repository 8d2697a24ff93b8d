/* weir: a fault-tolerant stateful stream store. This header includes all the others. */
#ifndef WEIR_H
#define WEIR_H

#include "weir/checkpoint.h"
#include "weir/context.h"
#include "weir/dataset.h"
#include "weir/function.h"
#include "weir/inspect.h"
#include "weir/kafka.h"
#include "weir/library.h"
#include "weir/output.h"
#include "weir/slice.h"
#include "weir/source.h"
#include "weir/status.h"
#include "weir/stream.h"
#include "weir/value.h"

/* Behind all others, as it makes macros of their calls. */
#include "weir/places.h"

#endif
