/* The model's own values: plain structs, nothing shared with weir but the way in and out. Their
 * memory lives until plain_forget. One thread. */
#ifndef MODEL_PLAIN_H
#define MODEL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "weir/value.h"

typedef enum plain_kind {
    PLAIN_NULL,
    PLAIN_BOOL,
    PLAIN_INT,
    PLAIN_REAL,
    PLAIN_STRING,
    PLAIN_LIST,
    PLAIN_PAIR
} plain_kind;

typedef struct plain {
    plain_kind kind;
    int64_t number; /* of an int or a bool */
    double real;
    const char *text;
    const struct plain *items; /* of a list or a pair */
    size_t count;              /* of items, or of bytes of a string */
} plain;

void *plain_alloc(size_t count, size_t size);
/* Everything made so far is gone; its memory is kept for what comes, or given back. */
void plain_forget(void);
void plain_release(void);

plain plain_null(void);
plain plain_bool(bool truth);
plain plain_int(int64_t number);
plain plain_real(double real);
plain plain_string(const char *text, size_t size);
plain plain_text(const char *text);
/* The items are copied. */
plain plain_list(const plain *items, size_t count);
plain plain_pair(plain key, plain value);

bool plain_is_number(plain value);
double plain_number(plain value);
/* Of a record: null if it is no pair. */
plain plain_key(plain record);
plain plain_value(plain record);
/* Type and content. */
bool plain_same(plain a, plain b);
/* The total order: null < false < true < numbers by value < strings by bytes < lists < pairs. */
int plain_compare(plain a, plain b);

/* As JSON, a text for each different value. `any_order`: the elements of lists are sorted. */
void plain_write(buffer *to, plain value, bool any_order);

weir_value plain_to_value(plain value);
plain plain_from_value(weir_value value);

#endif
