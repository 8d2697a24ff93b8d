/* What is removed next gives its room back, what others still have stays whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empties_large_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_has_another_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_when_its_rests_are_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_is_read, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
