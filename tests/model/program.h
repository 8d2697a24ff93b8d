/* A random program: sources with data, a lineage, and what the model makes of it. */
#ifndef MODEL_PROGRAM_H
#define MODEL_PROGRAM_H

#include "model/operations.h"
#include "support/random_values.h"

enum { SOURCES_MAX = 3, NODES_MAX = 12, BATCHES_MAX = 12 };

typedef struct node {
    const operation *operation; /* NULL: a source */
    use use;                    /* function, partitions and table */
    size_t in[2];               /* nodes before it */
    data data[BATCHES_MAX];     /* of a source: what it is given; else what comes out */
    size_t slide;               /* yields in batches whose number is a multiple of it */
    int partitions;             /* of a source */
    bool is_output;
} node;

typedef struct program {
    uint64_t seed;
    size_t keyed_partitions;
    size_t batches;
    bool has_windows; /* may have them, and no batch of it fails */
    node nodes[SOURCES_MAX + NODES_MAX];
    size_t sources;
    size_t count; /* of all nodes, sources first */
} program;

/* The program of that seed, and its results: the same every time. Lives until plain_forget. */
void program_make(program *program, uint64_t seed);
/* For people: the lineage and the data. */
void program_print(const program *program, buffer *to);

#endif
