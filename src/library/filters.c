/* Filters. Each has a kernel: its condition inlined into a loop that does not branch on it. */
#include <fnmatch.h>
#include <string.h>

#include "base/arena.h"
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

__attribute__((always_inline)) static inline size_t
keep_of_vector(weir_filter_call keep, const weir_vector *in, weir_value arg, uint32_t *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < in->count; i++) {
        kept[count] = (uint32_t)i;
        count += keep(in->keys ? in->keys[i] : weir_absent(), in->values[i], arg);
    }
    return count;
}

/* The descriptor, and the kernel, of the condition filter_FN. */
#define DEFINE_FILTER(fn, about_it)                                                               \
    static size_t fn##_kernel(const weir_vector *in, weir_value arg, uint32_t *kept)              \
    {                                                                                             \
        return keep_of_vector(filter_##fn, in, arg, kept);                                        \
    }                                                                                             \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_FILTER,                                 \
                                        .call = {.filter = filter_##fn},                          \
                                        .kernel = {.filter = fn##_kernel},                        \
                                        .about = about_it}

static bool is_not_empty(weir_value value)
{
    bool is_string = weir_is_string(value);
    if (!is_string && !is_list(value)) return true;
    size_t length;
    if (is_string)
        (void)weir_bytes(&value, &length);
    else
        (void)weir_items(value, &length);
    return length > 0;
}

/* --- Of the record --------------------------------------------------------------------------- */

static bool filter_always(weir_value key, weir_value value, weir_value arg)
{
    (void)key;
    (void)value;
    (void)arg;
    return true;
}

static bool filter_never(weir_value key, weir_value value, weir_value arg)
{
    (void)key;
    (void)value;
    (void)arg;
    return false;
}

static bool filter_is_even(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_even(plain_of(key, value));
}

static bool filter_is_odd(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    weir_value number = plain_of(key, value);
    return weir_is_int(number) && !is_even(number);
}

static bool filter_is_positive(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_positive(plain_of(key, value));
}

static bool filter_not_empty(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_not_empty(plain_of(key, value));
}

static bool filter_not_null(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return !weir_is_null(plain_of(key, value));
}

static bool filter_longer_than_3(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return length_of(plain_of(key, value)) > 3;
}

/* The text for calls that want its end marked; NULL if it is none, or if such a call would take
 * only a part of it. */
static const char *c_text(weir_value value, char *room, size_t size)
{
    size_t length;
    if (!weir_is_string(value)) return NULL;
    const char *bytes = weir_bytes(&value, &length);
    if (memchr(bytes, '\0', length)) return NULL;
    char *text = length < size ? room : arena_alloc(arena_current(), length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

/* As users of file names expect: "*.csv" takes no half-written ".a.csv", in whatever directory. */
static bool filter_matches_glob(weir_value key, weir_value value, weir_value arg)
{
    char rooms[2][256];
    const char *text = c_text(plain_of(key, value), rooms[0], sizeof rooms[0]);
    const char *pattern = c_text(arg, rooms[1], sizeof rooms[1]);
    if (!pattern) weir_fail("matches_glob: its argument must be a pattern, a string without NUL");
    if (!text || !pattern) return false;
    if (strchr(pattern, '/')) return fnmatch(pattern, text, FNM_PATHNAME | FNM_PERIOD) == 0;
    const char *slash = strrchr(text, '/');
    return fnmatch(pattern, slash ? slash + 1 : text, FNM_PERIOD) == 0;
}

/* --- Of key and value ------------------------------------------------------------------------ */

static bool filter_key_not_empty(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_not_empty(key_of(key, value));
}

static bool filter_value_not_null(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return !weir_is_null(value_of(key, value));
}

static bool filter_value_not_zero(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    weir_value number = value_of(key, value);
    return !weir_is_int(number) || weir_as_int(number) != 0;
}

static bool filter_value_positive(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_positive(value_of(key, value));
}

static bool filter_value_gt_1(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return weir_as_int(value_of(key, value)) > 1;
}

static bool filter_value_is_even(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_even(value_of(key, value));
}

static bool filter_value_not_empty(weir_value key, weir_value value, weir_value arg)
{
    (void)arg;
    return is_not_empty(value_of(key, value));
}

DEFINE_FILTER(always, "keeps every record");
DEFINE_FILTER(never, "keeps no record");
DEFINE_FILTER(is_even, "keeps even ints");
DEFINE_FILTER(is_odd, "keeps odd ints");
DEFINE_FILTER(is_positive, "keeps numbers above 0");
DEFINE_FILTER(not_empty, "keeps all but \"\" and []");
DEFINE_FILTER(not_null, "keeps all but null");
DEFINE_FILTER(longer_than_3, "keeps strings and lists longer than 3");
DEFINE_FILTER(matches_glob,
              "keeps strings that its argument matches, a pattern of *, ? and [..]; one without / "
              "is for what follows the last /");
DEFINE_FILTER(key_not_empty, "keeps records whose key is neither \"\" nor []");
DEFINE_FILTER(value_not_null, "keeps pairs whose value is not null");
DEFINE_FILTER(value_not_zero, "keeps records whose value is not the int 0");
DEFINE_FILTER(value_positive, "keeps pairs whose value is a number above 0");
DEFINE_FILTER(value_gt_1, "keeps pairs whose value is an int above 1");
DEFINE_FILTER(value_is_even, "keeps pairs whose value is an even int");
DEFINE_FILTER(value_not_empty, "keeps records whose value is neither \"\" nor []");

const weir_function *const library_filters[] = {
    &weir_fn_always,         &weir_fn_never,           &weir_fn_is_even,
    &weir_fn_is_odd,         &weir_fn_is_positive,     &weir_fn_not_empty,
    &weir_fn_not_null,       &weir_fn_longer_than_3,   &weir_fn_matches_glob,
    &weir_fn_key_not_empty,  &weir_fn_value_not_null,  &weir_fn_value_not_zero,
    &weir_fn_value_positive, &weir_fn_value_gt_1,      &weir_fn_value_is_even,
    &weir_fn_value_not_empty, NULL};
