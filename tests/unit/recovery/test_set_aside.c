/* What weir/inspect.h says of checkpoints that were set aside, in a directory made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "support/scratch.h"
#include "weir/inspect.h"

static char base[64];

/* Makes a file of so many bytes; missing folders too. */
static void make_file(const char *folder, const char *name, size_t bytes)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/checkpoints/%s", base, folder);
    assert_int_equal(file_make_directories(path), WEIR_OK);
    (void)snprintf(path, sizeof path, "%s/checkpoints/%s/%s", base, folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++) fputc('x', file);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!scratch_make(base, sizeof base, "weir-aside")) return -1;
    make_file("3000", "MANIFEST", 100);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

typedef struct names {
    char text[128];
    size_t most; /* ends the visit there; 0: never */
    size_t count;
} names;

static bool note(const char *name, void *user)
{
    names *names = user;
    size_t length = strlen(names->text);
    (void)snprintf(names->text + length, sizeof names->text - length, "%s ", name);
    return ++names->count != names->most;
}

static void they_are_named_in_order(void **state)
{
    (void)state;
    names none = {.most = 0}, all = {.most = 0}, first = {.most = 1};
    assert_int_equal(weir_inspect_set_aside(base, note, &none), WEIR_OK);
    assert_string_equal(none.text, "");
    make_file("quarantine/2000.10", "MANIFEST", 3);
    make_file("quarantine/10000", "MANIFEST", 4);
    make_file("quarantine/2000.2", "MANIFEST", 5);
    make_file("quarantine/2000", "MANIFEST", 6);
    make_file("quarantine/notes", "of somebody", 7);
    assert_int_equal(weir_inspect_set_aside(base, note, &all), WEIR_OK);
    assert_string_equal(all.text, "2000 2000.2 2000.10 10000 ");
    assert_int_equal(weir_inspect_set_aside(base, note, &first), WEIR_OK);
    assert_string_equal(first.text, "2000 ");
}

/* A file that a checkpoint shares goes on being that checkpoint's alone. */
static void what_they_have_alone_counts(void **state)
{
    (void)state;
    char from[128], to[128];
    weir_directory_facts facts;
    make_file("quarantine/2000", "MANIFEST", 6);
    (void)snprintf(from, sizeof from, "%s/checkpoints/3000/MANIFEST", base);
    (void)snprintf(to, sizeof to, "%s/checkpoints/quarantine/2000/shared", base);
    assert_int_equal(file_link(from, to), WEIR_OK);
    assert_int_equal(weir_inspect_directory(base, &facts), WEIR_OK);
    assert_int_equal(facts.set_aside, 1);
    assert_int_equal(facts.set_aside_bytes, 6);
    assert_int_equal(facts.checkpoints, 1);
    assert_int_equal(facts.checkpoint_bytes, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_are_named_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_they_have_alone_counts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
