/* The parts of text.c: each pass over a text in a scalar form and, where the processor may have
 * it, an AVX2 form. They give the same results; text.c chooses. Tests compare them. */
#ifndef RECORD_TEXT_PARTS_H
#define RECORD_TEXT_PARTS_H

#include "base/cpu.h"
#include "record/text.h"

text_facts text_scan_scalar(const char *text, size_t length);
void text_emit_lines_scalar(const char *text, size_t length, bool has_cr, weir_out *out);
void text_emit_words_scalar(const char *text, size_t length, weir_value key, weir_out *out);
bool text_is_utf8_scalar(const char *text, size_t length);

#if CPU_MAY_HAVE_AVX2
text_facts text_scan_avx2(const char *text, size_t length);
void text_emit_lines_avx2(const char *text, size_t length, bool has_cr, weir_out *out);
void text_emit_words_avx2(const char *text, size_t length, weir_value key, weir_out *out);
bool text_is_utf8_avx2(const char *text, size_t length);
#endif

/* Are the AVX2 forms usable? They use the bit instructions too, which every such processor has. */
static inline bool text_is_wide(void)
{
#if CPU_MAY_HAVE_AVX2
    return cpu_has_avx2() && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

#endif
