/* C2 where the log is synced now and then only: what was acknowledged before its sync is durable
 * when a checkpoint that refers to it is published. */
#include "unit/context/harness.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "support/scratch.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000, FILES = 3, NEVER_MS = 1000000 };

static char base[64];
static atomic_bool owes_sync;     /* something in a segment was written and not synced */
static atomic_int published;      /* checkpoints */
static atomic_bool owed_at_last;  /* when the last of them was */

static bool is_segment(int descriptor)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    return strstr(path, ".segment") != NULL;
}

/* These take the place of the C library's. */
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    if (is_segment(descriptor)) owes_sync = true;
    return syscall(SYS_pwrite64, descriptor, bytes, size, (long)offset);
}

int fdatasync(int descriptor)
{
    if (is_segment(descriptor)) owes_sync = false;
    return (int)syscall(SYS_fdatasync, descriptor);
}

int rename(const char *from, const char *to)
{
    if (strstr(from, "/.tmp-")) {
        published++;
        owed_at_last = owes_sync;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static weir_status build(weir_context *context, void *user)
{
    const char *paths[FILES];
    for (int i = 0; i < FILES; i++) paths[i] = user;
    return weir_count_output(weir_text_files(context, paths, FILES));
}

/* The last checkpoint is published when no batch runs any more: whatever is owed then was before
 * it. */
static void the_log_is_synced_before_a_checkpoint_is_published(void **state)
{
    (void)state;
    char file[80], directory[80];
    snprintf(file, sizeof file, "%s/lines", base);
    snprintf(directory, sizeof directory, "%s/directory", base);
    FILE *lines = fopen(file, "w");
    assert_non_null(lines);
    fputs("a\n", lines);
    fclose(lines);
    weir_options options = {.app_name = "synced", .batch_interval_ms = INTERVAL_MS};
    weir_durability durability = {.checkpoint_ms = 2 * INTERVAL_MS, .log_sync_ms = NEVER_MS};
    weir_context *context = NULL;
    assert_int_equal(weir_get_or_create(&context, directory, &options, &durability, build, file),
                     WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context_free(context);
    assert_int_equal(published, 3); /* of 0, 2000 and 3000 ms */
    assert_false(owed_at_last);
}

static int set_up(void **state)
{
    setup(state);
    return scratch_make(base, sizeof base, "weir-synced") ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_is_synced_before_a_checkpoint_is_published,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
