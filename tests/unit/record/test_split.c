#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "record/text.h"
#include "support/collector.h"

static task worker;
static collector got;

static void begin(bool takes_text)
{
    task_init(&worker, 0, NULL, NULL);
    collector_init(&got, takes_text);
    weir_set_log(NULL, NULL, WEIR_ERROR); /* refused lines are expected here */
}

static void end(void)
{
    collector_release(&got);
    task_release(&worker);
}

static void push_text(const char *text, size_t length)
{
    char *padded = calloc(1, length + TEXT_PADDING);
    assert_non_null(padded);
    memcpy(padded, text, length);
    split_push_text(&worker, &got.sink, padded, length);
    free(padded);
}

static void check_line(size_t at, const char *expected)
{
    assert_true(at < got.records.count);
    assert_true(weir_equal(got.records.values[at], weir_text(expected)));
}

static void text_becomes_lines(void **state)
{
    (void)state;
    for (int takes_text = 0; takes_text < 2; takes_text++) {
        begin(takes_text == 1);
        const char text[] = "one\ntwo\r\n\rfour\n\nsix, which is longer than fourteen";
        push_text(text, sizeof text - 1);
        assert_int_equal(got.records.count, 6);
        assert_int_equal(worker.records_in, 6);
        check_line(0, "one");
        check_line(1, "two");
        check_line(2, "");
        check_line(3, "four");
        check_line(4, "");
        check_line(5, "six, which is longer than fourteen");
        push_text("", 0);
        assert_int_equal(got.records.count, 6);
        assert_int_equal(got.pushes, 1);
        end();
    }
}

static void many_lines_come_in_vectors(void **state)
{
    (void)state;
    enum { LINES = 2 * WEIR_VECTOR_SIZE };
    char text[LINES * 2 + 1];
    for (size_t i = 0; i < LINES; i++) memcpy(text + 2 * i, "x\n", 2);
    text[LINES * 2] = 'y';
    begin(false);
    push_text(text, sizeof text - 1);
    assert_int_equal(got.records.count, LINES);
    assert_int_equal(got.pushes, 2);
    push_text(text, sizeof text);
    assert_int_equal(got.records.count, 2 * LINES + 1);
    assert_int_equal(got.pushes, 5);
    check_line(2 * LINES, "y");
    end();
}

static void bad_utf8_is_replaced(void **state)
{
    (void)state;
    for (int takes_text = 0; takes_text < 2; takes_text++) {
        begin(takes_text == 1);
        push_text("a\xff" "b\n\xc3\xa4\nnul\0nul", 14);
        assert_int_equal(worker.records_in, 3);
        check_line(0, "a\xef\xbf\xbd" "b");
        check_line(1, "\xc3\xa4");
        assert_true(weir_equal(got.records.values[2], weir_string("nul\0nul", 7)));
        end();
    }
}

static void long_lines_are_refused_and_the_others_are_not(void **state)
{
    (void)state;
    static const char text[] = "12345\n12345\r\n123456\n\n1234567\r\n"
                               "\xff\xff\xff\xff\xff\n12\n123456789";
    for (int takes_text = 0; takes_text < 2; takes_text++) {
        begin(takes_text == 1);
        worker.max_record_bytes = 5; /* of the line as it came, bad bytes and all */
        push_text(text, sizeof text - 1);
        assert_int_equal(worker.refused, 3);
        assert_int_equal(worker.records_in, 5);
        assert_int_equal(got.records.count, 5);
        check_line(0, "12345");
        check_line(1, "12345");
        check_line(2, "");
        check_line(4, "12");
        push_text("123456", 6);
        push_text("123456\n12345\n123456\n", 20);
        assert_int_equal(worker.refused, 6);
        assert_int_equal(got.records.count, 6);
        end();
    }
}

/* Bad bytes without end, of which nearly none is in memory: one piece, mapped again and again. */
static char *map_bad_bytes(size_t size)
{
    enum { PIECE = 16 << 20 };
    int file = memfd_create("bad bytes", 0);
    assert_int_equal(ftruncate(file, PIECE), 0);
    char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_ptr_not_equal(piece, MAP_FAILED);
    memset(piece, 0xff, PIECE);
    munmap(piece, PIECE);
    char *text = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(text, MAP_FAILED);
    for (size_t at = 0; at < size; at += PIECE)
        assert_ptr_equal(mmap(text + at, size - at < PIECE ? size - at : PIECE, PROT_READ,
                              MAP_SHARED | MAP_FIXED, file, 0),
                         text + at);
    close(file);
    return text;
}

/* Each bad byte becomes three: a string has no room for that. */
static void a_line_that_becomes_too_long_is_refused(void **state)
{
    (void)state;
    enum { PAGE = 4096 };
    size_t length = UINT32_MAX / 3 + 1, mapped = (length + TEXT_PADDING + PAGE - 1) / PAGE * PAGE;
    begin(false);
    worker.max_record_bytes = UINT32_MAX;
    char *text = map_bad_bytes(mapped);
    split_push_text(&worker, &got.sink, text, length);
    munmap(text, mapped);
    assert_int_equal(worker.refused, 1);
    assert_int_equal(worker.records_in, 0);
    assert_int_equal(got.records.count, 0);
    end();
}

static char said[300];

static void keep_message(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)user;
    strncpy(said, text, sizeof said - 1);
}

static void the_place_of_a_refused_line_is_said(void **state)
{
    (void)state;
    begin(false);
    worker.max_record_bytes = 5;
    weir_set_log(keep_message, NULL, WEIR_WARNING);
    char text[20 + TEXT_PADDING] = "123\n12345678\n";
    split_push_text_at(&worker, &got.sink, "dir/file", 1000, text, 13);
    weir_set_log(NULL, NULL, WEIR_ERROR);
    assert_non_null(strstr(said, "dir/file"));
    assert_non_null(strstr(said, "1004"));
    end();
}

static void records_come_as_they_are(void **state)
{
    (void)state;
    enum { COUNT = WEIR_VECTOR_SIZE + 10 };
    begin(false);
    records records = {0};
    for (int i = 0; i < COUNT; i++)
        records_append(&records, arena_current(), weir_int(i), weir_text("v"));
    records_split split = {{&records_split_class}, &records, false};
    assert_int_equal(split.base.class->read(&split.base, &worker, &got.sink), WEIR_OK);
    assert_int_equal(got.records.count, COUNT);
    assert_int_equal(got.pushes, 2);
    assert_int_equal(weir_as_int(got.records.keys[COUNT - 1]), COUNT - 1);
    assert_int_equal(worker.records_in, 0);
    split.counts = true;
    split.base.class->read(&split.base, &worker, &got.sink);
    assert_int_equal(worker.records_in, COUNT);
    task_fail(&worker, WEIR_RUNTIME, "stop");
    assert_int_equal(split.base.class->read(&split.base, &worker, &got.sink), WEIR_RUNTIME);
    assert_int_equal(got.records.count, 2 * COUNT);
    assert_null(records_split_class.free);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_lines),
        cmocka_unit_test(many_lines_come_in_vectors),
        cmocka_unit_test(bad_utf8_is_replaced),
        cmocka_unit_test(long_lines_are_refused_and_the_others_are_not),
        cmocka_unit_test(a_line_that_becomes_too_long_is_refused),
        cmocka_unit_test(the_place_of_a_refused_line_is_said),
        cmocka_unit_test(records_come_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
