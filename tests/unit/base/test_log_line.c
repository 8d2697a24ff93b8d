#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log_line.h"

/* What a sink was told. */
typedef struct told {
    int lines;
    weir_level level;
    char text[8192];
    bool broken; /* a line was not whole */
} told;

static void remember(weir_level level, const char *text, void *user)
{
    told *told = user;
    told->lines++;
    told->level = level;
    snprintf(told->text, sizeof told->text, "%s", text);
}

static int log_to_stderr_again(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, WEIR_INFO);
    return 0;
}

static void test_sink_gets_one_line(void **state)
{
    (void)state;
    told told = {0};
    weir_set_log(remember, &told, WEIR_INFO);
    log_line(WEIR_WARNING, "two\nlines and \x1b[31m%s\n\n", "red");
    assert_int_equal(told.lines, 1);
    assert_int_equal(told.level, WEIR_WARNING);
    assert_string_equal(told.text, "two lines and  [31mred");
}

static void test_long_line_is_cut(void **state)
{
    (void)state;
    static char text[20000];
    memset(text, 'l', sizeof text - 1);
    told told = {0};
    weir_set_log(remember, &told, WEIR_INFO);
    log_line(WEIR_INFO, "%s", text);
    assert_int_equal(told.lines, 1);
    assert_in_range(strlen(told.text), 1000, sizeof told.text - 2);
}

static void test_least_level(void **state)
{
    (void)state;
    told told = {0};
    weir_set_log(remember, &told, WEIR_WARNING);
    log_line(WEIR_DEBUG, "no");
    log_line(WEIR_INFO, "no");
    assert_int_equal(told.lines, 0);
    log_line(WEIR_WARNING, "yes");
    log_line(WEIR_ERROR, "yes");
    assert_int_equal(told.lines, 2);
    weir_set_log(remember, &told, WEIR_DEBUG);
    log_line(WEIR_DEBUG, "yes");
    assert_int_equal(told.lines, 3);
}

static void test_stderr_has_prefix_and_word(void **state)
{
    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    int before = dup(STDERR_FILENO);
    assert_true(before >= 0 && dup2(pipe_ends[1], STDERR_FILENO) >= 0);
    log_line(WEIR_DEBUG, "not shown");
    log_line(WEIR_INFO, "one %d", 1);
    log_line(WEIR_WARNING, "two");
    log_line(WEIR_ERROR, "three");
    dup2(before, STDERR_FILENO);
    close(before);
    close(pipe_ends[1]);

    char text[1000];
    size_t size = 0;
    for (ssize_t got; (got = read(pipe_ends[0], text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)got;
    close(pipe_ends[0]);
    text[size] = '\0';
    assert_string_equal(text, "weir: one 1\nweir: warning: two\nweir: error: three\n");
}

static void log_from_the_sink(weir_level level, const char *text, void *user)
{
    remember(level, text, user);
    if (level == WEIR_ERROR) log_line(WEIR_INFO, "about that");
}

static void test_a_sink_may_log(void **state)
{
    (void)state;
    told told = {0};
    weir_set_log(log_from_the_sink, &told, WEIR_INFO);
    log_line(WEIR_ERROR, "failed");
    assert_int_equal(told.lines, 2);
    assert_string_equal(told.text, "about that");
}

static void test_damper_holds_back_and_says_how_often(void **state)
{
    (void)state;
    told told = {0};
    weir_set_log(remember, &told, WEIR_INFO);
    log_damper damper = {0};
    for (int i = 0; i < 6; i++) log_damped(&damper, WEIR_WARNING, "refused %d", i);
    assert_int_equal(told.lines, 1);
    assert_string_equal(told.text, "refused 0");
    assert_int_equal(damper.held_back, 5);

    damper.next_us = 1; /* as if the time had passed */
    log_damped(&damper, WEIR_WARNING, "refused again");
    assert_int_equal(told.lines, 2);
    assert_string_equal(told.text, "refused again (5 more like this were not shown)");
    assert_int_equal(damper.held_back, 0);
}

static void check_whole(weir_level level, const char *text, void *user)
{
    told *told = user;
    (void)level;
    told->lines++;
    size_t length = strlen(text);
    if (length != 100 || strspn(text, (char[]){text[0], '\0'}) != length) told->broken = true;
}

static void *log_much(void *letter)
{
    char text[101];
    memset(text, *(char *)letter, 100);
    text[100] = '\0';
    for (int i = 0; i < 500; i++) log_line(WEIR_INFO, "%s", text);
    return NULL;
}

static void test_threads_take_turns(void **state)
{
    (void)state;
    told told = {0};
    weir_set_log(check_whole, &told, WEIR_INFO);
    char letters[] = "abcd";
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, &letters[i]), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(told.lines, 2000);
    assert_false(told.broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_sink_gets_one_line, log_to_stderr_again),
        cmocka_unit_test_teardown(test_long_line_is_cut, log_to_stderr_again),
        cmocka_unit_test_teardown(test_least_level, log_to_stderr_again),
        cmocka_unit_test_teardown(test_stderr_has_prefix_and_word, log_to_stderr_again),
        cmocka_unit_test_teardown(test_a_sink_may_log, log_to_stderr_again),
        cmocka_unit_test_teardown(test_damper_holds_back_and_says_how_often, log_to_stderr_again),
        cmocka_unit_test_teardown(test_threads_take_turns, log_to_stderr_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
