#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/collector.h"

enum { SIZE = 420000 }; /* a multiple of all lengths below, and more than is read at once */

static char path[] = "test_split_binary.tmp";
static char bytes[SIZE];
static task worker;
static collector got;

static int set_up(void **state)
{
    (void)state;
    int descriptor;
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (char)(i * 31 + i / 251);
    task_init(&worker, 0, NULL, NULL);
    collector_init(&got, false);
    return file_create(path, &descriptor) || file_write(descriptor, path, bytes, SIZE) ||
           file_close(descriptor, path);
}

static int tear_down(void **state)
{
    (void)state;
    collector_release(&got);
    task_release(&worker);
    return unlink(path);
}

static weir_status read_split(size_t from, size_t to, size_t length)
{
    binary_split split = {.base = {&binary_split_class},
                          .path = path,
                          .from = (int64_t)from,
                          .to = (int64_t)to,
                          .length = length};
    task_begin(&worker, 0, 0);
    collector_clear(&got);
    return binary_split_class.read(&split.base, &worker, &got.sink);
}

static void every_record_is_read_whole(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 14, 15, 100, 1000, 140000, SIZE};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t length = lengths[i], from = length < SIZE / 3 ? 2 * length : 0, got_length;
        assert_int_equal(read_split(from, SIZE, length), WEIR_OK);
        assert_int_equal(got.records.count, (SIZE - from) / length);
        assert_int_equal(worker.records_in, got.records.count);
        for (size_t at = 0; at < got.records.count; at++) {
            const char *record = weir_bytes(&got.records.values[at], &got_length);
            assert_int_equal(weir_kind_of(got.records.values[at]), WEIR_BYTES);
            assert_int_equal(got_length, length);
            assert_memory_equal(record, bytes + from + at * length, length);
        }
    }
    assert_int_equal(read_split(100, 100, 10), WEIR_OK);
    assert_int_equal(got.records.count, 0);
}

static void what_does_not_fit_fails_the_task(void **state)
{
    (void)state;
    assert_int_equal(read_split(0, SIZE, 11), WEIR_IO);
    assert_non_null(strstr(worker.error, "multiple"));
    assert_int_equal(got.records.count, 0);
    assert_int_equal(read_split(0, SIZE + 100, 100), WEIR_IO);
    assert_non_null(strstr(worker.error, "shorter"));
    assert_int_equal(read_split(0, SIZE, 0), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(read_split(0, SIZE, worker.max_record_bytes + 1), WEIR_ILLEGAL_ARGUMENT);
    path[0] = 'X';
    assert_int_equal(read_split(0, SIZE, 100), WEIR_IO);
    assert_non_null(strstr(worker.error, path));
    path[0] = 't';
}

/* /proc/self/auxv is said to have 0 bytes, and has pairs of words, the last of them zero. */
static void a_file_without_size_is_read_to_its_end(void **state)
{
    (void)state;
    char auxv[] = "/proc/self/auxv";
    binary_split split = {.base = {&binary_split_class}, .path = auxv, .length = 16};
    task_begin(&worker, 0, 0);
    collector_clear(&got);
    assert_int_equal(binary_split_class.read(&split.base, &worker, &got.sink), WEIR_OK);
    assert_true(got.records.count > 5);
    const weir_value *last = &got.records.values[got.records.count - 1];
    assert_true(weir_equal(*last, weir_bytes_value((char[16]){0}, 16)));
    split.length = 16 * got.records.count + 1;
    task_begin(&worker, 0, 0);
    collector_clear(&got);
    assert_int_equal(binary_split_class.read(&split.base, &worker, &got.sink), WEIR_IO);
    assert_non_null(strstr(worker.error, "not a multiple"));
    assert_int_equal(got.records.count, 0);
}

static void what_an_empty_file_gets_later_is_not_read(void **state)
{
    (void)state;
    assert_int_equal(read_split(0, 0, 10), WEIR_OK); /* it was empty when it was chosen */
    assert_int_equal(got.records.count, 0);
}

static void the_class_frees_what_was_allocated(void **state)
{
    (void)state;
    binary_split *split = memory_zero_alloc(1, sizeof *split);
    split->base.class = &binary_split_class;
    split->path = memory_copy_text(path);
    split->base.class->free(&split->base); /* the leak checker looks */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_read_whole),
        cmocka_unit_test(what_does_not_fit_fails_the_task),
        cmocka_unit_test(a_file_without_size_is_read_to_its_end),
        cmocka_unit_test(what_an_empty_file_gets_later_is_not_read),
        cmocka_unit_test(the_class_frees_what_was_allocated),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
