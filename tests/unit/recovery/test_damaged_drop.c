/* A checkpoint whose state opens, and turns out to be damaged when what is given up is dropped:
 * the one before is taken, and nothing of the first one stays open. */
#include "unit/context/harness.h"

#include <dlfcn.h>
#include <rocksdb/c.h>

#include "base/file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

static char base[64], place[80];
static int damages; /* so many drops find damage */

/* Takes the place of RocksDB's. */
void rocksdb_drop_column_family(rocksdb_t *database, rocksdb_column_family_handle_t *family,
                                char **error)
{
    static void (*real)(rocksdb_t *, rocksdb_column_family_handle_t *, char **);
    void *found = dlsym(RTLD_NEXT, "rocksdb_drop_column_family");
    if (damages-- > 0) {
        *error = strdup("Corruption: of this test");
        return;
    }
    assert_non_null(found);
    memcpy(&real, &found, sizeof real);
    real(database, family, error);
}

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_stream *lines = weir_text_file_stream(context, base, NULL);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_state_options options = {.name = "kept"};
    return weir_count_output(
        weir_update_state_by_key(pairs, &weir_fn_sum_update, weir_null(), &options));
}

/* A run ends in a checkpoint. `dropped`: state that is given up, or NULL. */
static weir_context *start(const char *dropped)
{
    weir_context *context;
    weir_options options = manual;
    weir_durability durability = {.drop_state = &dropped, .drop_state_count = dropped != NULL};
    assert_int_equal(weir_get_or_create(&context, place, &options, &durability, build, NULL),
                     WEIR_OK);
    weir_status status = weir_start(context);
    if (status != WEIR_OK) print_message("%s\n", weir_last_error());
    assert_int_equal(status, WEIR_OK);
    return context;
}

static void finish(weir_context *context)
{
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
}

static void the_one_before_is_taken(void **state)
{
    (void)state;
    weir_resumption resumption;
    finish(start(NULL));
    finish(start(NULL));
    damages = 1;
    weir_context *context = start("kept");
    assert_int_equal(weir_get_resumption(context, &resumption), WEIR_OK);
    assert_int_equal(resumption.checkpoint_ms, 1000);
    assert_int_equal(damages, -1);
    finish(context);
    finish(start(NULL));
}

static int set_up(void **state)
{
    if (!scratch_make(base, sizeof base, "weir-drop")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    return setup(state);
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_one_before_is_taken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
