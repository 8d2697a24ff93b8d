/* print: the first records of each batch on standard output (O-60). */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/buffer.h"
#include "base/error.h"
#include "outputs/kinds.h"
#include "record/value.h"

#define PRINT_RULE "-------------------------------------------\n"

static FILE *target; /* NULL: standard output */

void output_print_to(void *file) { target = file; }

/* A reader that has gone shall not end the process: SIGPIPE is held back for the write, and taken
 * if the write raised it. The write then answers EPIPE. */
static bool write_held(FILE *file, const buffer *text)
{
    sigset_t pipe_signal;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);

    bool is_written = fwrite(text->bytes, 1, text->size, file) == text->size && fflush(file) == 0;
    int code = errno;

    struct timespec no_time = {0};
    if (!is_written && !was_pending) sigtimedwait(&pipe_signal, NULL, &no_time);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return is_written;
}

/* Of a file that cannot be written ferror() tells afterwards, which a reader that has gone is
 * not. */
static weir_status write_out(const buffer *text)
{
    FILE *file = target ? target : stdout;
    bool is_written = write_held(file, text);
    int code = errno;
    if (is_written || code == EPIPE) clearerr(file);
    if (is_written) return WEIR_OK;
    if (code == EPIPE)
        return error_set(WEIR_CLOSED, "standard output is closed: its reader has gone");
    errno = code;
    return error_set_errno(WEIR_IO, "standard output cannot be written");
}

static void append_piece(void *user, const char *text, size_t length)
{
    buffer_append(user, text, length);
}

static void append_records(buffer *text, const weir_value *records, size_t taken, size_t limit)
{
    for (size_t i = 0; i < taken && i < limit; i++) {
        value_write(records[i], append_piece, text);
        buffer_append_text(text, "\n");
    }
    if (taken > limit) buffer_append_text(text, "...\n");
    buffer_append_text(text, "\n");
}

weir_status output_print(const output *output, weir_dataset *dataset, int64_t time_ms,
                         uint64_t *records)
{
    size_t limit = (size_t)output->count;
    weir_value list = weir_null();
    weir_status status = weir_dataset_take(dataset, limit + 1, &list);
    if (status != WEIR_OK) return status;
    size_t taken;
    const weir_value *items = weir_items(list, &taken);

    buffer text = {0};
    buffer_printf(&text, PRINT_RULE "Time: %" PRId64 " ms\n" PRINT_RULE, time_ms);
    append_records(&text, items, taken, limit);
    status = write_out(&text);
    buffer_release(&text);
    *records = taken;
    return status;
}
