#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"

static void test_set_keeps_status_and_text(void **state)
{
    (void)state;
    assert_int_equal(error_set(WEIR_IO, "%s: line %d", "job", 3), WEIR_IO);
    assert_string_equal(weir_last_error(), "job: line 3");
    assert_int_equal(error_set(WEIR_RUNTIME, "because: %s", error_text()), WEIR_RUNTIME);
    assert_string_equal(error_text(), "because: job: line 3");
    assert_int_equal(error_prefix(WEIR_DAMAGED, "batch %d", 9), WEIR_DAMAGED);
    assert_string_equal(error_text(), "batch 9: because: job: line 3");
}

static void test_text_is_one_line(void **state)
{
    (void)state;
    error_set(WEIR_IO, "%s: cannot open", "two\nlines\r\t\x1b[31m\x7f");
    assert_string_equal(error_text(), "two lines   [31m : cannot open");
}

static void test_errno_decides_no_space(void **state)
{
    (void)state;
    errno = ENOENT;
    assert_int_equal(error_set_errno(WEIR_IO, "file"), WEIR_IO);
    assert_string_equal(error_text(), "file: No such file or directory");
    errno = ENOSPC;
    assert_int_equal(error_set_errno(WEIR_IO, "file"), WEIR_NO_SPACE);
    errno = EDQUOT;
    assert_int_equal(error_set_errno(WEIR_IO, "file"), WEIR_NO_SPACE);
}

static void test_long_text_is_cut(void **state)
{
    (void)state;
    char text[3 * ERROR_TEXT_MAX];
    memset(text, 'z', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(WEIR_IO, "%s", text);
    assert_int_equal(strlen(error_text()), ERROR_TEXT_MAX - 1);
    error_prefix(WEIR_IO, "%s", text);
    assert_int_equal(strlen(error_text()), ERROR_TEXT_MAX - 1);
}

static void *fail_elsewhere(void *text)
{
    if (error_text()[0] != '\0') return NULL;
    error_set(WEIR_IO, "elsewhere");
    return text;
}

static void test_each_thread_has_its_own(void **state)
{
    (void)state;
    error_set(WEIR_IO, "here");
    pthread_t thread;
    void *answer = NULL;
    char was_empty = 'y';
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &was_empty), 0);
    assert_int_equal(pthread_join(thread, &answer), 0);
    assert_ptr_equal(answer, &was_empty);
    assert_string_equal(error_text(), "here");
}

static void test_every_status_has_a_text(void **state)
{
    (void)state;
    for (int status = WEIR_OK; status <= WEIR_NO_CHECKPOINT; status++)
        assert_string_not_equal(weir_status_text((weir_status)status), "unknown status");
    assert_string_equal(weir_status_text((weir_status)1000), "unknown status");
    assert_string_equal(weir_status_text(WEIR_ILLEGAL_ARGUMENT), "illegal argument");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_keeps_status_and_text),
        cmocka_unit_test(test_text_is_one_line),
        cmocka_unit_test(test_errno_decides_no_space),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_each_thread_has_its_own),
        cmocka_unit_test(test_every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
