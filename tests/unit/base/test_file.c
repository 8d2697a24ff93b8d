#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"

/* --- System calls with faults: these take the place of the C library's in this program ------- */

static int exchange_failure; /* errno of every renameat2, or 0 */
static int write_interrupts; /* so many writes are interrupted, the ones between write 3 bytes */
static int read_interrupts;
static int sync_interrupts;
static int syncs; /* that went well */
static int allocate_failure; /* errno of every fallocate, or 0 */
static const char *was_directory; /* the next unlinkat of it says that it is a directory */

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
    errno = exchange_failure;
    if (exchange_failure) return -1;
    return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
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
    syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

int unlinkat(int directory, const char *name, int flags)
{
    if (was_directory && strcmp(name, was_directory) == 0) {
        was_directory = NULL;
        errno = EISDIR;
        return -1;
    }
    return (int)syscall(SYS_unlinkat, directory, name, flags);
}

/* --- A directory for each test --------------------------------------------------------------- */

static char base[200];

static int make_base(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(base, sizeof base, "%s/weir-file-XXXXXX", parent ? parent : "/tmp");
    exchange_failure = write_interrupts = read_interrupts = sync_interrupts = 0;
    allocate_failure = 0;
    return mkdtemp(base) ? 0 : -1;
}

static int remove_base(void **state)
{
    (void)state;
    weir_status status = file_remove_tree(base);
    return status == WEIR_OK && !file_exists(base) ? 0 : -1;
}

/* The path of `name` in the test's directory; good for the next four calls. */
static const char *in_base(const char *name)
{
    static char paths[4][400];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", base, name);
    return path;
}

static void put(const char *name, const char *text)
{
    const char *path = in_base(name);
    int file = -1;
    assert_int_equal(file_create(path, &file), WEIR_OK);
    assert_int_equal(file_write(file, path, text, strlen(text)), WEIR_OK);
    assert_int_equal(file_sync(file, path), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
}

static void assert_holds(const char *name, const char *text)
{
    const char *path = in_base(name);
    int file = -1;
    char bytes[1000];
    size_t got = 0;
    assert_int_equal(file_open_read(path, &file), WEIR_OK);
    assert_int_equal(file_read_at(file, path, bytes, sizeof bytes - 1, 0, &got), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    bytes[got] = '\0';
    assert_string_equal(bytes, text);
}

#define assert_fails_naming(call, path) \
    do { \
        assert_int_equal(call, WEIR_IO); \
        assert_non_null(strstr(error_text(), path)); \
    } while (0)

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

static void test_failures_name_the_path(void **state)
{
    (void)state;
    const char *missing = in_base("missing/file");
    int file = -7;
    file_info info;
    assert_fails_naming(file_create(missing, &file), missing);
    assert_fails_naming(file_open_read(missing, &file), missing);
    assert_int_equal(file, -7);
    assert_fails_naming(file_stat(missing, &info), missing);
    assert_fails_naming(file_sync_directory(missing), missing);
    assert_fails_naming(file_make_directory(missing), missing);
    assert_fails_naming(file_rename(missing, base), missing);
    assert_fails_naming(file_exchange(missing, base), missing);
    assert_fails_naming(file_write(-1, missing, "x", 1), missing);
    assert_fails_naming(file_sync(-1, missing), missing);
    put("plain", "");
    assert_fails_naming(file_remove_tree(in_base("plain/inside")), "plain/inside");
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

static void test_link(void **state)
{
    (void)state;
    put("a", "A");
    assert_int_equal(file_link(in_base("a"), in_base("b")), WEIR_OK);
    assert_int_equal(file_link(in_base("a"), in_base("b")), WEIR_OK);
    assert_int_equal(file_remove_tree(in_base("a")), WEIR_OK);
    assert_holds("b", "A");
    assert_fails_naming(file_link(in_base("a"), in_base("c")), "/a");
}

static void count_name(void *user, const char *name)
{
    if (strcmp(name, "a") == 0) *(int *)user += 1;
    else if (strcmp(name, ".b") == 0) *(int *)user += 10;
    else *(int *)user += 100;
}

static void test_list(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(file_list(base, count_name, &count), WEIR_OK);
    assert_int_equal(count, 0);
    put("a", "");
    assert_int_equal(file_make_directory(in_base(".b")), WEIR_OK);
    assert_int_equal(file_list(base, count_name, &count), WEIR_OK);
    assert_int_equal(count, 11);
    assert_fails_naming(file_list(in_base("missing"), count_name, &count), "missing");
}

static void test_make_directories(void **state)
{
    (void)state;
    const char *names[] = {"a", "a/b/c", "a//d///e/", "f/", "./g/h"};
    file_info info;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (int again = 0; again < 2; again++)
            assert_int_equal(file_make_directories(in_base(names[i])), WEIR_OK);
        assert_int_equal(file_stat(in_base(names[i]), &info), WEIR_OK);
        assert_true(info.is_directory);
    }
    syncs = 0;
    assert_int_equal(file_make_directories(in_base("a/b/new/newer")), WEIR_OK);
    assert_int_equal(syncs, 2); /* of the directories that got an entry */
    assert_int_equal(file_make_directory(in_base("a")), WEIR_OK);
    assert_int_equal(file_make_directories("/"), WEIR_OK);
    assert_int_equal(file_make_directories("."), WEIR_OK);
    put("plain", "x");
    assert_fails_naming(file_make_directory(in_base("plain")), "plain");
    assert_fails_naming(file_make_directories(in_base("plain/more")), "plain");
    assert_fails_naming(file_make_directories(""), "directory");
}

static void test_rename_replaces(void **state)
{
    (void)state;
    put("new", "new");
    put("old", "old");
    assert_int_equal(file_rename(in_base("new"), in_base("old")), WEIR_OK);
    assert_holds("old", "new");
    assert_false(file_exists(in_base("new")));
}

static void exchange_files_and_directories(void)
{
    put("a", "A");
    put("b", "B");
    assert_int_equal(file_exchange(in_base("a"), in_base("b")), WEIR_OK);
    assert_holds("a", "B");
    assert_holds("b", "A");

    assert_int_equal(file_make_directories(in_base("one")), WEIR_OK);
    assert_int_equal(file_make_directories(in_base("two")), WEIR_OK);
    put("one/x", "X");
    put("two/y", "Y");
    put("two/z", "Z");
    assert_int_equal(file_exchange(in_base("one"), in_base("two")), WEIR_OK);
    assert_holds("two/x", "X");
    assert_holds("one/y", "Y");
    assert_false(file_exists(in_base("one/x")));
}

static void test_exchange(void **state)
{
    (void)state;
    exchange_files_and_directories();
}

static void test_exchange_where_the_system_cannot(void **state)
{
    (void)state;
    const int failures[] = {ENOSYS, EINVAL, EOPNOTSUPP};
    for (size_t i = 0; i < 3; i++) {
        exchange_failure = failures[i];
        put("a.exchange", "left over");
        exchange_files_and_directories();
        assert_false(file_exists(in_base("a.exchange")));
        assert_int_equal(file_exchange(in_base("one/"), in_base("two/")), WEIR_OK);
        assert_holds("one/x", "X");
        assert_int_equal(file_remove_tree(in_base("one")), WEIR_OK);
        assert_int_equal(file_remove_tree(in_base("two")), WEIR_OK);
    }
    exchange_failure = EACCES;
    assert_fails_naming(file_exchange(in_base("a"), in_base("b")), "/a");
}

static void test_failed_exchange_changes_nothing(void **state)
{
    (void)state;
    put("b", "B");
    for (int round = 0; round < 2; round++) {
        exchange_failure = round == 0 ? 0 : ENOSYS;
        assert_fails_naming(file_exchange(in_base("missing"), in_base("b")), "missing");
        assert_fails_naming(file_exchange(in_base("b"), in_base("missing")), "missing");
        assert_holds("b", "B");
        assert_false(file_exists(in_base("missing")));
    }
}

static void test_remove_tree(void **state)
{
    (void)state;
    assert_int_equal(file_remove_tree(in_base("missing")), WEIR_OK);
    assert_int_equal(file_make_directories(in_base("kept/deep")), WEIR_OK);
    put("kept/deep/file", "kept");
    assert_int_equal(file_make_directories(in_base("tree/a/b/c")), WEIR_OK);
    for (int i = 0; i < 100; i++) {
        char name[40];
        snprintf(name, sizeof name, "tree/a/b/%d", i);
        put(name, "x");
    }
    assert_int_equal(symlink("../../kept", in_base("tree/a/directory")), 0);
    assert_int_equal(symlink("../../kept/deep/file", in_base("tree/a/file")), 0);
    assert_int_equal(symlink("nowhere", in_base("tree/a/broken")), 0);
    assert_int_equal(symlink("kept", in_base("link")), 0);

    assert_int_equal(file_remove_tree(in_base("tree")), WEIR_OK);
    assert_false(file_exists(in_base("tree")));
    assert_int_equal(file_remove_tree(in_base("link")), WEIR_OK);
    assert_false(file_exists(in_base("link")));
    assert_holds("kept/deep/file", "kept");
    assert_int_equal(file_remove_tree(in_base("kept/deep/file")), WEIR_OK);
    assert_false(file_exists(in_base("kept/deep/file")));
    assert_true(file_exists(in_base("kept/deep")));
}

/* The directory was there when it was looked at, and is a link when it is opened. */
static void test_remove_tree_follows_no_late_link(void **state)
{
    (void)state;
    assert_int_equal(file_make_directories(in_base("kept")), WEIR_OK);
    assert_int_equal(file_make_directories(in_base("tree")), WEIR_OK);
    put("kept/file", "kept");
    assert_int_equal(symlink("../kept", in_base("tree/late")), 0);
    was_directory = "late";
    assert_fails_naming(file_remove_tree(in_base("tree")), "/tree");
    assert_null(was_directory);
    assert_holds("kept/file", "kept");
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

#define file_test(name) cmocka_unit_test_setup_teardown(name, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(test_write_and_read),
        file_test(test_interrupted_and_short_calls_go_on),
        file_test(test_read_at),
        file_test(test_failures_name_the_path),
        file_test(test_full_disk),
        file_test(test_write_at),
        file_test(test_write_past_cache),
        file_test(test_create_new_and_open_write),
        file_test(test_allocate),
        file_test(test_link),
        file_test(test_list),
        file_test(test_make_directories),
        file_test(test_rename_replaces),
        file_test(test_exchange),
        file_test(test_exchange_where_the_system_cannot),
        file_test(test_failed_exchange_changes_nothing),
        file_test(test_remove_tree),
        file_test(test_remove_tree_follows_no_late_link),
        file_test(test_stat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
