/* The socket of a context that lasts: many callers at once, each with its own time; those that go
 * away, and a context that does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "recovery/control.h"
#include "weir/inspect.h"

static char place[64];
static directory home;
static requests asked;
static control served;

static int set_up(void **state)
{
    (void)state;
    snprintf(place, sizeof place, "/tmp/weir-control-XXXXXX");
    if (!mkdtemp(place)) return -1;
    directory_init(&home, place);
    requests_init(&asked);
    return directory_create(&home) == WEIR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    requests_release(&asked);
    directory_release(&home);
    return file_remove_tree(place) == WEIR_OK ? 0 : -1;
}

static void begin(void)
{
    requests_open(&asked);
    control_start(&served, &home, &asked);
    assert_true(served.listener >= 0);
}

static void end(void)
{
    requests_close(&asked);
    control_stop(&served, true);
}

/* A caller that asks without a limit, and is not waited for until it was heard. */
static int call_for_ever(void)
{
    uint64_t before = atomic_load(&asked.asked);
    const char line[] = "checkpoint -1\n";
    int caller = control_connect(&home, -1);
    assert_true(caller >= 0);
    assert_int_equal(send(caller, line, sizeof line - 1, 0), sizeof line - 1);
    while (atomic_load(&asked.asked) == before) clock_sleep_ms(1);
    return caller;
}

static void test_each_caller_has_its_own_time(void **state)
{
    (void)state;
    int64_t time_ms = 0;
    char reply[64] = "";
    begin();
    int first = call_for_ever();
    assert_int_equal(weir_request_checkpoint(place, 1, &time_ms), WEIR_TIMEOUT);
    assert_int_equal(weir_request_checkpoint(place, 0, &time_ms), WEIR_TIMEOUT);
    requests_answer(&asked, requests_newest(&asked), 700, WEIR_OK);
    assert_int_equal(recv(first, reply, sizeof reply - 1, 0), strlen("ok 700\n"));
    assert_string_equal(reply, "ok 700\n");
    close(first);
    end();
}

/* Those that ended before their answer leave their place to others. */
static void test_callers_that_went_away_are_forgotten(void **state)
{
    (void)state;
    int callers[CONTROL_CALLERS];
    int64_t time_ms;
    begin();
    for (int i = 0; i < CONTROL_CALLERS; i++) callers[i] = call_for_ever();
    assert_int_equal(weir_request_checkpoint(place, -1, &time_ms), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "ask again later"));
    for (int i = 0; i < CONTROL_CALLERS; i++) close(callers[i]);
    weir_status status = WEIR_RUNTIME;
    while (status == WEIR_RUNTIME) status = weir_request_checkpoint(place, 1, &time_ms);
    assert_int_equal(status, WEIR_TIMEOUT);
    end();
}

/* Also one that says nothing does not keep others waiting. */
static void test_a_caller_that_is_silent(void **state)
{
    (void)state;
    int64_t time_ms;
    begin();
    int silent = control_connect(&home, -1);
    int half = control_connect(&home, -1);
    assert_int_equal(send(half, "check", 5, 0), 5);
    int waiting = call_for_ever();
    assert_int_equal(weir_request_checkpoint(place, 1, &time_ms), WEIR_TIMEOUT);
    close(silent);
    close(half);
    close(waiting);
    end();
}

static void test_the_end_is_an_answer(void **state)
{
    (void)state;
    char reply[256] = "";
    begin();
    int caller = call_for_ever();
    end();
    assert_true(recv(caller, reply, sizeof reply - 1, 0) > 0);
    assert_non_null(strstr(reply, "the context has stopped before the next checkpoint"));
    close(caller);
}

static void test_what_is_not_understood(void **state)
{
    (void)state;
    char reply[256] = "";
    begin();
    int caller = control_connect(&home, -1);
    assert_int_equal(send(caller, "dance\n", 6, 0), 6);
    assert_true(recv(caller, reply, sizeof reply - 1, 0) > 0);
    assert_non_null(strstr(reply, "does not understand \"dance\""));
    close(caller);
    end();
}

/* A process that was halted takes nobody in: whoever asks has its time nevertheless, and whoever
 * looks sees that the directory is in use. */
static void test_a_context_that_does_not_answer(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int64_t time_ms;
    weir_directory_facts facts;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", place);
    int halted = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(halted, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(halted, 0), 0);
    for (int i = 0; i < 3; i++) /* the first one in its queue, the others before it */
        assert_int_equal(weir_request_checkpoint(place, 1, &time_ms), WEIR_TIMEOUT);
    assert_int_equal(weir_inspect_directory(place, &facts), WEIR_OK);
    assert_true(facts.is_in_use);
    close(halted);
    assert_int_equal(weir_request_checkpoint(place, 1, &time_ms), WEIR_NO_ELEMENT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* A start that found none left ends all the same. */
static void test_the_end_without_descriptors(void **state)
{
    (void)state;
    struct rlimit before, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    begin();
    few = before;
    few.rlim_cur = 4; /* no more than are open */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    end();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_caller_has_its_own_time),
        TEST(test_callers_that_went_away_are_forgotten),
        TEST(test_a_caller_that_is_silent),
        TEST(test_the_end_is_an_answer),
        TEST(test_the_end_without_descriptors),
        TEST(test_what_is_not_understood),
        TEST(test_a_context_that_does_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
