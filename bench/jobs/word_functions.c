/* Word count by functions of a user's own: plain C, one record at a time, no kernels. Written as a
 * user writes them who has read weir/function.h and nothing else. */
#include <string.h>
#include <weir/weir.h>

static void my_split(weir_value key, weir_value line, weir_value arg, weir_out *out)
{
    size_t length, at = 0;
    const char *text = weir_bytes(&line, &length);
    (void)key;
    (void)arg;
    while (at < length) {
        const char *space = memchr(text + at, ' ', length - at);
        size_t end = space ? (size_t)(space - text) : length;
        if (end > at) weir_emit(out, weir_absent(), weir_slice(&line, at, end - at));
        at = end + 1;
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
