/* Where the oldest block stands that no batch has: threads that submit at once come to the log in
 * another order than into the ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/block_intake.h"
#include "ingest/ingest.h"

/* --- a log that answers when it is told to -------------------------------------------------- */

enum { BLOCKS = 4 };

typedef struct late_append {
    block *block;
    block_log_stored stored;
    void *user;
} late_append;

static late_append appended[BLOCKS];
static size_t append_count, answer_count;

static void append(block_log *log, block *block, block_log_stored stored, void *user)
{
    (void)log;
    assert_true(append_count < BLOCKS);
    appended[append_count++] = (late_append){block, stored, user};
}

static const block_log_class late_class = {.append = append};

static void answer(size_t at, uint64_t segment, uint64_t offset)
{
    const late_append *late = &appended[at];
    answer_count++;
    late->block->log_segment = segment;
    late->block->log_offset = offset;
    late->stored(late->user, late->block, WEIR_OK);
}

static void refuse(size_t at)
{
    answer_count++;
    appended[at].stored(appended[at].user, appended[at].block, WEIR_IO);
}

/* --- the intake of a source ----------------------------------------------------------------- */

static block_log the_log = {.class = &late_class};
static ingest the_ingest;
static weir_stream the_stream;
static source the_source;
static block_intake intake;

static int set_up(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, (weir_level)(WEIR_ERROR + 1)); /* one is refused */
    append_count = answer_count = 0;
    memset(&the_ingest, 0, sizeof the_ingest);
    the_ingest.log = &the_log;
    the_stream = (weir_stream){.source_text = "a source"};
    the_source = (source){.ingest = &the_ingest, .stream = &the_stream};
    block_intake_init(&intake, &the_source);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (answer_count == append_count) block_intake_release(&intake); /* else it would wait */
    weir_set_log(NULL, NULL, WEIR_INFO);
    return 0;
}

static void submit(size_t count)
{
    for (size_t i = 0; i < count; i++)
        block_intake_submit(&intake, block_create(BLOCK_TEXT, 0, 1));
}

static void adopt(uint64_t segment, uint64_t offset)
{
    block *block = block_create(BLOCK_TEXT, 0, 1);
    block->log_segment = segment;
    block->log_offset = offset;
    block_intake_adopt(&the_source, block);
}

static void expect_oldest(uint64_t segment, uint64_t offset)
{
    uint64_t in = UINT64_MAX, at = UINT64_MAX;
    assert_true(block_intake_oldest(&the_source, &in, &at));
    assert_int_equal(in, segment);
    assert_int_equal(at, offset);
}

/* --- tests ---------------------------------------------------------------------------------- */

/* The second one came first into the log. */
static void it_is_the_lowest_place_not_the_lowest_number(void **state)
{
    (void)state;
    submit(3);
    answer(1, 3, 640);
    expect_oldest(3, 640); /* what is not answered stands behind the end of the log */
    answer(0, 3, 1280);
    expect_oldest(3, 640);
    answer(2, 4, 64);
    expect_oldest(3, 640);
}

static void so_it_is_of_blocks_from_the_log(void **state)
{
    (void)state;
    adopt(2, 64); /* the newest is given first */
    adopt(2, 640);
    expect_oldest(2, 64);
    submit(1);
    expect_oldest(2, 64); /* a new one stands behind all of them */
    answer(0, 3, 64);
    expect_oldest(2, 64);
}

/* The log may have dropped what was answered long ago. */
static void what_is_not_answered_needs_nothing_older(void **state)
{
    uint64_t segment, offset;
    source_batch batch = {0};
    (void)state;
    submit(1);
    answer(0, 1, 640);
    block_intake_take(&intake, &batch);
    assert_int_equal(batch.count, 1);
    source_batch_release(&batch);
    submit(2);
    assert_false(block_intake_oldest(&the_source, &segment, &offset));
    answer(2, 7, 640);
    expect_oldest(7, 640);
    answer(1, 7, 1280);
}

static void what_could_not_be_stored_stands_nowhere(void **state)
{
    uint64_t segment, offset;
    (void)state;
    assert_false(block_intake_oldest(&the_source, &segment, &offset));
    submit(2);
    refuse(0);
    answer(1, 5, 640);
    expect_oldest(5, 640);
    submit(1);
    expect_oldest(5, 640);
    answer(2, 5, 1280);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_the_lowest_place_not_the_lowest_number),
        TEST(so_it_is_of_blocks_from_the_log),
        TEST(what_is_not_answered_needs_nothing_older),
        TEST(what_could_not_be_stored_stands_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
