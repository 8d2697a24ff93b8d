/* The order in which a table's keys are given out. Order of insertion would depend on what was
 * evicted or swept, and when a checkpoint was restored; the hash depends on the key alone.
 *
 * Memory is to be read from end to end, as it is in order of insertion. So the first entries of
 * the table, `arranged` of them, stand in the order of hashes themselves; those that came since
 * are late: a short list has their order, and a walk takes them in between. Before the list gets
 * long all entries are arranged. A table that nobody walks pays nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "durability/state_table_arrays.h"
#include "record/codec.h"

enum { FEW_PLACES = 64, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, HASH_BITS = 32, LATE_SHARE = 8 };

static weir_value key_at(const state_table *table, state_place place)
{
    return table->entries[place.index].key;
}

/* Two keys of one hash: about one pair among a hundred thousand keys. By their encodings, as
 * values that compare as equal may be different keys (1 and 1.0). */
bool state_key_is_before(weir_value a, weir_value b)
{
    buffer left = {0}, right = {0};
    (void)codec_encode(&left, a);
    (void)codec_encode(&right, b);
    size_t both = left.size < right.size ? left.size : right.size;
    int order = memcmp(left.bytes, right.bytes, both);
    bool is_before = order ? order < 0 : left.size < right.size;
    buffer_release(&left);
    buffer_release(&right);
    return is_before;
}

static bool is_before(const state_table *table, state_place a, state_place b)
{
    if (a.hash != b.hash) return a.hash < b.hash;
    return state_key_is_before(key_at(table, a), key_at(table, b));
}

static void insert_in_order(const state_table *table, state_place *places, size_t at)
{
    state_place place = places[at];
    for (; at > 0 && is_before(table, place, places[at - 1]); at--) places[at] = places[at - 1];
    places[at] = place;
}

/* One pass of a radix sort, by the digit at `shift`. */
static void sort_by_digit(const state_place *from, size_t count, unsigned shift, state_place *to)
{
    size_t begins[DIGITS] = {0};
    for (size_t i = 0; i < count; i++) begins[(from[i].hash >> shift) % DIGITS]++;
    for (size_t digit = 0, at = 0; digit < DIGITS; digit++) {
        size_t size = begins[digit];
        begins[digit] = at;
        at += size;
    }
    for (size_t i = 0; i < count; i++) to[begins[(from[i].hash >> shift) % DIGITS]++] = from[i];
}

void state_table_sort(const state_table *table, state_place *places, size_t count)
{
    if (count > FEW_PLACES) {
        state_place *room = memory_alloc(count * sizeof *room);
        for (unsigned shift = 0; shift < HASH_BITS; shift += 2 * DIGIT_BITS) {
            sort_by_digit(places, count, shift, room);
            sort_by_digit(room, count, shift + DIGIT_BITS, places);
        }
        free(room);
    }
    for (size_t i = 1; i < count; i++)
        if (places[i].hash <= places[i - 1].hash) insert_in_order(table, places, i);
}

/* --- the late entries ------------------------------------------------------------------------ */

static void reserve(state_table *table, size_t needed)
{
    if (needed <= table->late_capacity) return;
    size_t capacity = table->late_capacity ? table->late_capacity : FIRST_ENTRIES;
    while (capacity < needed) capacity *= 2;
    memory_budget_add(table->values.budget,
                      (capacity - table->late_capacity) * sizeof *table->late);
    table->late = memory_resize(table->late, capacity * sizeof *table->late);
    table->late_capacity = capacity;
}

void state_table_forget_late(state_table *table)
{
    memory_budget_take(table->values.budget, table->late_capacity * sizeof *table->late);
    free(table->late);
    table->late = NULL;
    table->late_count = table->late_capacity = 0;
}

/* From the end, so that what is there already moves within the array. */
static void merge(state_table *table, const state_place *fresh, size_t count)
{
    state_place *late = table->late;
    size_t old = table->late_count;
    for (size_t at = old + count; count > 0;) {
        bool takes_old = old > 0 && is_before(table, fresh[count - 1], late[old - 1]);
        late[--at] = takes_old ? late[--old] : fresh[--count];
    }
}

static void sort_fresh(state_table *table)
{
    size_t known = table->arranged + table->late_count, count = table->count - known;
    if (count == 0) return;
    state_place *fresh = memory_alloc(count * sizeof *fresh);
    for (size_t i = 0; i < count; i++)
        fresh[i] = state_table_place(table, (uint32_t)(known + i));
    state_table_sort(table, fresh, count);
    reserve(table, table->late_count + count);
    merge(table, fresh, count);
    table->late_count += count;
    free(fresh);
}

/* --- walking --------------------------------------------------------------------------------- */

bool state_walk_takes_late(const state_walk *walk)
{
    return is_before(walk->table, walk->table->late[walk->late], walk->arranged);
}

static state_walk begin_walk(const state_table *table)
{
    state_walk walk = {.table = table};
    if (table->arranged > 0) walk.arranged = state_table_place(table, 0);
    return walk;
}

void state_table_arrange(state_table *table)
{
    sort_fresh(table);
    if (table->late_count <= table->arranged / LATE_SHARE) return;
    uint32_t *moved = memory_alloc(table->count * sizeof *moved);
    state_walk walk = begin_walk(table);
    for (uint32_t rank = 0, index; state_walk_next(&walk, &index); rank++) moved[index] = rank;
    state_table_permute(table, moved);
    free(moved);
    state_table_forget_late(table);
    table->arranged = table->count;
}

state_walk state_table_walk(state_table *table)
{
    sort_fresh(table);
    return begin_walk(table);
}
