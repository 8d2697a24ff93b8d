/* The partitions of a window, in memory, and the panes that they are made from. */
#include <stdlib.h>

#include "operators/window_inside.h"

void window_forget(window *window)
{
    for (size_t i = 0; i < window->part_count; i++) {
        window_part *part = &window->parts[i];
        if (part->form) part->form->class->free(part->form);
        part->form = NULL;
        free(part->live);
        part->live = NULL;
        part->live_capacity = 0;
        key_numbers_release(&part->numbers);
    }
    window->is_built = false;
}

const uint32_t *window_number(window_part *part, const records *records)
{
    if (records->count > part->found_capacity) {
        part->found_capacity = records->count + records->count / 4;
        free(part->found);
        part->found = memory_alloc(part->found_capacity * sizeof *part->found);
    }
    for (size_t at = 0; at < records->count; at += WEIR_VECTOR_SIZE) {
        size_t left = records->count - at;
        key_numbers_find_or_add(&part->numbers, records->keys + at,
                                left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE,
                                part->found + at);
    }
    return part->found;
}

void window_open_panes(window *window, size_t from)
{
    for (size_t i = from; i < window->panes->count; i++) pane_set_open(window->panes, i);
}
