#include "crash/simulate_seams.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/memory.h"
#include "context/context.h"
#include "crash/turns.h"
#include "recovery/checkpointer.h"
#include "wal/directory.h"
#include "wal/log.h"
#include "wal/writer.h"

enum { SHORT_SLEEP_MS = 1, LATE_MS = 3600 * 1000 };

static const int64_t wall_begin_us = INT64_C(1700000000) * 1000 * 1000;

static _Atomic int64_t clock_off_us;
static uint64_t segment_bytes;
static bool drops_too_much;
static bool syncs_late;
static void (*on_written)(void);
static void (*on_answered)(void);
static void (*on_dropped)(void);
static void (*on_resumed)(int64_t last_ms);

/* The names that the linker gives to the real functions, and wants for the ones in their place. */
weir_status __real_wal_log_open(wal_log **log, const wal_options *options, const wal_end *end);
weir_status __wrap_wal_log_open(wal_log **log, const wal_options *options, const wal_end *end);
void __real_cutter_resume(cutter *cutter, int64_t zero_ms, int64_t last_ms);
void __wrap_cutter_resume(cutter *cutter, int64_t zero_ms, int64_t last_ms);
void __real_wal_writer_submit(wal_writer *writer, wal_request *request);
void __wrap_wal_writer_submit(wal_writer *writer, wal_request *request);
weir_status __real_wal_directory_drop_before(const char *directory, uint64_t number);
weir_status __wrap_wal_directory_drop_before(const char *directory, uint64_t number);
int64_t __real_clock_wall_us(void);
int64_t __wrap_clock_wall_us(void);
int64_t __wrap_clock_wall_ms(void);
int64_t __real_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_us(void);
void __real_clock_sleep_ms(int64_t duration_ms);
void __wrap_clock_sleep_ms(int64_t duration_ms);
int __real_poll(struct pollfd *files, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *files, nfds_t count, int timeout_ms);
int __real_shutdown(int listener, int how);
int __wrap_shutdown(int listener, int how);
ssize_t __real_getrandom(void *bytes, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags);
int __real_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts);
int __real_fstat(int file, struct stat *facts);
int __wrap_fstat(int file, struct stat *facts);
void __real_checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits);
void __wrap_checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits);

void seams_set_clock(int64_t off_us) { atomic_store(&clock_off_us, off_us); }

void seams_set_log(uint64_t bytes, bool too_much, bool late)
{
    syncs_late = late;
    segment_bytes = bytes;
    drops_too_much = too_much;
}

weir_status __wrap_wal_log_open(wal_log **log, const wal_options *options, const wal_end *end)
{
    wal_options small = *options;
    small.segment_bytes = segment_bytes;
    small.retry_ms = 1;
    if (syncs_late) small.sync_ms = LATE_MS;
    return __real_wal_log_open(log, &small, end);
}

weir_status __wrap_wal_directory_drop_before(const char *directory, uint64_t number)
{
    weir_status status = __real_wal_directory_drop_before(directory, number + drops_too_much);
    if (turns_are_on() && on_dropped) on_dropped();
    return status;
}

void __wrap_cutter_resume(cutter *cutter, int64_t zero_ms, int64_t last_ms)
{
    if (on_resumed) on_resumed(last_ms);
    __real_cutter_resume(cutter, zero_ms, last_ms);
}

/* --- answers of the log ---------------------------------------------------------------------- */

/* A request that goes to the log, and who is to be answered. */
typedef struct asked {
    struct asked *next;
    wal_request *request;
    void (*answered)(wal_request *request, weir_status status);
} asked;

static asked *all_asked; /* of who has the turn */

static void answer(wal_request *request, weir_status status)
{
    asked **at = &all_asked;
    while ((*at)->request != request) at = &(*at)->next;
    asked *found = *at;
    *at = found->next;
    void (*answered)(wal_request *, weir_status) = found->answered;
    free(found);
    if (status == WEIR_OK && on_answered) on_answered();
    answered(request, status);
}

void __wrap_wal_writer_submit(wal_writer *writer, wal_request *request)
{
    if (turns_are_on()) {
        asked *asked = memory_alloc(sizeof *asked);
        *asked = (struct asked){all_asked, request, request->answered};
        all_asked = asked;
        request->answered = answer;
    }
    __real_wal_writer_submit(writer, request);
}


void seams_set_hooks(void (*answered)(void), void (*dropped)(void),
                     void (*resumed)(int64_t last_ms))
{
    on_resumed = resumed;
    on_answered = answered;
    on_dropped = dropped;
}

void seams_set_checkpoints(void (*written)(void)) { on_written = written; }

void __wrap_checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits)
{
    __real_checkpointer_put(checkpointer, job, waits);
    if (!on_written) return;
    checkpointer_drain(checkpointer);
    on_written();
}

/* --- time ------------------------------------------------------------------------------------ */

int64_t __wrap_clock_monotonic_us(void)
{
    return turns_are_on() ? turns_now_us() : __real_clock_monotonic_us();
}

int64_t __wrap_clock_wall_us(void)
{
    int64_t now_us = turns_are_on() ? wall_begin_us + turns_now_us() : __real_clock_wall_us();
    return now_us + atomic_load(&clock_off_us);
}

int64_t __wrap_clock_wall_ms(void) { return __wrap_clock_wall_us() / 1000; }

void __wrap_clock_sleep_ms(int64_t duration_ms)
{
    if (turns_are_on())
        (void)turns_wait(&clock_off_us, "sleeps", turns_now_us() + duration_ms * 1000);
    else
        __real_clock_sleep_ms(duration_ms < SHORT_SLEEP_MS ? duration_ms : SHORT_SLEEP_MS);
}

/* --- the door for other processes ------------------------------------------------------------ */

/* Nobody knocks: the thread behind it waits until it is shut. */
static const char door[] = "door";

int __wrap_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
    int ready;
    if (!turns_are_on()) return __real_poll(files, count, timeout_ms);
    while ((ready = __real_poll(files, count, 0)) == 0)
        (void)turns_wait(door, "waits for other processes", TURNS_NEVER);
    return ready;
}

int __wrap_shutdown(int listener, int how)
{
    int answer = __real_shutdown(listener, how);
    if (turns_are_on()) turns_wake_all(door);
    return answer;
}

/* --- what differs from process to process ---------------------------------------------------- */

ssize_t __wrap_getrandom(void *bytes, size_t size, unsigned flags)
{
    if (!turns_are_on()) return __real_getrandom(bytes, size, flags);
    for (size_t i = 0; i < size; i++) ((char *)bytes)[i] = (char)turns_random_below(256);
    return (ssize_t)size;
}

/* Every file is as old as the simulated time. */
static int make_old(int answer, struct stat *facts)
{
    if (answer == 0 && turns_are_on())
        facts->st_mtim = (struct timespec){.tv_sec = wall_begin_us / 1000000};
    return answer;
}

int __wrap_stat(const char *path, struct stat *facts)
{
    return make_old(__real_stat(path, facts), facts);
}

int __wrap_fstat(int file, struct stat *facts)
{
    return make_old(__real_fstat(file, facts), facts);
}

/* --- a journal that forgets ------------------------------------------------------------------ */

static batch_journal *real_journal;
static uint64_t done_marks;

static weir_status done(batch_journal *journal, int64_t time_ms, const void *bytes, size_t size)
{
    (void)journal;
    if (++done_marks % 3 == 0) return WEIR_OK;
    return real_journal->class->done(real_journal, time_ms, bytes, size);
}

void seams_forget_done(weir_context *context)
{
    static const batch_journal_class class = {.done = done};
    static batch_journal forgetful = {&class};
    real_journal = context->runner.journal;
    context->runner.journal = &forgetful;
}
