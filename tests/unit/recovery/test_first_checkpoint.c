/* A first start publishes its first checkpoint while somebody looks: the log that has entries by
 * then is no log without a checkpoint. */
#include "unit/context/harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "recovery/stored_checkpoint.h"
#include "support/scratch.h"
#include "weir/weir.h"

static char base[64];
static char kept[100], published[100]; /* checkpoint 0, before and when it is published */
static bool is_published_now;

/* Takes the place of the C library's: whoever lists the log has found no checkpoint. */
DIR *opendir(const char *path)
{
    if (is_published_now && strstr(path, "/log")) (void)rename(kept, published);
    int opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return opened < 0 ? NULL : fdopendir(opened);
}

static weir_status build(weir_context *context, void *user)
{
    const char *paths[] = {user};
    return weir_count_output(weir_text_files(context, paths, 1));
}

static void make_directory(const char *path)
{
    char file[80];
    snprintf(file, sizeof file, "%s/lines", base);
    FILE *lines = fopen(file, "w");
    assert_non_null(lines);
    fputs("a\n", lines);
    fclose(lines);
    weir_options options = {.app_name = "first", .batch_interval_ms = 1000};
    weir_durability durability = {.checkpoint_ms = 1000000};
    weir_context *context = NULL;
    assert_int_equal(weir_get_or_create(&context, path, &options, &durability, build, file),
                     WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context_free(context);
}

static weir_status find(const directory *directory)
{
    arena room;
    stored_checkpoint found;
    arena_init(&room, NULL);
    weir_status status = stored_checkpoint_find(directory, -1, false, &room, &found);
    arena_release(&room);
    return status;
}

static void what_is_published_meanwhile_is_found(void **state)
{
    (void)state;
    char path[80], last[100];
    directory directory;
    snprintf(path, sizeof path, "%s/directory", base);
    snprintf(kept, sizeof kept, "%s/kept", base);
    snprintf(published, sizeof published, "%s/checkpoints/0", path);
    snprintf(last, sizeof last, "%s/checkpoints/1000", path);
    make_directory(path);
    assert_int_equal(file_remove_tree(last), WEIR_OK);
    assert_int_equal(file_rename(published, kept), WEIR_OK);
    directory_init(&directory, path);
    assert_int_equal(find(&directory), WEIR_DAMAGED);
    is_published_now = true;
    assert_int_equal(find(&directory), WEIR_OK);
    directory_release(&directory);
}

static int set_up(void **state)
{
    setup(state);
    return scratch_make(base, sizeof base, "weir-first") ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_published_meanwhile_is_found, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
