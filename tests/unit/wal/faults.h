/* System calls of durable files with faults and counts: these take the place of the C library's.
 * Included by one test file each. */
#ifndef UNIT_WAL_FAULTS_H
#define UNIT_WAL_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int write_failure, sync_failure, allocate_failure, truncate_failure; /* errno */
static atomic_int sync_failures_left; /* fdatasync fails so many times with sync_failure */
static atomic_llong allocate_most;    /* more than that is refused with ENOSPC; 0: no limit */
static atomic_llong write_most;       /* a write stops after so many bytes, with write_failure */
enum { ALLOCATED_ON_FAILURE = 512 << 10 };
static atomic_int writes, syncs, directory_syncs, truncates;

/* A sync waits at the gate while it is closed. */
static pthread_mutex_t gate_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool gate_is_closed;
static int at_gate;

static void gate_set(bool is_closed)
{
    pthread_mutex_lock(&gate_mutex);
    gate_is_closed = is_closed;
    pthread_cond_broadcast(&gate_changed);
    pthread_mutex_unlock(&gate_mutex);
}

static void gate_pass(void)
{
    pthread_mutex_lock(&gate_mutex);
    at_gate++;
    pthread_cond_broadcast(&gate_changed);
    while (gate_is_closed) pthread_cond_wait(&gate_changed, &gate_mutex);
    at_gate--;
    pthread_mutex_unlock(&gate_mutex);
}

static void faults_clear(void)
{
    write_failure = sync_failure = allocate_failure = truncate_failure = sync_failures_left = 0;
    allocate_most = write_most = 0;
    writes = syncs = directory_syncs = truncates = 0;
    gate_set(false);
}

static bool fails(atomic_int *failure)
{
    errno = atomic_load(failure);
    return errno != 0;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    writes++;
    size_t most = (size_t)write_most;
    if (write_failure && most > 0) {
        write_most = 0; /* then it fails */
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_DIRECT); /* no whole blocks */
        return syscall(SYS_pwrite64, descriptor, bytes, size < most ? size : most, (long)offset);
    }
    if (fails(&write_failure)) return -1;
    return syscall(SYS_pwrite64, descriptor, bytes, size, (long)offset);
}

int fdatasync(int descriptor)
{
    gate_pass();
    syncs++;
    if (sync_failures_left > 0) {
        sync_failures_left--;
        if (fails(&sync_failure)) return -1;
    }
    return (int)syscall(SYS_fdatasync, descriptor);
}

int fsync(int descriptor)
{
    directory_syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

int fallocate(int descriptor, int mode, off_t offset, off_t size)
{
    if (fails(&allocate_failure)) return -1;
    if (allocate_most && size > allocate_most) { /* as ext4 does it: what was found is kept */
        (void)syscall(SYS_fallocate, descriptor, mode, offset, (off_t)ALLOCATED_ON_FAILURE);
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_fallocate, descriptor, mode, offset, size);
}

int ftruncate(int descriptor, off_t size)
{
    truncates++;
    if (fails(&truncate_failure)) return -1;
    return (int)syscall(SYS_ftruncate, descriptor, size);
}

#endif
