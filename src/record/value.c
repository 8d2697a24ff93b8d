#include "record/value.h"

#include "record/codec.h"

void value_refuse_depth(void)
{
    weir_fail("a value is nested deeper than %d lists and pairs; make it flatter",
              CODEC_DEPTH_MAX);
}

bool value_fits_levels(weir_value value, int levels)
{
    weir_kind kind = weir_kind_of(value);
    if (kind != WEIR_LIST && kind != WEIR_PAIR) return true;
    if (levels == 0) return false;
    size_t count;
    const weir_value *items = weir_items(value, &count);
    for (size_t i = 0; i < count; i++)
        if (!value_fits_levels(items[i], levels - 1)) return false;
    return true;
}

bool value_fits_depth(weir_value value)
{
    return value_fits_levels(value, CODEC_DEPTH_MAX);
}

/* --- Making values --------------------------------------------------------------------------- */

weir_value weir_double(double number)
{
    weir_value value = {WEIR_DOUBLE, 0x7ff8000000000000U};
    if (number == number) memcpy(&value.body, &number, sizeof number);
    return value;
}

static weir_value make_outside(weir_kind kind, const void *body, size_t length)
{
    uint64_t head = (uint64_t)length << 32 | WEIR_OUTSIDE | (uint64_t)kind;
    return (weir_value){head, (uint64_t)(uintptr_t)body};
}

static weir_value make_inline(weir_kind kind, const void *bytes, size_t length)
{
    weir_value value = {(uint64_t)length << 8 | (uint64_t)kind, 0};
    if (length) memcpy((char *)&value + 2, bytes, length);
    return value;
}

static bool fits(size_t length, const char *what)
{
    if (length <= UINT32_MAX) return true;
    weir_fail("%s of %zu is too long: the limit is 4294967295", what, length);
    return false;
}

static weir_value make_copy(weir_kind kind, const void *bytes, size_t length)
{
    if (length <= WEIR_INLINE_MAX) return make_inline(kind, bytes, length);
    if (!fits(length, "a string")) return weir_null();
    return make_outside(kind, arena_copy(arena_current(), bytes, length), length);
}

weir_value weir_string(const char *text, size_t length)
{
    return make_copy(WEIR_STRING, text, length);
}

weir_value weir_bytes_value(const void *bytes, size_t length)
{
    return make_copy(WEIR_BYTES, bytes, length);
}

weir_value weir_text(const char *text)
{
    return weir_string(text, strlen(text));
}

char *value_make_text(size_t length)
{
    return arena_alloc(arena_current(), length);
}

weir_value value_finish_string(const char *text, size_t length)
{
    if (length <= WEIR_INLINE_MAX) return make_inline(WEIR_STRING, text, length);
    return fits(length, "a string") ? make_outside(WEIR_STRING, text, length) : weir_null();
}

weir_value *value_make_list(size_t count, weir_value *list)
{
    weir_value *items = arena_alloc(arena_current(), count * sizeof *items);
    if (count == 0) *list = (weir_value){WEIR_LIST, 0};
    else *list = fits(count, "a list") ? make_outside(WEIR_LIST, items, count) : weir_null();
    return items;
}

weir_value weir_list(const weir_value *items, size_t count)
{
    weir_value list = {WEIR_LIST, 0};
    if (count) memcpy(value_make_list(count, &list), items, count * sizeof *items);
    return list;
}

weir_value weir_pair(weir_value key, weir_value value)
{
    weir_value *items = arena_alloc(arena_current(), 2 * sizeof *items);
    items[0] = key;
    items[1] = value;
    return make_outside(WEIR_PAIR, items, 0);
}

weir_value value_box_pair(weir_value key, weir_value value)
{
    return weir_pair(key, value);
}

static weir_value copy_nested(weir_value value, arena *arena, int depth)
{
    size_t length;
    const char *text = weir_bytes(&value, &length);
    if (text) return make_outside(weir_kind_of(value), arena_copy(arena, text, length), length);
    if (depth == CODEC_DEPTH_MAX) {
        value_refuse_depth();
        return weir_null();
    }
    const weir_value *items = weir_items(value, &length);
    weir_value *copies = arena_alloc(arena, length * sizeof *copies);
    for (size_t i = 0; i < length; i++) {
        bool is_outside = value_is_outside(items[i]);
        copies[i] = is_outside ? copy_nested(items[i], arena, depth + 1) : items[i];
    }
    return (weir_value){value.head, (uint64_t)(uintptr_t)copies};
}

weir_value value_copy_outside(weir_value value, arena *arena)
{
    return copy_nested(value, arena, 0);
}

/* --- Equality and order ---------------------------------------------------------------------- */

static bool equal_nested(weir_value a, weir_value b, int depth)
{
    if (value_is_same(a, b)) return true;
    if (a.head != b.head || !value_is_outside(a)) return false;
    size_t length;
    const char *text = weir_bytes(&a, &length);
    if (text) return memcmp(text, weir_bytes(&b, &length), length) == 0;
    if (depth == CODEC_DEPTH_MAX) {
        value_refuse_depth();
        return false;
    }
    const weir_value *left = weir_items(a, &length);
    const weir_value *right = weir_items(b, &length);
    for (size_t i = 0; i < length; i++)
        if (!equal_nested(left[i], right[i], depth + 1)) return false;
    return true;
}

bool weir_equal(weir_value a, weir_value b)
{
    return equal_nested(a, b, 0);
}

static int compare_doubles(double a, double b)
{
    if (a != a || b != b) return (a != a) - (b != b); /* NaN stands above all other numbers */
    return (a > b) - (a < b);
}

/* Exactly, also where a double cannot tell neighbouring ints apart. */
static int compare_int_double(int64_t a, double b)
{
    if (b != b || b >= 0x1p63) return -1;
    if (b < -0x1p63) return 1;
    int64_t whole = (int64_t)b;
    if (a != whole) return a < whole ? -1 : 1;
    double rest = b - (double)whole;
    return (rest < 0) - (rest > 0);
}

static int compare_numbers(weir_value a, weir_value b)
{
    if (weir_is_int(a) && weir_is_int(b)) {
        int64_t left = weir_as_int(a), right = weir_as_int(b);
        return (left > right) - (left < right);
    }
    if (weir_is_int(a)) return compare_int_double(weir_as_int(a), weir_as_double(b));
    if (weir_is_int(b)) return -compare_int_double(weir_as_int(b), weir_as_double(a));
    return compare_doubles(weir_as_double(a), weir_as_double(b));
}

static int compare_text(const weir_value *a, const weir_value *b)
{
    size_t left_length, right_length;
    const char *left = weir_bytes(a, &left_length);
    const char *right = weir_bytes(b, &right_length);
    int order = memcmp(left, right, left_length < right_length ? left_length : right_length);
    return order ? order : (left_length > right_length) - (left_length < right_length);
}

/* The kinds stand in this order, but ints and doubles stand together. */
static int kind_rank(weir_value value)
{
    weir_kind kind = weir_kind_of(value);
    return kind == WEIR_DOUBLE ? WEIR_INT : (int)kind;
}

static int compare_nested(weir_value a, weir_value b, int depth)
{
    int rank = kind_rank(a);
    if (rank != kind_rank(b)) return rank < kind_rank(b) ? -1 : 1;
    if (value_is_same(a, b)) return 0;
    if (rank == WEIR_INT) return compare_numbers(a, b);
    if (rank == WEIR_BOOL) return (a.body > b.body) - (a.body < b.body);
    if (rank == WEIR_STRING || rank == WEIR_BYTES) return compare_text(&a, &b);
    if (depth == CODEC_DEPTH_MAX) {
        value_refuse_depth();
        return 0;
    }
    size_t left_count, right_count;
    const weir_value *left = weir_items(a, &left_count);
    const weir_value *right = weir_items(b, &right_count);
    for (size_t i = 0; i < left_count && i < right_count; i++) {
        int order = compare_nested(left[i], right[i], depth + 1);
        if (order) return order;
    }
    return (left_count > right_count) - (left_count < right_count);
}

int weir_compare(weir_value a, weir_value b)
{
    return compare_nested(a, b, 0);
}

void weir_forget_values(void)
{
    arena_forget_own();
}
