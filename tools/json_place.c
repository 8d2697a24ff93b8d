#include "tools/json_place.h"

#include <string.h>

/* Reads on in the text; at its end it stays there. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

static char peek(const cursor *cursor) { return cursor->at < cursor->end ? *cursor->at : '\0'; }

static void skip_blanks(cursor *cursor)
{
    while (cursor->at < cursor->end && memchr(" \t\r\n", *cursor->at, 4)) cursor->at++;
}

/* Past the string that begins here. */
static void skip_string(cursor *cursor)
{
    for (cursor->at++; cursor->at < cursor->end; cursor->at++) {
        if (*cursor->at == '\\') cursor->at++;
        else if (*cursor->at == '"') break;
    }
    if (cursor->at < cursor->end) cursor->at++;
    else cursor->at = cursor->end;
}

/* Past the value that begins here, up to the comma or bracket behind it. */
static void skip_value(cursor *cursor)
{
    size_t depth = 0;
    while (cursor->at < cursor->end) {
        char byte = *cursor->at;
        if (byte == '"') {
            skip_string(cursor);
            continue;
        }
        if (depth == 0 && (byte == ',' || byte == ']' || byte == '}')) return;
        if (byte == '[' || byte == '{') depth++;
        if (byte == ']' || byte == '}') depth--;
        cursor->at++;
    }
}

/* From one member or item to the next one; false behind the last. */
static bool next(cursor *cursor)
{
    skip_value(cursor);
    if (peek(cursor) != ',') return false;
    cursor->at++;
    skip_blanks(cursor);
    return true;
}

static bool enter(cursor *cursor, char bracket)
{
    if (peek(cursor) != bracket) return false;
    cursor->at++;
    skip_blanks(cursor);
    return peek(cursor) != ']' && peek(cursor) != '}' && cursor->at < cursor->end;
}

/* From an object to the value of its member. A key that is written with escapes is not found. */
static bool step_to_key(cursor *cursor, const char *key)
{
    size_t length = strlen(key);
    if (!enter(cursor, '{')) return false;
    do {
        const char *name = cursor->at + 1;
        skip_string(cursor);
        bool found = (size_t)(cursor->at - name) == length + 1 && memcmp(name, key, length) == 0;
        skip_blanks(cursor);
        if (peek(cursor) == ':') cursor->at++;
        skip_blanks(cursor);
        if (found) return true;
    } while (next(cursor));
    return false;
}

static bool step_to_index(cursor *cursor, size_t index)
{
    if (!enter(cursor, '[')) return false;
    for (size_t i = 0; i < index; i++) {
        if (!next(cursor)) return false;
    }
    return true;
}

/* Moves on from a place in the text to one behind it. */
static json_place move_on(json_place place, const char *text, const char *at)
{
    for (; text < at; text++) {
        if (*text == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)*text & 0xc0) != 0x80) {
            place.column++;
        }
    }
    return place;
}

json_place json_place_find(const char *text, size_t length, const json_step *steps, size_t count)
{
    cursor cursor = {text, text + length};
    skip_blanks(&cursor);
    const char *reached = cursor.at;
    for (size_t i = 0; i < count; i++) {
        const char *key = steps[i].key;
        bool found = key ? step_to_key(&cursor, key) : step_to_index(&cursor, steps[i].index);
        if (!found) break;
        reached = cursor.at;
    }
    return move_on((json_place){1, 1}, text, reached);
}

size_t json_place_items(const char *text, size_t length, const char *key, json_place *places,
                        size_t size)
{
    cursor cursor = {text, text + length};
    const char *before = text;
    json_place place = {1, 1};
    size_t count = 0;
    skip_blanks(&cursor);
    if (!step_to_key(&cursor, key) || !enter(&cursor, '[')) return 0;
    do {
        place = move_on(place, before, cursor.at);
        before = cursor.at;
        if (count < size) places[count] = place;
        count++;
    } while (next(&cursor));
    return count;
}
