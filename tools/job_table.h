/* What a job file can say: one table of operations, with their fields and the calls of weir that
 * they stand for. */
#ifndef TOOLS_JOB_TABLE_H
#define TOOLS_JOB_TABLE_H

#include <jansson.h>

#include "weir/source.h"
#include "weir/stream.h"

typedef enum job_section { JOB_SOURCES, JOB_GRAPH, JOB_OUTPUTS, JOB_SECTIONS } job_section;

typedef enum field_type {
    FIELD_TEXT,     /* a string of `least` or more bytes */
    FIELD_INTEGER,  /* from `least` to `most` */
    FIELD_BOOL,
    FIELD_RECORD,   /* tools/json_value.h */
    FIELD_RECORDS,  /* a list of them */
    FIELD_TEXTS,    /* `least` or more strings that are not empty */
    FIELD_PUSHES,   /* for each interval a list of datasets, which are lists of records */
    FIELD_INPUTS,   /* one id, or a list of ids */
    FIELD_FUNCTION, /* the name of a function: of the kind `most`; 0: of the operation's */
    FIELD_POSITIONS, /* arrays of a topic, a partition and, if `most` is 3, an offset */
    FIELD_COUNTS,    /* an object: whole numbers from `least` to `most` */
    FIELD_PROPERTIES /* an object of strings */
} field_type;

typedef struct job_field {
    const char *name;
    field_type type;
    bool is_required;
    int64_t least, most;
} job_field;

typedef struct job_op job_op;

/* One use of an operation, when the graph is built. All is borrowed. */
typedef struct job_call {
    const job_op *op;
    weir_context *context;
    const json_t *object; /* valid: it has passed the checks of the table */
    weir_stream *const *inputs;
    size_t input_count;
    const weir_function *function; /* of "fn", or NULL */
    weir_value arg;                /* of "arg" or "table"; null if there is neither */
} job_call;

struct job_op {
    const char *name;
    job_section section;
    bool is_bounded; /* a source that runs in virtual time: not to be mixed with live ones */
    bool is_live;
    weir_function_kind function; /* 0: takes none */
    size_t least_inputs, most_inputs;
    const job_field *fields;  /* beyond those of its section; ended by a name NULL */
    weir_stream *(*build)(const job_call *call); /* sources, graph */
    weir_status (*output)(const job_call *call); /* outputs */
    union { /* the call, for the builders that many operations share */
        weir_stream *(*unary)(weir_stream *);
        weir_stream *(*mapper)(weir_stream *, const weir_function *, weir_value);
        weir_stream *(*keyed)(weir_stream *, int);
        weir_stream *(*keyed_mapper)(weir_stream *, const weir_function *, weir_value, int);
        weir_stream *(*stateful)(weir_stream *, const weir_function *, weir_value,
                                 const weir_state_options *);
        weir_stream *(*binary)(weir_stream *, weir_stream *, int);
        weir_stream *(*window)(weir_stream *, int64_t, int64_t, const weir_window_options *);
        weir_stream *(*reducing_window)(weir_stream *, const weir_function *,
                                        const weir_function *, weir_value, int64_t, int64_t,
                                        const weir_window_options *);
        weir_status (*foreach)(weir_stream *, const weir_function *, weir_value);
    } call;
};

/* "sources", "graph", "outputs" */
const char *job_section_text(job_section section);
/* The fields that all operations of a section have; ended by a name NULL. */
const job_field *job_section_fields(job_section section);
/* The operation at that position of the table; NULL behind the last. */
const job_op *job_op_at(size_t position);
/* The operation of that name in the section, or NULL. */
const job_op *job_op_find(job_section section, const char *name);

#endif
