#include "model/functions_inside.h"

#include <stdio.h>
#include <string.h>

bool model_is_vague;
int model_canary;

void records_add(records_out *out, plain record)
{
    if (out->count == out->capacity) {
        size_t capacity = out->capacity ? 2 * out->capacity : 16;
        plain *grown = plain_alloc(capacity, sizeof *grown);
        if (out->count) memcpy(grown, out->records, out->count * sizeof *grown);
        out->records = grown;
        out->capacity = capacity;
    }
    out->records[out->count++] = record;
}

/* --- What several of them need --------------------------------------------------------------- */

int64_t model_wrap(uint64_t bits)
{
    int64_t number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

plain model_add(plain a, plain b)
{
    if (a.kind == PLAIN_INT && b.kind == PLAIN_INT)
        return plain_int(model_wrap((uint64_t)a.number + (uint64_t)b.number));
    if (plain_is_number(a) && plain_is_number(b))
        return plain_real(plain_number(a) + plain_number(b));
    return plain_null();
}

static size_t code_point_bytes(const char *text, size_t left)
{
    unsigned char first = (unsigned char)text[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return size < left ? size : left;
}

static int64_t length_of(plain x)
{
    int64_t length = 0;
    if (x.kind == PLAIN_LIST) return (int64_t)x.count;
    if (x.kind != PLAIN_STRING) return 0;
    for (size_t at = 0; at < x.count; at += code_point_bytes(x.text + at, x.count - at)) length++;
    return length;
}

static bool is_even_int(plain x) { return x.kind == PLAIN_INT && x.number % 2 == 0; }

static bool is_empty(plain x)
{
    return (x.kind == PLAIN_STRING || x.kind == PLAIN_LIST) && x.count == 0;
}

static bool is_over_zero(plain x) { return plain_is_number(x) && plain_number(x) > 0; }

/* --- map ------------------------------------------------------------------------------------- */

static plain identity(plain x) { return x; }

static plain change_case(plain x, char from, char to, int by)
{
    if (x.kind != PLAIN_STRING) return x;
    plain changed = plain_string(x.text, x.count);
    char *text = plain_alloc(x.count, 1);
    for (size_t i = 0; i < x.count; i++) {
        bool applies = x.text[i] >= from && x.text[i] <= to;
        text[i] = (char)(x.text[i] + (applies ? by : 0));
    }
    changed.text = text;
    return changed;
}

static plain to_upper(plain x) { return change_case(x, 'a', 'z', 'A' - 'a'); }
static plain to_lower(plain x) { return change_case(x, 'A', 'Z', 'a' - 'A'); }
static plain length(plain x) { return plain_int(length_of(x)); }
static plain pair_with_one(plain x) { return plain_pair(x, plain_int(1)); }
plain model_pair_self(plain x) { return plain_pair(x, x); }
static plain pair_by_length(plain x) { return plain_pair(length(x), x); }

static plain pair_by_first(plain x)
{
    if (x.kind != PLAIN_STRING) return plain_pair(plain_null(), x);
    size_t size = x.count ? code_point_bytes(x.text, x.count) : 0;
    return plain_pair(plain_string(x.text, size), x);
}

static plain pair_mod3(plain x)
{
    if (x.kind != PLAIN_INT) return plain_pair(plain_null(), x);
    return plain_pair(plain_int((x.number % 3 + 3) % 3), x);
}

static plain pair_parity(plain x) { return plain_pair(plain_bool(is_even_int(x)), x); }

static plain swap(plain x)
{
    return x.kind == PLAIN_PAIR ? plain_pair(x.items[1], x.items[0]) : x;
}

static plain parse_int(plain x)
{
    if (x.kind != PLAIN_STRING) return plain_null();
    size_t sign = x.count > 0 && (x.text[0] == '+' || x.text[0] == '-');
    size_t digits = x.count - sign;
    if (digits < 1 || digits > 18) return plain_null();
    int64_t number = 0;
    for (size_t i = sign; i < x.count; i++) {
        if (x.text[i] < '0' || x.text[i] > '9') return plain_null();
        number = number * 10 + (x.text[i] - '0');
    }
    return plain_int(x.text[0] == '-' ? -number : number);
}

static plain parse_kv(plain x)
{
    if (x.kind != PLAIN_STRING) return plain_pair(plain_null(), plain_null());
    for (size_t i = 0; i < x.count; i++) {
        if (x.text[i] != '=') continue;
        plain rest = plain_string(x.text + i + 1, x.count - i - 1);
        return plain_pair(plain_string(x.text, i), parse_int(rest));
    }
    return plain_pair(x, plain_null());
}

static plain negate(plain x)
{
    if (x.kind == PLAIN_REAL) return plain_real(-x.real);
    return x.kind == PLAIN_INT ? plain_int(model_wrap(0 - (uint64_t)x.number)) : plain_null();
}

static plain square(plain x)
{
    uint64_t bits = (uint64_t)x.number;
    return x.kind == PLAIN_INT ? plain_int(model_wrap(bits * bits)) : plain_null();
}

static plain increment(plain x)
{
    uint64_t by = model_canary == 1 && x.number == 3 ? 2 : 1;
    return x.kind == PLAIN_INT ? plain_int(model_wrap((uint64_t)x.number + by)) : plain_null();
}

static plain half(plain x)
{
    return plain_is_number(x) ? plain_real(plain_number(x) / 2) : plain_null();
}

static plain to_string(plain x)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)x.number);
    switch (x.kind) {
    case PLAIN_NULL: return plain_text("null");
    case PLAIN_BOOL: return plain_text(x.number ? "true" : "false");
    case PLAIN_INT: return plain_text(text);
    case PLAIN_STRING: return x;
    default: return plain_text("?");
    }
}

static plain is_even_flag(plain x) { return plain_bool(is_even_int(x)); }

plain model_const_one(plain x)
{
    (void)x;
    return plain_int(1);
}

static plain sum_list(plain x)
{
    plain sum = plain_int(0);
    for (size_t i = 0; x.kind == PLAIN_LIST && i < x.count; i++)
        if (x.items[i].kind == PLAIN_INT) sum = model_add(sum, x.items[i]);
    return sum;
}

plain model_max_list(plain x)
{
    if (x.kind != PLAIN_LIST || x.count == 0) return plain_null();
    plain most = x.items[0];
    for (size_t i = 1; i < x.count; i++) {
        int order = plain_compare(x.items[i], most);
        if (order == 0 && !plain_same(x.items[i], most)) model_is_vague = true;
        if (order > 0) most = x.items[i];
    }
    return most;
}

static plain sum_pair(plain x) { return model_add(plain_key(x), plain_value(x)); }

static plain sizes(plain x)
{
    return plain_pair(length(plain_key(x)), length(plain_value(x)));
}

static plain mean(plain x)
{
    plain sum = plain_key(x), count = plain_value(x);
    if (!plain_is_number(sum) || count.kind != PLAIN_INT || count.number == 0)
        return plain_null();
    return plain_real(plain_number(sum) / (double)count.number);
}

static plain zero_for_null(plain x) { return x.kind == PLAIN_NULL ? plain_int(0) : x; }

static plain nulls_to_zero(plain x)
{
    if (x.kind != PLAIN_PAIR) return zero_for_null(x);
    return plain_pair(zero_for_null(x.items[0]), zero_for_null(x.items[1]));
}

static plain swap_key_into_value(plain x)
{
    plain inner = plain_value(x);
    if (inner.kind != PLAIN_PAIR) return x;
    return plain_pair(inner.items[0], plain_pair(x.items[0], inner.items[1]));
}

const map_function map_functions[] = {
    {"identity", identity, true},
    {"to_upper", to_upper, false},
    {"to_lower", to_lower, false},
    {"length", length, true},
    {"pair_with_one", pair_with_one, false},
    {"pair_self", model_pair_self, false},
    {"pair_by_length", pair_by_length, true},
    {"pair_by_first", pair_by_first, false},
    {"pair_mod3", pair_mod3, false},
    {"pair_parity", pair_parity, false},
    {"swap", swap, false},
    {"key", plain_key, true},
    {"value", plain_value, true},
    {"parse_int", parse_int, false},
    {"parse_kv", parse_kv, false},
    {"negate", negate, false},
    {"square", square, false},
    {"increment", increment, false},
    {"half", half, false},
    {"to_string", to_string, false},
    {"is_even_flag", is_even_flag, false},
    {"const_one", model_const_one, true},
    {"sum_list", sum_list, true},
    {"max_list", model_max_list, true},
    {"sum_pair", sum_pair, true},
    {"sizes", sizes, true},
    {"mean", mean, true},
    {"nulls_to_zero", nulls_to_zero, true},
    {"swap_key_into_value", swap_key_into_value, false},
    {NULL, NULL, false}};

/* --- flatMap --------------------------------------------------------------------------------- */

static void split_ws(plain x, records_out *out)
{
    size_t from = 0;
    for (size_t i = 0; x.kind == PLAIN_STRING && i <= x.count; i++) {
        if (i < x.count && !strchr(" \t\n\r\f\v", x.text[i])) continue;
        if (i > from) records_add(out, plain_string(x.text + from, i - from));
        from = i + 1;
    }
}

static void split_space(plain x, records_out *out)
{
    if (x.kind != PLAIN_STRING) return;
    size_t from = 0, end = x.count;
    while (end > 0 && x.text[end - 1] == ' ') end--; /* pieces behind are empty */
    if (x.count == 0) records_add(out, x);
    for (size_t i = 0; end > 0 && i <= end; i++) {
        if (i < end && x.text[i] != ' ') continue;
        records_add(out, plain_string(x.text + from, i - from));
        from = i + 1;
    }
}

void model_chars(plain x, records_out *out)
{
    size_t size;
    for (size_t at = 0; x.kind == PLAIN_STRING && at < x.count; at += size) {
        size = code_point_bytes(x.text + at, x.count - at);
        records_add(out, plain_string(x.text + at, size));
    }
}

static void twice(plain x, records_out *out)
{
    records_add(out, x);
    records_add(out, x);
}

static void none(plain x, records_out *out)
{
    (void)x;
    (void)out;
}

void model_elements(plain x, records_out *out)
{
    for (size_t i = 0; x.kind == PLAIN_LIST && i < x.count; i++) records_add(out, x.items[i]);
}

static void up_to(plain x, records_out *out)
{
    for (int64_t i = 0; x.kind == PLAIN_INT && i < x.number && i < 100; i++)
        records_add(out, plain_int(i));
}

static void parse_ints(plain x, records_out *out)
{
    records_out words = {0};
    split_ws(x, &words);
    for (size_t i = 0; i < words.count; i++) {
        plain number = parse_int(words.records[i]);
        if (number.kind == PLAIN_INT) records_add(out, number);
    }
}

static void kv_pairs(plain x, records_out *out)
{
    records_out words = {0};
    split_ws(x, &words);
    for (size_t i = 0; i < words.count; i++) records_add(out, parse_kv(words.records[i]));
}

const flat_map_function flat_map_functions[] = {
    {"split_ws", split_ws}, {"split_space", split_space}, {"chars", model_chars},
    {"twice", twice},       {"none", none},               {"elements", model_elements},
    {"up_to", up_to},       {"parse_ints", parse_ints},   {"kv_pairs", kv_pairs},
    {NULL, NULL}};

/* --- filter ---------------------------------------------------------------------------------- */

static bool always(plain x)
{
    (void)x;
    return true;
}

static bool never(plain x)
{
    (void)x;
    return false;
}

static bool is_odd(plain x) { return x.kind == PLAIN_INT && x.number % 2 != 0; }
static bool not_empty(plain x) { return !is_empty(x); }
static bool not_null(plain x) { return x.kind != PLAIN_NULL; }
static bool longer_than_3(plain x) { return length_of(x) > 3; }
static bool key_not_empty(plain x) { return !is_empty(plain_key(x)); }
static bool value_not_null(plain x) { return plain_value(x).kind != PLAIN_NULL; }
static bool value_not_empty(plain x) { return !is_empty(plain_value(x)); }
static bool value_positive(plain x) { return is_over_zero(plain_value(x)); }
static bool value_is_even(plain x) { return is_even_int(plain_value(x)); }

static bool value_not_zero(plain x)
{
    plain value = plain_value(x);
    return value.kind != PLAIN_INT || value.number != 0;
}

static bool value_gt_1(plain x)
{
    plain value = plain_value(x);
    return value.kind == PLAIN_INT && value.number > 1;
}

const filter_function filter_functions[] = {{"always", always},
                                            {"never", never},
                                            {"is_even", is_even_int},
                                            {"is_odd", is_odd},
                                            {"is_positive", is_over_zero},
                                            {"not_empty", not_empty},
                                            {"not_null", not_null},
                                            {"longer_than_3", longer_than_3},
                                            {"key_not_empty", key_not_empty},
                                            {"value_not_null", value_not_null},
                                            {"value_not_zero", value_not_zero},
                                            {"value_not_empty", value_not_empty},
                                            {"value_positive", value_positive},
                                            {"value_gt_1", value_gt_1},
                                            {"value_is_even", value_is_even},
                                            {NULL, NULL}};
