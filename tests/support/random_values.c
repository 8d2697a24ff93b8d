#include "support/random_values.h"

uint64_t random_next(random_source *random)
{
    uint64_t mixed = random->state += 0x9e3779b97f4a7c15U; /* splitmix64 */
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

size_t random_below(random_source *random, size_t limit)
{
    return (size_t)(random_next(random) % limit);
}

static weir_value random_text(random_source *random, weir_kind kind)
{
    char text[40];
    bool is_long = random_below(random, 4) == 0;
    size_t length = is_long ? 12 + random_below(random, 6) : random_below(random, 4);
    for (size_t i = 0; i < length; i++) text[i] = length > 4 ? 'x' : "ab"[random_below(random, 2)];
    if (length > 4) text[length - 1] = "ab"[random_below(random, 2)];
    return kind == WEIR_STRING ? weir_string(text, length) : weir_bytes_value(text, length);
}

weir_value random_value(random_source *random, int depth)
{
    weir_kind kind = (weir_kind)(1 + random_below(random, depth > 0 ? 8 : 6));
    switch (kind) {
    case WEIR_BOOL: return weir_bool(random_below(random, 2) == 1);
    case WEIR_INT: return weir_int((int64_t)random_below(random, 7) - 3);
    case WEIR_DOUBLE: return weir_double(((double)random_below(random, 13) - 6.0) / 2);
    case WEIR_STRING:
    case WEIR_BYTES: return random_text(random, kind);
    case WEIR_LIST: {
        weir_value items[3];
        size_t count = random_below(random, 4);
        for (size_t i = 0; i < count; i++) items[i] = random_value(random, depth - 1);
        return weir_list(items, count);
    }
    case WEIR_PAIR: {
        weir_value key = random_value(random, depth - 1);
        return weir_pair(key, random_value(random, depth - 1));
    }
    default: return weir_null();
    }
}
