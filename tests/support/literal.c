#include "support/literal.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/value.h"

static weir_value value_of_json(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_TRUE:
        return weir_bool(true);
    case JSON_FALSE:
        return weir_bool(false);
    case JSON_INTEGER:
        return weir_int(json_integer_value(json));
    case JSON_REAL:
        return weir_double(json_real_value(json));
    case JSON_STRING:
        return weir_string(json_string_value(json), json_string_length(json));
    case JSON_ARRAY: {
        weir_value list;
        weir_value *items = value_make_list(json_array_size(json), &list);
        for (size_t i = 0; i < json_array_size(json); i++)
            items[i] = value_of_json(json_array_get(json, i));
        return list;
    }
    case JSON_OBJECT:
        return weir_pair(value_of_json(json_object_get(json, "k")),
                         value_of_json(json_object_get(json, "v")));
    default:
        return weir_null();
    }
}

weir_value literal(const char *text)
{
    if (!text) return weir_absent();
    char json_text[512];
    json_error_t error;
    snprintf(json_text, sizeof json_text, "%s", text);
    for (char *at = json_text; *at; at++)
        if (*at == '\'') *at = '"';
    json_t *json = json_loads(json_text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!json) {
        fprintf(stderr, "%s is no value: %s\n", text, error.text);
        abort();
    }
    weir_value value = value_of_json(json);
    json_decref(json);
    return value;
}

void check_value(const char *what, weir_value got, weir_value expected)
{
    char got_text[512], expected_text[512];
    if (weir_equal(got, expected)) return;
    weir_format(got, got_text, sizeof got_text);
    weir_format(expected, expected_text, sizeof expected_text);
    fail_msg("%s: got %s (kind %d), expected %s (kind %d)", what, got_text, (int)weir_kind_of(got),
             expected_text, (int)weir_kind_of(expected));
}
