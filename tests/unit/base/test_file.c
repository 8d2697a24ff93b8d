/* What files hold: written, read, allocated, synced. Names and directories: test_file_names.c. */
#include "unit/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- System calls with faults: these take the place of the C library's in this program ------- */

static int write_interrupts; /* so many writes are interrupted, the ones between write 3 bytes */
static int read_interrupts;
static int sync_interrupts;
static int allocate_failure; /* errno of every fallocate, or 0 */

static void clear_faults(void)
{
    write_interrupts = read_interrupts = sync_interrupts = allocate_failure = 0;
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    if (write_interrupts > 0) {
        if (write_interrupts-- % 2) {
            errno = EINTR;
            return -1;
        }
        if (size > 3) size = 3;
    }
    return syscall(SYS_write, descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    if (write_interrupts > 0) {
        if (write_interrupts-- % 2) {
            errno = EINTR;
            return -1;
        }
        if (size > 3) size = 3;
    }
    return syscall(SYS_pwrite64, descriptor, bytes, size, (long)offset);
}

int fallocate(int descriptor, int mode, off_t offset, off_t size)
{
    errno = allocate_failure;
    if (allocate_failure) return -1;
    return (int)syscall(SYS_fallocate, descriptor, mode, offset, size);
}

int fdatasync(int descriptor)
{
    return fsync(descriptor);
}

ssize_t pread(int descriptor, void *bytes, size_t size, off_t offset)
{
    if (read_interrupts > 0) {
        if (read_interrupts-- % 2) {
            errno = EINTR;
            return -1;
        }
        if (size > 3) size = 3;
    }
    return syscall(SYS_pread64, descriptor, bytes, size, offset);
}

int fsync(int descriptor)
{
    if (sync_interrupts > 0) {
        sync_interrupts--;
        errno = EINTR;
        return -1;
    }
    return (int)syscall(SYS_fsync, descriptor);
}

/* --- The tests ------------------------------------------------------------------------------- */

static void test_write_and_read(void **state)
{
    (void)state;
    put("a", "first and longer");
    assert_holds("a", "first and longer");
    put("a", "second");
    assert_holds("a", "second");
    struct stat found;
    assert_int_equal(stat(in_base("a"), &found), 0);
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(found.st_mode & 0777, 0644 & ~mask);
}

static void test_interrupted_and_short_calls_go_on(void **state)
{
    (void)state;
    write_interrupts = 9;
    sync_interrupts = 3;
    put("a", "written in many small pieces");
    assert_int_equal(write_interrupts, 0);
    assert_int_equal(sync_interrupts, 0);
    read_interrupts = 9;
    assert_holds("a", "written in many small pieces");
    assert_int_equal(read_interrupts, 0);
    sync_interrupts = 2;
    assert_int_equal(file_sync_directory(base), WEIR_OK);
    assert_int_equal(sync_interrupts, 0);
}

static void test_read_at(void **state)
{
    (void)state;
    put("a", "0123456789");
    const char *path = in_base("a");
    int file = -1;
    char bytes[10] = {0};
    size_t got = 99;
    assert_int_equal(file_open_read(path, &file), WEIR_OK);
    assert_int_equal(file_read_at(file, path, bytes, 3, 4, &got), WEIR_OK);
    assert_int_equal(got, 3);
    assert_memory_equal(bytes, "456", 3);
    assert_int_equal(file_read_at(file, path, bytes, 10, 8, &got), WEIR_OK);
    assert_int_equal(got, 2);
    assert_int_equal(file_read_at(file, path, bytes, 10, 10, &got), WEIR_OK);
    assert_int_equal(got, 0);
    assert_fails_naming(file_read_at(file, path, bytes, 10, -1, &got), path);
    assert_int_equal(file_close(file, path), WEIR_OK);
    assert_fails_naming(file_read_at(file, path, bytes, 10, 0, &got), path);
    assert_fails_naming(file_close(file, path), path);
}

static void test_full_disk(void **state)
{
    (void)state;
    int file = open("/dev/full", O_WRONLY);
    if (file < 0) skip();
    assert_int_equal(file_write(file, "/dev/full", "x", 1), WEIR_NO_SPACE);
    assert_non_null(strstr(error_text(), "/dev/full"));
    close(file);
}

static void test_write_at(void **state)
{
    (void)state;
    const char *path = in_base("at");
    static const char text[] = "0123456789abcdef", after[] = "\0\0\0\0\0000123456789abcdef";
    char read[64];
    size_t got = 0;
    int file = -1;
    for (int round = 0; round < 2; round++) {
        write_interrupts = round == 0 ? 0 : 11;
        assert_int_equal(file_create(path, &file), WEIR_OK);
        assert_int_equal(file_write_at(file, path, text, sizeof text, 5), WEIR_OK);
        assert_int_equal(file_close(file, path), WEIR_OK);
        assert_int_equal(write_interrupts, 0);
        assert_int_equal(file_open_read(path, &file), WEIR_OK);
        assert_int_equal(file_read_at(file, path, read, sizeof read, 0, &got), WEIR_OK);
        assert_int_equal(file_close(file, path), WEIR_OK);
        assert_int_equal(got, 5 + sizeof text);
        assert_memory_equal(read, after, got);
    }
    assert_fails_naming(file_write_at(-1, path, text, 1, 0), path);
    assert_int_equal(file_write_at(-1, path, NULL, 0, 0), WEIR_OK);
}

/* Where the file system cannot do it, the same is written through the cache. */
static void test_write_past_cache(void **state)
{
    (void)state;
    const char *path = in_base("past");
    char *block = aligned_alloc(FILE_BLOCK, 2 * FILE_BLOCK), read[2 * FILE_BLOCK + 1];
    size_t got = 0;
    int file = -1;
    memset(block, 'x', 2 * FILE_BLOCK);
    assert_false(file_write_past_cache(-1));
    assert_int_equal(file_create(path, &file), WEIR_OK);
    bool is_past = file_write_past_cache(file);
    assert_int_equal((fcntl(file, F_GETFL) & O_DIRECT) != 0, is_past);
    assert_int_equal(file_write_at(file, path, block, 2 * FILE_BLOCK, FILE_BLOCK), WEIR_OK);
    assert_int_equal(file_write_at(file, path, block, FILE_BLOCK, 0), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    assert_int_equal(file_open_read(path, &file), WEIR_OK);
    assert_int_equal(file_read_at(file, path, read, sizeof read, FILE_BLOCK, &got), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    assert_int_equal(got, 2 * FILE_BLOCK);
    assert_memory_equal(read, block, got);
    free(block);
}

static void test_create_new_and_open_write(void **state)
{
    (void)state;
    int file = -1;
    assert_fails_naming(file_open_write(in_base("a"), &file), "/a");
    assert_int_equal(file_create_new(in_base("a"), &file), WEIR_OK);
    assert_int_equal(file_write(file, "a", "12345", 5), WEIR_OK);
    assert_int_equal(file_close(file, "a"), WEIR_OK);
    assert_fails_naming(file_create_new(in_base("a"), &file), "/a");
    assert_holds("a", "12345");
    assert_int_equal(file_open_write(in_base("a"), &file), WEIR_OK);
    assert_int_equal(file_truncate(file, "a", 3), WEIR_OK);
    assert_int_equal(file_close(file, "a"), WEIR_OK);
    assert_holds("a", "123");
    assert_fails_naming(file_truncate(file, "a", 3), "a");
    assert_fails_naming(file_sync_data(-1, "a"), "a");
}

static void test_allocate(void **state)
{
    (void)state;
    static const int cannot[] = {EOPNOTSUPP, ENOSYS, EINVAL};
    file_info info;
    int file = -1;
    assert_int_equal(file_create(in_base("a"), &file), WEIR_OK);
    for (size_t i = 0; i < 3; i++) {
        allocate_failure = cannot[i];
        assert_int_equal(file_allocate(file, "a", 10000), WEIR_OK);
    }
    allocate_failure = ENOSPC;
    assert_int_equal(file_allocate(file, "a", 10000), WEIR_NO_SPACE);
    allocate_failure = EIO;
    assert_fails_naming(file_allocate(file, "a", 10000), "a");
    assert_int_equal(file_stat(in_base("a"), &info), WEIR_OK);
    assert_int_equal(info.size, 0);
    allocate_failure = 0;
    assert_int_equal(file_allocate(file, "a", 10000), WEIR_OK);
    assert_int_equal(file_close(file, "a"), WEIR_OK);
    assert_int_equal(file_stat(in_base("a"), &info), WEIR_OK);
    assert_int_equal(info.size, 10000);
}

static void test_stat(void **state)
{
    (void)state;
    put("a", "12345");
    file_info info;
    assert_int_equal(file_stat(in_base("a"), &info), WEIR_OK);
    assert_int_equal(info.size, 5);
    assert_true(info.is_regular);
    assert_false(info.is_directory);
    const struct timespec times[2] = {{.tv_sec = 1234, .tv_nsec = 567899999},
                                      {.tv_sec = 1234, .tv_nsec = 567899999}};
    assert_int_equal(utimensat(AT_FDCWD, in_base("a"), times, 0), 0);
    assert_int_equal(file_stat(in_base("a"), &info), WEIR_OK);
    assert_int_equal(info.modified_ms, 1234567);
    assert_int_equal(file_stat(base, &info), WEIR_OK);
    assert_true(info.is_directory);
    assert_false(info.is_regular);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(test_write_and_read),
        file_test(test_interrupted_and_short_calls_go_on),
        file_test(test_read_at),
        file_test(test_full_disk),
        file_test(test_write_at),
        file_test(test_write_past_cache),
        file_test(test_create_new_and_open_write),
        file_test(test_allocate),
        file_test(test_stat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
