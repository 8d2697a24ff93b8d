#include "crash/simulate_seams.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "context/context.h"
#include "recovery/checkpointer.h"
#include "wal/directory.h"
#include "wal/log.h"

enum { SHORT_SLEEP_MS = 1 };

static _Atomic int64_t clock_off_us;
static uint64_t segment_bytes;
static bool drops_too_much;
static void (*on_written)(void);

/* The names that the linker gives to the real functions, and wants for the ones in their place. */
weir_status __real_wal_log_open(wal_log **log, const wal_options *options, const wal_end *end);
weir_status __wrap_wal_log_open(wal_log **log, const wal_options *options, const wal_end *end);
weir_status __real_wal_directory_drop_before(const char *directory, uint64_t number);
weir_status __wrap_wal_directory_drop_before(const char *directory, uint64_t number);
int64_t __real_clock_wall_us(void);
int64_t __wrap_clock_wall_us(void);
int64_t __wrap_clock_wall_ms(void);
void __real_clock_sleep_ms(int64_t duration_ms);
void __wrap_clock_sleep_ms(int64_t duration_ms);

void __real_checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits);
void __wrap_checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits);

void seams_set_clock(int64_t off_us) { atomic_store(&clock_off_us, off_us); }

void seams_set_log(uint64_t bytes, bool too_much)
{
    segment_bytes = bytes;
    drops_too_much = too_much;
}

weir_status __wrap_wal_log_open(wal_log **log, const wal_options *options, const wal_end *end)
{
    wal_options small = *options;
    small.segment_bytes = segment_bytes;
    small.retry_ms = 1;
    return __real_wal_log_open(log, &small, end);
}

weir_status __wrap_wal_directory_drop_before(const char *directory, uint64_t number)
{
    return __real_wal_directory_drop_before(directory, number + drops_too_much);
}

void seams_set_checkpoints(void (*written)(void)) { on_written = written; }

void __wrap_checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits)
{
    __real_checkpointer_put(checkpointer, job, waits);
    if (!on_written) return;
    checkpointer_drain(checkpointer);
    on_written();
}

int64_t __wrap_clock_wall_us(void) { return __real_clock_wall_us() + atomic_load(&clock_off_us); }

int64_t __wrap_clock_wall_ms(void) { return __wrap_clock_wall_us() / 1000; }

void __wrap_clock_sleep_ms(int64_t duration_ms)
{
    __real_clock_sleep_ms(duration_ms < SHORT_SLEEP_MS ? duration_ms : SHORT_SLEEP_MS);
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
