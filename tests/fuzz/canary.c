/* A fuzzer that has something to find: if the smoke run does not make it fail, the fuzzers find
 * nothing either. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size >= 4 && memcmp(bytes, "weir", 4) == 0) abort();
    return 0;
}
