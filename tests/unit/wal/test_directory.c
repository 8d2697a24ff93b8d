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
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "support/log_files.h"
#include "wal/directory.h"

/* A file system without hard links: it takes the place of the C library's. */
static int link_failure;

int link(const char *from, const char *to)
{
    errno = link_failure;
    return link_failure ? -1 : linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void assert_listed(const uint64_t *numbers, size_t count)
{
    wal_segment_list list = {0};
    assert_int_equal(wal_directory_list(log_files, &list), WEIR_OK);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(list.numbers[i], numbers[i]);
    wal_segment_list_release(&list);
}

static void put(const char *name)
{
    char path[400];
    int file;
    snprintf(path, sizeof path, "%s/%s", log_files, name);
    assert_int_equal(file_create(path, &file), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
}

static void test_names(void **state)
{
    (void)state;
    char *path = wal_directory_segment("log", 42);
    assert_string_equal(path, "log/0000000000000042.segment");
    free(path);
    path = wal_directory_segment("log", UINT64_C(12345678901234567));
    assert_string_equal(path, "log/12345678901234567.segment");
    free(path);
}

static void test_list(void **state)
{
    (void)state;
    const uint64_t numbers[] = {2, 9, 10, 12345678901234567};
    const char *const others[] = {"0000000000000003.segment.tmp", "4.segment", "quarantine",
                                  "000000000000000x.segment",     "segment",   "0000000000000005",
                                  "00000000000000006.segment",    "0000000000000000.segment"};
    assert_listed(NULL, 0);
    for (size_t i = 4; i-- > 0;) log_files_write(numbers[i], "x", 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) put(others[i]);
    assert_listed(numbers, 4);
    wal_segment_list list = {0};
    assert_int_equal(wal_directory_list("/missing/log", &list), WEIR_OK); /* it is made anew */
    assert_int_equal(list.count, 0);
    assert_int_equal(wal_directory_list("/proc/self/exe", &list), WEIR_IO);
    assert_non_null(strstr(error_text(), "/proc/self/exe"));
}

static void test_drop_before(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 5; i++) log_files_write(i, "x", 1);
    assert_int_equal(wal_directory_drop_before(log_files, 1), WEIR_OK);
    assert_listed((const uint64_t[]){1, 2, 3, 4, 5}, 5);
    assert_int_equal(wal_directory_drop_before(log_files, 3), WEIR_OK);
    assert_listed((const uint64_t[]){3, 4, 5}, 3);
    assert_int_equal(wal_directory_drop_before(log_files, 99), WEIR_OK); /* never the newest */
    assert_listed((const uint64_t[]){5}, 1);
}

/* Damaged segments go on being read, and outlive the log. */
static void test_quarantine(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 3; i++) log_files_write(i, "damaged", 7);
    assert_int_equal(wal_directory_quarantine(log_files, 1), WEIR_OK);
    assert_int_equal(wal_directory_quarantine(log_files, 1), WEIR_OK);
    assert_listed((const uint64_t[]){1, 2, 3}, 3);
    assert_int_equal(wal_directory_drop_before(log_files, 3), WEIR_OK);
    assert_listed((const uint64_t[]){3}, 1);
    assert_true(log_files_has("quarantine/0000000000000001.segment"));
    assert_false(log_files_has("quarantine/0000000000000002.segment"));
    assert_int_equal(wal_directory_quarantine(log_files, 2), WEIR_OK); /* what is missing, is */
    assert_false(log_files_has("quarantine/0000000000000002.segment"));
}

/* Where it can have no second name there is a copy, one for all starts. */
static void test_quarantine_without_links(void **state)
{
    (void)state;
    static const char kept[] = "quarantine/0000000000000001.segment";
    enum { SIZE = (1 << 20) + 7 };
    char path[400], *bytes = calloc(1, SIZE), *read = malloc(SIZE);
    memcpy(bytes + SIZE - 4, "end", 3);
    log_files_write(1, bytes, SIZE);
    link_failure = EPERM;
    assert_int_equal(wal_directory_quarantine(log_files, 1), WEIR_OK);
    assert_int_equal(wal_directory_quarantine(log_files, 1), WEIR_OK);
    assert_false(log_files_has("quarantine/0000000000000001.segment.1"));
    assert_false(log_files_has("quarantine/0000000000000001.segment.tmp"));
    log_files_write(1, "another of that number", 22);
    assert_int_equal(wal_directory_quarantine(log_files, 1), WEIR_OK);
    assert_true(log_files_has("quarantine/0000000000000001.segment.1"));
    link_failure = 0;
    snprintf(path, sizeof path, "%s/%s", log_files, kept);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(read, 1, SIZE, file), SIZE);
    assert_memory_equal(read, bytes, SIZE);
    fclose(file);
    free(read);
    free(bytes);
}

/* What is in the way of the folder is none. */
static void test_quarantine_that_cannot_be(void **state)
{
    (void)state;
    log_files_write(1, "damaged", 7);
    put("quarantine");
    assert_int_equal(wal_directory_quarantine(log_files, 1), WEIR_IO);
    assert_non_null(strstr(error_text(), "quarantine"));
}

static void test_quarantine_of_a_tail(void **state)
{
    (void)state;
    wal_position from = {4, 128};
    assert_int_equal(wal_directory_quarantine_tail(log_files, from, "tail", 4), WEIR_OK);
    assert_true(log_files_has("quarantine/0000000000000004.segment.from-128"));
    assert_listed(NULL, 0);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, log_files_set_up, log_files_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_names),
        log_test(test_list),
        log_test(test_drop_before),
        log_test(test_quarantine),
        log_test(test_quarantine_without_links),
        log_test(test_quarantine_that_cannot_be),
        log_test(test_quarantine_of_a_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
