/* The states of a context and what each call does in them (spec 01 §3). */
#include "base/error.h"
#include "base/memory.h"
#include "ingest/source.h"
#include "unit/context/harness.h"

static void a_context_goes_through_its_states(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_get_state(context), WEIR_INITIALIZED);
    assert_null(weir_get_active());
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_get_state(context), WEIR_ACTIVE);
    assert_ptr_equal(weir_get_active(), context);
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_null(weir_get_active());
    weir_context_free(context);
    weir_context_free(NULL);
}

static void a_context_tells_what_it_is(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    assert_string_equal(weir_app_name(context), "test");
    assert_string_equal(weir_master(context), "local[2]");
    weir_context_free(context);
    context = create(&(weir_options){.batch_interval_ms = 1000});
    assert_string_equal(weir_app_name(context), "weir");
    assert_string_equal(weir_master(context), "local[*]");
    weir_context_free(context);
}

static void a_context_needs_a_batch_interval(void **state)
{
    (void)state;
    weir_context *context = (weir_context *)1;
    assert_int_equal(weir_context_create(&context, &(weir_options){0}), WEIR_ILLEGAL_ARGUMENT);
    assert_null(context);
    assert_int_equal(weir_context_create(&context, NULL), WEIR_ILLEGAL_ARGUMENT);
}

static void starting_twice_changes_nothing(void **state)
{
    (void)state;
    char said[1024] = "";
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_set_log(quiet, said, WEIR_WARNING);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_non_null(strstr(said, "started already"));
    push(queue, 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(noted, "1000:[1] ");
    weir_context_free(context);
}

static void nothing_starts_a_stopped_context(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
}

/* It stays usable only to be freed; and nobody waits for it ([D] after C-31). */
static void stopping_before_the_start_is_final(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_STATE);
    weir_context_free(context);
}

static void a_start_that_fails_is_final(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_ARGUMENT); /* C-50 */
    assert_non_null(strstr(weir_last_error(), "nothing to execute"));
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_null(weir_get_active());
    assert_int_equal(weir_count_output(queue), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_STATE);
    weir_context_free(context);
}

static weir_status refuse_to_start(source *source)
{
    (void)source;
    return error_set(WEIR_IO, "the well is dry");
}

static weir_status cut_nothing(source *source, int64_t time_ms, source_batch *batch)
{
    (void)source;
    (void)time_ms;
    (void)batch;
    return WEIR_OK;
}

static void free_source(source *source) { free(source); }

static const source_class dry = {
    .name = "dry", .start = refuse_to_start, .cut = cut_nothing, .free = free_source};

/* C-13: the sources that had started are stopped, and another context can start. */
static void a_source_that_does_not_start_stops_the_context(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    weir_stream *stream = source_add(memory_zero_alloc(1, sizeof(source)), &dry, context, "dry");
    assert_int_equal(weir_count_output(stream), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_IO);
    assert_string_equal(weir_last_error(), "the well is dry");
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_null(weir_get_active());
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context *next = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(next), WEIR_OK);
    weir_context_free(next);
    weir_context_free(context);
}

static void the_first_error_of_building_is_the_error_of_the_start(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_error(context), WEIR_OK);
    assert_null(weir_repartition(queue, -1));
    assert_null(weir_map(queue, NULL, weir_null()));
    assert_int_equal(weir_error(context), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "repartition"));
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "repartition"));
    weir_context_free(context);
}

/* C-10. */
static void nothing_is_added_after_the_start(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_null(weir_glom(queue));
    assert_non_null(strstr(weir_last_error(), "start"));
    assert_null(weir_queue_stream(context, true, weir_absent()));
    assert_int_equal(weir_print(queue, 1), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_on_batch(context, NULL, NULL), WEIR_ILLEGAL_ARGUMENT);
    push(queue, 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(noted, "1000:[1] ");
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    assert_null(weir_glom(queue));
    assert_non_null(strstr(weir_last_error(), "stop"));
    assert_int_equal(weir_error(context), WEIR_OK);
    weir_context_free(context);
}

/* C-12, C-14. */
static void only_one_context_is_active(void **state)
{
    (void)state;
    weir_stream *first_queue;
    weir_stream *second_queue;
    weir_context *first = create_with_queue(&manual, &first_queue);
    weir_context *second = create_with_queue(&manual, &second_queue);
    assert_int_equal(weir_start(first), WEIR_OK);
    assert_int_equal(weir_start(second), WEIR_ILLEGAL_STATE);
    assert_non_null(strstr(weir_last_error(), "StreamingContext"));
    assert_int_equal(weir_get_state(second), WEIR_INITIALIZED);
    assert_ptr_equal(weir_get_active(), first);
    assert_int_equal(weir_stop(first, false), WEIR_OK);
    assert_int_equal(weir_start(second), WEIR_OK);
    assert_ptr_equal(weir_get_active(), second);
    push(second_queue, 2);
    assert_int_equal(weir_advance(second, 1000), WEIR_OK);
    assert_string_equal(noted, "1000:[2] ");
    weir_context_free(first);
    weir_context_free(second);
    assert_null(weir_get_active());
}

static void freeing_an_active_context_stops_it(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_context_free(context);
    assert_null(weir_get_active());
}

static void contexts_come_and_go(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        noted[0] = '\0';
        weir_stream *queue;
        weir_context *context = create_with_queue(&manual, &queue);
        assert_int_equal(weir_start(context), WEIR_OK);
        push(queue, i);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
        assert_int_equal(weir_stop(context, i % 2), WEIR_OK);
        weir_context_free(context);
        char expected[32];
        snprintf(expected, sizeof expected, "1000:[%d] ", i);
        assert_string_equal(noted, expected);
    }
}

static void remember_is_set_once(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    assert_int_equal(weir_remember(context, 0), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_remember(context, 3000), WEIR_OK);
    assert_int_equal(weir_remember(context, 3000), WEIR_ILLEGAL_ARGUMENT);
    weir_context_free(context);
}

static void the_lineage_is_a_text(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    char *text = weir_lineage_text(context);
    assert_non_null(strstr(text, "queueStream"));
    assert_non_null(strstr(text, "foreachRDD"));
    free(text);
    assert_ptr_equal(weir_stream_context(queue), context);
    weir_context_free(context);
}

/* C-53. */
static void a_checkpoint_interval_needs_a_directory(void **state)
{
    (void)state;
    for (int is_volatile = 0; is_volatile <= 1; is_volatile++) {
        weir_stream *queue;
        weir_options options = manual;
        options.volatile_state = is_volatile;
        weir_context *context = create_with_queue(&options, &queue);
        assert_ptr_equal(weir_checkpoint_every(queue, 2000), queue);
        weir_status expected = is_volatile ? WEIR_OK : WEIR_ILLEGAL_ARGUMENT;
        assert_int_equal(weir_check(context, false), expected);
        assert_int_equal(weir_check(context, true), WEIR_ILLEGAL_ARGUMENT); /* a queue */
        assert_int_equal(weir_start(context), expected);
        if (!is_volatile) assert_non_null(strstr(weir_last_error(), "has a checkpoint interval"));
        if (is_volatile) assert_null(weir_checkpoint_every(queue, 2000)); /* spec 01 §3 */
        weir_context_free(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_checkpoint_interval_needs_a_directory, setup),
        cmocka_unit_test_setup(a_context_goes_through_its_states, setup),
        cmocka_unit_test_setup(a_context_tells_what_it_is, setup),
        cmocka_unit_test_setup(a_context_needs_a_batch_interval, setup),
        cmocka_unit_test_setup(starting_twice_changes_nothing, setup),
        cmocka_unit_test_setup(nothing_starts_a_stopped_context, setup),
        cmocka_unit_test_setup(stopping_before_the_start_is_final, setup),
        cmocka_unit_test_setup(a_start_that_fails_is_final, setup),
        cmocka_unit_test_setup(a_source_that_does_not_start_stops_the_context, setup),
        cmocka_unit_test_setup(the_first_error_of_building_is_the_error_of_the_start, setup),
        cmocka_unit_test_setup(nothing_is_added_after_the_start, setup),
        cmocka_unit_test_setup(only_one_context_is_active, setup),
        cmocka_unit_test_setup(freeing_an_active_context_stops_it, setup),
        cmocka_unit_test_setup(contexts_come_and_go, setup),
        cmocka_unit_test_setup(remember_is_set_once, setup),
        cmocka_unit_test_setup(the_lineage_is_a_text, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
