/* UTF-8 checked 32 bytes at a time, by the method of J. Keiser and D. Lemire, "Validating UTF-8 in
 * less than one instruction per byte" (2021): whatever can be wrong shows in the first twelve bits
 * of two neighbouring bytes, so three tables of sixteen entries, a bit for each kind of error,
 * looked up by half-bytes and joined by AND, find it. What is left is whether third and fourth
 * bytes stand where they must. */
#include "record/text_parts.h"

#if CPU_MAY_HAVE_AVX2

#include <immintrin.h>
#include <string.h>

#define WIDE __attribute__((target("avx2,bmi,popcnt")))

enum {
    TOO_SHORT = 1,       /* a first byte, and no continuation behind it */
    TOO_LONG = 2,        /* ASCII, and a continuation behind it */
    OVERLONG_3 = 4,      /* e0 80..9f */
    TOO_LARGE = 8,       /* f4 90..bf, f5.. */
    SURROGATE = 16,      /* ed a0..bf */
    OVERLONG_2 = 32,     /* c0, c1 */
    OVERLONG_4 = 64,     /* f0 80..8f; and what is too large by f5.. 80..8f */
    CONTINUATIONS = 128, /* two of them: right only as third or fourth byte */
    ANY_LOW = TOO_SHORT | TOO_LONG | CONTINUATIONS,
    ABOVE_F4 = ANY_LOW | TOO_LARGE | OVERLONG_4,
    ANY_SECOND = TOO_LONG | OVERLONG_2 | CONTINUATIONS,
};

#define FIRST_BY_HIGH                                                                             \
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,               \
        (char)CONTINUATIONS, (char)CONTINUATIONS, (char)CONTINUATIONS, (char)CONTINUATIONS,       \
        TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,                    \
        TOO_SHORT | TOO_LARGE | OVERLONG_4
#define FIRST_BY_LOW                                                                              \
    (char)(ANY_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4), (char)(ANY_LOW | OVERLONG_2),         \
        (char)ANY_LOW, (char)ANY_LOW, (char)(ANY_LOW | TOO_LARGE), (char)ABOVE_F4,                \
        (char)ABOVE_F4, (char)ABOVE_F4, (char)ABOVE_F4, (char)ABOVE_F4, (char)ABOVE_F4,           \
        (char)ABOVE_F4, (char)ABOVE_F4, (char)(ABOVE_F4 | SURROGATE), (char)ABOVE_F4,             \
        (char)ABOVE_F4
#define SECOND_BY_HIGH                                                                            \
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,       \
        (char)(ANY_SECOND | OVERLONG_3 | OVERLONG_4),                                             \
        (char)(ANY_SECOND | OVERLONG_3 | TOO_LARGE), (char)(ANY_SECOND | SURROGATE | TOO_LARGE),  \
        (char)(ANY_SECOND | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT

enum { UTF8_BLOCK = 32 };

WIDE static inline __m256i look_up(__m256i table, __m256i halves)
{
    return _mm256_shuffle_epi8(table, _mm256_and_si256(halves, _mm256_set1_epi8(0x0f)));
}

/* Anything but zero where a byte is not what it must be behind the bytes before it. */
WIDE static inline __m256i find_errors(__m256i bytes, __m256i before)
{
    const __m256i by_high = _mm256_setr_epi8(FIRST_BY_HIGH, FIRST_BY_HIGH);
    const __m256i by_low = _mm256_setr_epi8(FIRST_BY_LOW, FIRST_BY_LOW);
    const __m256i second_by_high = _mm256_setr_epi8(SECOND_BY_HIGH, SECOND_BY_HIGH);
    __m256i middle = _mm256_permute2x128_si256(before, bytes, 0x21);
    __m256i one_before = _mm256_alignr_epi8(bytes, middle, 15);
    __m256i two_before = _mm256_alignr_epi8(bytes, middle, 14);
    __m256i three_before = _mm256_alignr_epi8(bytes, middle, 13);
    __m256i kinds =
        _mm256_and_si256(_mm256_and_si256(look_up(by_high, _mm256_srli_epi16(one_before, 4)),
                                          look_up(by_low, one_before)),
                         look_up(second_by_high, _mm256_srli_epi16(bytes, 4)));
    /* The high bit where a third or fourth byte must stand, and so two continuations are right. */
    __m256i third = _mm256_subs_epu8(two_before, _mm256_set1_epi8(0xe0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(three_before, _mm256_set1_epi8(0xf0 - 0x80));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(must, kinds);
}

WIDE bool text_is_utf8_avx2(const char *text, size_t length)
{
    __m256i errors = _mm256_setzero_si256();
    __m256i before = _mm256_setzero_si256();
    size_t at = 0;
    for (; at + UTF8_BLOCK <= length; at += UTF8_BLOCK) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + at));
        bool is_ascii = _mm256_movemask_epi8(_mm256_or_si256(bytes, before)) == 0;
        if (!is_ascii) errors = _mm256_or_si256(errors, find_errors(bytes, before));
        before = bytes;
    }
    /* The rest, and zeros: a sequence that the end cuts off is too short. */
    char last[UTF8_BLOCK] = {0};
    if (at < length) memcpy(last, text + at, length - at);
    errors =
        _mm256_or_si256(errors, find_errors(_mm256_loadu_si256((const __m256i *)last), before));
    return _mm256_testz_si256(errors, errors);
}

#endif
