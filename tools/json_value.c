#include "tools/json_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"

static const char hex_digits[] = "0123456789abcdef";

/* The string under `name` if that is the object's only member, else NULL. */
static const char *only_string(const json_t *object, const char *name)
{
    return json_object_size(object) == 1 ? json_string_value(json_object_get(object, name)) : NULL;
}

static bool is_hex(const char *text)
{
    size_t length = strlen(text);
    return length % 2 == 0 && strspn(text, hex_digits) == length;
}

static bool special_float(const char *text, double *number)
{
    if (strcmp(text, "NaN") == 0) *number = (double)NAN;
    else if (strcmp(text, "Infinity") == 0) *number = (double)INFINITY;
    else if (strcmp(text, "-Infinity") == 0) *number = -(double)INFINITY;
    else return false;
    return true;
}

static bool is_pair(const json_t *object)
{
    return json_object_size(object) == 2 && json_object_get(object, "k") &&
           json_object_get(object, "v");
}

static bool is_record_object(const json_t *object)
{
    if (is_pair(object))
        return json_is_record(json_object_get(object, "k")) &&
               json_is_record(json_object_get(object, "v"));
    double number;
    const char *bytes = only_string(object, "bytes"), *special = only_string(object, "float");
    return (bytes && is_hex(bytes)) || (special && special_float(special, &number));
}

bool json_is_record(const json_t *json)
{
    if (!json) return false;
    if (json_is_object(json)) return is_record_object(json);
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (!json_is_record(json_array_get(json, i))) return false;
    }
    return true;
}

/* --- Values from JSON ------------------------------------------------------------------------ */

static weir_value convert(const json_t *record);

static weir_value list_value(const json_t *array)
{
    size_t count = json_array_size(array);
    weir_value *items = calloc(count ? count : 1, sizeof *items);
    if (!items) return weir_null();
    for (size_t i = 0; i < count; i++) items[i] = convert(json_array_get(array, i));
    weir_value list = weir_list(items, count);
    free(items);
    return list;
}

static weir_value bytes_value(const char *hex)
{
    size_t length = strlen(hex) / 2;
    unsigned char *bytes = malloc(length ? length : 1);
    if (!bytes) return weir_null();
    for (size_t i = 0; i < length; i++) {
        size_t high = (size_t)(strchr(hex_digits, hex[2 * i]) - hex_digits);
        size_t low = (size_t)(strchr(hex_digits, hex[2 * i + 1]) - hex_digits);
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    weir_value value = weir_bytes_value(bytes, length);
    free(bytes);
    return value;
}

static weir_value object_value(const json_t *object)
{
    if (is_pair(object))
        return weir_pair(convert(json_object_get(object, "k")),
                         convert(json_object_get(object, "v")));
    const char *bytes = only_string(object, "bytes");
    if (bytes) return bytes_value(bytes);
    double number = 0.0;
    special_float(only_string(object, "float"), &number);
    return weir_double(number);
}

static weir_value convert(const json_t *record)
{
    switch (json_typeof(record)) {
    case JSON_TRUE: return weir_bool(true);
    case JSON_FALSE: return weir_bool(false);
    case JSON_INTEGER: return weir_int(json_integer_value(record));
    case JSON_REAL: return weir_double(json_real_value(record));
    case JSON_STRING: return weir_string(json_string_value(record), json_string_length(record));
    case JSON_ARRAY: return list_value(record);
    case JSON_OBJECT: return object_value(record);
    case JSON_NULL: break;
    }
    return weir_null();
}

bool json_to_value(const json_t *json, weir_value *value)
{
    if (!json_is_record(json)) return false;
    *value = convert(json);
    return true;
}

/* --- JSON from values ------------------------------------------------------------------------ */

static json_t *json_from_bytes(const char *bytes, size_t length)
{
    char *hex = malloc(2 * length + 1);
    if (!hex) return NULL;
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = hex_digits[(unsigned char)bytes[i] >> 4];
        hex[2 * i + 1] = hex_digits[bytes[i] & 0xf];
    }
    json_t *json = json_pack("{s:s%}", "bytes", hex, 2 * length);
    free(hex);
    return json;
}

static json_t *json_from_double(double number)
{
    if (isnan(number)) return json_pack("{s:s}", "float", "NaN");
    if (isinf(number)) return json_pack("{s:s}", "float", number > 0 ? "Infinity" : "-Infinity");
    return json_real(number);
}

static json_t *json_from_list(weir_value list)
{
    size_t count;
    const weir_value *items = weir_items(list, &count);
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(array, json_from_value(items[i])) == 0) continue;
        json_decref(array);
        return NULL;
    }
    return array;
}

/* A string that is not UTF-8, against the rule, is shown as what it is: bytes. */
static json_t *json_from_string(weir_value value)
{
    size_t length;
    const char *text = weir_bytes(&value, &length);
    json_t *string = weir_is_string(value) ? json_stringn(text, length) : NULL;
    return string ? string : json_from_bytes(text, length);
}

json_t *json_from_value(weir_value value)
{
    size_t count;
    switch (weir_kind_of(value)) {
    case WEIR_BOOL: return json_boolean(weir_as_bool(value));
    case WEIR_INT: return json_integer(weir_as_int(value));
    case WEIR_DOUBLE: return json_from_double(weir_as_double(value));
    case WEIR_STRING:
    case WEIR_BYTES: return json_from_string(value);
    case WEIR_LIST: return json_from_list(value);
    case WEIR_PAIR: {
        const weir_value *items = weir_items(value, &count);
        return json_pack("{s:o,s:o}", "k", json_from_value(items[0]), "v",
                         json_from_value(items[1]));
    }
    case WEIR_ABSENT:
    case WEIR_NULL: break;
    }
    return json_null();
}

/* --- JSON of texts --------------------------------------------------------------------------- */

/* Bytes of the character that begins here, 0: none does. */
static size_t character_size(const char *text)
{
    enum { CHARACTER_MAX = 4 };
    for (size_t size = 1; size <= CHARACTER_MAX && text[size - 1]; size++) {
        json_t *alone = json_stringn(text, size);
        json_decref(alone);
        if (alone) return size;
    }
    return 0;
}

static json_t *json_mended(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *mended = malloc(strlen(text) * (sizeof replacement - 1) + 1);
    if (!mended) return NULL;
    size_t length = 0;
    while (*text) {
        size_t size = character_size(text);
        size_t added = size ? size : sizeof replacement - 1;
        memcpy(mended + length, size ? text : replacement, added);
        length += added;
        text += size ? size : 1;
    }
    json_t *json = json_stringn(mended, length);
    free(mended);
    return json;
}

json_t *json_text(const char *text)
{
    if (!text) return json_null();
    json_t *json = json_string(text);
    return json ? json : json_mended(text);
}

/* A standard output that cannot be written to is told at the end. */
void json_print_line(json_t *json)
{
    bool is_whole = json && json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
    if (is_whole) putchar('\n');
    else if (!ferror(stdout)) exit_note_lack("a line of JSON cannot be made: too little memory");
    json_decref(json);
}
