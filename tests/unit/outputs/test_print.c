/* print, byte for byte (O-60), and what happens when nobody reads it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "outputs/outputs.h"
#include "unit/context/harness.h"

#define RULE "-------------------------------------------\n"

static char *text;
static size_t text_size;
static FILE *memory;

static int open_memory(void **state)
{
    memory = open_memstream(&text, &text_size);
    output_print_to(memory);
    return setup(state);
}

static int close_memory(void **state)
{
    (void)state;
    output_print_to(NULL);
    fclose(memory);
    free(text);
    return 0;
}

/* Prints `count` of the ints 1 .. records, in `partitions` partitions, as the batch of 1000 ms. */
static void print_ints(int count, int64_t records, int partitions)
{
    weir_value items[64];
    for (int64_t i = 0; i < records; i++) items[i] = weir_int(i + 1);
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    assert_int_equal(weir_print(queue, count), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, (size_t)records), partitions);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    weir_context_free(context);
    fflush(memory);
}

static void an_empty_batch_is_a_frame(void **state)
{
    (void)state;
    print_ints(10, 0, 1);
    assert_string_equal(text, RULE "Time: 1000 ms\n" RULE "\n");
}

static void all_records_without_dots(void **state)
{
    (void)state;
    print_ints(3, 3, 2);
    assert_string_equal(text, RULE "Time: 1000 ms\n" RULE "1\n2\n3\n\n");
}

static void dots_when_there_are_more(void **state)
{
    (void)state;
    print_ints(3, 4, 3);
    assert_string_equal(text, RULE "Time: 1000 ms\n" RULE "1\n2\n3\n...\n\n");
}

static void none_of_some_is_dots_only(void **state)
{
    (void)state;
    print_ints(0, 1, 1);
    assert_string_equal(text, RULE "Time: 1000 ms\n" RULE "...\n\n");
}

static void records_are_written_as_text(void **state)
{
    (void)state;
    weir_value list[] = {weir_text("x"), weir_double(3.0)};
    weir_value items[] = {weir_null(), weir_bool(true), weir_text("two words"),
                          weir_pair(weir_text("k"), weir_pair(weir_int(1), weir_null())),
                          weir_list(list, 2), weir_text("")};
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_print(queue, 10);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, 6), 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    weir_context_free(context);
    assert_string_equal(text, RULE "Time: 1000 ms\n" RULE
                                   "null\ntrue\ntwo words\n(k,(1,null))\n[x, 3.0]\n\n\n");
}

static uint64_t taken;

static void keep_taken(const weir_batch_summary *summary, void *user)
{
    (void)user;
    taken = summary->output_records[0];
}

/* It computes no partition that it does not need. */
static _Atomic int computed;

static void count_calls(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                        weir_value *out_value)
{
    (void)arg;
    computed++;
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(count_calls)

static void it_takes_one_more_than_it_prints(void **state)
{
    (void)state;
    weir_value items[60];
    for (int i = 0; i < 60; i++) items[i] = weir_int(i);
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_print(weir_map(queue, &weir_fn_count_calls, weir_null()), 2);
    weir_on_batch(context, keep_taken, NULL);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, 60), 12);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    weir_context_free(context);
    assert_int_equal(taken, 3);
    assert_int_equal(computed, 5); /* the first partition has five */
}

/* Prints one batch into the file and gives what weir_advance answers. */
static weir_status print_into(FILE *file)
{
    assert_non_null(file);
    output_print_to(file);
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_print(queue, 2);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_status status = weir_advance(context, 1000);
    weir_context_free(context);
    output_print_to(NULL);
    fclose(file);
    return status;
}

static void a_reader_that_has_gone_ends_it_quietly(void **state)
{
    char said[1024] = "";
    setup(state);
    weir_set_log(quiet, said, WEIR_INFO);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(print_into(fdopen(ends[1], "w")), WEIR_CLOSED);
    assert_string_equal(said, "");
}

static void a_full_disk_is_an_error(void **state)
{
    setup(state);
    if (access("/dev/full", W_OK) != 0) skip();
    assert_int_equal(print_into(fopen("/dev/full", "w")), WEIR_NO_SPACE);
    assert_non_null(strstr(weir_last_error(), "standard output cannot be written"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_batch_is_a_frame, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(all_records_without_dots, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(dots_when_there_are_more, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(none_of_some_is_dots_only, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(records_are_written_as_text, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(it_takes_one_more_than_it_prints, open_memory,
                                        close_memory),
        cmocka_unit_test(a_reader_that_has_gone_ends_it_quietly),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
