#include "kafka/positions.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/value.h"

enum { PARTS = 4 };

position *positions_find(const positions *positions, const char *topic, size_t length,
                         int32_t partition)
{
    for (size_t i = 0; i < positions->count; i++) {
        position *item = &positions->items[i];
        if (item->partition == partition && strlen(item->topic) == length &&
            memcmp(item->topic, topic, length) == 0)
            return item;
    }
    return NULL;
}

position *positions_get(positions *positions, const char *topic, size_t length, int32_t partition,
                        int64_t offset)
{
    position *found = positions_find(positions, topic, length, partition);
    if (found) return found;
    positions->items =
        memory_resize(positions->items, (positions->count + 1) * sizeof(positions->items[0]));
    found = &positions->items[positions->count++];
    *found = (position){memory_zero_alloc(1, length + 1), partition, offset, offset};
    memcpy(found->topic, topic, length);
    return found;
}

void positions_raise(positions *to, const positions *other)
{
    for (size_t i = 0; i < other->count; i++) {
        const position *item = &other->items[i];
        position *mine =
            positions_get(to, item->topic, strlen(item->topic), item->partition, item->next);
        if (mine->next < item->next) mine->next = item->next;
    }
}

void positions_clear(positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) free(positions->items[i].topic);
    free(positions->items);
    *positions = (struct positions){0};
}

weir_value positions_value(const positions *positions)
{
    weir_value list;
    weir_value *items = value_make_list(positions->count, &list);
    for (size_t i = 0; i < positions->count; i++) {
        const position *item = &positions->items[i];
        weir_value parts[PARTS] = {weir_text(item->topic), weir_int(item->partition),
                                   weir_int(item->from), weir_int(item->next)};
        items[i] = weir_list(parts, PARTS);
    }
    return list;
}

void positions_raise_by_value(positions *positions, weir_value list)
{
    size_t count, parts, length;
    const weir_value *items = weir_items(list, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *part = weir_items(items[i], &parts);
        const char *topic = parts == PARTS ? weir_bytes(&part[0], &length) : NULL;
        if (!topic || !weir_is_int(part[1]) || !weir_is_int(part[3])) continue;
        int64_t next = weir_as_int(part[3]);
        position *mine =
            positions_get(positions, topic, length, (int32_t)weir_as_int(part[1]), next);
        if (mine->next < next) mine->next = next;
    }
}
