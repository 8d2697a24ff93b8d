/* What listeners are told of receivers and sockets: spec 03 S-45, 05 §3. */
#include "unit/context/harness.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static weir_receiver *_Atomic receiver;
static atomic_int starts, failing;
static char heard[2048];
static pthread_t teller;

static weir_status on_start(weir_receiver *self, void *user)
{
    (void)user;
    receiver = self;
    starts++;
    if (failing > 0) {
        failing--;
        return WEIR_IO;
    }
    return WEIR_OK;
}

static void on_stop(weir_receiver *self, void *user) { (void)self, (void)user; }

static const weir_receiver_class player = {"player", on_start, on_stop};

static void hear(const weir_receiver_event *event, void *user)
{
    static const char *const words[] = {"", "started", "error", "stopped"};
    size_t length = strlen(heard);
    snprintf(heard + length, sizeof heard - length, "%s %s #%d %s%s%s; ", event->name,
             words[event->kind], event->stream_id, event->is_active ? "active" : "idle",
             *event->error ? ": " : "", event->error);
    assert_int_equal(event->error_ms == -1, !*event->error);
    teller = pthread_self();
    assert_ptr_equal(user, heard);
    weir_stop(weir_get_active(), false); /* is refused: C-21 */
}

static void wait_until_started(int times)
{
    while (starts < times) nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static weir_context *start_player(void)
{
    heard[0] = '\0';
    starts = 0;
    weir_context *context = create(&manual);
    weir_stream *records = weir_receiver_stream(context, &player, NULL);
    assert_int_equal(weir_count_output(records), WEIR_OK);
    assert_int_equal(weir_on_receiver(context, hear, heard), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    wait_until_started(1);
    return context;
}

static void a_receiver_starts_errs_restarts_and_stops(void **state)
{
    (void)state;
    failing = 0;
    weir_context *context = start_player();
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(heard, "player-0 started #0 active; ");
    assert_false(pthread_equal(teller, pthread_self()));
    weir_receiver_report_error(receiver, "lost a page");
    weir_receiver_restart(receiver, "turned over", 0);
    wait_until_started(2);
    heard[0] = '\0';
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(heard, "player-0 error #0 active: lost a page; "
                               "player-0 error #0 active: turned over; "
                               "player-0 stopped #0 idle: turned over; "
                               "player-0 started #0 active: turned over; ");
    heard[0] = '\0';
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_string_equal(heard, "player-0 stopped #0 idle: turned over; ");
    weir_context_free(context);
}

static void a_start_that_fails_is_told(void **state)
{
    (void)state;
    failing = 1; /* and is tried again after two seconds, for which nobody waits */
    weir_context *context = start_player();
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_string_equal(heard, "player-0 started #0 active; "
                               "player-0 error #0 active: input/output error; "
                               "player-0 stopped #0 idle: input/output error; ");
    weir_context_free(context);
}

/* A port that nobody listens on. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int closed = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(closed, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(closed, (struct sockaddr *)&address, &size), 0);
    close(closed);
    return ntohs(address.sin_port);
}

static void a_socket_that_is_refused(void **state)
{
    (void)state;
    heard[0] = '\0';
    weir_context *context = create(&manual);
    weir_stream *lines = weir_socket_text_stream(context, "127.0.0.1", free_port());
    assert_int_equal(weir_count_output(lines), WEIR_OK);
    assert_int_equal(weir_on_receiver(context, hear, heard), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    while (!strstr(heard, "stopped")) assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    assert_non_null(strstr(heard, "started #0 active; "));
    assert_non_null(strstr(heard, "error #0 active: connection refused; "));
    assert_non_null(strstr(heard, "stopped #0 idle: connection refused; "));
    weir_context_free(context);
}

static void what_it_refuses(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_on_receiver(context, NULL, NULL), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_on_receiver(context, hear, heard), WEIR_ILLEGAL_STATE);
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_receiver_starts_errs_restarts_and_stops, setup),
        cmocka_unit_test_setup(a_start_that_fails_is_told, setup),
        cmocka_unit_test_setup(a_socket_that_is_refused, setup),
        cmocka_unit_test_setup(what_it_refuses, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
