/* User functions: plain C functions over values, known to weir by name.
 *
 * One macro at file scope makes a function known:
 *
 *     static void doubled(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
 *                         weir_value *out_value)
 *     { *out_value = weir_int(2 * weir_as_int(value)); }
 *     WEIR_MAP(doubled)                        // defines weir_fn_doubled, registers "doubled"
 *
 *     weir_map(numbers, &weir_fn_doubled, weir_null());
 *
 * A function runs on worker threads, for several partitions at once: it depends on its arguments
 * only, and keeps nothing. `arg` is the closure argument given where the function is used; it is
 * itself a value, stored in the lineage. A record has a key on a stream of pairs, and an absent
 * key on a plain stream. A plain record that is a pair value and a record with a key are the same
 * thing: weir turns one into the other. */
#ifndef WEIR_FUNCTION_H
#define WEIR_FUNCTION_H

#include "weir/value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_dataset weir_dataset;
typedef struct weir_state weir_state;   /* the state of one key, while a mapWithState function
                                         * runs */
typedef struct weir_reader weir_reader; /* the records of one partition, one after another */
typedef struct weir_keys weir_keys;     /* the keys of one partition of state, likewise */

/* A vector: about a thousand records in two arrays. `keys` NULL: a plain stream, all keys absent.
 * Bytes reached from the values are padded: 16 bytes behind the last may be read. */
typedef struct weir_vector {
    const weir_value *keys;
    const weir_value *values;
    size_t count;
} weir_vector;

enum { WEIR_VECTOR_SIZE = 1024 };

/* Where a function emits to. The members are for weir_emit alone. */
typedef struct weir_out {
    weir_value *keys;
    weir_value *values;
    size_t count;
    size_t capacity;
} weir_out;

/* Passes the full vector of `out` on and empties it. Called by weir_emit. */
WEIR_API void weir_out_flush(weir_out *out);

/* Emits one record; key weir_absent() for a plain one. Only on the thread and during the call that
 * was given `out`. */
static inline void weir_emit(weir_out *out, weir_value key, weir_value value)
{
    size_t at = out->count;
    weir_put(&out->keys[at], key);
    weir_put(&out->values[at], value);
    out->count = at + 1;
    if (out->count == out->capacity) weir_out_flush(out);
}

/* Fails the running function and with it the batch: the reason appears in the error. The function
 * should return soon; what it emits or returns afterwards is dropped. printf format. Outside a
 * function it does nothing. */
WEIR_API void weir_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The next record of a partition into *key and *value; false at its end. */
WEIR_API bool weir_next(weir_reader *reader, weir_value *key, weir_value *value);
/* The next key of a partition of state: its new values in this batch, *count (0 or more) of them
 * at *values, and its state (absent: none). False at the end. */
WEIR_API bool weir_next_key(weir_keys *keys, weir_value *key, const weir_value **values,
                            size_t *count, weir_value *state);

/* --- The kinds of function ------------------------------------------------------------------- */

/* One record for one. *out_key and *out_value are absent on entry. A value that stays absent, or
 * is emitted so, becomes null. */
typedef void (*weir_map_call)(weir_value key, weir_value value, weir_value arg,
                              weir_value *out_key, weir_value *out_value);
/* Zero or more records for one, by weir_emit. */
typedef void (*weir_flat_map_call)(weir_value key, weir_value value, weir_value arg,
                                   weir_out *out);
/* Keep the record? */
typedef bool (*weir_filter_call)(weir_value key, weir_value value, weir_value arg);
/* A whole partition, also an empty one. */
typedef void (*weir_partition_call)(weir_reader *records, weir_value arg, weir_out *out);
/* Two values into one; associative. The result must not be absent. */
typedef weir_value (*weir_reduce_call)(weir_value a, weir_value b, weir_value arg);
/* combineByKey: the first value of a key into a combination. */
typedef weir_value (*weir_create_call)(weir_value value, weir_value arg);
/* updateStateByKey: the new values of a key in this batch and its old state (or absent) into its
 * new state (absent removes it). Spec O-40. */
typedef weir_value (*weir_update_call)(weir_value key, const weir_value *values, size_t count,
                                       weir_value state, weir_value arg);
/* The same with the time of the batch. */
typedef weir_value (*weir_update_at_call)(int64_t time_ms, weir_value key,
                                          const weir_value *values, size_t count, weir_value state,
                                          weir_value arg);
/* The same for a whole partition at once, also an empty one: what is emitted (key, state) is the
 * state from now on, what is not emitted is removed. Other keys than those read may be emitted;
 * each key once in a batch, else the function fails. Spec O-43. */
typedef void (*weir_update_partition_call)(int64_t time_ms, weir_keys *keys, weir_value arg,
                                           weir_out *out);
/* Of operators that keep state: the partition of a key, below `partitions`. It depends on nothing
 * but its arguments, as state lies where it says: equal keys lie in one partition, in every batch
 * and after every restart. Spec O-05. */
typedef size_t (*weir_partitioner_call)(weir_value key, size_t partitions, weir_value arg);
/* mapWithState: one record (value absent: the key is timing out), with its state; may emit. Spec
 * O-50..O-55. */
typedef void (*weir_map_state_call)(weir_state *state, int64_t time_ms, weir_value key,
                                    weir_value value, weir_value arg, weir_out *out);
/* transform, transformWith: plan a dataset out of one or two, once a batch, on the batch runner's
 * thread. NULL fails. */
typedef weir_dataset *(*weir_transform_call)(weir_dataset *in, int64_t time_ms, weir_value arg);
typedef weir_dataset *(*weir_transform_with_call)(weir_dataset *left, weir_dataset *right,
                                                  int64_t time_ms, weir_value arg);
/* transform of a list of streams: the same out of `count` datasets, in the order of the list. */
typedef weir_dataset *(*weir_transform_all_call)(weir_dataset *const *in, size_t count,
                                                 int64_t time_ms, weir_value arg);
/* foreachRDD: do something with the dataset of a batch, on the batch runner's thread. */
typedef weir_status (*weir_foreach_call)(weir_dataset *in, int64_t time_ms, weir_value arg);
/* foreachPartition: consume one partition, on a worker thread. */
typedef weir_status (*weir_foreach_partition_call)(weir_reader *records, size_t partition,
                                                   int64_t time_ms, weir_value arg);

typedef enum weir_function_kind {
    WEIR_KIND_MAP = 1,
    WEIR_KIND_FLAT_MAP = 2,
    WEIR_KIND_FILTER = 3,
    WEIR_KIND_PARTITION = 4,
    WEIR_KIND_REDUCE = 5,
    WEIR_KIND_COMBINE = 6,
    WEIR_KIND_UPDATE = 7,
    WEIR_KIND_MAP_STATE = 8,
    WEIR_KIND_TRANSFORM = 9,
    WEIR_KIND_TRANSFORM_WITH = 10,
    WEIR_KIND_FOREACH = 11,
    WEIR_KIND_FOREACH_PARTITION = 12,
    WEIR_KIND_UPDATE_AT = 13,
    WEIR_KIND_UPDATE_PARTITION = 14,
    WEIR_KIND_TRANSFORM_ALL = 15,
    WEIR_KIND_PARTITIONER = 16,
    WEIR_KINDS /* one more than the last */
} weir_function_kind;

/* --- Kernels: the same function over a vector. Optional; they give what the record form gives. */

/* A map: fills out->keys and out->values (arrays of in->count values, or NULL keys for a plain
 * result). It may instead point them at arrays of `in` or at constant arrays that live for
 * ever. A value with an absent key must not be a pair: its parts are the key and the value. */
typedef void (*weir_map_kernel)(const weir_vector *in, weir_value arg, weir_vector *out,
                                weir_value *key_room, weir_value *value_room);
/* A flatMap: emits as the record form does, in order. The result must not be pair values on a
 * plain stream. */
typedef void (*weir_flat_map_kernel)(const weir_vector *in, weir_value arg, weir_out *out);
/* A flatMap from lines, straight over a text: `text` holds whole lines, ended by LF, CR or CRLF,
 * and is padded. */
typedef void (*weir_text_kernel)(const char *text, size_t length, weir_value arg, weir_out *out);
/* A filter: writes the positions of the kept records, ascending, and returns how many. */
typedef size_t (*weir_filter_kernel)(const weir_vector *in, weir_value arg, uint32_t *kept);
/* A reduce into accumulators: entries[slots[i]].value = f(entries[slots[i]].value, values[i]), in
 * order of i; an absent accumulator takes the value. Returns false, having changed nothing at all,
 * if it cannot do this vector; that of a function that is exact for ints only (WEIR_EXACT_INTS)
 * does so whenever a value or an accumulator is no int. */
typedef struct weir_entry {
    weir_value key;
    weir_value value;
} weir_entry;
typedef bool (*weir_reduce_kernel)(weir_entry *entries, const uint32_t *slots,
                                   const weir_value *values, size_t count, weir_value arg);

enum {
    WEIR_COMMUTATIVE = 1, /* f(a, b) = f(b, a) */
    WEIR_EXACT = 2,       /* grouping does not matter to the last bit: f(f(a, b), c) =
                           * f(a, f(b, c)) */
    WEIR_EXACT_INTS = 4,  /* exact as long as every value is an int */
    WEIR_KEEPS_KEY = 8    /* a map that leaves the key as it is: said in lists of functions */
};

/* A function as weir knows it. Made by the macros below or by tables such as the library's; lives
 * for ever. */
typedef struct weir_function {
    const char *name; /* unique; what lineage, dumps and job files say */
    weir_function_kind kind;
    unsigned flags;
    union {
        weir_map_call map;
        weir_flat_map_call flat_map;
        weir_filter_call filter;
        weir_partition_call partition;
        weir_reduce_call reduce; /* COMBINE: merges two combinations */
        weir_update_call update;
        weir_update_at_call update_at;
        weir_update_partition_call update_partition;
        weir_partitioner_call partitioner;
        weir_map_state_call map_state;
        weir_transform_call transform;
        weir_transform_with_call transform_with;
        weir_transform_all_call transform_all;
        weir_foreach_call foreach;
        weir_foreach_partition_call foreach_partition;
    } call;
    weir_create_call create;      /* COMBINE only */
    weir_reduce_call merge_value; /* COMBINE only: (combination, value); NULL: merge with
                                   * create(value) */
    weir_reduce_call inverse;     /* REDUCE only, or NULL: inverse(f(a, b), a) = b to the last bit
                                   * wherever f is exact (WEIR_EXACT, WEIR_EXACT_INTS) */
    union {
        weir_map_kernel map;
        weir_flat_map_kernel flat_map;
        weir_filter_kernel filter;
        weir_reduce_kernel reduce;
    } kernel;                     /* or NULL */
    weir_text_kernel text_kernel; /* FLAT_MAP only, or NULL */
    const char *about;            /* one line for `weir functions`, or NULL */
} weir_function;

/* Makes a function findable by name. WEIR_ILLEGAL_ARGUMENT if another function of the kind has the
 * name. Any thread, but not while a context is being built. The macros call it when the program or
 * shared object is loaded. */
WEIR_API weir_status weir_register(const weir_function *function);
/* The function of that name and kind, or NULL. Any thread. */
WEIR_API const weir_function *weir_find_function(weir_function_kind kind, const char *name);
/* Every registered function, in order of kind, then name: fills in at most `size`, returns how
 * many there are. Any thread. */
WEIR_API size_t weir_list_functions(const weir_function **functions, size_t size);
/* The word for a kind, as job files say it: "map", "flatMap", ... Never NULL; static memory. */
WEIR_API const char *weir_function_kind_text(weir_function_kind kind);

#define WEIR_DEFINE_FUNCTION(fn, ...)                                                             \
    static const weir_function weir_fn_##fn = {.name = #fn, __VA_ARGS__};                         \
    __attribute__((constructor)) static void weir_register_##fn(void)                             \
    {                                                                                             \
        (void)weir_register(&weir_fn_##fn);                                                       \
    }

#define WEIR_MAP(fn) WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_MAP, .call = {.map = fn})
#define WEIR_FLAT_MAP(fn)                                                                         \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_FLAT_MAP, .call = {.flat_map = fn})
#define WEIR_FILTER(fn) WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_FILTER, .call = {.filter = fn})
#define WEIR_MAP_PARTITIONS(fn)                                                                   \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_PARTITION, .call = {.partition = fn})
#define WEIR_REDUCE(fn, about_flags)                                                              \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_REDUCE, .flags = (about_flags),                    \
                         .call = {.reduce = fn})
#define WEIR_COMBINE(fn, create_fn, merge_fn, about_flags)                                        \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_COMBINE, .flags = (about_flags),                   \
                         .call = {.reduce = merge_fn},                                            \
                         .create = create_fn)
#define WEIR_UPDATE(fn) WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_UPDATE, .call = {.update = fn})
#define WEIR_UPDATE_AT(fn)                                                                        \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_UPDATE_AT, .call = {.update_at = fn})
#define WEIR_UPDATE_PARTITION(fn)                                                                 \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_UPDATE_PARTITION,                                  \
                         .call = {.update_partition = fn})
#define WEIR_PARTITIONER(fn)                                                                      \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_PARTITIONER, .call = {.partitioner = fn})
#define WEIR_MAP_STATE(fn)                                                                        \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_MAP_STATE, .call = {.map_state = fn})
#define WEIR_TRANSFORM(fn)                                                                        \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_TRANSFORM, .call = {.transform = fn})
#define WEIR_TRANSFORM_WITH(fn)                                                                   \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_TRANSFORM_WITH, .call = {.transform_with = fn})
#define WEIR_TRANSFORM_ALL(fn)                                                                    \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_TRANSFORM_ALL, .call = {.transform_all = fn})
#define WEIR_FOREACH(fn)                                                                          \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_FOREACH, .call = {.foreach = fn})
#define WEIR_FOREACH_PARTITION(fn)                                                                \
    WEIR_DEFINE_FUNCTION(fn, .kind = WEIR_KIND_FOREACH_PARTITION,                                 \
                         .call = {.foreach_partition = fn})

/* --- The state of one key in a mapWithState function (spec §5) ------------------------------- */

WEIR_API bool weir_state_exists(const weir_state *state);
/* The state; absent if there is none. Valid until the function returns. */
WEIR_API weir_value weir_state_get(const weir_state *state);
/* WEIR_ILLEGAL_ARGUMENT after remove in the same call, or while timing out. */
WEIR_API weir_status weir_state_update(weir_state *state, weir_value value);
WEIR_API weir_status weir_state_remove(weir_state *state);
WEIR_API bool weir_state_is_timing_out(const weir_state *state);

#ifdef __cplusplus
}
#endif
#endif
