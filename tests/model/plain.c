#include "model/plain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Chunks are kept and used again, one after the other; what is larger than one has one of its
 * own. */
enum { CHUNK = 1 << 20, CHUNKS_MAX = 1 << 12 };
static struct {
    char *chunks[CHUNKS_MAX];
    size_t sizes[CHUNKS_MAX];
    size_t count;
    size_t at;   /* the chunk in use */
    size_t used; /* of it */
} memory;

/* Goes on with the next chunk that is large enough. */
static void next_chunk(size_t size)
{
    memory.used = 0;
    while (++memory.at < memory.count)
        if (memory.sizes[memory.at] >= size) return;
    assert(memory.count < CHUNKS_MAX);
    memory.at = memory.count++;
    memory.sizes[memory.at] = size > CHUNK ? size : CHUNK;
    memory.chunks[memory.at] = memory_alloc(memory.sizes[memory.at]);
}

void *plain_alloc(size_t count, size_t size)
{
    size_t room = (count * size + 16) & ~(size_t)15;
    bool fits = memory.count > 0 && memory.sizes[memory.at] - memory.used >= room;
    if (!fits) next_chunk(room);
    char *place = memory.chunks[memory.at] + memory.used;
    memory.used += room;
    return memset(place, 0, room);
}

void plain_forget(void)
{
    memory.at = 0;
    memory.used = 0;
}

void plain_release(void)
{
    for (size_t i = 0; i < memory.count; i++) free(memory.chunks[i]);
    memory.count = memory.at = memory.used = 0;
}

plain plain_null(void) { return (plain){.kind = PLAIN_NULL}; }
plain plain_bool(bool truth) { return (plain){.kind = PLAIN_BOOL, .number = truth}; }
plain plain_int(int64_t number) { return (plain){.kind = PLAIN_INT, .number = number}; }
plain plain_real(double real) { return (plain){.kind = PLAIN_REAL, .real = real}; }

plain plain_string(const char *text, size_t size)
{
    char *copy = plain_alloc(size, 1);
    memcpy(copy, text, size);
    return (plain){.kind = PLAIN_STRING, .text = copy, .count = size};
}

plain plain_text(const char *text) { return plain_string(text, strlen(text)); }

plain plain_list(const plain *items, size_t count)
{
    plain *copies = plain_alloc(count, sizeof *copies);
    if (count) memcpy(copies, items, count * sizeof *copies);
    return (plain){.kind = PLAIN_LIST, .items = copies, .count = count};
}

plain plain_pair(plain key, plain value)
{
    plain pair = plain_list((plain[]){key, value}, 2);
    pair.kind = PLAIN_PAIR;
    return pair;
}

bool plain_is_number(plain value) { return value.kind == PLAIN_INT || value.kind == PLAIN_REAL; }

double plain_number(plain value)
{
    return value.kind == PLAIN_INT ? (double)value.number : value.real;
}

plain plain_key(plain record)
{
    return record.kind == PLAIN_PAIR ? record.items[0] : plain_null();
}

plain plain_value(plain record)
{
    return record.kind == PLAIN_PAIR ? record.items[1] : plain_null();
}

bool plain_same(plain a, plain b)
{
    if (a.kind != b.kind || a.count != b.count) return false;
    if (a.kind == PLAIN_STRING) return memcmp(a.text, b.text, a.count) == 0;
    for (size_t i = 0; i < a.count; i++)
        if (!plain_same(a.items[i], b.items[i])) return false;
    return a.number == b.number && memcmp(&a.real, &b.real, sizeof a.real) == 0;
}

/* --- Order ----------------------------------------------------------------------------------- */

static int rank_of(plain value)
{
    static const int ranks[] = {0, 1, 2, 2, 3, 4, 5};
    return ranks[value.kind];
}

/* An int and a float by value, to the last bit: the long double of this machine holds both. */
static int compare_numbers(plain a, plain b)
{
    long double left = a.kind == PLAIN_INT ? (long double)a.number : (long double)a.real;
    long double right = b.kind == PLAIN_INT ? (long double)b.number : (long double)b.real;
    return (left > right) - (left < right);
}

static int compare_texts(plain a, plain b)
{
    int order = memcmp(a.text, b.text, a.count < b.count ? a.count : b.count);
    return order ? order : (a.count > b.count) - (a.count < b.count);
}

static int compare_items(plain a, plain b)
{
    for (size_t i = 0; i < a.count && i < b.count; i++) {
        int order = plain_compare(a.items[i], b.items[i]);
        if (order) return order;
    }
    return (a.count > b.count) - (a.count < b.count);
}

int plain_compare(plain a, plain b)
{
    int left = rank_of(a), right = rank_of(b);
    if (left != right) return left < right ? -1 : 1;
    switch (a.kind) {
    case PLAIN_NULL: return 0;
    case PLAIN_BOOL: return (a.number > b.number) - (a.number < b.number);
    case PLAIN_INT:
    case PLAIN_REAL: return compare_numbers(a, b);
    case PLAIN_STRING: return compare_texts(a, b);
    case PLAIN_LIST:
    case PLAIN_PAIR: return compare_items(a, b);
    }
    return 0;
}

/* --- Text ------------------------------------------------------------------------------------ */

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void write_sorted(buffer *to, plain list)
{
    char **words = plain_alloc(list.count, sizeof *words);
    for (size_t i = 0; i < list.count; i++) {
        buffer word = {0};
        plain_write(&word, list.items[i], true);
        words[i] = plain_alloc(word.size + 1, 1);
        memcpy(words[i], word.bytes, word.size);
        buffer_release(&word);
    }
    if (list.count) qsort(words, list.count, sizeof *words, compare_words);
    for (size_t i = 0; i < list.count; i++)
        buffer_printf(to, "%s%s", i ? "," : "", words[i]);
}

static void write_list(buffer *to, plain list, bool any_order)
{
    buffer_append_text(to, "[");
    if (any_order) write_sorted(to, list);
    for (size_t i = 0; !any_order && i < list.count; i++) {
        if (i) buffer_append_text(to, ",");
        plain_write(to, list.items[i], false);
    }
    buffer_append_text(to, "]");
}

static void write_string(buffer *to, plain string)
{
    buffer_append_text(to, "\"");
    for (size_t i = 0; i < string.count; i++) {
        unsigned char byte = (unsigned char)string.text[i];
        if (byte < ' ' || byte == '"' || byte == '\\')
            buffer_printf(to, "\\u%04x", byte);
        else
            buffer_append(to, &byte, 1);
    }
    buffer_append_text(to, "\"");
}

void plain_write(buffer *to, plain value, bool any_order)
{
    switch (value.kind) {
    case PLAIN_NULL: buffer_append_text(to, "null"); break;
    case PLAIN_BOOL: buffer_append_text(to, value.number ? "true" : "false"); break;
    case PLAIN_INT: buffer_printf(to, "%lld", (long long)value.number); break;
    case PLAIN_REAL: buffer_printf(to, "%.17gf", value.real); break;
    case PLAIN_STRING: write_string(to, value); break;
    case PLAIN_LIST: write_list(to, value, any_order); break;
    case PLAIN_PAIR:
        buffer_append_text(to, "{\"k\":");
        plain_write(to, value.items[0], any_order);
        buffer_append_text(to, ",\"v\":");
        plain_write(to, value.items[1], any_order);
        buffer_append_text(to, "}");
        break;
    }
}

/* --- From and to weir ------------------------------------------------------------------------ */

weir_value plain_to_value(plain value)
{
    weir_value *items;
    weir_value made;
    switch (value.kind) {
    case PLAIN_BOOL: return weir_bool(value.number);
    case PLAIN_INT: return weir_int(value.number);
    case PLAIN_REAL: return weir_double(value.real);
    case PLAIN_STRING: return weir_string(value.text, value.count);
    case PLAIN_PAIR:
        made = plain_to_value(value.items[0]);
        return weir_pair(made, plain_to_value(value.items[1]));
    case PLAIN_LIST:
        items = calloc(value.count + 1, sizeof *items);
        if (!items) break;
        for (size_t i = 0; i < value.count; i++) items[i] = plain_to_value(value.items[i]);
        made = weir_list(items, value.count);
        free(items);
        return made;
    case PLAIN_NULL: break;
    }
    return weir_null();
}

plain plain_from_value(weir_value value)
{
    size_t count;
    const char *text;
    const weir_value *items;
    plain *copies;
    switch (weir_kind_of(value)) {
    case WEIR_BOOL: return plain_bool(weir_as_bool(value));
    case WEIR_INT: return plain_int(weir_as_int(value));
    case WEIR_DOUBLE: return plain_real(weir_as_double(value));
    case WEIR_STRING:
        text = weir_bytes(&value, &count);
        return plain_string(text, count);
    case WEIR_PAIR:
        items = weir_items(value, &count);
        return plain_pair(plain_from_value(items[0]), plain_from_value(items[1]));
    case WEIR_LIST:
        items = weir_items(value, &count);
        copies = plain_alloc(count, sizeof *copies);
        for (size_t i = 0; i < count; i++) copies[i] = plain_from_value(items[i]);
        return plain_list(copies, count);
    case WEIR_NULL: return plain_null();
    default: return plain_text("(a kind that no record of the model has)");
    }
}
