/* The model's own version of the library's functions, written from their definitions: those of one
 * record (map, flatMap, filter), and those of many (mapPartitions, reduce, combineByKey). */
#ifndef MODEL_FUNCTIONS_H
#define MODEL_FUNCTIONS_H

#include "model/plain.h"

/* A growing list of records. */
typedef struct records_out {
    plain *records;
    size_t count;
    size_t capacity;
} records_out;

void records_add(records_out *out, plain record);

typedef enum order_need {
    ANY_ORDER,   /* the result is the same in any order and grouping */
    ANY_OF_TIES, /* but for values of equal rank that are not the same */
    EXACT_SUMS,  /* but for the rounding of floats */
    SAME_ORDER   /* the order of the values matters */
} order_need;

typedef struct map_function {
    const char *name;
    plain (*call)(plain record);
    bool keeps_any_order; /* defined over lists whose elements stand in any order */
} map_function;

typedef struct flat_map_function {
    const char *name;
    void (*call)(plain record, records_out *out);
} flat_map_function;

typedef struct filter_function {
    const char *name;
    bool (*call)(plain record);
} filter_function;

typedef struct partition_function {
    const char *name;
    void (*call)(const plain *records, size_t count, records_out *out);
} partition_function;

typedef struct reduce_function {
    const char *name;
    plain (*call)(plain a, plain b);
    plain (*create)(plain value); /* combineByKey; else NULL */
    order_need need;
} reduce_function;

/* Each ended by a name NULL. */
extern const map_function map_functions[];
extern const flat_map_function flat_map_functions[];
extern const filter_function filter_functions[];
extern const partition_function partition_functions[];
extern const reduce_function reduce_functions[];
extern const reduce_function combine_functions[];

/* Set when a result was a matter of taste: what is left undefined. */
extern bool model_is_vague;
/* Which error is planted in the model; 0: none. */
extern int model_canary;

plain model_add(plain a, plain b);

#endif
