/* How the bytes of a connection become records: they are received into an open block (or on the
 * way to one), records in it are admitted as the rate allows, and the block is cut. One thread. */
#ifndef INGEST_FRAMING_H
#define INGEST_FRAMING_H

#include <stdbool.h>

#include "record/block.h"
#include "weir/source.h"

typedef struct framing framing;

typedef struct framing_class {
    /* Where the next bytes are to be read to, and how many fit (> 0). */
    char *(*room)(framing *framing, size_t *size);
    /* `count` bytes were read there. */
    void (*received)(framing *framing, size_t count);
    /* Admits about `limit` records that were received, and returns how many it did. */
    uint64_t (*admit)(framing *framing, uint64_t limit);
    /* Are there records that were received and not admitted? */
    bool (*is_holding)(const framing *framing);
    /* The connection is over. What is left of a record is admitted or given up: a clean end is the
     * end of a last line, but after a failure a piece of a record is not taken for one. */
    void (*ended)(framing *framing, bool is_clean);
    /* Bytes of admitted records in the open block. */
    size_t (*ready)(const framing *framing);
    /* The open block, with what is admitted; NULL if that is nothing. */
    block *(*cut)(framing *framing);
    void (*free)(framing *framing);
} framing_class;

/* Embedded as the first member of each kind. */
struct framing {
    const framing_class *class;
    uint64_t refused;      /* records refused; the owner takes them from here */
    const char *failure;   /* why the connection must be given up, or NULL; the owner resets it */
    const char *complaint; /* why the last record was refused, for the log */
};

/* Lines of text. A block holds them as they came. A CR at the end of what was received waits for
 * the byte after it, which may belong to the same line end. */
framing *framing_of_lines(uint32_t stream_id, size_t max_record_bytes);
/* Records that a converter makes of the bytes. `arg` lives as long as the framing. */
framing *framing_by_converter(uint32_t stream_id, size_t max_record_bytes,
                              weir_converter converter, weir_value arg);

#endif
