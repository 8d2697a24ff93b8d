/* Flat maps: zero or more records out of one. */
#include "library/define.h"
#include "library/shapes.h"
#include "library/tables.h"
#include "record/out.h"

/* --- Words ----------------------------------------------------------------------------------- */

/* The words of a record that is a string. */
static void emit_words(weir_value key, weir_value value, weir_out *out)
{
    padded_value string = pad_value(plain_of(key, value));
    size_t length;
    if (!weir_is_string(string.value)) return;
    const char *text = weir_bytes(&string.value, &length);
    text_emit_words(text, length, weir_absent(), out);
}

static void flat_map_split_ws(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    emit_words(key, value, out);
}

static void split_ws_kernel(const weir_vector *in, weir_value arg, weir_out *out)
{
    (void)arg;
    for (size_t i = 0; i < in->count; i++)
        emit_words(in->keys ? in->keys[i] : weir_absent(), in->values[i], out);
}

/* Ends of lines are whitespace: the words of a text are those of its lines. */
static void split_ws_text_kernel(const char *text, size_t length, weir_value arg, weir_out *out)
{
    (void)arg;
    text_emit_words(text, length, weir_absent(), out);
}

/* Between the words of one record and where what is made of them goes. */
enum { WORDS_AT_ONCE = 32 };

typedef struct word_out {
    out out;
    weir_out *to;
    void (*take)(weir_value word, weir_out *to);
} word_out;

static void pass_words(out *out)
{
    word_out *words = (word_out *)out;
    for (size_t i = 0; i < words->out.base.count; i++)
        words->take(words->out.base.values[i], words->to);
    words->out.base.count = 0;
}

static void take_words(weir_value key, weir_value value,
                       void (*take)(weir_value word, weir_out *to), weir_out *to)
{
    weir_value keys[WORDS_AT_ONCE], values[WORDS_AT_ONCE];
    word_out words = {.out = {.base = {keys, values, 0, WORDS_AT_ONCE}, .flush = pass_words},
                      .to = to,
                      .take = take};
    emit_words(key, value, &words.out.base);
    pass_words(&words.out);
}

static void emit_int(weir_value word, weir_out *to)
{
    padded_value padded = pad_value(word);
    size_t length;
    int64_t number;
    const char *text = weir_bytes(&padded.value, &length);
    if (text_parse_int(text, length, &number)) weir_emit(to, weir_absent(), weir_int(number));
}

static void flat_map_parse_ints(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    take_words(key, value, emit_int, out);
}

static void emit_key_value(weir_value word, weir_out *to)
{
    weir_value key, value;
    parse_key_value(word, '=', &key, &value);
    weir_emit(to, key, value);
}

static void flat_map_kv_pairs(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    take_words(key, value, emit_key_value, out);
}

/* --- Other pieces of strings ----------------------------------------------------------------- */

static void flat_map_split_space(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value string = plain_of(key, value);
    size_t length;
    const char *text = weir_bytes(&string, &length);
    if (!weir_is_string(string)) return;
    if (length == 0) weir_emit(out, weir_absent(), string);
    while (length > 0 && text[length - 1] == ' ') length--; /* the pieces behind are empty */
    for (size_t from = 0, next; from < length; from = next + 1) {
        const char *blank = memchr(text + from, ' ', length - from);
        next = blank ? (size_t)(blank - text) : length;
        weir_emit(out, weir_absent(), weir_slice(&string, from, next - from));
    }
}

static void flat_map_chars(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value string = plain_of(key, value);
    size_t length;
    const char *text = weir_bytes(&string, &length);
    if (!weir_is_string(string)) return;
    for (size_t at = 0, size; at < length; at += size) {
        size = code_point_size(text + at, length - at);
        weir_emit(out, weir_absent(), weir_slice(&string, at, size));
    }
}

/* --- Of any record --------------------------------------------------------------------------- */

static void flat_map_twice(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_emit(out, key, value);
    weir_emit(out, key, value);
}

static void flat_map_none(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)key;
    (void)value;
    (void)arg;
    (void)out;
}

static void flat_map_elements(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value list = plain_of(key, value);
    size_t count;
    const weir_value *items = weir_items(list, &count);
    if (!is_list(list)) return;
    for (size_t i = 0; i < count; i++) emit_record(out, items[i]);
}

static void flat_map_up_to(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    enum { MOST = 100 };
    int64_t count = weir_as_int(plain_of(key, value));
    for (int64_t i = 0; i < count && i < MOST; i++) weir_emit(out, weir_absent(), weir_int(i));
}

DEFINE_FLAT_MAP(
    split_ws, .kernel = {.flat_map = split_ws_kernel}, .text_kernel = split_ws_text_kernel,
    .about = "the words of a string: what stands between blanks, tabs, line ends, \\f, \\v");
DEFINE_FLAT_MAP(split_space,
                .about = "a string cut at each single blank, without empty pieces at the end");
DEFINE_FLAT_MAP(chars, .about = "the code points of a string as strings");
DEFINE_FLAT_MAP(twice, .about = "the record two times");
DEFINE_FLAT_MAP(none, .about = "nothing");
DEFINE_FLAT_MAP(elements, .about = "the elements of a list");
DEFINE_FLAT_MAP(up_to, .about = "0 .. n - 1 of an int n, at most 100");
DEFINE_FLAT_MAP(parse_ints, .about = "the words of a string that are ints");
DEFINE_FLAT_MAP(kv_pairs, .about = "parse_kv of the words of a string");

const weir_function *const library_flat_maps[] = {
    &weir_fn_split_ws, &weir_fn_split_space, &weir_fn_chars,      &weir_fn_twice,    &weir_fn_none,
    &weir_fn_elements, &weir_fn_up_to,       &weir_fn_parse_ints, &weir_fn_kv_pairs, NULL};
