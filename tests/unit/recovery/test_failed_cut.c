/* A batch that a source refuses to cut takes nothing with it, in a context that lasts and has no
 * state: what other sources gave to it comes after a restart. */
#include "unit/context/harness.h"

#include "base/error.h"
#include "base/file.h"
#include "ingest/source.h"
#include "ingest/stored_dataset.h"
#include "record/value.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

static char base[64], place[80];
static bool refuses;

/* Gives the next number to each batch; one named "faulty" refuses while `refuses`. */
typedef struct counting {
    source base;
    bool is_faulty;
    int64_t next;
} counting;

static void give(int64_t number, source_batch *batch)
{
    weir_value item = weir_int(number);
    stored_dataset *dataset = stored_dataset_create(weir_list(&item, 1), 1);
    stored_dataset_give(dataset, batch);
    stored_dataset_drop(dataset);
}

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)time_ms;
    counting *self = (counting *)source;
    if (self->is_faulty && refuses) return error_set(WEIR_IO, "faulty refuses");
    give(self->next++, batch);
    return WEIR_OK;
}

static weir_value describe(source *source, const source_batch *batch)
{
    (void)batch;
    return weir_int(((counting *)source)->next - 1);
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    (void)time_ms;
    give(weir_as_int(what), batch);
    ((counting *)source)->next = weir_as_int(what) + 1;
    return WEIR_OK;
}

static weir_value save(source *source) { return weir_int(((counting *)source)->next); }

static weir_status restore(source *source, weir_value saved)
{
    ((counting *)source)->next = weir_as_int(saved);
    return WEIR_OK;
}

static void free_counting(source *source) { free(source); }

static const source_class counting_class = {.name = "counting", .cut = cut, .free = free_counting,
                                            .describe = describe, .replay = replay,
                                            .save = save, .restore = restore};

static weir_stream *add(weir_context *context, const char *text, bool is_faulty)
{
    counting *self = memory_zero_alloc(1, sizeof *self);
    self->is_faulty = is_faulty;
    self->next = 1;
    weir_stream *stream = source_add(&self->base, &counting_class, context, text);
    return source_describe_making(stream, "counting", NULL, 0);
}

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_stream *sound = add(context, "sound", false), *faulty = add(context, "faulty", true);
    weir_foreach_rdd(sound, &weir_fn_note, weir_null());
    weir_count_output(faulty);
    return weir_error(context);
}

static weir_context *start(void)
{
    weir_context *context;
    weir_options options = manual;
    assert_int_equal(weir_get_or_create(&context, place, &options, NULL, build, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    return context;
}

static int set_up(void **state)
{
    if (!scratch_make(base, sizeof base, "weir-cut")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    return setup(state);
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

static void what_it_took_comes_after_a_restart(void **state)
{
    (void)state;
    weir_context *context = start();
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    refuses = true;
    assert_int_equal(weir_advance(context, 1000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "faulty refuses"));
    refuses = false;
    /* a later record would say that the second number was given */
    assert_int_equal(weir_advance(context, 1000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "faulty refuses"));
    (void)weir_stop(context, true);
    weir_context_free(context);
    assert_string_equal(noted, "1000:[1] ");
    context = start();
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(noted, "1000:[1] 2000:[2] 3000:[3] ");
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_took_comes_after_a_restart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
