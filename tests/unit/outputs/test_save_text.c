/* saveAsTextFiles and the action behind it (O-61..O-63). */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "unit/context/harness.h"

#include "support/scratch.h"

static char home[64];

static int make_home(void **state)
{
    assert_true(scratch_make(home, sizeof home, "weir-saved"));
    return setup(state);
}

static int remove_home(void **state)
{
    (void)state;
    return file_remove_tree(home) == WEIR_OK ? 0 : -1;
}

static const char *in_home(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", home, name);
    return path;
}

static void assert_file(const char *name, const char *content)
{
    char text[1024];
    FILE *file = fopen(in_home(name), "r");
    if (!file) fail_msg("there is no %s", name);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, content);
}

static size_t count_entries(const char *name)
{
    DIR *entries = opendir(in_home(name));
    assert_non_null(entries);
    size_t count = 0;
    while (readdir(entries)) count++;
    closedir(entries);
    return count - 2;
}

static ino_t number_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(in_home(name), &info), 0);
    return info.st_ino;
}

/* Saves the ints 1 .. records as the batch of 1000 ms. */
static weir_status save(const char *prefix, const char *suffix, int64_t records, int partitions)
{
    weir_value items[64];
    for (int64_t i = 0; i < records; i++) items[i] = weir_int(i + 1);
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    assert_int_equal(weir_save_as_text_files(queue, in_home(prefix), suffix), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, (size_t)records), partitions);
    weir_status status = weir_advance(context, 1000);
    weir_context_free(context);
    return status;
}

static void a_directory_has_a_part_for_each_partition(void **state)
{
    (void)state;
    assert_int_equal(save("out", "txt", 3, 5), WEIR_OK);
    assert_int_equal(count_entries("."), 1);
    assert_int_equal(count_entries("out-1000.txt"), 6);
    assert_file("out-1000.txt/part-00000", "");
    assert_file("out-1000.txt/part-00001", "1\n");
    assert_file("out-1000.txt/part-00002", "");
    assert_file("out-1000.txt/part-00003", "2\n");
    assert_file("out-1000.txt/part-00004", "3\n");
    assert_file("out-1000.txt/_SUCCESS", "");
}

static void directories_on_the_way_are_made(void **state)
{
    (void)state;
    assert_int_equal(save("a/b/out", NULL, 1, 1), WEIR_OK);
    assert_file("a/b/out-1000/part-00000", "1\n");
    assert_int_equal(count_entries("a/b"), 1);
}

static void pairs_and_long_records_are_written(void **state)
{
    (void)state;
    enum { LONG = 200 * 1000 };
    char *text = malloc(LONG);
    memset(text, 'x', LONG);
    weir_value items[] = {weir_pair(weir_text("k"), weir_int(1)), weir_string(text, LONG),
                          weir_text("end")};
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_save_as_text_files(queue, in_home("out"), "");
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, 3), 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    weir_context_free(context);
    FILE *file = fopen(in_home("out-1000/part-00000"), "r");
    assert_non_null(file);
    char line[16];
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "(k,1)\n");
    char *got = malloc(LONG + 1);
    assert_int_equal(fread(got, 1, LONG + 1, file), LONG + 1);
    assert_memory_equal(got, text, LONG);
    assert_int_equal(got[LONG], '\n');
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "end\n");
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    free(got);
    free(text);
}

static void an_equal_target_is_kept(void **state)
{
    (void)state;
    assert_int_equal(save("out", NULL, 4, 2), WEIR_OK);
    ino_t number = number_of("out-1000");
    assert_int_equal(save("out", NULL, 4, 2), WEIR_OK);
    assert_int_equal(number_of("out-1000"), number);
    assert_int_equal(count_entries("."), 1);
}

static void a_different_target_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(save("out", NULL, 4, 2), WEIR_OK);
    ino_t number = number_of("out-1000");
    assert_int_equal(save("out", NULL, 4, 1), WEIR_OK);
    assert_int_not_equal(number_of("out-1000"), number);
    assert_file("out-1000/part-00000", "1\n2\n3\n4\n");
    assert_int_equal(count_entries("out-1000"), 2);
    assert_int_equal(count_entries("."), 1);
}

/* Same sizes, other bytes; and a file that does not belong there. */
static void a_target_that_was_changed_is_replaced(void **state)
{
    (void)state;
    static const char *const changed[] = {"out-1000/part-00001", "out-1000/more"};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(save("out", NULL, 4, 2), WEIR_OK);
        FILE *file = fopen(in_home(changed[i]), "w");
        assert_non_null(file);
        fputs("3\n5\n", file);
        fclose(file);
        assert_int_equal(save("out", NULL, 4, 2), WEIR_OK);
        assert_file("out-1000/part-00001", "3\n4\n");
        assert_int_equal(count_entries("out-1000"), 3);
    }
}

static void what_a_crash_left_behind_is_no_hindrance(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_home(".out-1000.tmp"), 0755), 0);
    FILE *file = fopen(in_home(".out-1000.tmp/part-00007"), "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(save("out", NULL, 1, 1), WEIR_OK);
    assert_int_equal(count_entries("out-1000"), 2);
    assert_int_equal(count_entries("."), 1);
}

static void fail_on_three(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    if (weir_as_int(value) == 3) weir_fail("met three");
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(fail_on_three)

static void a_failed_batch_leaves_nothing(void **state)
{
    (void)state;
    weir_value items[] = {weir_int(1), weir_int(2), weir_int(3), weir_int(4)};
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *mapped = weir_map(queue, &weir_fn_fail_on_three, weir_null());
    weir_save_as_text_files(mapped, in_home("out"), "");
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, 4), 4);
    assert_int_equal(weir_advance(context, 1000), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "met three"));
    weir_context_free(context);
    assert_int_equal(count_entries("."), 0);
}

/* Files may not grow beyond 1 KiB: as on a disk that is full, the write fails in the middle. */
static void check_that_writing_fails(const weir_value *items, size_t count)
{
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_save_as_text_files(queue, in_home("out"), "");
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, count), (int)count);

    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1024, before.rlim_max});
    weir_status status = weir_advance(context, 1000);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);

    assert_int_equal(status, WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "part-0000"));
    assert_non_null(strstr(weir_last_error(), "File too large"));
    weir_context_free(context);
    assert_int_equal(count_entries("."), 0);
}

static void a_write_that_fails_leaves_nothing(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text);
    weir_value items[] = {weir_text("fits"), weir_string(text, sizeof text)};
    check_that_writing_fails(items, 2);
    assert_non_null(strstr(weir_last_error(), "part-00001"));
}

/* What is left of the record is many times what is gathered for one write. */
static void a_write_that_fails_in_the_middle_of_a_record_is_the_last(void **state)
{
    (void)state;
    enum { NUMBERS = 100000 };
    static weir_value numbers[NUMBERS];
    for (int64_t i = 0; i < NUMBERS; i++) numbers[i] = weir_int(i);
    weir_value record = weir_list(numbers, NUMBERS);
    check_that_writing_fails(&record, 1);
}

static void a_parent_that_is_a_file_is_an_error(void **state)
{
    (void)state;
    FILE *file = fopen(in_home("file"), "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(save("file/out", NULL, 1, 1), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "file"));
    assert_int_equal(count_entries("."), 1);
}

static weir_status save_here(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    if (weir_dataset_save_as_text(in, "") != WEIR_ILLEGAL_ARGUMENT) weir_fail("took no name");
    if (weir_dataset_save_as_text(in, "/") != WEIR_ILLEGAL_ARGUMENT) weir_fail("took the root");
    if (weir_dataset_save_as_text(NULL, "x") != WEIR_ILLEGAL_ARGUMENT) weir_fail("took NULL");
    return weir_dataset_save_as_text(in, in_home("here/"));
}
WEIR_FOREACH(save_here)

static void an_action_saves_too(void **state)
{
    (void)state;
    weir_value items[] = {weir_int(1), weir_int(2)};
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(queue, &weir_fn_save_here, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, 2), 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    weir_context_free(context);
    assert_file("here/part-00000", "1\n2\n");
}

/* Each batch of one would replace that of the other. */
static void two_outputs_of_one_target_are_refused(void **state)
{
    (void)state;
    static const char *const suffixes[][2] = {{"txt", "txt"}, {"", NULL}};
    for (size_t i = 0; i < 2; i++) {
        weir_context *context = create(&manual);
        weir_stream *queue = weir_queue_stream(context, true, weir_absent());
        weir_save_as_text_files(queue, in_home("out"), suffixes[i][0]);
        weir_save_as_text_files(queue, in_home("out"), i ? "csv" : "");
        weir_save_as_text_files(queue, in_home("other"), suffixes[i][1]);
        weir_save_as_text_files(queue, in_home("out"), suffixes[i][1]);
        assert_int_equal(weir_check(context, false), WEIR_ILLEGAL_ARGUMENT);
        assert_int_equal(weir_start(context), WEIR_ILLEGAL_ARGUMENT);
        assert_non_null(strstr(weir_last_error(), "outputs 0 and 3 both save to"));
        weir_context_free(context);
    }
}

int main(void)
{
#define IN_HOME(test) cmocka_unit_test_setup_teardown(test, make_home, remove_home)
    const struct CMUnitTest tests[] = {
        IN_HOME(a_directory_has_a_part_for_each_partition),
        IN_HOME(directories_on_the_way_are_made),
        IN_HOME(pairs_and_long_records_are_written),
        IN_HOME(an_equal_target_is_kept),
        IN_HOME(a_different_target_is_replaced),
        IN_HOME(a_target_that_was_changed_is_replaced),
        IN_HOME(what_a_crash_left_behind_is_no_hindrance),
        IN_HOME(a_failed_batch_leaves_nothing),
        IN_HOME(a_write_that_fails_leaves_nothing),
        IN_HOME(a_write_that_fails_in_the_middle_of_a_record_is_the_last),
        IN_HOME(a_parent_that_is_a_file_is_an_error),
        IN_HOME(an_action_saves_too),
        IN_HOME(two_outputs_of_one_target_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
