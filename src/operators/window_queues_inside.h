/* What the files of the form of queues share: window_queues.c has the form, its keys and panes,
 * window_queues_grouping.c what keeps values in their grouping where that matters. */
#ifndef OPERATORS_WINDOW_QUEUES_INSIDE_H
#define OPERATORS_WINDOW_QUEUES_INSIDE_H

#include "operators/window_form.h"

#define NONE UINT32_MAX
enum { FIRST_CAPACITY = 256 };
/* So many values of a chunk give another result from the newest back than from the oldest on, if
 * the function rounds. Lists of the keys that have them are kept for the last chunks. */
enum { MANY = 3, MANY_LISTS = 4 };

/* A value of one key in one pane; in the oldest chunk, once it is that: with the values behind
 * it. */
typedef struct queue_node {
    weir_value value;
    int64_t index;
    uint32_t next;   /* the next later one, or the next free one */
    uint32_t number; /* of the key */
} queue_node;

/* What is known of a key: its nodes, and what they give. */
typedef struct key_queue {
    weir_value middle; /* of the chunk before the newest */
    weir_value newest; /* of the chunk `chunk` */
    int64_t chunk;
    int64_t folded;  /* nodes up to the end of this chunk are reduced from the newest back */
    uint32_t head;   /* NONE: nobody's number */
    uint32_t tail;
    bool is_changed; /* noted in `changed` */
    bool is_many;    /* noted in the list of `chunk` */
    uint8_t of_chunk; /* nodes of `chunk`, at most MANY */
} key_queue;

/* The nodes of a pane: when it leaves, their keys have changed. */
typedef struct entered {
    int64_t index; /* of the pane */
    uint32_t *nodes;
    size_t count;
    size_t capacity;
} entered;

typedef struct number_list {
    uint32_t *numbers;
    size_t count;
    size_t capacity;
} number_list;

/* Keys that have many values in a chunk, each at least once. Some had them under a number that is
 * another key's now. */
typedef struct many_list {
    int64_t chunk;
    number_list keys;
} many_list;

/* A slide looks at the keys that have changed alone. The numbers of keys that leave go to those
 * that enter, and what is then left free to the last keys: so the results stand side by side, and
 * are given out as they are. */
typedef struct queues_form {
    window_form base;
    key_queue *keys;     /* by number */
    weir_value *results; /* by number, of the last window */
    size_t count;
    size_t capacity;
    queue_node *nodes;
    size_t node_count;
    size_t node_capacity;
    uint32_t free_nodes;
    arena bytes; /* what values reach, and garbage */
    size_t bytes_live;
    entered *panes;  /* a ring: those in the window, the oldest first */
    size_t pane_first;
    size_t pane_count;
    size_t pane_capacity; /* a power of two */
    int64_t oldest;  /* chunks of the last window */
    int64_t newest;
    bool is_inexact; /* grouping matters: keys with many values in the chunk that becomes the
                      * oldest change with that */
    many_list many[MANY_LISTS]; /* by number of the chunk */
    size_t folded;   /* so many keys of the chunk before the newest were folded in advance */
    number_list changed;
    number_list gone;
    weir_value *back; /* room to reduce a queue from its end */
    size_t back_capacity;
} queues_form;

/* The value with all it reaches, in the form's memory. */
static inline weir_value queues_keep(queues_form *form, weir_value value)
{
    return value_copy(value, &form->bytes);
}

static inline void queues_note(number_list *list, uint32_t number)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
        list->numbers = memory_resize(list->numbers, list->capacity * sizeof *list->numbers);
    }
    list->numbers[list->count++] = number;
}

/* The key is computed anew at the next slide. */
static inline void queues_note_change(queues_form *form, key_queue *key, uint32_t number)
{
    if (key->is_changed) return;
    key->is_changed = true;
    queues_note(&form->changed, number);
}

/* --- Grouping -------------------------------------------------------------------------------- */

/* The key has many values in that chunk. */
void queues_note_many(queues_form *form, uint32_t number, int64_t chunk);
/* The key has got a new number, which goes to the lists too. */
void queues_note_many_again(queues_form *form, uint32_t number);
/* The nodes of one chunk, each with those behind it. Those of older chunks have been folded. */
void queues_fold_back(queues_form *form, key_queue *key, int64_t chunk);
/* In the chunk that has become the oldest values meet from the newest back: its keys change. */
void queues_regroup(queues_form *form);
/* The chunk behind the newest will be the oldest: some of its keys are folded for that in each
 * slide, so that no slide has to fold them all. */
void queues_fold_ahead(queues_form *form, task *task, int64_t index);

#endif
