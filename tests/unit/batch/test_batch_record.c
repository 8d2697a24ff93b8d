/* What is written of a batch, byte by byte as docs/FORMATS.md has it. */
#include "unit/ingest/harness.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "batch/batch_record.h"
#include "batch/done_mark.h"
#include "support/documented.h"
#include "wal/entry.h"

/* The batch of the page: a directory with one file, and a receiver that has sent two blocks. */
static const char content[] = "a\nb\n";
static weir_receiver *_Atomic receiver;
static weir_stream *directory;
static char top[] = "test_batch_record.tmp";

static weir_status on_start(weir_receiver *started, void *user)
{
    (void)user;
    receiver = started;
    return WEIR_OK;
}

static void on_stop(weir_receiver *stopped, void *user) { (void)stopped, (void)user; }

static const weir_receiver_class class = {"numbers", on_start, on_stop};

/* The page names the file as it is found: below the directory where the test runs. */
static void write_file(void)
{
    static const struct timespec times[] = {{1, 500000000}, {1, 500000000}};
    int file;
    assert_int_equal(file_make_directory("in"), WEIR_OK);
    assert_int_equal(file_create("in/a", &file), WEIR_OK);
    assert_int_equal(file_write(file, "in/a", content, sizeof content - 1), WEIR_OK);
    assert_int_equal(file_close(file, "in/a"), WEIR_OK);
    assert_int_equal(utimensat(AT_FDCWD, "in/a", times, 0), 0);
}

static void cut_batch(void)
{
    weir_value numbers[] = {weir_int(1), weir_int(2)};
    directory = harness_need(weir_text_file_stream(harness_context(), "in", NULL));
    harness_need(weir_receiver_stream(harness_context(), &class, NULL));
    test.ingest.wants_hashes = true;
    test.ingest.next_block = 7;
    harness_start();
    run_until(receiver != NULL);
    assert_int_equal(weir_store_block(receiver, NULL, numbers, 1), WEIR_OK);
    assert_int_equal(weir_store_block(receiver, NULL, numbers, 2), WEIR_OK);
    assert_batch(directory, 2000, "a b");
}

static int set_up(void **state)
{
    receiver = NULL;
    file_remove_tree(top);
    if (file_make_directory(top) != WEIR_OK || chdir(top) != 0) return -1;
    write_file();
    int result = harness_set_up(state);
    cut_batch();
    return result;
}

static int tear_down(void **state)
{
    int result = harness_tear_down(state);
    if (chdir("..") != 0) return -1;
    file_remove_tree(top);
    return result;
}

static batch the_batch(int64_t time_ms)
{
    return (batch){
        .time_ms = time_ms, .sources = test.batches, .source_count = test.ingest.count};
}

static void the_record_of_a_batch_is_documented(void **state)
{
    (void)state;
    batch batch = the_batch(2000);
    buffer payload = {.size = 0};
    wal_batch_head_encode(batch.time_ms, buffer_reserve(&payload, 8));
    payload.size += 8;
    batch_record_encode(&test.ingest, &batch, &payload);
    check_documented("Its record has the payload", payload.bytes, payload.size);
    buffer_release(&payload);
}

static void where_sources_stand_is_documented(void **state)
{
    (void)state;
    buffer bytes = {0};
    batch_place_encode(&test.ingest, 2000, &bytes);
    check_documented("Behind that batch the bytes are", bytes.bytes, bytes.size);
    buffer_release(&bytes);
}

static void the_done_mark_is_documented(void **state)
{
    (void)state;
    static const uint64_t records[] = {2, 3};
    batch batch = the_batch(2000);
    done_mark mark = {.time_ms = 2000, .records = 5, .output_records = records, .outputs = 2,
                      .scheduling_us = 16, .processing_us = 256,
                      .read = batch_record_read(&test.ingest, &batch)};
    buffer payload = {0};
    wal_batch_head_encode(mark.time_ms, buffer_reserve(&payload, 8));
    payload.size += 8;
    done_mark_encode(&mark, &payload);
    check_documented("Its done mark has the payload", payload.bytes, payload.size);
    uint64_t part = XXH3_64bits(content, sizeof content - 1);
    uint64_t hash = XXH3_64bits(&part, sizeof part);
    assert_memory_equal(payload.bytes + payload.size - sizeof hash, &hash, sizeof hash);
    buffer_release(&payload);
}

/* Two batches that have nothing, behind the one of the page. */
static void the_record_of_several_batches_is_documented(void **state)
{
    (void)state;
    batch_run run = {0};
    buffer payload = {0};
    batch batch = the_batch(2000);
    batch_run_add(&run, batch.time_ms, batch_record_describe(&test.ingest, &batch), &test.kept);
    for (int64_t time_ms = 3000; time_ms <= 4000; time_ms += 1000) {
        assert_batch(directory, time_ms, "");
        struct batch empty = the_batch(time_ms);
        batch_run_add(&run, time_ms, batch_record_describe(&test.ingest, &empty), &test.kept);
    }
    wal_batch_head_encode(run.parts[0].first_ms, buffer_reserve(&payload, 8));
    payload.size += 8;
    batch_run_encode(&run, &payload);
    check_documented("for which nothing came, have together the payload", payload.bytes,
                     payload.size);
    batch_run_release(&run);
    buffer_release(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_record_of_a_batch_is_documented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_sources_stand_is_documented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_done_mark_is_documented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_record_of_several_batches_is_documented, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
