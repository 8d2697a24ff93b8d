#include "unit/ingest/harness.h"

#include <sys/stat.h>
#include <unistd.h>

#include "record/split.h"

static char directory[] = "test_source_text_files.tmp";

static int set_up(void **state)
{
    file_remove_tree(directory);
    assert_int_equal(file_make_directory(directory), WEIR_OK);
    return harness_set_up(state);
}

static int tear_down(void **state)
{
    int result = harness_tear_down(state);
    file_remove_tree(directory);
    return result;
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const char *text, size_t length)
{
    int descriptor;
    assert_int_equal(file_create(path_of(name), &descriptor), WEIR_OK);
    assert_int_equal(file_write(descriptor, name, text, length), WEIR_OK);
    assert_int_equal(file_close(descriptor, name), WEIR_OK);
}

static const char *const two[] = {"test_source_text_files.tmp/1", "test_source_text_files.tmp/2"};

static void file_i_is_batch_i(void **state)
{
    (void)state;
    write_file("1", "a\nb\n", 4);
    write_file("2", "", 0);
    weir_stream *files = harness_need(weir_text_files(harness_context(), two, 2));
    harness_start();
    uint64_t batches;
    assert_true(ingest_is_bounded(&test.ingest, &batches));
    assert_int_equal(batches, 2);
    assert_batch(files, 1000, "a b");
    assert_int_equal(test.partitions, 1);
    assert_batch(files, 2000, "");
    assert_int_equal(test.partitions, 1);
    assert_batch(files, 3000, "");
    assert_int_equal(test.partitions, 0);
}

static void a_big_file_is_cut(void **state)
{
    (void)state;
    enum { LINES = 300000, LENGTH = 8 }; /* 2,400,000 bytes */
    char *text = memory_alloc(LINES * LENGTH);
    memset(text, 'x', LINES * LENGTH);
    for (size_t i = 1; i <= LINES; i++) text[i * LENGTH - 1] = '\n';
    write_file("1", text, LINES * LENGTH);
    free(text);
    weir_stream *files = harness_need(weir_text_files(harness_context(), two, 1));
    harness_start();
    assert_int_equal(harness_cut(files, 1000), WEIR_OK);
    assert_int_equal(test.partitions, 3);
    assert_int_equal(test.read.records.count, LINES);
    const file_split *split = (const file_split *)test.batches[0].splits[1];
    assert_int_equal(split->from, FILE_SPLIT_BYTES);
    assert_int_equal(split->to, 2 * FILE_SPLIT_BYTES);
    assert_int_equal(split->chosen.size, LINES * LENGTH);
}

static void a_missing_file_fails_its_batch(void **state)
{
    (void)state;
    write_file("2", "b\n", 2);
    weir_stream *files = harness_need(weir_text_files(harness_context(), two, 2));
    harness_start();
    assert_int_equal(harness_cut(files, 1000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), two[0]));
    assert_batch(files, 2000, "b");
}

static void a_directory_or_a_fifo_fails_its_batch(void **state)
{
    (void)state;
    assert_int_equal(file_make_directory(path_of("1")), WEIR_OK);
    assert_int_equal(mkfifo(path_of("2"), 0600), 0);
    weir_stream *files = harness_need(weir_text_files(harness_context(), two, 2));
    harness_start();
    assert_int_equal(harness_cut(files, 1000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "is a directory"));
    assert_int_equal(harness_cut(files, 2000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "not a regular file"));
}

static void a_file_that_vanishes_is_named(void **state)
{
    (void)state;
    write_file("1", "a\n", 2);
    harness_need(weir_text_files(harness_context(), two, 1));
    harness_start();
    source_batch batch = {0};
    assert_int_equal(ingest_cut(&test.ingest, 1000, &batch), WEIR_OK);
    assert_int_equal(unlink(two[0]), 0);
    task_begin(&test.task, 0, 1000);
    assert_int_equal(batch.splits[0]->class->read(batch.splits[0], &test.task, &test.read.sink),
                     WEIR_IO);
    assert_non_null(strstr(test.task.error, two[0]));
    source_batch_release(&batch);
}

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    assert_null(weir_text_files(harness_context(), two, 0));
    assert_null(weir_text_files(harness_context(), (const char *const[]){"a", ""}, 2));
    assert_int_equal(test.lineage.status, WEIR_ILLEGAL_ARGUMENT);
}

static void is_not_mixed_with_live_sources(void **state)
{
    (void)state;
    harness_need(weir_text_files(harness_context(), two, 2));
    harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    assert_int_equal(ingest_prepare(&test.ingest), WEIR_OK);
    test.ingest.sources[1]->is_live = true;
    assert_int_equal(ingest_prepare(&test.ingest), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "queueStream"));
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(file_i_is_batch_i),
        unit(a_big_file_is_cut),
        unit(a_missing_file_fails_its_batch),
        unit(a_directory_or_a_fifo_fails_its_batch),
        unit(a_file_that_vanishes_is_named),
        unit(refuses_wrong_arguments),
        unit(is_not_mixed_with_live_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
