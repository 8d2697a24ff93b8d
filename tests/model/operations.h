/* The operators: how the model computes each one from arrays (compute.h, windows.c), and how weir
 * is asked for it. */
#ifndef MODEL_OPERATIONS_H
#define MODEL_OPERATIONS_H

#include "model/data.h"
#include "weir/stream.h"

/* What a window has beyond that. Times are in batches. */
typedef struct window_use {
    size_t length;
    size_t slide;
    size_t steps;     /* the slide of the stream it is over */
    size_t filter;    /* position among the filter functions, from 1 on; 0: none */
    bool is_inverse;  /* goes on from its last result */
    bool drops_neutral;
    const data *past; /* of its input, from the first batch on */
    size_t batch;     /* that is computed, from 0 on */
} window_use;

/* One use of an operator in a lineage. */
typedef struct use {
    size_t function;        /* position in its table */
    int partitions;         /* repartition, shuffles (0: the default) */
    plain table;            /* transform with a table, else null */
    const data *in[2];      /* in the batch that is computed */
    int64_t time_ms;        /* of it */
    weir_stream *stream[2]; /* while it is built */
    window_use window;
} use;

typedef struct operation {
    const char *name;
    size_t inputs;
    size_t weight;    /* how often it is used */
    bool needs_all;   /* fails if an input yields no dataset, rather than yield none */
    bool takes_loose; /* also over lists in any order: its functions decide */
    const char *(*function_name)(size_t function); /* NULL behind the last; or it has none */
    /* False: what comes out is not defined. The inputs are there, and do not fail. */
    bool (*compute)(const use *use, data *out);
    weir_stream *(*build)(const use *use);
    bool is_window;   /* looks at what its input was before */
    bool may_go_on; /* a window that may have an inverse, a filter and no neutral keys */
} operation;

extern const operation operations[];
extern const size_t operation_count;
/* The same for windows, and for state, which windows may be over; ended by a name NULL. */
extern const operation window_operations[];
/* Is there an inverse for that reduce function? */
bool window_has_inverse(size_t function);
/* How many functions it may choose from; 0: it takes none. */
size_t operation_functions(const operation *operation);

#endif
