/* What is removed next gives its room back, what others still have stays whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/large_files.h"

enum { LARGE = 17 << 20, SMALL = 1 << 20 };

static char base[64];

static const char *in_base(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", base, name);
    return path;
}

static void make(const char *name, off_t size)
{
    int descriptor = open(in_base(name), O_WRONLY | O_CREAT | O_EXCL, 0644);
    assert_true(descriptor >= 0);
    assert_int_equal(ftruncate(descriptor, size), 0);
    close(descriptor);
}

static int64_t size_of(const char *name)
{
    file_info info;
    assert_int_equal(file_stat(in_base(name), &info), WEIR_OK);
    return info.size;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "test_large_files.XXXXXX");
    if (!mkdtemp(base)) return -1;
    make("large", LARGE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

static void empties_large_ones(void **state)
{
    (void)state;
    make("another", LARGE + 1);
    make("small", SMALL);
    large_files_empty(base, 1000);
    assert_int_equal(size_of("large"), 0);
    assert_int_equal(size_of("another"), 0);
    assert_int_equal(size_of("small"), SMALL);
    large_files_empty("no/such/directory", 1000);
}

static void leaves_what_has_another_name(void **state)
{
    char other[80], name[96];
    (void)state;
    make("linked", LARGE);
    snprintf(other, sizeof other, "%s.linked", base);
    assert_int_equal(file_link(in_base("linked"), other), WEIR_OK);
    snprintf(name, sizeof name, "../%s", other);
    assert_int_equal(symlink(name, in_base("name")), 0);
    large_files_empty(base, 1000);
    assert_int_equal(size_of("large"), 0);
    assert_int_equal(size_of("linked"), LARGE);
    assert_int_equal(file_remove_tree(in_base("linked")), WEIR_OK);
    large_files_empty(base, 1000);
    file_info info;
    assert_int_equal(file_stat(other, &info), WEIR_OK);
    assert_int_equal(info.size, LARGE); /* not through the symbolic link */
    assert_int_equal(file_remove_tree(other), WEIR_OK);
}

static void leaves_what_is_read(void **state)
{
    (void)state;
    int first = large_files_hold(base), second = large_files_hold(base);
    assert_true(first >= 0 && second >= 0);
    large_files_release(first);
    large_files_empty(base, 1000);
    assert_int_equal(size_of("large"), LARGE);
    large_files_release(second);
    large_files_empty(base, 1000);
    assert_int_equal(size_of("large"), 0);
    assert_int_equal(large_files_hold("no/such/directory"), -1);
    large_files_release(-1);
}

/* What is left is for the removal. */
static void ends_when_its_rests_are_over(void **state)
{
    (void)state;
    large_files_empty(base, 0);
    assert_int_equal(size_of("large"), LARGE);
    large_files_empty(base, 20);
    assert_int_equal(size_of("large"), 1 << 20);
}

static void removes_one_bit_by_bit(void **state)
{
    (void)state;
    int64_t rests_ms = 1000;
    int before = open(in_base("large"), O_RDONLY);
    struct stat is;
    assert_int_equal(large_file_remove(in_base("large"), &rests_ms), WEIR_OK);
    assert_int_equal(rests_ms, 970);
    assert_false(file_exists(in_base("large")));
    assert_int_equal(fstat(before, &is), 0); /* who does not hold it has lost it */
    assert_int_equal(is.st_size, 0);
    close(before);
    assert_int_equal(large_file_remove(in_base("large"), &rests_ms), WEIR_OK); /* is not there */
    make("small", SMALL);
    assert_int_equal(large_file_remove(in_base("small"), &rests_ms), WEIR_OK);
    assert_false(file_exists(in_base("small")));
    assert_int_equal(rests_ms, 970);
}

static void removes_no_byte_of_what_is_held(void **state)
{
    (void)state;
    int64_t rests_ms = 1000;
    struct stat is;
    int reader = open(in_base("large"), O_RDONLY), late = open(in_base("large"), O_RDONLY);
    assert_true(large_file_hold(reader));
    assert_int_equal(large_file_remove(in_base("large"), &rests_ms), WEIR_OK);
    assert_false(file_exists(in_base("large")));
    assert_int_equal(fstat(reader, &is), 0);
    assert_int_equal(is.st_size, LARGE);
    close(reader);
    assert_true(large_file_hold(late));
    close(late);
}

static void leaves_the_other_name_of_one(void **state)
{
    (void)state;
    int64_t rests_ms = 1000;
    char other[80];
    snprintf(other, sizeof other, "%s.linked", base);
    assert_int_equal(file_link(in_base("large"), other), WEIR_OK);
    assert_int_equal(large_file_remove(in_base("large"), &rests_ms), WEIR_OK);
    file_info info;
    assert_int_equal(file_stat(other, &info), WEIR_OK);
    assert_int_equal(info.size, LARGE);
    assert_int_equal(file_remove_tree(other), WEIR_OK);
}

static void what_is_being_removed_cannot_be_held(void **state)
{
    (void)state;
    int remover = open(in_base("large"), O_WRONLY), reader = open(in_base("large"), O_RDONLY);
    assert_int_equal(flock(remover, LOCK_EX | LOCK_NB), 0);
    assert_false(large_file_hold(reader));
    close(remover);
    assert_true(large_file_hold(reader));
    close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empties_large_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_has_another_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_when_its_rests_are_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_one_bit_by_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_no_byte_of_what_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_the_other_name_of_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_being_removed_cannot_be_held, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
