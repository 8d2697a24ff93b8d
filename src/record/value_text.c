/* Values as text: what print, text files and messages show. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/codec.h"
#include "record/value.h"

enum { DIGITS_MAX = 17, NUMBER_TEXT_MAX = 40 };

/* The shortest decimal digits that read back as a number, without a point, and the exponent of
 * the first of them. */
typedef struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int exponent;
} decimal;

/* Rounds to `count` digits; does the result read back? The decimal point of the locale is
 * passed over. */
static bool round_to(decimal *to, double number, int count)
{
    char text[NUMBER_TEXT_MAX];
    snprintf(text, sizeof text, "%.*e", count - 1, number);
    to->count = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9') to->digits[to->count++] = *at;
    to->exponent = atoi(at + 1);
    return strtod(text, NULL) == number;
}

/* The next larger decimal of as many digits, if it reads back. Just above a power of two it
 * can be the only one that does, as doubles are closer below than above. */
static bool round_up(decimal *to, double number)
{
    int last = to->count - 1;
    if (to->digits[last] == '9') return false;
    to->digits[last]++;
    char text[NUMBER_TEXT_MAX];
    snprintf(text, sizeof text, "%.*se%d", to->count, to->digits, to->exponent - last);
    return strtod(text, NULL) == number;
}

/* What has up to 15 digits survives the way through a double, so that fewer than 15 need not
 * be tried: their zeros are cut. That does not hold for the numbers next to zero, which have
 * fewer bits. */
static void find_shortest(decimal *to, double number)
{
    int count = number < 0x1p-1022 ? 2 : 15;
    for (; !round_to(to, number, count) && count < DIGITS_MAX; count++)
        if (count == DIGITS_MAX - 1 && round_up(to, number)) break;
    while (to->count > 1 && to->digits[to->count - 1] == '0') to->count--;
}

/* As Java writes a double: 0.001 <= |number| < 10^7 plainly, others with an exponent. */
static int format_double(char *text, size_t size, double number)
{
    if (number != number) return snprintf(text, size, "NaN");
    const char *sign = number < 0 || (number == 0 && 1 / number < 0) ? "-" : "";
    if (number < 0) number = -number;
    if (number > 0x1.fffffffffffffp1023) return snprintf(text, size, "%sInfinity", sign);
    if (number == 0) return snprintf(text, size, "%s0.0", sign);
    decimal shortest;
    find_shortest(&shortest, number);
    const char *digits = shortest.digits;
    int count = shortest.count, exponent = shortest.exponent;
    if (exponent < -3 || exponent > 6)
        return snprintf(text, size, "%s%c.%.*sE%d", sign, digits[0], count > 1 ? count - 1 : 1,
                        count > 1 ? digits + 1 : "0", exponent);
    if (exponent < 0)
        return snprintf(text, size, "%s0.%.*s%.*s", sign, -exponent - 1, "00", count, digits);
    int whole = exponent + 1, rest = count - whole;
    if (rest > 0)
        return snprintf(text, size, "%s%.*s.%.*s", sign, whole, digits, rest, digits + whole);
    return snprintf(text, size, "%s%.*s%.*s.0", sign, count, digits, -rest, "000000");
}

static void write_bytes(const weir_value *value, value_writer write, void *user)
{
    static const char hex[] = "0123456789abcdef";
    size_t length;
    const unsigned char *bytes = (const unsigned char *)weir_bytes(value, &length);
    write(user, "0x", 2);
    for (size_t i = 0; i < length; i++) {
        char text[2] = {hex[bytes[i] >> 4], hex[bytes[i] & 15]};
        write(user, text, 2);
    }
}

static void write_nested(weir_value value, value_writer write, void *user, int depth);

static void write_items(weir_value value, value_writer write, void *user, int depth)
{
    if (depth == CODEC_DEPTH_MAX) {
        write(user, "...", 3);
        return;
    }
    bool is_pair = weir_kind_of(value) == WEIR_PAIR;
    size_t count;
    const weir_value *items = weir_items(value, &count);
    write(user, is_pair ? "(" : "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) write(user, ", ", is_pair ? 1 : 2);
        write_nested(items[i], write, user, depth + 1);
    }
    write(user, is_pair ? ")" : "]", 1);
}

static void write_nested(weir_value value, value_writer write, void *user, int depth)
{
    char number[NUMBER_TEXT_MAX];
    size_t length;
    switch (weir_kind_of(value)) {
    case WEIR_ABSENT: write(user, "absent", 6); break;
    case WEIR_NULL: write(user, "null", 4); break;
    case WEIR_BOOL:
        write(user, weir_as_bool(value) ? "true" : "false", weir_as_bool(value) ? 4 : 5);
        break;
    case WEIR_INT:
        length = (size_t)snprintf(number, sizeof number, "%" PRId64, weir_as_int(value));
        write(user, number, length);
        break;
    case WEIR_DOUBLE:
        length = (size_t)format_double(number, sizeof number, weir_as_double(value));
        write(user, number, length);
        break;
    case WEIR_STRING: {
        const char *text = weir_bytes(&value, &length);
        write(user, text, length);
        break;
    }
    case WEIR_BYTES: write_bytes(&value, write, user); break;
    case WEIR_LIST:
    case WEIR_PAIR: write_items(value, write, user, depth); break;
    }
}

void value_write(weir_value value, value_writer write, void *user)
{
    write_nested(value, write, user, 0);
}

/* What fits is written, all is counted. */
typedef struct bounded_text {
    char *text;
    size_t size;
    size_t length;
} bounded_text;

static void write_bounded(void *user, const char *text, size_t length)
{
    bounded_text *to = user;
    if (to->length < to->size) {
        size_t room = to->size - to->length;
        memcpy(to->text + to->length, text, length < room ? length : room);
    }
    to->length += length;
}

size_t weir_format(weir_value value, char *text, size_t size)
{
    bounded_text to = {text, size, 0};
    value_write(value, write_bounded, &to);
    if (size) text[to.length < size ? to.length : size - 1] = '\0';
    return to.length;
}
