#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log_line.h"
#include "monitor/receiver_events.h"

static char heard[256], a[] = "a", b[] = "b", nobody[] = "";
static int told;

static void hear(const weir_receiver_event *event, void *user)
{
    told++;
    size_t length = strlen(heard);
    snprintf(heard + length, sizeof heard - length, "%s%d:%s:%s ", (const char *)user,
             (int)event->kind, event->name, event->error);
}

static void keep(weir_level level, const char *text, void *user)
{
    (void)level;
    snprintf(user, 256, "%s", text);
}

static void post(receiver_events *events, weir_receiver_event_kind kind)
{
    char name[] = "r-0", error[] = "lost"; /* copied: they are gone when the event is told */
    receiver_events_post(events, &(weir_receiver_event){kind, 0, name, true, error, 5});
    memset(name, 'x', 3);
    memset(error, 'x', 4);
}

static int set_up(void **state)
{
    static receiver_events events;
    receiver_events_init(&events);
    heard[0] = '\0';
    told = 0;
    *state = &events;
    return 0;
}

static int tear_down(void **state)
{
    receiver_events_release(*state);
    weir_set_log(NULL, NULL, WEIR_INFO);
    return 0;
}

static void all_hear_in_order_when_it_is_time(void **state)
{
    receiver_events *events = *state;
    post(events, WEIR_RECEIVER_STARTED); /* nobody listens */
    receiver_events_add(events, hear, a);
    receiver_events_add(events, hear, b);
    receiver_events_tell(events);
    assert_string_equal(heard, "");
    post(events, WEIR_RECEIVER_ERROR);
    post(events, WEIR_RECEIVER_STOPPED);
    assert_string_equal(heard, "");
    receiver_events_tell(events);
    assert_string_equal(heard, "a2:r-0:lost b2:r-0:lost a3:r-0:lost b3:r-0:lost ");
    receiver_events_tell(events);
    assert_int_equal(told, 4);
    post(events, WEIR_RECEIVER_STARTED); /* is freed with the rest */
}

static void what_does_not_fit_is_dropped_and_said(void **state)
{
    receiver_events *events = *state;
    char said[256] = "";
    receiver_events_add(events, hear, nobody);
    for (int i = 0; i < RECEIVER_EVENTS_MAX + 3; i++) post(events, WEIR_RECEIVER_ERROR);
    weir_set_log(keep, said, WEIR_WARNING);
    receiver_events_tell(events);
    assert_int_equal(told, RECEIVER_EVENTS_MAX);
    assert_non_null(strstr(said, "3 events of receivers were dropped"));
    said[0] = '\0';
    post(events, WEIR_RECEIVER_ERROR);
    receiver_events_tell(events);
    assert_int_equal(told, RECEIVER_EVENTS_MAX + 1);
    assert_string_equal(said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_hear_in_order_when_it_is_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_dropped_and_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
