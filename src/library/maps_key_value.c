/* "key=int" and "key,int": events as they often come. Short strings are cut and read in registers.
 */
#include "library/define.h"
#include "library/shapes.h"
#include "library/tables.h"

/* The position of the first byte that is `byte`; 8 if none is. */
static size_t find_byte(uint64_t bytes, char byte)
{
    const uint64_t ones = 0x0101010101010101U;
    uint64_t zeros = bytes ^ ones * (unsigned char)byte;
    uint64_t found = (zeros - ones) & ~zeros & ones << 7;
    return found ? (size_t)__builtin_ctzll(found) / 8 : 8;
}

static weir_value parse_text(const char *text, size_t length)
{
    int64_t number;
    return text_parse_int(text, length, &number) ? weir_int(number) : weir_null();
}

/* Out of line, as what takes the address of a value keeps it from staying in registers. */
__attribute__((noinline)) static weir_value parse_behind(weir_value string, size_t from)
{
    padded_value padded = pad_value(string);
    size_t length;
    const char *text = weir_bytes(&padded.value, &length);
    return parse_text(text + from, length - from);
}

static inline void parse_inline(weir_value string, char cut, weir_value *key, weir_value *value)
{
    uint64_t low = string.head >> 16 | string.body << 48;
    uint64_t high = string.body >> 16;
    size_t length = string.head >> 8 & 0xff;
    size_t at = find_byte(low, cut);
    if (at == 8) at += find_byte(high, cut);
    if (at >= length) {
        *key = string;
        *value = weir_null();
        return;
    }
    __uint128_t bytes = (__uint128_t)high << 64 | low;
    __uint128_t kept = bytes & (((__uint128_t)1 << at * 8) - 1);
    *key = (weir_value){(uint64_t)(kept << 16) | at << 8 | WEIR_STRING, (uint64_t)(kept >> 48)};
    size_t digits = length - at - 1;
    uint64_t behind = (uint64_t)(bytes >> (at + 1) * 8);
    uint64_t number;
    if (digits > 0 && digits <= 8 && text_parse_digits(behind, digits, &number))
        *value = weir_int((int64_t)number);
    else
        *value = parse_behind(string, at + 1);
}

__attribute__((noinline)) static void parse_outside(weir_value string, char cut, weir_value *key,
                                                    weir_value *value)
{
    size_t length;
    const char *text = weir_bytes(&string, &length);
    const char *mark = memchr(text, cut, length);
    *key = string;
    *value = weir_null();
    if (!mark) return;
    *key = value_padded_string(text, (size_t)(mark - text));
    *value = parse_text(mark + 1, (size_t)(text + length - mark) - 1);
}

void parse_key_value(weir_value string, char cut, weir_value *key, weir_value *value)
{
    if (value_is_outside(string))
        parse_outside(string, cut, key, value);
    else
        parse_inline(string, cut, key, value);
}

static inline void parse_record(weir_value key, weir_value value, char cut, weir_value *out_key,
                                weir_value *out_value)
{
    if (weir_is_string(plain_of(key, value))) {
        parse_key_value(value, cut, out_key, out_value);
    } else {
        *out_key = weir_null();
        *out_value = weir_null();
    }
}

static void parse_vector(const weir_vector *in, char cut, weir_vector *out, weir_value *key_room,
                         weir_value *value_room)
{
    for (size_t i = 0; i < in->count; i++)
        parse_record(in->keys ? in->keys[i] : weir_absent(), in->values[i], cut, key_room + i,
                     value_room + i);
    *out = (weir_vector){key_room, value_room, in->count};
}

static void map_parse_kv(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    parse_record(key, value, '=', out_key, out_value);
}

static void parse_kv_kernel(const weir_vector *in, weir_value arg, weir_vector *out,
                            weir_value *key_room, weir_value *value_room)
{
    (void)arg;
    parse_vector(in, '=', out, key_room, value_room);
}

static void map_parse_csv_kv(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                             weir_value *out_value)
{
    (void)arg;
    parse_record(key, value, ',', out_key, out_value);
}

static void parse_csv_kv_kernel(const weir_vector *in, weir_value arg, weir_vector *out,
                                weir_value *key_room, weir_value *value_room)
{
    (void)arg;
    parse_vector(in, ',', out, key_room, value_room);
}

DEFINE_MAP(parse_kv, .kernel = {.map = parse_kv_kernel},
           .about = "a string \"a=b\" as (a, b as an int or null); without \"=\" (x, null); of no "
                    "string (null, null)");
DEFINE_MAP(parse_csv_kv, .kernel = {.map = parse_csv_kv_kernel},
           .about = "like parse_kv, cut at the first comma");

const weir_function *const library_key_value_maps[] = {&weir_fn_parse_kv, &weir_fn_parse_csv_kv,
                                                       NULL};
