#include "record/probe.h"

enum { AT_ONCE = 64 };

void probe_fill(probe probe, size_t count)
{
    uint32_t hashes[AT_ONCE];
    for (size_t from = 0; from < count; from += AT_ONCE) {
        size_t some = count - from < AT_ONCE ? count - from : AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            hashes[i] = (uint32_t)value_hash(value_present(*probe_key(probe, from + i)));
            __builtin_prefetch(&probe.slots[hashes[i] & probe.mask], 1);
        }
        for (size_t i = 0; i < some; i++) {
            if (weir_is_absent(*probe_key(probe, from + i))) continue;
            size_t at = hashes[i] & probe.mask;
            while (probe.slots[at]) at = (at + 1) & probe.mask;
            probe.slots[at] = probe_slot(probe, hashes[i], (uint32_t)(from + i));
        }
    }
}
