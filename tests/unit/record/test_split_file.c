/* Whatever the marks, every line of a file is in exactly one split: against a reading byte by
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/collector.h"
#include "support/random_values.h"

static task worker;
static collector got;

static int set_up(void **state)
{
    (void)state;
    task_init(&worker, 0, NULL, NULL);
    collector_init(&got, false);
    weir_set_log(NULL, NULL, WEIR_ERROR); /* refused lines are expected here */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    collector_release(&got);
    task_release(&worker);
    return 0;
}

/* --- Files ----------------------------------------------------------------------------------- */

static char path[] = "test_split_file.tmp";

static void write_file(const char *text, size_t length)
{
    int descriptor;
    assert_int_equal(file_create(path, &descriptor), WEIR_OK);
    assert_int_equal(file_write(descriptor, path, text, length), WEIR_OK);
    assert_int_equal(file_close(descriptor, path), WEIR_OK);
}

/* Adds the lines of [from, to) to `got`. */
static weir_status read_split(size_t from, size_t to, size_t size)
{
    range_hash hash = 0;
    file_split split = {.base = {&file_split_class},
                        .path = path,
                        .from = (int64_t)from,
                        .to = (int64_t)to,
                        .chosen = {.size = (int64_t)size},
                        .hash = &hash};
    task_begin(&worker, 0, 0);
    weir_status status = file_split_class.read(&split.base, &worker, &got.sink);
    uint64_t known;
    if (status != WEIR_OK) return status;
    /* However it was cut, all bytes of the split were seen once. */
    assert_int_equal(range_hash_read(path, (int64_t)from, (int64_t)to, &known), WEIR_OK);
    assert_true(hash != 0 && hash == known);
    return status;
}

/* --- The same, byte by byte ------------------------------------------------------------------ */

static bool is_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

static size_t behind_line(const char *text, size_t size, size_t at)
{
    while (at < size && !is_end(text[at])) at++;
    if (at == size) return size;
    return text[at] == '\r' && at + 1 < size && text[at + 1] == '\n' ? at + 2 : at + 1;
}

static size_t boundary(const char *text, size_t size, size_t mark)
{
    return mark == 0 ? 0 : behind_line(text, size, mark);
}

/* Compares `got` from record `*at` on with the lines of text[from, to); returns how many are
 * longer than the limit. */
static uint64_t check_lines(const char *text, size_t from, size_t to, size_t *at)
{
    uint64_t refused = 0;
    while (from < to) {
        size_t end = behind_line(text, to, from), length = 0, got_length;
        while (from + length < to && !is_end(text[from + length])) length++;
        if (length > worker.max_record_bytes) {
            refused++;
        } else {
            assert_true(*at < got.records.count);
            const char *line = weir_bytes(&got.records.values[(*at)++], &got_length);
            assert_int_equal(got_length, length);
            assert_memory_equal(line, text + from, length);
        }
        from = end;
    }
    return refused;
}

static void check_split(const char *text, size_t size, size_t from, size_t to)
{
    size_t at = 0;
    collector_clear(&got);
    assert_int_equal(read_split(from, to, size), WEIR_OK);
    size_t first = boundary(text, size, from), end = boundary(text, size, to);
    uint64_t refused = check_lines(text, first, end, &at);
    assert_int_equal(got.records.count, at);
    assert_int_equal(worker.records_in, at);
    assert_int_equal(worker.refused, refused);
}

/* The file cut into parts of `part` bytes: together they hold every line once, in order. */
static void check_parts(const char *text, size_t size, size_t part)
{
    uint64_t records = 0, refused = 0;
    size_t at = 0;
    collector_clear(&got);
    for (size_t from = 0; from < size; from += part) {
        assert_int_equal(read_split(from, from + part < size ? from + part : size, size), WEIR_OK);
        records += worker.records_in;
        refused += worker.refused;
    }
    assert_int_equal(check_lines(text, 0, size, &at), refused);
    assert_int_equal(at, got.records.count);
    assert_int_equal(at, records);
}

/* --- Tests ----------------------------------------------------------------------------------- */

/* What is between two marks depends on these two alone, so all pairs of marks are all sets of
 * marks. */
static void small_files_at_every_pair_of_marks(void **state)
{
    (void)state;
    random_source random = {1};
    for (int round = 0; round < 100; round++) {
        char text[20];
        size_t size = random_below(&random, sizeof text + 1);
        for (size_t i = 0; i < size; i++) text[i] = "a\nb\r\r\n"[random_below(&random, 6)];
        write_file(text, size);
        worker.max_record_bytes = round % 2 ? 2 : 100;
        for (size_t from = 0; from < size; from++)
            for (size_t to = from + 1; to <= size; to++) check_split(text, size, from, to);
        for (size_t part = 1; part <= size; part++) check_parts(text, size, part);
    }
}

static void fill_lines(random_source *random, char *text, size_t size, size_t longest)
{
    for (size_t at = 0; at < size;) {
        for (size_t left = random_below(random, longest); left > 0 && at < size; left--)
            text[at++] = 'x';
        for (size_t ends = 1 + random_below(random, 3); ends > 0 && at < size; ends--)
            text[at++] = "\n\r"[random_below(random, 2)];
    }
}

/* Larger than the pieces in which files are read: line ends fall on both sides of every seam. */
static void large_files_at_random_marks(void **state)
{
    (void)state;
    enum { SIZE = 600000 };
    static const size_t longest[] = {2, 6, 300, 5000, 300000};
    static const size_t limits[] = {1 << 20, 100, 20000};
    char *text = memory_alloc(SIZE);
    random_source random = {2};
    for (int round = 0; round < 15; round++) {
        fill_lines(&random, text, SIZE, longest[round % 5]);
        write_file(text, SIZE);
        worker.max_record_bytes = limits[round / 5];
        check_parts(text, SIZE, 100000 + random_below(&random, 200000));
        for (int i = 0; i < 3; i++) {
            size_t from = random_below(&random, SIZE), to = random_below(&random, SIZE);
            if (from < to) check_split(text, SIZE, from, to);
        }
    }
    free(text);
}

/* A CRLF, a CR or an LF at every place around the seams of the pieces and around the marks. */
static void line_ends_on_every_seam(void **state)
{
    (void)state;
    enum { SIZE = 400000 };
    static const char *const ends[] = {"\r\n", "\r", "\n", "\n\n", "\r\r\n"};
    static const size_t seams[] = {4096, 131072, 131072 + 4096, 200000, 262144};
    char *text = memory_alloc(SIZE);
    for (size_t seam = 0; seam < sizeof seams / sizeof seams[0]; seam++)
        for (size_t end = 0; end < sizeof ends / sizeof ends[0]; end++)
            for (size_t before = 0; before < 3; before++) {
                memset(text, 'x', SIZE);
                memcpy(text + seams[seam] - before, ends[end], strlen(ends[end]));
                write_file(text, SIZE);
                worker.max_record_bytes = 300000; /* neither line reaches it, but both together */
                check_parts(text, SIZE, 200000);
                check_split(text, SIZE, 131072, 300000);
                worker.max_record_bytes = seams[seam] - before; /* as long as the first line */
                check_parts(text, SIZE, SIZE);
            }
    free(text);
}

static void a_huge_line_is_refused_once(void **state)
{
    (void)state;
    enum { HUGE_LINE = 100 << 20 };
    size_t size = 6 + HUGE_LINE + 6, count = 0;
    uint64_t refused = 0;
    write_file("first\n", 6);
    assert_int_equal(truncate(path, (off_t)(6 + HUGE_LINE)), 0); /* zeros */
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("\nlast\n", file);
    fclose(file);
    worker.max_record_bytes = 4 << 20;
    collector_clear(&got);
    for (size_t from = 0; from < size; from += FILE_SPLIT_BYTES) {
        size_t to = from + FILE_SPLIT_BYTES < size ? from + FILE_SPLIT_BYTES : size;
        assert_int_equal(read_split(from, to, size), WEIR_OK);
        refused += worker.refused;
        count += worker.records_in;
        assert_true(worker.block.capacity <= (size_t)16 << 20);
    }
    assert_int_equal(refused, 1);
    assert_int_equal(count, 2);
    assert_true(weir_equal(got.records.values[0], weir_text("first")));
    assert_true(weir_equal(got.records.values[1], weir_text("last")));
}

static void reading_goes_on_behind_a_refused_line(void **state)
{
    (void)state;
    enum { LONG_LINE = 300000, SIZE = LONG_LINE + 300000 };
    char *text = memory_alloc(SIZE);
    random_source random = {3};
    worker.max_record_bytes = 1000;
    for (size_t from = 0; from < 3; from++) {
        fill_lines(&random, text, SIZE, 20);
        memset(text + from, 'x', LONG_LINE);
        text[LONG_LINE + from] = '\n';
        write_file(text, SIZE);
        check_parts(text, SIZE, SIZE);
        check_split(text, SIZE, 0, SIZE - 10);
    }
    free(text);
}

/* /proc/self/maps is said to have 0 bytes, and has a line for each of many mappings: more than is
 * read at once. */
static void a_file_without_size_is_read_to_its_end(void **state)
{
    (void)state;
    enum { MAPPINGS = 5000 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *area = mmap(NULL, MAPPINGS * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(area, MAP_FAILED);
    for (size_t i = 0; i < MAPPINGS; i += 2)
        assert_int_equal(mprotect(area + i * page, page, PROT_READ), 0);
    char maps[] = "/proc/self/maps";
    file_split split = {.base = {&file_split_class}, .path = maps};
    worker.max_record_bytes = 1 << 20;
    collector_clear(&got);
    task_begin(&worker, 0, 0);
    assert_int_equal(file_split_class.read(&split.base, &worker, &got.sink), WEIR_OK);
    assert_true(got.records.count >= MAPPINGS);
    uint64_t last = 0, from, to;
    for (size_t i = 0; i < got.records.count; i++) {
        char line[64] = "";
        size_t length;
        const char *bytes = weir_bytes(&got.records.values[i], &length);
        memcpy(line, bytes, length < sizeof line - 1 ? length : sizeof line - 1);
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) != 2) fail_msg("%s", line);
        assert_true(from >= last && to > from); /* no line is torn, lost or there twice */
        last = from;
    }
    size_t count = got.records.count;
    worker.max_record_bytes = 10; /* the same limit as in any file */
    collector_clear(&got);
    task_begin(&worker, 0, 0);
    assert_int_equal(file_split_class.read(&split.base, &worker, &got.sink), WEIR_OK);
    assert_int_equal(got.records.count, 0);
    assert_true(worker.refused + 100 > count); /* mappings of this process may come and go */
    munmap(area, MAPPINGS * page);
}

static void what_an_empty_file_gets_later_is_not_read(void **state)
{
    (void)state;
    write_file("late\n", 5);
    collector_clear(&got);
    assert_int_equal(read_split(0, 0, 0), WEIR_OK); /* it was empty when it was chosen */
    assert_int_equal(got.records.count, 0);
    write_file("", 0);
    assert_int_equal(read_split(0, 0, 0), WEIR_OK);
    assert_int_equal(got.records.count, 0);
}

static void a_line_as_long_as_the_limit_is_taken(void **state)
{
    (void)state;
    enum { LONG_LINE = 500000 };
    char *text = memory_alloc(LONG_LINE + 3);
    memset(text, 'y', LONG_LINE + 3);
    memcpy(text + LONG_LINE, "\r\nz", 3);
    write_file(text, LONG_LINE + 3);
    for (size_t limit = LONG_LINE - 1; limit <= LONG_LINE + 1; limit++) {
        worker.max_record_bytes = limit;
        check_parts(text, LONG_LINE + 3, 150000);
        check_split(text, LONG_LINE + 3, 0, 10);
        assert_int_equal(worker.refused, limit < LONG_LINE);
    }
    free(text);
}

static void what_was_appended_later_is_not_read(void **state)
{
    (void)state;
    worker.max_record_bytes = 100;
    write_file("one\ntwo\nthree\n", 14);
    collector_clear(&got);
    assert_int_equal(read_split(0, 6, 6), WEIR_OK);
    assert_int_equal(got.records.count, 2);
    assert_true(weir_equal(got.records.values[1], weir_text("tw")));
}

static void a_file_that_shrank_or_went_fails_the_task(void **state)
{
    (void)state;
    worker.max_record_bytes = 100;
    write_file("one\ntwo\n", 8);
    assert_int_equal(read_split(0, 9, 9), WEIR_IO);
    assert_non_null(strstr(worker.error, path));
    assert_non_null(strstr(worker.error, "shorter"));
    unlink(path);
    assert_int_equal(read_split(0, 8, 8), WEIR_IO);
    assert_int_equal(worker.status, WEIR_IO);
    assert_non_null(strstr(worker.error, path));
    write_file("", 0);
    assert_int_equal(read_split(0, 0, 0), WEIR_OK);
    assert_int_equal(worker.records_in, 0);
}

static void the_class_frees_what_was_allocated(void **state)
{
    (void)state;
    file_split *split = memory_zero_alloc(1, sizeof *split);
    split->base.class = &file_split_class;
    split->path = memory_copy_text(path);
    split->base.class->free(&split->base); /* the leak checker looks */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_files_at_every_pair_of_marks),
        cmocka_unit_test(large_files_at_random_marks),
        cmocka_unit_test(line_ends_on_every_seam),
        cmocka_unit_test(a_huge_line_is_refused_once),
        cmocka_unit_test(reading_goes_on_behind_a_refused_line),
        cmocka_unit_test(a_line_as_long_as_the_limit_is_taken),
        cmocka_unit_test(what_was_appended_later_is_not_read),
        cmocka_unit_test(a_file_without_size_is_read_to_its_end),
        cmocka_unit_test(what_an_empty_file_gets_later_is_not_read),
        cmocka_unit_test(a_file_that_shrank_or_went_fails_the_task),
        cmocka_unit_test(the_class_frees_what_was_allocated),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    unlink(path);
    return failed;
}
