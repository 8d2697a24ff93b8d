/* A list of checkpoints that could not be read to its end is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>

#include "base/error.h"
#include "base/file.h"
#include "recovery/directory.h"
#include "support/scratch.h"

enum { CHECKPOINTS = 3 };

static char base[64];
static directory the_directory;
static int entries_left = -1; /* then reading fails; negative: it never does */

/* Takes the place of the C library's. */
struct dirent *readdir(DIR *opened)
{
    static struct dirent *(*real)(DIR *);
    void *found = dlsym(RTLD_NEXT, "readdir");
    assert_non_null(found);
    memcpy(&real, &found, sizeof real);
    if (entries_left == 0) errno = EIO;
    if (entries_left == 0) return NULL;
    if (entries_left > 0) entries_left--;
    return real(opened);
}

static int set_up(void **state)
{
    (void)state;
    char path[128];
    if (!scratch_make(base, sizeof base, "weir-list")) return -1;
    directory_init(&the_directory, base);
    for (int i = 1; i <= CHECKPOINTS; i++) {
        (void)snprintf(path, sizeof path, "%s/checkpoints/%d000", base, i);
        if (file_make_directories(path) != WEIR_OK) return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    entries_left = -1;
    directory_release(&the_directory);
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

static void a_part_of_it_is_a_failure(void **state)
{
    (void)state;
    int64_t *times;
    size_t count;
    errno = EIO; /* of something before it */
    assert_int_equal(directory_list_checkpoints(&the_directory, &times, &count), WEIR_OK);
    assert_int_equal(count, CHECKPOINTS);
    for (int i = 0; i < CHECKPOINTS; i++) assert_int_equal(times[i], (i + 1) * 1000);
    free(times);
    for (int left = 0; left <= CHECKPOINTS + 2; left++) { /* two of them are "." and ".." */
        entries_left = left;
        assert_int_equal(directory_list_checkpoints(&the_directory, &times, &count), WEIR_IO);
        assert_non_null(strstr(error_text(), "checkpoints: cannot be listed"));
        assert_null(times);
        assert_int_equal(count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_part_of_it_is_a_failure, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
