/* A bounded list of files that has no name of its own is known by its first file: another list is
 * refused, a longer one goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/file.h"
#include "support/scratch.h"
#include "weir/weir.h"

enum { FILES = 4 };

static char place[64];
static char paths[FILES][96];

typedef struct order {
    int files[FILES];
    size_t count;
} order;

static weir_status build(weir_context *context, void *user)
{
    const order *order = user;
    const char *names[FILES];
    weir_state_options options = {.name = "counts"};
    for (size_t i = 0; i < order->count; i++) names[i] = paths[order->files[i]];
    weir_stream *lines = weir_text_files(context, names, order->count);
    weir_stream *ones = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_count_output(
        weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), &options));
    return weir_error(context);
}

static weir_status run(order order)
{
    static const weir_options options = {
        .app_name = "lists", .master = "local[1]", .batch_interval_ms = 1000, .partitions = 1};
    char directory[96];
    weir_context *context;
    snprintf(directory, sizeof directory, "%s/context", place);
    weir_status status = weir_get_or_create(&context, directory, &options, NULL, build, &order);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    weir_context_free(context);
    return status;
}

static void another_list_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run((order){{0, 1}, 2}), WEIR_OK);
    assert_int_equal(run((order){{3, 2, 1, 0}, 4}), WEIR_INCOMPATIBLE);
    assert_non_null(strstr(weir_last_error(), "2 files of its list were read"));
    assert_int_equal(run((order){{0, 2, 1}, 3}), WEIR_INCOMPATIBLE);
    assert_int_equal(run((order){{0, 1, 2}, 3}), WEIR_OK);
}

static void quiet(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)text;
    (void)user;
}

static int set_up(void **state)
{
    (void)state;
    weir_set_log(quiet, NULL, WEIR_ERROR);
    if (!scratch_make(place, sizeof place, "weir-other-list")) return -1;
    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%d", place, i);
        FILE *file = fopen(paths[i], "w");
        if (!file) return -1;
        fprintf(file, "%d\n", i);
        fclose(file);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(place) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_list_is_refused, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
