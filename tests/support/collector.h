/* A sink that keeps copies of the records it is given, for comparison. */
#ifndef SUPPORT_COLLECTOR_H
#define SUPPORT_COLLECTOR_H

#include "record/split.h"

typedef struct collector {
    sink sink;
    arena arena;
    records records;
    size_t pushes;
} collector;

/* `takes_text`: the sink has push_text, and cuts the text into lines itself, byte by byte. */
void collector_init(collector *collector, bool takes_text);
/* Forgets the records. */
void collector_clear(collector *collector);
void collector_release(collector *collector);

#endif
