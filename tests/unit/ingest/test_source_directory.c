#include "unit/ingest/harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "test_source_directory.tmp";
static const char *changing = "a"; /* the file that is changed after it was chosen */
static char logged[4096];

static void keep_log(weir_level level, const char *text, void *user)
{
    (void)level, (void)user;
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%s\n", text);
}

static int set_up(void **state)
{
    file_remove_tree(directory);
    assert_int_equal(file_make_directory(directory), WEIR_OK);
    int result = harness_set_up(state);
    test.ingest.first_start_ms = 100000;
    logged[0] = '\0';
    weir_set_log(keep_log, NULL, WEIR_INFO);
    return result;
}

static int tear_down(void **state)
{
    int result = harness_tear_down(state);
    weir_set_log(NULL, NULL, WEIR_INFO);
    file_remove_tree(directory);
    return result;
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* Writes a file and dates it. */
static void write_file(const char *name, const char *text, int64_t modified_ms)
{
    int descriptor;
    assert_int_equal(file_create(path_of(name), &descriptor), WEIR_OK);
    assert_int_equal(file_write(descriptor, name, text, strlen(text)), WEIR_OK);
    struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = modified_ms / 1000, .tv_nsec = modified_ms % 1000 * 1000000}};
    assert_int_equal(futimens(descriptor, times), 0);
    assert_int_equal(file_close(descriptor, name), WEIR_OK);
}

static weir_stream *add_text(const char *pattern, const weir_file_options *options)
{
    weir_stream *stream = harness_need(weir_text_file_stream(harness_context(), pattern, options));
    harness_start();
    return stream;
}

static void takes_files_as_they_appear(void **state)
{
    (void)state;
    weir_stream *stream = add_text(directory, NULL);
    assert_batch(stream, 101000, "");
    assert_int_equal(test.partitions, 0);
    assert_false(test.batches[0].none);
    write_file("b", "b1\nb2\n", 101500);
    write_file("a", "a1", 101600);
    write_file("later", "later", 102001);
    write_file(".hidden", "hidden", 101500);
    assert_int_equal(file_make_directory(path_of("below")), WEIR_OK);
    write_file("below/c", "c", 101500);
    assert_batch(stream, 102000, "b1 b2 a1");
    assert_int_equal(test.partitions, 2);
    assert_batch(stream, 103000, "later");
    assert_batch(stream, 104000, "");
    assert_string_equal(logged, "");
}

static void an_old_file_is_named_once(void **state)
{
    (void)state;
    write_file("old", "old", 99000);
    weir_stream *stream = add_text(directory, NULL);
    assert_batch(stream, 101000, "");
    assert_non_null(strstr(logged, "test_source_directory.tmp/old (1 so far)"));
    logged[0] = '\0';
    assert_batch(stream, 102000, "");
    assert_string_equal(logged, "");
}

static void many_old_files_are_counted(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "old%d", i);
        write_file(name, "old", 99000);
    }
    weir_stream *stream = add_text(directory, NULL);
    assert_batch(stream, 101000, "");
    assert_non_null(strstr(logged, " and 15 more (25 so far)"));
}

static void options_let_old_files_in(void **state)
{
    (void)state;
    write_file("old", "old", 30001);
    write_file("older", "older", 30000);
    weir_file_options options = {.old_files_too = true, .min_remember_ms = 70500};
    weir_stream *stream = add_text(directory, &options);
    assert_batch(stream, 101000, "old"); /* R is 71,000 */
}

static void lists_every_directory_of_a_glob(void **state)
{
    (void)state;
    weir_stream *stream = add_text("test_source_directory.tmp/day*", NULL);
    assert_batch(stream, 101000, "");
    assert_non_null(strstr(logged, "no directory matches"));
    assert_int_equal(file_make_directory(path_of("day1")), WEIR_OK);
    assert_int_equal(file_make_directory(path_of("day2")), WEIR_OK);
    assert_int_equal(file_make_directory(path_of("night")), WEIR_OK);
    write_file("dayfile", "not in a directory", 101500);
    write_file("day1/a", "a", 101500);
    write_file("day2/a", "b", 101500);
    write_file("night/a", "c", 101500);
    assert_batch(stream, 102000, "a b");
}

static void a_name_with_brackets_is_a_name(void **state)
{
    (void)state;
    assert_int_equal(file_make_directory(path_of("[x]")), WEIR_OK);
    write_file("[x]/a", "a", 100500);
    weir_stream *stream = add_text("test_source_directory.tmp/[x]", NULL);
    assert_batch(stream, 101000, "a");
}

static void a_missing_directory_is_said_once_a_while(void **state)
{
    (void)state;
    weir_stream *stream = add_text("test_source_directory.tmp/absent", NULL);
    assert_batch(stream, 101000, "");
    assert_non_null(strstr(logged, "test_source_directory.tmp/absent: cannot list"));
    logged[0] = '\0';
    assert_batch(stream, 102000, "");
    assert_string_equal(logged, "");
    assert_int_equal(file_make_directory(path_of("absent")), WEIR_OK);
    write_file("absent/a", "a", 102500);
    assert_batch(stream, 103000, "a");
}

static void a_vanished_file_fails_its_batch(void **state)
{
    (void)state;
    weir_stream *stream = add_text(directory, NULL);
    write_file("a", "a", 100500);
    source_batch batch = {0};
    assert_int_equal(ingest_cut(&test.ingest, 101000, &batch), WEIR_OK);
    assert_int_equal(unlink(path_of("a")), 0);
    task_begin(&test.task, 0, 101000);
    assert_int_equal(batch.splits[0]->class->read(batch.splits[0], &test.task, &test.read.sink),
                     WEIR_IO);
    assert_non_null(strstr(test.task.error, "test_source_directory.tmp/a"));
    source_batch_release(&batch);
    assert_batch(stream, 102000, "");
}

/* --- Files that change between their choice and their reading ------------------------------- */

/* Cuts, lets the file be changed, and reads the only split. */
static weir_status read_changed(int64_t time_ms, void (*change)(void))
{
    source_batch batch = {0};
    assert_int_equal(ingest_cut(&test.ingest, time_ms, &batch), WEIR_OK);
    assert_int_equal(batch.count, 1);
    change();
    collector_clear(&test.read);
    task_begin(&test.task, 0, time_ms);
    weir_status status =
        batch.splits[0]->class->read(batch.splits[0], &test.task, &test.read.sink);
    source_batch_release(&batch);
    return status;
}

static void replace_by_longer(void)
{
    write_file(".new", "nine\nlines\n", 100700);
    char to[256];
    snprintf(to, sizeof to, "%s", path_of(changing));
    assert_int_equal(rename(path_of(".new"), to), 0);
}

static void replace_by_alike(void)
{
    write_file(".new", "six\nby", 100500);
    char to[256];
    snprintf(to, sizeof to, "%s", path_of(changing));
    assert_int_equal(rename(path_of(".new"), to), 0);
}

static void touch(void) { write_file(changing, "one\ntwo", 100600); }

static void cut_off(void) { write_file(changing, "one", 100500); }

static void append(void)
{
    int descriptor = open(path_of(changing), O_WRONLY | O_APPEND);
    assert_int_equal(write(descriptor, " and three\n", 11), 11);
    assert_int_equal(close(descriptor), 0);
}

static void another_file_of_the_name_is_not_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*change)(void);
        const char *expected;
    } cases[] = {{"b", replace_by_longer, "the file was replaced since it was chosen: 7 bytes"},
                 {"c", touch, "the file has changed since it was chosen: 7 bytes, modified"},
                 {"d", cut_off, "the file has become shorter since it was chosen: 7 bytes"}};
    add_text(directory, NULL);
    for (int64_t i = 0; i < 3; i++) {
        changing = cases[i].name;
        write_file(changing, "one\ntwo", 100500);
        assert_int_equal(read_changed(101000 + i, cases[i].change), WEIR_IO);
        assert_int_equal(test.read.records.count, 0);
        assert_non_null(strstr(test.task.error, path_of(changing)));
        assert_non_null(strstr(test.task.error, cases[i].expected));
        assert_non_null(strstr(test.task.error, "put the old one back"));
    }
    changing = "a";
}

static void a_file_that_grew_is_read_as_it_was(void **state)
{
    (void)state;
    add_text(directory, NULL);
    write_file("a", "one\ntwo", 100500);
    assert_int_equal(read_changed(101000, append), WEIR_OK);
    assert_string_equal(harness_records(), "one two");
}

/* As a restart does: size and time tell. */
static void a_copy_is_as_good(void **state)
{
    (void)state;
    add_text(directory, NULL);
    write_file("a", "one\nto", 100500);
    assert_int_equal(read_changed(101000, replace_by_alike), WEIR_OK);
    assert_string_equal(harness_records(), "six by");
}

static void another_binary_file_is_not_read(void **state)
{
    (void)state;
    harness_need(weir_binary_records_stream(harness_context(), directory, 1, NULL));
    harness_start();
    write_file("a", "one\ntwo", 100500);
    assert_int_equal(read_changed(101000, replace_by_longer), WEIR_IO);
    assert_non_null(strstr(test.task.error, "was replaced"));
}

static void what_is_no_file_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    assert_int_equal(symlink("nowhere", path_of("dangling")), 0);
    write_file("a", "a", 100500);
    assert_int_equal(symlink("a", path_of("link")), 0);
    weir_stream *stream = add_text(directory, NULL);
    assert_batch(stream, 101000, "a a");
    assert_non_null(strstr(logged, "dangling"));
}

static void compressed_files_are_refused(void **state)
{
    (void)state;
    write_file("a.gz", "\x1f\x8b", 100500);
    weir_stream *stream = add_text(directory, NULL);
    assert_batch(stream, 101000, "");
    assert_int_equal(test.batches[0].refused, 1);
    assert_non_null(strstr(logged, "a.gz is refused"));
    assert_batch(stream, 102000, "");
    assert_int_equal(test.batches[0].refused, 0);
}

static void reads_binary_records(void **state)
{
    (void)state;
    weir_stream *stream =
        harness_need(weir_binary_records_stream(harness_context(), directory, 3, NULL));
    harness_start();
    write_file("a", "abcdef", 100500);
    assert_int_equal(harness_cut(stream, 101000), WEIR_OK);
    assert_int_equal(test.read.records.count, 2);
    assert_true(weir_equal(test.read.records.values[1], weir_bytes_value("def", 3)));
    write_file("b", "abcd", 101500);
    assert_int_equal(harness_cut(stream, 102000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "not a multiple"));
}

/* --- Filters --------------------------------------------------------------------------------- */

static bool named_like(weir_value key, weir_value path, weir_value arg)
{
    size_t length, wanted;
    const char *text = weir_bytes(&path, &length), *end = weir_bytes(&arg, &wanted);
    if (!weir_is_absent(key)) weir_fail("the path has a key");
    if (memcmp(text, directory, strlen(directory)) != 0) weir_fail("%.*s", (int)length, text);
    if (length > 5 && memcmp(text + length - 5, "wrong", 5) == 0) weir_fail("a wrong one");
    return length >= wanted && memcmp(text + length - wanted, end, wanted) == 0;
}
WEIR_FILTER(named_like)

static weir_stream *add_filtered(const char *end)
{
    weir_file_options options = {.filter = &weir_fn_named_like, .filter_arg = weir_text(end)};
    return add_text(directory, &options);
}

static void a_filter_of_its_own_replaces_the_default(void **state)
{
    (void)state;
    weir_stream *stream = add_filtered("a.csv");
    write_file("a.csv", "a", 100500);
    write_file("b.csv", "b", 100600);
    write_file(".a.csv", "hidden", 100700);
    write_file("old.a.csv", "old", 99000);
    write_file("old.b.csv", "old", 99000);
    assert_batch(stream, 101000, "a hidden");
    assert_non_null(strstr(logged, "old.a.csv (1 so far)"));
    write_file("2a.csv", "2", 101500);
    assert_batch(stream, 102000, "2");
}

static void a_filter_sees_binary_records_too(void **state)
{
    (void)state;
    weir_file_options options = {.filter = &weir_fn_named_like, .filter_arg = weir_text("a")};
    weir_stream *stream =
        harness_need(weir_binary_records_stream(harness_context(), directory, 3, &options));
    harness_start();
    write_file("a", "abc", 100500);
    write_file("b", "defghi", 100500);
    assert_int_equal(harness_cut(stream, 101000), WEIR_OK);
    assert_int_equal(test.read.records.count, 1);
}

static void a_filter_that_fails_takes_no_file(void **state)
{
    (void)state;
    weir_stream *stream = add_filtered("a");
    write_file("a", "a", 100500);
    write_file("1a", "1", 100600);
    write_file("wrong", "wrong", 100700);
    assert_int_equal(harness_cut(stream, 101000), WEIR_RUNTIME);
    assert_string_equal(weir_last_error(),
                        "textFileStream test_source_directory.tmp: function named_like: a wrong "
                        "one, asked about test_source_directory.tmp/wrong");
    assert_int_equal(test.batches[0].count, 0);
    assert_int_equal(unlink(path_of("wrong")), 0);
    assert_batch(stream, 102000, "a 1");
    assert_batch(stream, 103000, "");
}

static void a_filter_and_its_argument_are_kept(void **state)
{
    (void)state;
    weir_value arg = weir_text("an argument that does not stand inline");
    weir_file_options options = {
        .old_files_too = true, .filter = &weir_fn_named_like, .filter_arg = arg};
    weir_stream *stream = weir_text_file_stream(harness_context(), directory, &options);
    weir_stream *again = source_make_again(harness_context(), stream->source_spec);
    assert_ptr_equal(again->filter, &weir_fn_named_like);
    assert_true(weir_equal(again->filter_arg, arg));
    assert_true(weir_equal(again->source_spec, stream->source_spec));
    assert_string_equal(again->source_text, stream->source_text); /* by which it is found again */
    weir_value gone[7];
    memcpy(gone, weir_items(stream->source_spec, &(size_t){0}), sizeof gone);
    gone[5] = weir_text("gone");
    assert_null(source_make_again(harness_context(), weir_list(gone, 7)));
    assert_int_equal(test.lineage.status, WEIR_NOT_SERIALIZABLE);
    assert_non_null(strstr(test.lineage.error, "the filter function \"gone\" of the checkpoint"));
    size_t parts;
    stream = weir_text_file_stream(harness_context(), directory, NULL);
    assert_non_null(weir_items(stream->source_spec, &parts));
    assert_int_equal(parts, 5); /* as weirs that knew no filters read it */
}

static void refuses_what_is_no_filter(void **state)
{
    (void)state;
    static const weir_function unknown = {
        .name = "unknown", .kind = WEIR_KIND_FILTER, .call = {.filter = named_like}};
    static const weir_function map = {.name = "map", .kind = WEIR_KIND_MAP};
    weir_file_options options = {.filter = &unknown};
    assert_null(weir_text_file_stream(harness_context(), directory, &options));
    assert_non_null(strstr(weir_last_error(), "textFileStream test_source_directory.tmp: "));
    assert_non_null(strstr(weir_last_error(), "cannot be found by name"));
    options.filter = &map;
    assert_null(weir_text_file_stream(harness_context(), directory, &options));
    assert_non_null(strstr(weir_last_error(), "\"map\" is a map function, but a filter function"));
    options = (weir_file_options){.filter_arg = weir_text("*.csv")};
    assert_null(weir_text_file_stream(harness_context(), directory, &options));
    assert_non_null(strstr(weir_last_error(), "but no filter"));
    assert_int_equal(test.ingest.count, 0);
}

static void ten_thousand_files(void **state)
{
    (void)state;
    enum { FILES = 10000 };
    weir_stream *stream = add_text(directory, NULL);
    char name[16];
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        write_file(name, "x", 101000 + i % 2 * 1000);
    }
    assert_int_equal(harness_cut(stream, 101000), WEIR_OK);
    assert_int_equal(test.read.records.count, FILES / 2);
    assert_int_equal(harness_cut(stream, 102000), WEIR_OK);
    assert_int_equal(test.read.records.count, FILES / 2);
    assert_batch(stream, 103000, "");
}

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    weir_file_options negative = {.min_remember_ms = -1};
    weir_file_options for_ever = {.min_remember_ms = INT64_MAX};
    assert_null(weir_text_file_stream(harness_context(), NULL, NULL));
    assert_null(weir_text_file_stream(harness_context(), "", NULL));
    assert_null(weir_text_file_stream(harness_context(), directory, &negative));
    assert_null(weir_text_file_stream(harness_context(), directory, &for_ever));
    assert_null(weir_binary_records_stream(harness_context(), directory, 0, NULL));
    assert_null(weir_binary_records_stream(harness_context(), directory, SIZE_MAX, NULL));
    assert_int_equal(test.lineage.status, WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(test.ingest.count, 0);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(takes_files_as_they_appear),
        unit(an_old_file_is_named_once),
        unit(many_old_files_are_counted),
        unit(options_let_old_files_in),
        unit(lists_every_directory_of_a_glob),
        unit(a_name_with_brackets_is_a_name),
        unit(a_missing_directory_is_said_once_a_while),
        unit(a_vanished_file_fails_its_batch),
        unit(another_file_of_the_name_is_not_read),
        unit(a_file_that_grew_is_read_as_it_was),
        unit(a_copy_is_as_good),
        unit(another_binary_file_is_not_read),
        unit(what_is_no_file_is_left_alone),
        unit(compressed_files_are_refused),
        unit(reads_binary_records),
        unit(a_filter_of_its_own_replaces_the_default),
        unit(a_filter_sees_binary_records_too),
        unit(a_filter_that_fails_takes_no_file),
        unit(a_filter_and_its_argument_are_kept),
        unit(refuses_what_is_no_filter),
        unit(ten_thousand_files),
        unit(refuses_wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
