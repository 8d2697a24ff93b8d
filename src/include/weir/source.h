/* Sources: where records come from. Building calls follow the rules of weir/stream.h. */
#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include "weir/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Sockets: TCP clients that read to the end and connect again (S-30..S-32) ---------------- */

/* Text lines ended by LF, CR or CRLF; invalid UTF-8 becomes U+FFFD; a last line without end
 * counts. */
WEIR_API weir_stream *weir_socket_text_stream(weir_context *context, const char *host, int port);

/* Cuts records out of the bytes of a connection: emits whole records by weir_emit and returns how
 * many of the `length` bytes they took, 0 if more bytes are needed, or -1 if the bytes are wrong
 * (the connection is closed, counted and opened again). Runs on the loop thread. */
typedef ptrdiff_t (*weir_converter)(const char *bytes, size_t length, weir_value arg,
                                    weir_out *out);
WEIR_API weir_stream *weir_socket_stream(weir_context *context, const char *host, int port,
                                         weir_converter converter, weir_value arg);
/* A converter for frames of a 4-byte big-endian length and that many bytes, each one bytes
 * value. */
WEIR_API ptrdiff_t weir_length_prefixed(const char *bytes, size_t length, weir_value arg,
                                        weir_out *out);

/* --- Directories (S-01..S-11) ---------------------------------------------------------------- */

typedef struct weir_file_options {
    bool old_files_too;       /* take files that were there before the first start too
                               * (newFilesOnly = false) */
    int64_t min_remember_ms;  /* how far back a file's modification time may lie; 0: 60,000 */
    const weir_function *filter; /* WEIR_FILTER: which files may be taken at all (S-03); NULL:
                                  * those whose name does not begin with a dot */
    weir_value filter_arg;    /* copied */
} weir_file_options;

/* The filter is given a plain string (key absent): the path of a file, which is the directory as
 * it was given, or as the glob found it, "/", and the name. It takes the place of the default, so
 * it sees names with a dot in front too. It is asked in each batch for every file that no
 * remembered batch has, on the loop thread, so it must not block; weir_fail in it fails the batch,
 * which then takes nothing from the directory. Checkpoints keep it by its name; it may change with
 * the program, as any function of a stream without state. */

/* Files that appear in a directory (or in every directory that a glob matches); options NULL: the
 * defaults. */
WEIR_API weir_stream *weir_text_file_stream(weir_context *context, const char *directory,
                                            const weir_file_options *options);
/* Records of exactly `record_length` bytes. */
WEIR_API weir_stream *weir_binary_records_stream(weir_context *context, const char *directory,
                                                 size_t record_length,
                                                 const weir_file_options *options);
/* A bounded list: file i (1, 2, ...) is batch i, at time i * batch interval in virtual time;
 * batches run as fast as they complete, and the context stops after the last. Not together with
 * other sources but queues. */
WEIR_API weir_stream *weir_text_files(weir_context *context, const char *const *paths,
                                      size_t count);

/* --- Queues (S-20..S-22) --------------------------------------------------------------------- */

/* Each batch takes the oldest dataset (one_at_a_time) or all; an empty queue gives
 * `default_records` (a list) or, if that is absent, an empty dataset. */
WEIR_API weir_stream *weir_queue_stream(weir_context *context, bool one_at_a_time,
                                        weir_value default_records);
/* What an empty queue gives from now on: a list of records, copied, cut into `partitions` (0: one)
 * contiguous pieces, in place of the default that weir_queue_stream cuts into one. The builder's
 * thread, before weir_start: WEIR_ILLEGAL_STATE after it. */
WEIR_API weir_status weir_queue_default(weir_stream *queue, weir_value records, int partitions);
/* Appends a dataset: a list of records, copied, cut into `partitions` (0: one) contiguous pieces.
 * Any thread, any time. */
WEIR_API weir_status weir_queue_push(weir_stream *queue, weir_value records, int partitions);

/* --- Custom receivers (S-40..S-46) ----------------------------------------------------------- */

typedef struct weir_receiver weir_receiver;

typedef struct weir_receiver_class {
    const char *name;
    /* Must not block: starts a thread or registers somewhere. A failure ends this run of the
     * receiver, without on_stop; it is started again after a pause. On a thread of weir's. */
    weir_status (*on_start)(weir_receiver *receiver, void *user);
    /* Must end what on_start began, and not block for long. It may itself still store what it
     * holds; other threads' stores are refused by then. A stop of the context that has waited for
     * stop_timeout_ms goes on without it: it may run on, but what it stores is refused, and it may
     * not touch the context. */
    void (*on_stop)(weir_receiver *receiver, void *user);
} weir_receiver_class;

/* `user` is borrowed and must live as long as the context, and until the last on_stop has
 * returned. */
WEIR_API weir_stream *weir_receiver_stream(weir_context *context,
                                           const weir_receiver_class *receiver_class, void *user);

/* Stores one record; waits for the rate limit, not until it is safe. Any thread.
 * WEIR_ILLEGAL_STATE once stopped. */
WEIR_API weir_status weir_store(weir_receiver *receiver, weir_value key, weir_value value);
/* Stores records as one block and returns when the block is safe: only then acknowledge them to
 * their source. */
WEIR_API weir_status weir_store_block(weir_receiver *receiver, const weir_value *keys,
                                      const weir_value *values, size_t count);
/* Asks for on_stop, a pause of delay_ms (< 0: 2,000), on_start. Returns at once. */
WEIR_API void weir_receiver_restart(weir_receiver *receiver, const char *reason, int64_t delay_ms);
/* Ends this run of the receiver; it is started again after a pause, as only stopping the context
 * is final (S-43). */
WEIR_API void weir_receiver_stop(weir_receiver *receiver, const char *reason);
/* Reports an error; the receiver goes on. */
WEIR_API void weir_receiver_report_error(weir_receiver *receiver, const char *message);
WEIR_API bool weir_receiver_is_stopped(const weir_receiver *receiver);
WEIR_API int weir_receiver_stream_id(const weir_receiver *receiver);

#ifdef __cplusplus
}
#endif
#endif
