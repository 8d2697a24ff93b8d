#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/path_set.h"

static void finds_what_was_added(void **state)
{
    (void)state;
    path_set set = {0};
    assert_null(path_set_find(&set, "a"));
    char path[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "p/%d", i);
        path_set_add(&set, path, i, 50);
    }
    path_set_add(&set, "p/7", 5000, 50);
    assert_int_equal(set.count, 1000);
    assert_int_equal(path_set_find(&set, "p/999")->stamp, 999);
    assert_int_equal(path_set_find(&set, "p/7")->stamp, 5000);
    assert_null(path_set_find(&set, "p/1000"));
    path_set_release(&set);
}

static void expires_by_stamp(void **state)
{
    (void)state;
    path_set set = {0}, expired = {0};
    char path[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "%d", i);
        path_set_add(&set, path, i % 10, i);
    }
    path_set_expire(&set, 3, &expired, 77);
    assert_int_equal(set.count, 700);
    assert_int_equal(expired.count, 300);
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "%d", i);
        assert_int_equal(path_set_find(&set, path) != NULL, i % 10 >= 3);
        if (i % 10 >= 3) continue;
        assert_int_equal(path_set_find(&expired, path)->stamp, 77);
        assert_int_equal(path_set_find(&expired, path)->modified_ms, i);
    }
    path_set_expire(&set, 100, NULL, 0);
    assert_int_equal(set.count, 0);
    path_set_add(&set, "again", 1, 50);
    assert_non_null(path_set_find(&set, "again"));
    path_set_release(&set);
    path_set_release(&expired);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(expires_by_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
