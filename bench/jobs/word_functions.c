/* Word count by functions of a user's own: plain C, one record at a time, no kernels. Written as a
 * user writes them who has read weir/function.h and nothing else. */
#include <weir/weir.h>

static void my_split(weir_value key, weir_value line, weir_value arg, weir_out *out)
{
    size_t length, from = 0;
    const char *text = weir_bytes(&line, &length);
    (void)key;
    (void)arg;
    for (size_t at = 0; at <= length; at++) {
        if (at < length && text[at] != ' ') continue;
        if (at > from) weir_emit(out, weir_absent(), weir_slice(&line, from, at - from));
        from = at + 1;
    }
}
WEIR_FLAT_MAP(my_split)

static void my_pair(weir_value key, weir_value word, weir_value arg, weir_value *out_key,
                    weir_value *out_value)
{
    (void)key;
    (void)arg;
    *out_key = word;
    *out_value = weir_int(1);
}
WEIR_MAP(my_pair)

static weir_value my_add(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_int(weir_as_int(a) + weir_as_int(b));
}
WEIR_REDUCE(my_add, WEIR_COMMUTATIVE | WEIR_EXACT)
