/* The forms of every pass over a text (the one that text.h chooses, scalar, AVX2) against the
 * plainest code there is, on random texts of every length and alignment. Texts stand at the end of
 * their memory but for the padding they are promised, so that a sanitizer sees a read too far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "record/out.h"
#include "record/text_parts.h"
#include "record/value.h"
#include "support/random_values.h"

enum { WORD_PADDING = 16, PIECES_MAX = 16384 };

typedef struct form {
    const char *name;
    text_facts (*scan)(const char *text, size_t length);
    void (*emit_lines)(const char *text, size_t length, bool has_cr, weir_out *out);
    void (*emit_words)(const char *text, size_t length, weir_value key, weir_out *out);
    bool (*is_utf8)(const char *text, size_t length);
} form;

static form forms[3] = {
    {"chosen", text_scan, text_emit_lines, text_emit_words, text_is_utf8},
    {"scalar", text_scan_scalar, text_emit_lines_scalar, text_emit_words_scalar,
     text_is_utf8_scalar},
};
static size_t form_count = 2;

static void add_wide_form(void)
{
#if CPU_MAY_HAVE_AVX2
    if (text_is_wide())
        forms[form_count++] = (form){"avx2", text_scan_avx2, text_emit_lines_avx2,
                                     text_emit_words_avx2, text_is_utf8_avx2};
#endif
}

/* --- What is expected ------------------------------------------------------------------------ */

typedef struct piece {
    size_t from;
    size_t length;
} piece;

static piece expected[PIECES_MAX];
static size_t expected_count;

static void expect_piece(size_t from, size_t to)
{
    assert_true(expected_count < PIECES_MAX);
    expected[expected_count++] = (piece){from, to - from};
}

static void expect_lines(const char *text, size_t length)
{
    expected_count = 0;
    size_t from = 0;
    for (size_t at = 0; at < length; at++) {
        if (text[at] != '\n' && text[at] != '\r') continue;
        expect_piece(from, at);
        if (text[at] == '\r' && at + 1 < length && text[at + 1] == '\n') at++;
        from = at + 1;
    }
    if (from < length) expect_piece(from, length);
}

static void expect_words(const char *text, size_t length)
{
    expected_count = 0;
    size_t from = 0;
    for (size_t at = 0; at <= length; at++) {
        if (at < length && !strchr(" \t\n\r\f\v", text[at] ? text[at] : 'x')) continue;
        if (at > from) expect_piece(from, at);
        from = at + 1;
    }
}

/* --- What comes ------------------------------------------------------------------------------ */

typedef struct catcher {
    out out;
    const char *text;
    weir_value key;
    size_t count;
    weir_value keys[64];
    weir_value values[64];
} catcher;

static void check_emitted(out *out)
{
    catcher *to = (catcher *)out;
    for (size_t i = 0; i < to->out.base.count; i++, to->count++) {
        assert_true(to->count < expected_count);
        piece piece = expected[to->count];
        assert_true(value_is_same(to->keys[i], to->key));
        assert_true(value_is_same(to->values[i],
                                  value_padded_string(to->text + piece.from, piece.length)));
        weir_value copy = weir_string(to->text + piece.from, piece.length);
        assert_true(weir_equal(to->values[i], copy));
    }
    to->out.base.count = 0;
}

static catcher catcher_make(const char *text, weir_value key, size_t capacity)
{
    catcher to = {
        .out = {.base = {.capacity = capacity}, .flush = check_emitted}, .text = text, .key = key};
    return to;
}

static void check_text(const char *text, size_t length, size_t capacity)
{
    expect_lines(text, length);
    bool has_cr = length > 0 && memchr(text, '\r', length);
    for (size_t i = 0; i < form_count; i++) {
        catcher to = catcher_make(text, weir_absent(), capacity);
        to.out.base.keys = to.keys;
        to.out.base.values = to.values;
        forms[i].emit_lines(text, length, has_cr, &to.out.base);
        check_emitted(&to.out);
        assert_int_equal(to.count, expected_count);
    }
    size_t longest = 0;
    for (size_t i = 0; i < expected_count; i++)
        if (expected[i].length > longest) longest = expected[i].length;
    bool is_ascii = true;
    for (size_t i = 0; i < length; i++) is_ascii &= (unsigned char)text[i] < 0x80;
    for (size_t i = 0; i < form_count; i++) {
        text_facts facts = forms[i].scan(text, length);
        assert_int_equal(facts.lines, expected_count);
        assert_true(facts.longest >= longest);
        if (facts.longest > 4096) assert_int_equal(facts.longest, longest);
        assert_int_equal(facts.has_cr, has_cr);
        assert_int_equal(facts.is_ascii, is_ascii);
    }
}

static void check_words(const char *text, size_t length, size_t capacity)
{
    expect_words(text, length);
    for (size_t i = 0; i < form_count; i++) {
        catcher to = catcher_make(text, weir_int(7), capacity);
        to.out.base.keys = to.keys;
        to.out.base.values = to.values;
        forms[i].emit_words(text, length, to.key, &to.out.base);
        check_emitted(&to.out);
        assert_int_equal(to.count, expected_count);
    }
}

/* --- Random texts ---------------------------------------------------------------------------- */

/* Each alphabet makes another kind of text; some hold what looks like whitespace and is not. */
static const struct alphabet {
    const char *bytes;
    size_t count;
} alphabets[] = {
    {"abcdefghij \n", 12},
    {" \n\r\t\f\va", 7},
    {"\r\n", 2},
    {"abc\r\n\xc3\xa9 ", 8},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n", 40},
    {"\0\x01\x08\x0e\x1f !\x7f\x80\x89\x8d\xa0\xff\n\x2d\x10", 16},
};
enum { ALPHABETS = sizeof alphabets / sizeof *alphabets };

static void fill(random_source *random, const struct alphabet *alphabet, char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        text[i] = alphabet->bytes[random_below(random, alphabet->count)];
}

/* Runs both checks on a text that begins `shift` bytes behind an alignment of 64. */
static void check_random(random_source *random, size_t length, size_t shift)
{
    const struct alphabet *alphabet = &alphabets[random_below(random, ALPHABETS)];
    size_t capacity = random_below(random, 2) ? 64 : 1 + random_below(random, 5);
    char *memory = aligned_alloc(64, (shift + length + TEXT_PADDING + 63) & ~(size_t)63);
    assert_non_null(memory);
    fill(random, alphabet, memory, shift + length + TEXT_PADDING);
    check_text(memory + shift, length, capacity);
    free(memory);

    memory = memory_alloc(shift + length + WORD_PADDING);
    fill(random, alphabet, memory, shift + length + WORD_PADDING);
    check_words(memory + shift, length, capacity);
    free(memory);
}

static void every_form_gives_the_same(void **state)
{
    (void)state;
    random_source random = {1};
    for (size_t shift = 0; shift < 64; shift++)
        for (size_t length = 0; length < 200; length += 1 + shift % 3)
            check_random(&random, length, shift);
}

static void long_texts_are_cut_into_windows(void **state)
{
    (void)state;
    random_source random = {2};
    for (size_t i = 0; i < 60; i++) {
        check_random(&random, 4096 - 20 + i, i);
        check_random(&random, 8192 - 20 + i, i);
        check_random(&random, 4096 + random_below(&random, 12000), 0);
    }
}

static void a_line_longer_than_everything_is_measured(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    char *text = calloc(1, LENGTH + TEXT_PADDING);
    assert_non_null(text);
    for (size_t i = 0; i < LENGTH; i++) text[i] = 'x';
    text[11] = '\n';
    text[90011] = '\r';
    text[90012] = '\n';
    for (size_t i = 0; i < form_count; i++) {
        text_facts facts = forms[i].scan(text, LENGTH);
        assert_int_equal(facts.lines, 3);
        assert_int_equal(facts.longest, 89999);
        facts = forms[i].scan(text + 12, LENGTH - 12);
        assert_int_equal(facts.longest, 89999);
    }
    check_words(text, LENGTH, 3);
    free(text);
}

/* --- Ends of lines --------------------------------------------------------------------------- */

static void line_ends_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t from;
        size_t end;
    } rows[] = {
        {"", 0, 0},       {"abc", 0, 3},      {"abc", 3, 3},        {"a\nb", 0, 2},
        {"a\nb", 1, 2},   {"a\nb", 2, 3},     {"a\rb", 0, 2},       {"a\r\nb", 0, 3},
        {"a\r\nb", 2, 3}, {"a\r\n", 0, 3},    {"a\r", 0, 2},        {"a\n\nb", 2, 3},
        {"\r\rb", 0, 1},  {"ab\rcd\n", 0, 3}, {"ab\ncd\r\n", 0, 3}, {"ab\r\rcd\n", 0, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32 + TEXT_PADDING] = {0};
        size_t length = strlen(rows[i].text);
        memcpy(text, rows[i].text, length);
        assert_int_equal(text_line_end(text, length, rows[i].from), rows[i].end);
    }
}

static void line_ends_are_found_far_away(void **state)
{
    (void)state;
    static char text[20000 + TEXT_PADDING];
    memset(text, 'x', sizeof text);
    for (size_t at = 4000; at < 20000; at += 31) {
        text[at] = at % 2 ? '\n' : '\r';
        assert_int_equal(text_line_end(text, 20000, 5), at + 1);
        text[at] = 'x';
    }
    assert_int_equal(text_line_end(text, 20000, 5), 20000);
}

/* --- Ints ------------------------------------------------------------------------------------ */

static void ints_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_int;
        int64_t number;
    } rows[] = {
        {"0", true, 0},
        {"7", true, 7},
        {"-1", true, -1},
        {"+12", true, 12},
        {"00000012", true, 12},
        {"12345678", true, 12345678},
        {"123456789", true, 123456789},
        {"1234567890123456", true, 1234567890123456},
        {"999999999999999999", true, 999999999999999999},
        {"-999999999999999999", true, -999999999999999999},
        {"000000000000000001", true, 1},
        {"1000000000000000000", false, 0}, /* 19 digits */
        {"0000000000000000001", false, 0},
        {"", false, 0},
        {"+", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"+-1", false, 0},
        {"1-", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"12345678x", false, 0},
        {"x12345678", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"/", false, 0},
        {":", false, 0},
        {"\xb1", false, 0}, /* a digit with its high bit set */
        {"\xd9\xa1", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].text);
        char *text = malloc(length + 8);
        assert_non_null(text);
        memset(text, '5', length + 8); /* digits behind the end do not count */
        memcpy(text, rows[i].text, length);
        int64_t number = 0;
        assert_int_equal(text_parse_int(text, length, &number), rows[i].is_int);
        if (rows[i].is_int) assert_true(number == rows[i].number);
        free(text);
    }
}

static void random_ints_are_read(void **state)
{
    (void)state;
    random_source random = {3};
    for (int i = 0; i < 20000; i++) {
        int64_t wanted = (int64_t)(random_next(&random) % 1000000000000000000U);
        wanted >>= random_below(&random, 60);
        if (random_below(&random, 2)) wanted = -wanted;
        char text[48];
        int length = snprintf(text, sizeof text, "%lld", (long long)wanted);
        int64_t number;
        assert_true(text_parse_int(text, (size_t)length, &number));
        assert_true(number == wanted);
        char *damaged = &text[random_below(&random, (size_t)length)];
        *damaged = (char)random_next(&random);
        bool is_digit = *damaged >= '0' && *damaged <= '9';
        bool is_sign = damaged == text && (*damaged == '+' || *damaged == '-') && length > 1;
        bool leaves_int = is_digit || (is_sign && text[1] != '-');
        if (length < 19)
            assert_int_equal(text_parse_int(text, (size_t)length, &number), leaves_int);
    }
}

/* --- UTF-8 ----------------------------------------------------------------------------------- */

static void check_utf8(const char *text, size_t length, bool is_utf8)
{
    for (size_t i = 0; i < form_count; i++)
        assert_int_equal(forms[i].is_utf8(text, length), is_utf8);
}

#define BAD "\xef\xbf\xbd"

static void bad_sequences_are_replaced(void **state)
{
    (void)state;
    /* Among them the examples of the Unicode standard for the replacement of maximal subparts. */
    static const struct {
        const char *text;
        const char *repaired; /* NULL: it is good */
        size_t code_points;   /* of what is repaired */
    } rows[] = {
        {"", NULL, 0},
        {"plain ASCII, longer than eight", NULL, 30},
        {"\xc3\xa9", NULL, 1},
        {"\xe2\x82\xac", NULL, 1},
        {"\xf0\x9f\x98\x80", NULL, 1},
        {"\xf4\x8f\xbf\xbf", NULL, 1},
        {"\xed\x9f\xbf\xee\x80\x80", NULL, 2},
        {"12345678\xc3\xa9 12345678", NULL, 18},
        {"\x80", BAD, 1},
        {"\xff", BAD, 1},
        {"a\xc3", "a" BAD, 2},
        {"\xc3(", BAD "(", 2},
        {"\xc0\xaf", BAD BAD, 2},
        {"\xe0\x9f\xbf", BAD BAD BAD, 3},
        {"\xed\xa0\x80", BAD BAD BAD, 3},
        {"\xf4\x90\x80\x80", BAD BAD BAD BAD, 4},
        {"\xf0\x8f\xbf\xbf", BAD BAD BAD BAD, 4},
        {"\xf5\x80\x80\x80", BAD BAD BAD BAD, 4},
        {"\xe2\x82", BAD, 1},
        {"\xe2\x82"
         "A",
         BAD "A", 2},
        {"\xf0\x9f\x98", BAD, 1},
        {"\xf0\x9f\x98\xf0\x9f\x98\x80", BAD "\xf0\x9f\x98\x80", 2},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
         "A",
         BAD BAD BAD BAD "A", 5},
        {"a\xf1\x80\x80\xe1\x80\xc2"
         "b\x80"
         "c\x80\xbf"
         "d",
         "a" BAD BAD BAD "b" BAD "c" BAD BAD "d", 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].text);
        const char *repaired = rows[i].repaired ? rows[i].repaired : rows[i].text;
        char text[64 + TEXT_PADDING] = {0}, to[128];
        memcpy(text, rows[i].text, length);
        check_utf8(text, length, rows[i].repaired == NULL);
        assert_int_equal(text_replace_bad_utf8(text, length, NULL), strlen(repaired));
        assert_int_equal(text_replace_bad_utf8(text, length, to), strlen(repaired));
        assert_memory_equal(to, repaired, strlen(repaired));
        assert_int_equal(text_code_points(repaired, strlen(repaired)), rows[i].code_points);
    }
}

static void what_is_repaired_is_good(void **state)
{
    (void)state;
    random_source random = {4};
    static const char bytes[] = "a\x80\xbf\xc2\xe0\xa0\xed\x9f\xf0\x90\xf4\x8f\xc1\xff";
    for (int i = 0; i < 5000; i++) {
        char text[40 + TEXT_PADDING], once[120 + TEXT_PADDING], twice[120];
        size_t length = random_below(&random, 40);
        for (size_t at = 0; at < length; at++)
            text[at] = bytes[random_below(&random, sizeof bytes - 1)];
        size_t repaired = text_replace_bad_utf8(text, length, once);
        check_utf8(once, repaired, true);
        assert_int_equal(text_replace_bad_utf8(once, repaired, twice), repaired);
        assert_memory_equal(once, twice, repaired);
        bool was_good = repaired == length && memcmp(once, text, length) == 0;
        check_utf8(text, length, was_good);
    }
}

/* Each of the rows above would do alone; here every two bytes and some more stand at every place.
 */
static void bad_sequences_are_found_anywhere(void **state)
{
    (void)state;
    enum { LENGTH = 100 };
    char text[LENGTH + TEXT_PADDING];
    static const char *const ends[] = {"", "\x80", "\x80\x80", "\xbf\xbf\xbf", "a\x80"};
    for (unsigned both = 0; both < 0x10000; both++) {
        const char *end = ends[both % 5];
        size_t size = 2 + strlen(end), at = both % (LENGTH - size + 1);
        memset(text, 'a', LENGTH);
        text[at] = (char)(both >> 8);
        text[at + 1] = (char)both;
        memcpy(text + at + 2, end, size - 2);
        bool is_utf8 = text_is_utf8_scalar(text, LENGTH);
        check_utf8(text, LENGTH, is_utf8);
        check_utf8(text + at, size, is_utf8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_gives_the_same),
        cmocka_unit_test(long_texts_are_cut_into_windows),
        cmocka_unit_test(a_line_longer_than_everything_is_measured),
        cmocka_unit_test(line_ends_are_found),
        cmocka_unit_test(line_ends_are_found_far_away),
        cmocka_unit_test(ints_are_read),
        cmocka_unit_test(random_ints_are_read),
        cmocka_unit_test(bad_sequences_are_replaced),
        cmocka_unit_test(what_is_repaired_is_good),
        cmocka_unit_test(bad_sequences_are_found_anywhere),
    };
    add_wide_form();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
