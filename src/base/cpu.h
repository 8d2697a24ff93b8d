/* What this processor can do, asked once. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>

#if defined(__x86_64__) && !WEIR_SCALAR
#define CPU_MAY_HAVE_AVX2 1
#else
#define CPU_MAY_HAVE_AVX2 0
#endif

/* false in a scalar build and on other architectures. */
static inline bool cpu_has_avx2(void)
{
#if CPU_MAY_HAVE_AVX2
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

#endif
