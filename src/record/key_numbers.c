#include "record/key_numbers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "record/value.h"

enum { FIRST_SLOTS = 1024, FIRST_KEYS = 512, REMOVED_AHEAD = 16, NEIGHBOURS = 4, SLACK = 1 << 20 };

void key_numbers_init(key_numbers *numbers, memory_budget *budget)
{
    *numbers = (struct key_numbers){.budget = budget};
    arena_init(&numbers->bytes, budget);
}

static size_t slot_bytes(const key_numbers *numbers)
{
    return numbers->slots ? (numbers->mask + 1) * sizeof *numbers->slots : 0;
}

static void *make_room(const key_numbers *numbers, size_t old_bytes, size_t bytes)
{
    memory_budget_add(numbers->budget, bytes);
    memory_budget_take(numbers->budget, old_bytes);
    return memory_alloc_large(bytes);
}

void key_numbers_release(key_numbers *numbers)
{
    memory_budget_take(numbers->budget, slot_bytes(numbers) +
                                            numbers->capacity * sizeof *numbers->keys);
    memory_free_large(numbers->slots, slot_bytes(numbers));
    memory_free_large(numbers->keys, numbers->capacity * sizeof *numbers->keys);
    free(numbers->freed);
    arena_release(&numbers->bytes);
    key_numbers_init(numbers, numbers->budget);
}

static inline probe probe_of(const key_numbers *numbers)
{
    return (probe){numbers->slots, numbers->mask, numbers->keys, sizeof *numbers->keys};
}

static void grow_slots(key_numbers *numbers, size_t slots)
{
    size_t old_bytes = slot_bytes(numbers);
    memory_free_large(numbers->slots, old_bytes);
    numbers->slots = make_room(numbers, old_bytes, slots * sizeof *numbers->slots);
    numbers->mask = slots - 1;
    probe_fill(probe_of(numbers), numbers->count);
}

static void grow_keys(key_numbers *numbers, size_t capacity)
{
    size_t old_bytes = numbers->capacity * sizeof *numbers->keys;
    weir_value *grown = make_room(numbers, old_bytes, capacity * sizeof *grown);
    if (numbers->keys) memcpy(grown, numbers->keys, numbers->count * sizeof *grown);
    memory_free_large(numbers->keys, old_bytes);
    numbers->keys = grown;
    numbers->capacity = capacity;
}

static void reserve(key_numbers *numbers, size_t more)
{
    size_t used = key_numbers_used(numbers) + more, most = numbers->count + more;
    assert(most < UINT32_MAX / 2);
    size_t slots = probe_slots_for(used, numbers->slots ? numbers->mask + 1 : FIRST_SLOTS);
    if (!numbers->slots || slots != numbers->mask + 1) grow_slots(numbers, slots);
    size_t capacity = numbers->keys ? numbers->capacity : FIRST_KEYS;
    while (most > capacity) capacity *= 2;
    if (capacity != numbers->capacity) grow_keys(numbers, capacity);
}

static uint32_t take_number(key_numbers *numbers)
{
    if (numbers->freed_count > 0) return numbers->freed[--numbers->freed_count];
    return (uint32_t)numbers->count++;
}

static inline uint32_t add_key(void *owner, weir_value key)
{
    key_numbers *numbers = owner;
    uint32_t number = take_number(numbers);
    numbers->keys[number] = value_copy(key, &numbers->bytes);
    return number;
}

/* Long keys are copied to a new arena when half of the old one is of keys that are gone. */
static void compact(key_numbers *numbers)
{
    arena fresh;
    arena_init(&fresh, numbers->budget);
    for (size_t i = 0; i < numbers->count; i++)
        numbers->keys[i] = value_copy(numbers->keys[i], &fresh);
    arena_release(&numbers->bytes);
    numbers->bytes = fresh;
    numbers->bytes_live = fresh.chunk_bytes;
    numbers->is_wasteful = false;
}

void key_numbers_find_or_add(key_numbers *numbers, const weir_value *keys, size_t count,
                             uint32_t *found)
{
    assert(count <= WEIR_VECTOR_SIZE);
    if (numbers->is_wasteful) compact(numbers);
    reserve(numbers, count);
    probe_vector(probe_of(numbers), keys, count, found, add_key, numbers);
}

void key_numbers_find(const key_numbers *numbers, const weir_value *keys, size_t count,
                      uint32_t *found)
{
    assert(count <= WEIR_VECTOR_SIZE);
    if (!numbers->slots) {
        for (size_t i = 0; i < count; i++) found[i] = UINT32_MAX;
        return;
    }
    probe_vector(probe_of(numbers), keys, count, found, NULL, NULL);
}

/* --- removing -------------------------------------------------------------------------------- */

/* Closes the gap: a slot that was pushed behind its place by what stood here moves up. */
static void empty_slot(key_numbers *numbers, size_t at)
{
    table_slot *slots = numbers->slots;
    size_t mask = numbers->mask;
    for (size_t next = (at + 1) & mask; slots[next]; next = (next + 1) & mask) {
        uint32_t number = probe_index(probe_of(numbers), slots[next]) - 1;
        size_t pushed = (next - (size_t)value_hash(numbers->keys[number])) & mask;
        if (pushed < ((next - at) & mask)) continue; /* its place is behind the gap */
        slots[at] = slots[next];
        at = next;
    }
    slots[at] = 0;
}

static void remove_one(key_numbers *numbers, uint32_t number, uint32_t hash)
{
    empty_slot(numbers, probe_place_of(probe_of(numbers), number, hash));
    numbers->keys[number] = weir_absent();
    numbers->freed[numbers->freed_count++] = number;
}

/* The keys of the slots behind, which may have to move up. */
static void fetch_neighbours(const key_numbers *numbers, uint32_t hash)
{
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        table_slot slot = numbers->slots[(hash + i) & numbers->mask];
        if (slot == 0) return;
        __builtin_prefetch(&numbers->keys[probe_index(probe_of(numbers), slot) - 1]);
    }
}

void key_numbers_remove(key_numbers *numbers, const uint32_t *gone, size_t count)
{
    if (numbers->freed_count + count > numbers->freed_capacity) {
        numbers->freed_capacity = 2 * (numbers->freed_count + count);
        numbers->freed =
            memory_resize(numbers->freed, numbers->freed_capacity * sizeof *numbers->freed);
    }
    uint32_t hashes[REMOVED_AHEAD];
    for (size_t at = 0; at < count; at += REMOVED_AHEAD) {
        size_t some = count - at < REMOVED_AHEAD ? count - at : REMOVED_AHEAD;
        for (size_t i = 0; i < some; i++) __builtin_prefetch(&numbers->keys[gone[at + i]]);
        for (size_t i = 0; i < some; i++) {
            hashes[i] = (uint32_t)value_hash(numbers->keys[gone[at + i]]);
            __builtin_prefetch(&numbers->slots[hashes[i] & numbers->mask]);
        }
        for (size_t i = 0; i < some; i++) fetch_neighbours(numbers, hashes[i]);
        for (size_t i = 0; i < some; i++) remove_one(numbers, gone[at + i], hashes[i]);
    }
    numbers->is_wasteful = numbers->bytes.chunk_bytes > 2 * numbers->bytes_live + SLACK;
}

/* --- closing gaps ---------------------------------------------------------------------------- */

static void drop_last_freed(key_numbers *numbers)
{
    while (numbers->count > 0 && weir_is_absent(numbers->keys[numbers->count - 1]))
        numbers->count--;
}

static void move_last(key_numbers *numbers, uint32_t to)
{
    uint32_t from = (uint32_t)--numbers->count;
    uint32_t hash = (uint32_t)value_hash(numbers->keys[from]);
    probe probe = probe_of(numbers);
    numbers->slots[probe_place_of(probe, from, hash)] = probe_slot(probe, hash, to);
    numbers->keys[to] = numbers->keys[from];
    numbers->keys[from] = weir_absent();
}

bool key_numbers_close_gap(key_numbers *numbers, uint32_t *from, uint32_t *to)
{
    while (numbers->freed_count > 0) {
        drop_last_freed(numbers);
        *to = numbers->freed[--numbers->freed_count];
        if (*to >= numbers->count) continue;
        move_last(numbers, *to);
        *from = (uint32_t)numbers->count;
        return true;
    }
    return false;
}
