/* The note of state that was given up, of any bytes: refused as a whole, or entries that each have
 * a time and names without an end inside, and that say the same when they are written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/codec.h"
#include "record/value.h"
#include "recovery/given_up.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t check_names(weir_value list)
{
    size_t names, length;
    const weir_value *name = weir_items(list, &names);
    for (size_t i = 0; i < names; i++) {
        const char *text = weir_bytes(&name[i], &length);
        if (!weir_is_string(name[i]) || length == 0 || memchr(text, '\0', length)) abort();
    }
    return names;
}

static void check_entry(weir_value entry)
{
    size_t count, states, sources = 0;
    const weir_value *part = weir_items(entry, &count);
    if (count < 2 || count > 3 || !weir_is_int(part[0])) abort();
    states = check_names(part[1]);
    if (count == 3) sources = check_names(part[2]);
    if (count == 2 ? states == 0 : sources == 0) abort();
}

static void check_again(weir_value entries)
{
    buffer written = {0};
    weir_value again;
    codec_encode(&written, weir_list((weir_value[]){weir_int(1), entries}, 2));
    const char *copy = arena_copy(arena_current(), written.bytes, written.size);
    if (!given_up_decode(copy, written.size, &again) || !weir_equal(again, entries)) abort();
    buffer_release(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena arena;
    weir_value entries;
    size_t count;
    arena_init(&arena, NULL);
    arena_set_current(&arena);
    const char *bytes = arena_copy(&arena, data, size); /* padded, as in files */
    bool is_good = given_up_decode(bytes, size, &entries);
    const weir_value *entry = weir_items(entries, &count);
    if (!is_good && count > 0) abort();
    for (size_t i = 0; i < count; i++) check_entry(entry[i]);
    if (is_good) check_again(entries);
    arena_set_current(NULL);
    arena_release(&arena);
    return 0;
}
