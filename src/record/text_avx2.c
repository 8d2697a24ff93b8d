/* Text in blocks of 64 bytes: masks of the bytes that matter, a bit a byte, then the set bits one
 * after another.
 *
 * Words. The positions of all whitespace of a window are written down first, then every piece
 * between two of them becomes a value. Neither loop branches on the text: of each block twelve
 * positions are written whether or not there are as many (more are rare), and an empty piece is
 * written too, to be overwritten by the next one. */
#include "record/text_parts.h"

#if CPU_MAY_HAVE_AVX2

#include <immintrin.h>
#include <string.h>

#include "record/value.h"

#define WIDE __attribute__((target("avx2,bmi,popcnt")))

enum { BLOCK = 64, WINDOW = 4096, USUAL_BITS = 12 };

/* Only the first `count` (< 64) bits. */
static inline uint64_t first_bits(uint64_t mask, size_t count)
{
    return mask & (((uint64_t)1 << count) - 1);
}

WIDE static inline uint64_t join_masks(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

WIDE static inline uint64_t mask_of_byte(__m256i low, __m256i high, char byte)
{
    __m256i wanted = _mm256_set1_epi8(byte);
    return join_masks(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

/* --- Facts ----------------------------------------------------------------------------------- */

typedef struct scan_state {
    text_facts facts;
    size_t start;     /* of the line that is open */
    uint64_t last_cr; /* 1: the byte before was a CR */
} scan_state;

/* Lines that begin and end in this block are not measured: they count as `bound` long. */
WIDE static inline void scan_masks(scan_state *scan, size_t at, size_t bound, uint64_t feeds,
                                   uint64_t carriages)
{
    uint64_t ends = feeds | carriages;
    uint64_t second = feeds & (carriages << 1 | scan->last_cr);
    scan->last_cr = carriages >> 63;
    scan->facts.lines += (size_t)__builtin_popcountll(ends & ~second);
    scan->facts.has_cr |= carriages != 0;
    /* Without an end the line is longer still: what is measured here is no more than its length.
     */
    size_t first = ends ? (size_t)__builtin_ctzll(ends) : bound;
    size_t length = at + first - scan->start;
    if (length < bound) length = bound;
    if (length > scan->facts.longest) scan->facts.longest = length;
    if (ends) scan->start = at + BLOCK - (size_t)__builtin_clzll(ends);
}

WIDE text_facts text_scan_avx2(const char *text, size_t length)
{
    scan_state scan = {.start = 0};
    uint64_t high_bits = 0;
    for (size_t at = 0; at < length; at += BLOCK) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(text + at));
        __m256i high = _mm256_loadu_si256((const __m256i *)(text + at + 32));
        uint64_t feeds = mask_of_byte(low, high, '\n');
        uint64_t carriages = mask_of_byte(low, high, '\r');
        uint64_t above = join_masks(low, high);
        size_t bound = BLOCK;
        if (length - at < BLOCK) {
            bound = length - at;
            feeds = first_bits(feeds, bound);
            carriages = first_bits(carriages, bound);
            above = first_bits(above, bound);
        }
        high_bits |= above;
        scan_masks(&scan, at, bound, feeds, carriages);
    }
    scan.facts.lines += scan.start < length;
    scan.facts.is_ascii = high_bits == 0;
    return scan.facts;
}

/* --- Lines ----------------------------------------------------------------------------------- */

WIDE void text_emit_lines_avx2(const char *text, size_t length, bool has_cr, weir_out *out)
{
    const char *start = text;
    const char *end = text + length;
    for (size_t at = 0; at < length; at += BLOCK) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(text + at));
        __m256i high = _mm256_loadu_si256((const __m256i *)(text + at + 32));
        uint64_t ends = mask_of_byte(low, high, '\n');
        if (has_cr) ends |= mask_of_byte(low, high, '\r');
        if (length - at < BLOCK) ends = first_bits(ends, length - at);
        for (; ends; ends &= ends - 1) {
            const char *mark = text + at + __builtin_ctzll(ends);
            bool is_second = has_cr && *mark == '\n' && mark > text && mark[-1] == '\r';
            if (!is_second)
                weir_emit(out, weir_absent(), value_padded_string(start, (size_t)(mark - start)));
            start = mark + 1;
        }
    }
    if (start < end)
        weir_emit(out, weir_absent(), value_padded_string(start, (size_t)(end - start)));
}

/* --- Words ----------------------------------------------------------------------------------- */

/* In the place of each low half-byte: the one whitespace byte that has it, or a byte that never
 * equals one which selects it (those above 127 select zero). */
#define SPACES_BY_HALF ' ', -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', '\v', '\f', '\r', -1, -1

WIDE static inline __m256i find_spaces(__m256i bytes)
{
    const __m256i spaces = _mm256_setr_epi8(SPACES_BY_HALF, SPACES_BY_HALF);
    return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(spaces, bytes), bytes);
}

WIDE static inline uint64_t mask_of_spaces(const char *block)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)block);
    __m256i high = _mm256_loadu_si256((const __m256i *)(block + 32));
    return join_masks(find_spaces(low), find_spaces(high));
}

/* The same of the last `length` (< 64) bytes of a text. Reads no more than 15 bytes behind them.
 */
WIDE static inline uint64_t mask_of_last_spaces(const char *block, size_t length)
{
    const __m128i spaces = _mm_setr_epi8(SPACES_BY_HALF);
    uint64_t mask = 0;
    for (size_t at = 0; at < length; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(block + at));
        __m128i found = _mm_cmpeq_epi8(_mm_shuffle_epi8(spaces, bytes), bytes);
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << at;
    }
    return first_bits(mask, length);
}

/* Writes the positions of the set bits; room for USUAL_BITS too many. Returns how many there are.
 */
WIDE static inline size_t list_bits(uint64_t mask, uint32_t base, uint32_t *positions)
{
    size_t count = (size_t)__builtin_popcountll(mask);
    for (size_t i = 0; i < USUAL_BITS; i++) {
        positions[i] = base + (uint32_t)_tzcnt_u64(mask);
        mask &= mask - 1;
    }
    for (size_t i = USUAL_BITS; i < count; i++) {
        positions[i] = base + (uint32_t)_tzcnt_u64(mask);
        mask &= mask - 1;
    }
    return count;
}

/* Sixteen bytes of a window that slides over ones and zeros: from KEPT + 16 - n on, n bytes are
 * kept. */
static const unsigned char kept_bytes[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

WIDE static inline void write_word(weir_value *to, const char *start, size_t length)
{
    if (__builtin_expect(length > WEIR_INLINE_MAX, 0)) {
        *to = value_padded_string(start, length);
        return;
    }
    __m128i bytes = _mm_loadu_si128((const __m128i *)start);
    __m128i kept = _mm_loadu_si128((const __m128i *)(kept_bytes + 16 - length));
    __m128i head = _mm_cvtsi64_si128((long long)(length << 8 | WEIR_STRING));
    _mm_storeu_si128((__m128i *)to,
                     _mm_or_si128(_mm_slli_si128(_mm_and_si128(bytes, kept), 2), head));
}

/* The pieces that end at the listed positions of the window; returns where the next one starts. */
WIDE static const char *emit_pieces(const char *start, const char *window, const uint32_t *ends,
                                    size_t count, weir_value key, weir_out *out)
{
    while (count > 0) {
        size_t room = out->capacity - out->count;
        size_t now = count < room ? count : room;
        weir_value *values = out->values + out->count;
        weir_value *keys = out->keys + out->count;
        size_t filled = 0;
        for (size_t i = 0; i < now; i++) {
            size_t length = (size_t)(window + ends[i] - start);
            write_word(values + filled, start, length);
            filled += length > 0;
            start = window + ends[i] + 1;
        }
        for (size_t i = 0; i < filled; i++) keys[i] = key;
        out->count += filled;
        if (out->count == out->capacity) weir_out_flush(out);
        ends += now;
        count -= now;
    }
    return start;
}

WIDE void text_emit_words_avx2(const char *text, size_t length, weir_value key, weir_out *out)
{
    uint32_t ends[WINDOW + USUAL_BITS + 1];
    const char *start = text;
    const char *text_end = text + length;
    for (const char *window = text; window < text_end; window += WINDOW) {
        size_t size = (size_t)(text_end - window);
        bool is_last = size <= WINDOW;
        if (!is_last) size = WINDOW;
        size_t count = 0;
        size_t at = 0;
        for (; at + BLOCK <= size; at += BLOCK)
            count += list_bits(mask_of_spaces(window + at), (uint32_t)at, ends + count);
        if (at < size)
            count +=
                list_bits(mask_of_last_spaces(window + at, size - at), (uint32_t)at, ends + count);
        bool is_open = is_last && (count == 0 || ends[count - 1] + 1 < size);
        if (is_open) ends[count++] = (uint32_t)size;
        start = emit_pieces(start, window, ends, count, key, out);
    }
}

#endif
