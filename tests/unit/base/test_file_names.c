/* Where files stand: directories, links, renames, removing; and that failures say where. */
#include "unit/base/files.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- System calls with faults: these take the place of the C library's in this program ------- */

static int exchange_failure; /* errno of every renameat2, or 0 */
static int syncs; /* that went well */
static const char *was_directory; /* the next unlinkat of it says that it is a directory */

static void clear_faults(void)
{
    exchange_failure = 0;
    was_directory = NULL;
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
    errno = exchange_failure;
    if (exchange_failure) return -1;
    return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

int fsync(int descriptor)
{
    syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

int unlinkat(int directory, const char *name, int flags)
{
    if (was_directory && strcmp(name, was_directory) == 0) {
        was_directory = NULL;
        errno = EISDIR;
        return -1;
    }
    return (int)syscall(SYS_unlinkat, directory, name, flags);
}

/* --- The tests ------------------------------------------------------------------------------- */

/* And that the link is not what is missing. */
static void test_a_link_without_target(void **state)
{
    (void)state;
    const char *link = in_base("link");
    file_info info;
    assert_int_equal(symlink("gone/away", link), 0);
    assert_fails_naming(file_stat(link, &info), "it is a link to gone/away, which is not there");
    assert_fails_naming(file_make_directory(link), "it is a link to gone/away, which is not");
    assert_fails_naming(file_make_directories(in_base("link/below")), "is a link to gone/away");
    assert_int_equal(unlink(link), 0);

    int file;
    const char *in_the_way = in_base("file");
    assert_int_equal(file_create(in_the_way, &file), WEIR_OK);
    assert_int_equal(file_close(file, in_the_way), WEIR_OK);
    assert_fails_naming(file_make_directory(in_the_way), "cannot make the directory: File exists");
    assert_int_equal(unlink(in_the_way), 0);
}

static void test_failures_name_the_path(void **state)
{
    (void)state;
    const char *missing = in_base("missing/file");
    int file = -7;
    file_info info;
    assert_fails_naming(file_create(missing, &file), missing);
    assert_fails_naming(file_open_read(missing, &file), missing);
    assert_int_equal(file, -7);
    assert_fails_naming(file_stat(missing, &info), missing);
    assert_fails_naming(file_sync_directory(missing), missing);
    assert_fails_naming(file_make_directory(missing), missing);
    assert_fails_naming(file_rename(missing, base), missing);
    assert_fails_naming(file_exchange(missing, base), missing);
    assert_fails_naming(file_write(-1, missing, "x", 1), missing);
    assert_fails_naming(file_sync(-1, missing), missing);
    put("plain", "");
    assert_fails_naming(file_remove_tree(in_base("plain/inside")), "plain/inside");
}

static void test_link(void **state)
{
    (void)state;
    put("a", "A");
    assert_int_equal(file_link(in_base("a"), in_base("b")), WEIR_OK);
    assert_int_equal(file_link(in_base("a"), in_base("b")), WEIR_OK);
    assert_int_equal(file_remove_tree(in_base("a")), WEIR_OK);
    assert_holds("b", "A");
    assert_fails_naming(file_link(in_base("a"), in_base("c")), "/a");
}

static void count_name(void *user, const char *name)
{
    if (strcmp(name, "a") == 0) *(int *)user += 1;
    else if (strcmp(name, ".b") == 0) *(int *)user += 10;
    else *(int *)user += 100;
}

static void test_list(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(file_list(base, count_name, &count), WEIR_OK);
    assert_int_equal(count, 0);
    put("a", "");
    assert_int_equal(file_make_directory(in_base(".b")), WEIR_OK);
    assert_int_equal(file_list(base, count_name, &count), WEIR_OK);
    assert_int_equal(count, 11);
    assert_fails_naming(file_list(in_base("missing"), count_name, &count), "missing");
}

static void test_make_directories(void **state)
{
    (void)state;
    const char *names[] = {"a", "a/b/c", "a//d///e/", "f/", "./g/h"};
    file_info info;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (int again = 0; again < 2; again++)
            assert_int_equal(file_make_directories(in_base(names[i])), WEIR_OK);
        assert_int_equal(file_stat(in_base(names[i]), &info), WEIR_OK);
        assert_true(info.is_directory);
    }
    syncs = 0;
    assert_int_equal(file_make_directories(in_base("a/b/new/newer")), WEIR_OK);
    assert_int_equal(syncs, 2); /* of the directories that got an entry */
    assert_int_equal(file_make_directory(in_base("a")), WEIR_OK);
    assert_int_equal(file_make_directories("/"), WEIR_OK);
    assert_int_equal(file_make_directories("."), WEIR_OK);
    put("plain", "x");
    assert_fails_naming(file_make_directory(in_base("plain")), "plain");
    assert_fails_naming(file_make_directories(in_base("plain/more")), "plain");
    assert_fails_naming(file_make_directories(""), "directory");
}

static void test_rename_replaces(void **state)
{
    (void)state;
    put("new", "new");
    put("old", "old");
    assert_int_equal(file_rename(in_base("new"), in_base("old")), WEIR_OK);
    assert_holds("old", "new");
    assert_false(file_exists(in_base("new")));
}

static void exchange_files_and_directories(void)
{
    put("a", "A");
    put("b", "B");
    assert_int_equal(file_exchange(in_base("a"), in_base("b")), WEIR_OK);
    assert_holds("a", "B");
    assert_holds("b", "A");

    assert_int_equal(file_make_directories(in_base("one")), WEIR_OK);
    assert_int_equal(file_make_directories(in_base("two")), WEIR_OK);
    put("one/x", "X");
    put("two/y", "Y");
    put("two/z", "Z");
    assert_int_equal(file_exchange(in_base("one"), in_base("two")), WEIR_OK);
    assert_holds("two/x", "X");
    assert_holds("one/y", "Y");
    assert_false(file_exists(in_base("one/x")));
}

static void test_exchange(void **state)
{
    (void)state;
    exchange_files_and_directories();
}

static void test_exchange_where_the_system_cannot(void **state)
{
    (void)state;
    const int failures[] = {ENOSYS, EINVAL, EOPNOTSUPP};
    for (size_t i = 0; i < 3; i++) {
        exchange_failure = failures[i];
        put("a.exchange", "left over");
        exchange_files_and_directories();
        assert_false(file_exists(in_base("a.exchange")));
        assert_int_equal(file_exchange(in_base("one/"), in_base("two/")), WEIR_OK);
        assert_holds("one/x", "X");
        assert_int_equal(file_remove_tree(in_base("one")), WEIR_OK);
        assert_int_equal(file_remove_tree(in_base("two")), WEIR_OK);
    }
    exchange_failure = EACCES;
    assert_fails_naming(file_exchange(in_base("a"), in_base("b")), "/a");
}

static void test_failed_exchange_changes_nothing(void **state)
{
    (void)state;
    put("b", "B");
    for (int round = 0; round < 2; round++) {
        exchange_failure = round == 0 ? 0 : ENOSYS;
        assert_fails_naming(file_exchange(in_base("missing"), in_base("b")), "missing");
        assert_fails_naming(file_exchange(in_base("b"), in_base("missing")), "missing");
        assert_holds("b", "B");
        assert_false(file_exists(in_base("missing")));
    }
}

static void test_remove_tree(void **state)
{
    (void)state;
    assert_int_equal(file_remove_tree(in_base("missing")), WEIR_OK);
    assert_int_equal(file_make_directories(in_base("kept/deep")), WEIR_OK);
    put("kept/deep/file", "kept");
    assert_int_equal(file_make_directories(in_base("tree/a/b/c")), WEIR_OK);
    for (int i = 0; i < 100; i++) {
        char name[40];
        snprintf(name, sizeof name, "tree/a/b/%d", i);
        put(name, "x");
    }
    assert_int_equal(symlink("../../kept", in_base("tree/a/directory")), 0);
    assert_int_equal(symlink("../../kept/deep/file", in_base("tree/a/file")), 0);
    assert_int_equal(symlink("nowhere", in_base("tree/a/broken")), 0);
    assert_int_equal(symlink("kept", in_base("link")), 0);

    assert_int_equal(file_remove_tree(in_base("tree")), WEIR_OK);
    assert_false(file_exists(in_base("tree")));
    assert_int_equal(file_remove_tree(in_base("link")), WEIR_OK);
    assert_false(file_exists(in_base("link")));
    assert_holds("kept/deep/file", "kept");
    assert_int_equal(file_remove_tree(in_base("kept/deep/file")), WEIR_OK);
    assert_false(file_exists(in_base("kept/deep/file")));
    assert_true(file_exists(in_base("kept/deep")));
}

/* The directory was there when it was looked at, and is a link when it is opened. */
static void test_remove_tree_follows_no_late_link(void **state)
{
    (void)state;
    assert_int_equal(file_make_directories(in_base("kept")), WEIR_OK);
    assert_int_equal(file_make_directories(in_base("tree")), WEIR_OK);
    put("kept/file", "kept");
    assert_int_equal(symlink("../kept", in_base("tree/late")), 0);
    was_directory = "late";
    assert_fails_naming(file_remove_tree(in_base("tree")), "/tree");
    assert_null(was_directory);
    assert_holds("kept/file", "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(test_failures_name_the_path),
        file_test(test_a_link_without_target),
        file_test(test_link),
        file_test(test_list),
        file_test(test_make_directories),
        file_test(test_rename_replaces),
        file_test(test_exchange),
        file_test(test_exchange_where_the_system_cannot),
        file_test(test_failed_exchange_changes_nothing),
        file_test(test_remove_tree),
        file_test(test_remove_tree_follows_no_late_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
