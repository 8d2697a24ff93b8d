#include "unit/ingest/harness.h"

#include "ingest/block_intake.h"
#include "support/line_server.h"

static line_server *server;
static harvest got;

static int set_up(void **state)
{
    int result = harness_set_up(state);
    weir_set_log(NULL, NULL, (weir_level)(WEIR_ERROR + 1)); /* failures are expected here */
    server = line_server_start(0);
    memset(&got, 0, sizeof got);
    return result;
}

static int tear_down(void **state)
{
    int result = harness_tear_down(state);
    if (server) line_server_stop(server);
    return result;
}

static void start_text(void)
{
    got.stream = harness_need(
        weir_socket_text_stream(harness_context(), "localhost", line_server_port(server)));
    harness_start();
}

static void start_frames(weir_converter converter)
{
    got.stream = harness_need(weir_socket_stream(
        harness_context(), "127.0.0.1", line_server_port(server), converter, weir_int(7)));
    harness_start();
}

/* The same text whatever the batches were. */
static const char *got_lines(void)
{
    for (char *at = got.text; *at; at++)
        if (*at == '|') *at = ' ';
    return got.text;
}

/* --- Text -------------------------------------------------------------------------------------
 */

static void reads_lines(void **state)
{
    (void)state;
    start_text();
    line_server_send_text(server, "one\ntwo\r\nth");
    line_server_wait(server, 10);
    line_server_send_text(server, "ree\rfour\r");
    line_server_wait(server, 10);
    line_server_send_text(server, "\nfive\n");
    run_until(harvest_reaches(&got, 5));
    assert_string_equal(got_lines(), "one two three four five ");
    assert_false(ingest_has_waiting(&test.ingest));
}

static void a_batch_is_a_split_a_block(void **state)
{
    (void)state;
    start_text();
    assert_batch(got.stream, 1000, "");
    assert_int_equal(test.partitions, 0);
    assert_false(test.batches[0].none);
    line_server_send_text(server, "one\ntwo\n");
    run_until(harvest_reaches(&got, 2));
    assert_int_equal(test.partitions, 1);
    assert_int_equal(test.batches[0].bytes, 8);
    assert_int_equal(test.ingest.waiting.used, 8);
    harness_forget_batches();
    assert_int_equal(test.ingest.waiting.used, 0);
}

static void big_blocks_are_cut(void **state)
{
    (void)state;
    start_text();
    char line[1000];
    memset(line, 'x', sizeof line);
    line[999] = '\n';
    line_server_send(server, line, sizeof line, 3000);
    run_until(line_server_pending(server) == 0 && test.ingest.waiting.used >= 2 * BLOCK_BYTES);
    size_t blocks = 0;
    while (!harvest_reaches(&got, 3000)) {
        blocks += test.partitions;
        uv_run(&test.loop, UV_RUN_NOWAIT);
    }
    assert_true(blocks + test.partitions >= 2);
    assert_int_equal(got.count, 3000);
}

static void connects_again_after_the_end(void **state)
{
    (void)state;
    start_text();
    line_server_send_text(server, "one\ntw");
    line_server_end(server, false);
    line_server_send_text(server, "three\nfour");
    line_server_end(server, false);
    run_until(harvest_reaches(&got, 4));
    assert_string_equal(got_lines(), "one tw three four ");
    assert_int_equal(line_server_connections(server), 2);
    assert_int_equal(got.refused, 0);
}

static void a_connection_that_dies_in_mid_line(void **state)
{
    (void)state;
    start_text();
    line_server_send_text(server, "one\n");
    run_until(harvest_reaches(&got, 1));
    line_server_send_text(server, "tw");
    line_server_wait(server, 20);
    line_server_end(server, true);
    line_server_send_text(server, "three\n");
    run_until(harvest_reaches(&got, 2));
    assert_string_equal(got_lines(), "one three ");
    assert_int_equal(got.refused, 1);
}

static void a_refused_port_is_tried_again(void **state)
{
    (void)state;
    line_server_stop(server);
    server = NULL;
    int port = line_server_free_port();
    got.stream = harness_need(weir_socket_text_stream(harness_context(), "localhost", port));
    harness_start();
    for (int i = 0; i < 30; i++) {
        uv_run(&test.loop, UV_RUN_NOWAIT);
        clock_sleep_ms(1);
    }
    server = line_server_start(port);
    line_server_send_text(server, "one\n");
    run_until(harvest_reaches(&got, 1));
    assert_string_equal(got_lines(), "one ");
}

static void a_line_of_100_mb(void **state)
{
    (void)state;
    start_text();
    char *bytes = memory_alloc(1 << 20);
    memset(bytes, 'x', 1 << 20);
    line_server_send_text(server, "one\n");
    line_server_send(server, bytes, 1 << 20, 100);
    line_server_send_text(server, "\ntwo\n");
    free(bytes);
    run_until(harvest_reaches(&got, 2));
    assert_string_equal(got_lines(), "one two ");
    assert_int_equal(got.refused, 1);
}

static void lines_that_come_whole_are_refused_too(void **state)
{
    (void)state;
    test.ingest.max_record_bytes = 5;
    start_text();
    line_server_send_text(server, "one\nsixsix\n12345\n");
    run_until(harvest_reaches(&got, 2));
    assert_string_equal(got_lines(), "one 12345 ");
    assert_int_equal(got.refused, 1);
}

static void nul_bytes_and_bad_utf8(void **state)
{
    (void)state;
    start_text();
    line_server_send(server, "a\0b\n\xff\xc3\x28\n", 8, 1);
    run_until(harvest_reaches(&got, 2));
    weir_value *values = test.read.records.values;
    assert_true(weir_equal(values[0], weir_string("a\0b", 3)));
    assert_true(weir_equal(values[1], weir_text("\xef\xbf\xbd\xef\xbf\xbd(")));
}

static void the_rate_holds_lines_back(void **state)
{
    (void)state;
    test.ingest.max_rate = 3;
    start_text();
    line_server_send_text(server, "1\n2\n3\n4\n5\n6\n7\n8\n");
    run_until(ingest_has_waiting(&test.ingest));
    harvest_reaches(&got, 1); /* one second of the manual clock each; one line was due at once */
    assert_int_equal(got.count, 4);
    harvest_reaches(&got, 1);
    assert_int_equal(got.count, 7);
    harvest_reaches(&got, 1);
    assert_string_equal(got_lines(), "1 2 3 4 5 6 7 8 ");
    assert_int_equal(got.batches, 3);
}

static void memory_that_is_used_up_stops_the_reading(void **state)
{
    (void)state;
    test.ingest.waiting.limit = 1 << 20;
    start_text();
    char line[1000];
    memset(line, 'x', sizeof line);
    line[999] = '\n';
    line_server_send(server, line, sizeof line, 30000);
    run_until(memory_budget_is_over(&test.ingest.waiting));
    for (int i = 0; i < 50; i++) {
        uv_run(&test.loop, UV_RUN_NOWAIT);
        clock_sleep_ms(1);
    }
    assert_true(test.ingest.waiting.used < 2 * BLOCK_BYTES + (1 << 20));
    run_until(harvest_reaches(&got, 30000));
    assert_int_equal(got.count, 30000);
}

static void the_block_interval_cuts_blocks(void **state)
{
    (void)state;
    test.ingest.manual_clock = false;
    test.ingest.block_interval_ms = 5;
    start_text();
    line_server_send_text(server, "one\n");
    run_until(test.ingest.waiting.used == 4);
    line_server_send_text(server, "two\n");
    run_until(test.ingest.waiting.used == 8);
    assert_int_equal(harness_cut(got.stream, 1000), WEIR_OK);
    assert_string_equal(harness_records(), "one two");
    assert_int_equal(test.partitions, 2);
}

static void what_was_received_before_the_stop_is_cut(void **state)
{
    (void)state;
    test.ingest.max_rate = 1;
    start_text();
    line_server_send_text(server, "one\ntwo\nthree\nhalf");
    run_until(ingest_has_waiting(&test.ingest));
    ingest_stop(&test.ingest);
    run_until(ingest_is_stopped(&test.ingest));
    assert_true(ingest_has_waiting(&test.ingest));
    harvest_reaches(&got, 1);
    assert_string_equal(got_lines(), "one two three ");
    assert_int_equal(got.refused, 1);
    assert_false(ingest_has_waiting(&test.ingest));
}

/* --- A log that refuses -------------------------------------------------------------------------
 */

static void append_failing(block_log *log, block *block, block_log_stored stored, void *user)
{
    (void)log;
    stored(user, block, error_set(WEIR_NO_SPACE, "the log is full"));
}

static void blocks_that_are_not_stored_are_counted(void **state)
{
    (void)state;
    block_log_class failing = *test.ingest.log->class;
    failing.append = append_failing;
    test.ingest.log->class = &failing;
    start_text();
    line_server_send_text(server, "one\n");
    run_until(harvest_reaches(&got, 0) && got.refused > 0);
    assert_int_equal(got.count, 0);
    assert_int_equal(test.ingest.waiting.used, 0);
    block_log *sound = block_log_in_memory();
    test.ingest.log->class = sound->class;
    sound->class->close(sound);
}

/* --- Converters ---------------------------------------------------------------------------------
 */

static void reads_frames(void **state)
{
    (void)state;
    start_frames(weir_length_prefixed);
    line_server_send(server, "\0\0\0\3one\0\0", 9, 1);
    line_server_wait(server, 10);
    line_server_send(server, "\0\0\0\0\0\2", 6, 1);
    line_server_wait(server, 10);
    line_server_send(server, "abc", 3, 1);
    run_until(harvest_reaches(&got, 2));
    line_server_send(server, "\0\0\0\2abx", 7, 1); /* rests of the frame before: it was cut */
    run_until(got.refused > 0 || harvest_reaches(&got, 3));
    assert_string_equal(got_lines(), "0x6f6e65 0x 0x6162 ");
}

/* Frames are a byte that says how many records come: each is (arg, byte). 'x' is wrong. */
static ptrdiff_t convert_counts(const char *bytes, size_t length, weir_value arg, weir_out *out)
{
    if (bytes[0] == 'x') return -1;
    size_t records = (size_t)(bytes[0] - '0');
    if (length < 1 + records) return 0;
    for (size_t i = 0; i < records; i++) weir_emit(out, arg, weir_string(bytes + 1 + i, 1));
    return (ptrdiff_t)(1 + records);
}

static void a_converter_gets_its_argument(void **state)
{
    (void)state;
    start_frames(convert_counts);
    line_server_send_text(server, "2ab0");
    line_server_wait(server, 5);
    line_server_send_text(server, "3c");
    line_server_wait(server, 5);
    line_server_send_text(server, "de");
    run_until(harvest_reaches(&got, 5));
    assert_string_equal(got_lines(), "(7,a) (7,b) (7,c) (7,d) (7,e) ");
}

static void wrong_bytes_end_the_connection(void **state)
{
    (void)state;
    start_frames(convert_counts);
    line_server_send_text(server, "1ax1b");
    run_until(harvest_reaches(&got, 1));
    run_until(got.refused == 1 || (harvest_reaches(&got, 1) && got.refused == 1));
    line_server_end(server, false);
    line_server_send_text(server, "1c");
    run_until(harvest_reaches(&got, 2));
    assert_string_equal(got_lines(), "(7,a) (7,c) ");
    assert_int_equal(line_server_connections(server), 2);
}

static void a_frame_that_is_too_long_ends_the_connection(void **state)
{
    (void)state;
    test.ingest.max_record_bytes = 1000;
    start_frames(weir_length_prefixed);
    line_server_send(server, "\x7f\xff\xff\xff", 4, 1);
    line_server_send_text(server, "0123456789");
    char *bytes = memory_zero_alloc(1, 100000);
    line_server_send(server, bytes, 100000, 1);
    free(bytes);
    run_until(harvest_reaches(&got, 0) && got.refused == 1);
    line_server_end(server, false);
    line_server_send(server, "\0\0\0\1a", 5, 1);
    run_until(harvest_reaches(&got, 1));
    assert_string_equal(got_lines(), "0x61 ");
}

static void the_rate_holds_frames_back(void **state)
{
    (void)state;
    test.ingest.max_rate = 2;
    start_frames(convert_counts);
    line_server_send_text(server, "1a1b1c1d1e");
    run_until(ingest_has_waiting(&test.ingest));
    harvest_reaches(&got, 1);
    size_t first = got.count;
    assert_true(first >= 1 && first <= 3);
    run_until(harvest_reaches(&got, 5));
    assert_true(got.batches >= 2);
}

static void half_a_frame_at_the_end_is_refused(void **state)
{
    (void)state;
    start_frames(convert_counts);
    line_server_send_text(server, "1a3b");
    line_server_end(server, false);
    line_server_send_text(server, "1c");
    run_until(harvest_reaches(&got, 2));
    assert_string_equal(got_lines(), "(7,a) (7,c) ");
    assert_int_equal(got.refused, 1);
}

/* --- Building, starting, stopping ---------------------------------------------------------------
 */

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    assert_null(weir_socket_text_stream(harness_context(), NULL, 1));
    assert_null(weir_socket_text_stream(harness_context(), "localhost", 0));
    assert_null(weir_socket_text_stream(harness_context(), "localhost", 65536));
    assert_null(weir_socket_stream(harness_context(), "localhost", 1, NULL, weir_null()));
    assert_int_equal(test.lineage.status, WEIR_ILLEGAL_ARGUMENT);
}

/* At any moment: resolving, connecting, connected, waiting to connect again. */
static void stops_at_any_moment(void **state)
{
    (void)state;
    for (int turns = 0; turns < 8; turns++) {
        if (turns > 0) set_up(state);
        test.ingest.restart_delay_ms = turns % 2 ? 10000 : 0;
        start_text();
        line_server_send_text(server, "one\n");
        if (turns > 4) line_server_end(server, turns == 6);
        for (int i = 0; i < turns * 3; i++) {
            uv_run(&test.loop, UV_RUN_NOWAIT);
            clock_sleep_ms(turns > 2);
        }
        ingest_stop(&test.ingest);
        ingest_stop(&test.ingest); /* again: nothing */
        run_until(ingest_is_stopped(&test.ingest));
        if (turns < 7) assert_int_equal(tear_down(state), 0);
    }
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(reads_lines),
        unit(a_batch_is_a_split_a_block),
        unit(big_blocks_are_cut),
        unit(connects_again_after_the_end),
        unit(a_connection_that_dies_in_mid_line),
        unit(a_refused_port_is_tried_again),
        unit(a_line_of_100_mb),
        unit(lines_that_come_whole_are_refused_too),
        unit(nul_bytes_and_bad_utf8),
        unit(the_rate_holds_lines_back),
        unit(memory_that_is_used_up_stops_the_reading),
        unit(the_block_interval_cuts_blocks),
        unit(what_was_received_before_the_stop_is_cut),
        unit(blocks_that_are_not_stored_are_counted),
        unit(reads_frames),
        unit(a_converter_gets_its_argument),
        unit(wrong_bytes_end_the_connection),
        unit(a_frame_that_is_too_long_ends_the_connection),
        unit(the_rate_holds_frames_back),
        unit(half_a_frame_at_the_end_is_refused),
        unit(refuses_wrong_arguments),
        unit(stops_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
