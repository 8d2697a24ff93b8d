/* However the bytes of a text arrive, its lines come out; against a reading byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "ingest/framing.h"

enum { MAX = 20 };

static framing *lines;
static buffer cut_bytes; /* of all blocks that were cut */

static int set_up(void **state)
{
    (void)state;
    lines = framing_of_lines(7, MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lines->class->free(lines);
    buffer_release(&cut_bytes);
    return 0;
}

static void receive(const char *bytes, size_t length)
{
    while (length > 0) {
        size_t size;
        char *place = lines->class->room(lines, &size);
        if (size > length) size = length;
        memcpy(place, bytes, size);
        lines->class->received(lines, size);
        bytes += size;
        length -= size;
    }
}

/* Admits up to `limit` lines, cuts, and adds the bytes to cut_bytes. */
static uint64_t cut(uint64_t limit)
{
    uint64_t admitted = lines->class->admit(lines, limit);
    size_t ready = lines->class->ready(lines);
    block *block = lines->class->cut(lines);
    if (!block) {
        assert_int_equal(ready, 0);
        return admitted;
    }
    assert_int_equal(block->size, ready);
    assert_int_equal(block->stream_id, 7);
    assert_int_equal(block->format, BLOCK_TEXT);
    buffer_append(&cut_bytes, block->bytes, block->size);
    block_drop(block);
    return admitted;
}

#define assert_cut(expected)                                                                      \
    do {                                                                                          \
        cut_bytes.size = 0;                                                                       \
        cut(UINT64_MAX);                                                                          \
        buffer_append(&cut_bytes, "", 1);                                                         \
        assert_string_equal(cut_bytes.bytes, expected);                                           \
    } while (0)

static void receive_text(const char *text)
{
    receive(text, strlen(text));
}

static void cuts_at_line_ends(void **state)
{
    (void)state;
    receive_text("one\ntwo\rthree\r\nfo");
    assert_cut("one\ntwo\rthree\r\n");
    assert_cut("");
    receive_text("ur\n");
    assert_cut("four\n");
}

static void a_cr_at_the_end_waits(void **state)
{
    (void)state;
    receive_text("one\r");
    assert_cut("");
    receive_text("\ntwo\r");
    assert_cut("one\r\n");
    receive_text("three");
    assert_cut("two\r");
    receive_text("\r");
    assert_cut("");
    receive_text("\r");
    assert_cut("three\r");
}

static void a_clean_end_ends_the_line(void **state)
{
    (void)state;
    receive_text("one\ntwo");
    lines->class->ended(lines, true);
    receive_text("three\n");
    assert_cut("one\ntwo\nthree\n");
    receive_text("four\r");
    lines->class->ended(lines, true);
    receive_text("\nfive\n");
    assert_cut("four\r\n\nfive\n");
    lines->class->ended(lines, true);
    assert_cut("");
    assert_int_equal(lines->refused, 0);
}

static void a_failure_drops_the_rest(void **state)
{
    (void)state;
    receive_text("one\ntw");
    lines->class->ended(lines, false);
    receive_text("three\n");
    assert_cut("one\nthree\n");
    assert_int_equal(lines->refused, 1);
    assert_non_null(lines->complaint);
}

static void a_long_line_is_refused(void **state)
{
    (void)state;
    receive_text("one\n123456789012345678901");
    assert_int_equal(lines->refused, 1);
    receive_text("56789012345678901234567890");
    receive_text("56789012345678901234567890\n");
    receive_text("two\n");
    assert_cut("one\ntwo\n");
    assert_int_equal(lines->refused, 1);
}

static void the_end_of_a_long_line_is_no_line(void **state)
{
    (void)state;
    static const char *const ends[][2] = {
        {"\r\n", ""}, {"\r", "\n"}, {"\r", ""}, {"", "\r\n"}, {"x", "\n"}, {"x\r", "\n"},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        lines->refused = 0;
        receive_text("123456789012345678901");
        receive_text(ends[i][0]);
        receive_text(ends[i][1]);
        receive_text("two\n");
        assert_cut("two\n");
        assert_int_equal(lines->refused, 1);
    }
}

/* Twenty bytes are fine, whatever ends them. */
static void a_line_of_the_greatest_length_is_kept(void **state)
{
    (void)state;
    receive_text("12345678901234567890\r");
    receive_text("\n12345678901234567890");
    receive_text("\n");
    assert_cut("12345678901234567890\r\n12345678901234567890\n");
    assert_int_equal(lines->refused, 0);
    receive_text("123456789012345678901\r"); /* one too many */
    assert_int_equal(lines->refused, 1);
    receive_text("\ntwo\n");
    assert_cut("two\n");
}

static void a_line_without_end_takes_no_memory(void **state)
{
    (void)state;
    char *bytes = memory_alloc(1 << 20);
    memset(bytes, 'x', 1 << 20);
    for (int i = 0; i < 100; i++) receive(bytes, 1 << 20);
    free(bytes);
    size_t size;
    lines->class->room(lines, &size);
    assert_true(size <= 1 << 20);
    receive_text("\nafter\n");
    assert_cut("after\n");
    assert_int_equal(lines->refused, 1);
}

/* The same with the limit that sockets have: it is kept until it is too long, then let go. */
static void a_line_of_100_megabytes_is_refused(void **state)
{
    (void)state;
    enum { USUAL = 64 << 20, PIECE = 1 << 20 };
    lines->class->free(lines);
    lines = framing_of_lines(7, USUAL);
    receive_text("before\n");
    char *bytes = memory_alloc(PIECE);
    memset(bytes, 'x', PIECE);
    for (int i = 0; i < 100; i++) {
        size_t size;
        receive(bytes, PIECE);
        lines->class->room(lines, &size);
        assert_true(size <= 2 * USUAL);
        if (i >= USUAL / PIECE) assert_true(size <= PIECE);
    }
    free(bytes);
    assert_int_equal(lines->refused, 1);
    receive_text("\nafter\n");
    assert_cut("before\nafter\n");
    assert_int_equal(lines->refused, 1);
}

static void a_refused_line_leaves_line_ends_apart(void **state)
{
    (void)state;
    receive_text("one\r123456789012345678901");
    receive_text("\n\ntwo\n");
    assert_cut("one\r\n\ntwo\n");
    receive_text("three\rfou");
    lines->class->ended(lines, false);
    receive_text("\nfive\n");
    assert_cut("three\r\n\nfive\n");
}

static void admits_as_many_as_allowed(void **state)
{
    (void)state;
    receive_text("1\n2\r3\r\n4\n5");
    assert_int_equal(cut(0), 0);
    assert_int_equal(cut(2), 2);
    assert_int_equal(cut_bytes.size, 4);
    assert_true(lines->class->is_holding(lines));
    assert_int_equal(cut(5), 2);
    assert_false(lines->class->is_holding(lines));
    buffer_append(&cut_bytes, "", 1);
    assert_string_equal(cut_bytes.bytes, "1\n2\r3\r\n4\n");
}

static void nul_and_bad_utf8_pass_as_they_are(void **state)
{
    (void)state;
    receive("a\0b\xff\n", 5);
    cut(UINT64_MAX);
    assert_int_equal(cut_bytes.size, 5);
    assert_memory_equal(cut_bytes.bytes, "a\0b\xff\n", 5);
}

/* --- Random arrivals ----------------------------------------------------------------------------
 */

/* The lines of the text that are not too long, each with an LF. */
static size_t expected_lines(const char *text, size_t length, buffer *to)
{
    size_t refused = 0;
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && text[end] != '\n' && text[end] != '\r') end++;
        if (end - at > MAX)
            refused++;
        else {
            buffer_append(to, text + at, end - at);
            buffer_append(to, "\n", 1);
        }
        if (end + 1 < length && text[end] == '\r' && text[end + 1] == '\n') end++;
        at = end + 1;
    }
    return refused;
}

/* Blocks are read one by one: a CR and an LF in two of them are two line ends. */
static void cut_apart(uint64_t limit)
{
    cut(limit);
    if (cut_bytes.size && cut_bytes.bytes[cut_bytes.size - 1] == '\r')
        buffer_append(&cut_bytes, "\n", 1);
}

static void any_arrival_gives_the_same_lines(void **state)
{
    (void)state;
    srand(5);
    for (int round = 0; round < 3000; round++) {
        char text[200];
        size_t length = (size_t)rand() % sizeof text;
        int often = 2 + rand() % 40;
        for (size_t i = 0; i < length; i++) text[i] = rand() % often ? 'x' : "\n\r"[rand() % 2];
        cut_bytes.size = 0;
        lines->refused = 0;
        for (size_t at = 0; at < length;) {
            size_t piece = 1 + (size_t)rand() % 30;
            if (piece > length - at) piece = length - at;
            receive(text + at, piece);
            at += piece;
            if (rand() % 3 == 0) cut_apart(rand() % 2 ? UINT64_MAX : (uint64_t)rand() % 4);
        }
        lines->class->ended(lines, true);
        cut_apart(UINT64_MAX);
        /* Lines that came whole are left to whoever reads the block: so read it likewise. */
        buffer expected = {0}, got = {0};
        size_t refused = expected_lines(text, length, &expected);
        size_t left = expected_lines(cut_bytes.bytes, cut_bytes.size, &got);
        assert_int_equal(lines->refused + left, refused);
        assert_int_equal(got.size, expected.size);
        if (got.size) assert_memory_equal(got.bytes, expected.bytes, got.size);
        buffer_release(&expected);
        buffer_release(&got);
    }
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(cuts_at_line_ends),
        unit(a_cr_at_the_end_waits),
        unit(a_clean_end_ends_the_line),
        unit(a_failure_drops_the_rest),
        unit(a_long_line_is_refused),
        unit(the_end_of_a_long_line_is_no_line),
        unit(a_line_of_the_greatest_length_is_kept),
        unit(a_line_without_end_takes_no_memory),
        unit(a_line_of_100_megabytes_is_refused),
        unit(a_refused_line_leaves_line_ends_apart),
        unit(admits_as_many_as_allowed),
        unit(nul_and_bad_utf8_pass_as_they_are),
        unit(any_arrival_gives_the_same_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
