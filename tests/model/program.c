#include "model/program.h"

#include <string.h>

/* --- Data ------------------------------------------------------------------------------------ */

static plain pick_text(random_source *random)
{
    static const char *const words[] = {"",
                                        "a",
                                        "b",
                                        "to be or not to be",
                                        "a=1 b=2 a=3",
                                        "x=-17",
                                        "  two  blanks  ",
                                        "na\xc3\xafve",
                                        "\xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x98\x80!",
                                        "fourteen bytes",
                                        "fifteen bytes..",
                                        "a string that is longer than what stands in a value",
                                        "a string that is longer than what stands in a valuf",
                                        "12",
                                        "-7 +8 nine 10",
                                        "tab\tand\nline",
                                        "Mixed CASE"};
    return plain_text(words[random_below(random, sizeof words / sizeof words[0])]);
}

static plain pick_int(random_source *random)
{
    static const int64_t edges[] = {INT64_MIN, INT64_MAX, INT64_MAX - 1, -1, 0, (int64_t)1 << 53,
                                    ((int64_t)1 << 53) + 1, INT64_MIN + 1};
    if (random_below(random, 12) == 0) return plain_int(edges[random_below(random, 8)]);
    return plain_int((int64_t)random_below(random, 13) - 4);
}

static plain pick_real(random_source *random)
{
    static const double edges[] = {0.1, 1e300, -1e-300, 1e16, 3.3333333333333335, 0.0};
    if (random_below(random, 12) == 0) return plain_real(edges[random_below(random, 6)]);
    return plain_real(((double)random_below(random, 41) - 16) / 4);
}

typedef enum flavour {
    INTS,
    NUMBERS,
    TEXTS,
    INT_PAIRS,
    TEXT_PAIRS,
    LISTS,
    ANYTHING,
    FLAVOURS
} flavour;

static plain pick(random_source *random, flavour flavour, int depth)
{
    plain items[3];
    switch (flavour) {
    case INTS: return pick_int(random);
    case NUMBERS: return random_below(random, 3) ? pick_real(random) : pick_int(random);
    case TEXTS: return pick_text(random);
    case INT_PAIRS:
        items[0] = plain_int((int64_t)random_below(random, 6));
        return plain_pair(items[0], pick(random, random_below(random, 2) ? INTS : NUMBERS, depth));
    case TEXT_PAIRS:
        items[0] = pick_text(random);
        return plain_pair(items[0], pick(random, random_below(random, 2) ? INTS : TEXTS, depth));
    default: break;
    }
    size_t kind = flavour == LISTS ? 5 : random_below(random, depth > 0 ? 7 : 5);
    if (kind == 0) return plain_null();
    if (kind == 1) return plain_bool(random_below(random, 2));
    if (kind == 2) return pick_int(random);
    if (kind == 3) return pick_real(random);
    if (kind == 4) return pick_text(random);
    size_t count = kind == 6 ? 2 : random_below(random, 4);
    for (size_t i = 0; i < count; i++)
        items[i] = pick(random, flavour == LISTS ? INTS : ANYTHING, depth - 1);
    return kind == 6 ? plain_pair(items[0], items[1]) : plain_list(items, count);
}

static void make_source(node *source, size_t batches, random_source *random)
{
    flavour flavour = (enum flavour)random_below(random, FLAVOURS);
    source->partitions = 1 + (int)random_below(random, 5);
    source->slide = 1;
    bool is_big = random_below(random, 40) == 0; /* more than a vector */
    for (size_t batch = 0; batch < batches; batch++) {
        if (random_below(random, 12) == 0) continue; /* none */
        size_t parts = (size_t)source->partitions;
        size_t count = random_below(random, 6) ? random_below(random, is_big ? 2500 : 30) : 0;
        data *given = &source->data[batch];
        *given = data_make(parts, true, false);
        for (size_t i = 0; i < parts; i++)
            for (size_t at = i * count / parts; at < (i + 1) * count / parts; at++)
                records_add(&given->parts[i], pick(random, flavour, 2));
    }
}

/* --- The lineage ----------------------------------------------------------------------------- */

static const operation *pick_weighted(const operation *from, size_t count, random_source *random)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) total += from[i].weight;
    size_t at = random_below(random, total);
    while (at >= from->weight) at -= (from++)->weight;
    return from;
}

static const operation *pick_operation(const program *program, random_source *random)
{
    size_t windows = 0;
    if (!program->has_windows || random_below(random, 2))
        return pick_weighted(operations, operation_count, random);
    while (window_operations[windows].name) windows++;
    return pick_weighted(window_operations, windows, random);
}

/* Lengths and slides of one to a few batches of the stream below. */
static void pick_window(node *made, const node *below, random_source *random)
{
    window_use *window = &made->use.window;
    const operation *operation = made->operation;
    window->steps = below->slide;
    window->slide = below->slide;
    if (strcmp(operation->name, "updateStateByKey") == 0) return;
    size_t most = random_below(random, 6) ? 5 : BATCHES_MAX + 3;
    window->length = below->slide * (1 + random_below(random, most));
    window->slide = below->slide * (random_below(random, 2) ? 1 : 1 + random_below(random, 4));
    window->is_inverse = operation->may_go_on && window_has_inverse(made->use.function) &&
                         random_below(random, 4) > 0;
    bool counts = strcmp(operation->name, "countByWindow") == 0;
    bool has_keys = strcmp(operation->name, "reduceByKeyAndWindow") == 0;
    window->drops_neutral = (window->is_inverse || counts) && random_below(random, 3) == 0;
    if (!window->is_inverse || !has_keys || random_below(random, 2)) return;
    size_t filters = 0;
    while (filter_functions[filters].name) filters++;
    window->filter = 1 + random_below(random, filters);
}

/* Roughly what a record takes. */
static size_t weight_of(plain record)
{
    size_t weight = 1 + (record.kind == PLAIN_STRING ? record.count / 16 : 0);
    for (size_t i = 0; record.items && i < record.count; i++) weight += weight_of(record.items[i]);
    return weight;
}

static bool is_too_big(const data *data)
{
    enum { RECORDS = 4000, WEIGHT = 40000 };
    size_t weight = 0;
    if (data_size(data) > RECORDS) return true;
    for (size_t i = 0; i < data->count; i++)
        for (size_t j = 0; j < data->parts[i].count; j++)
            weight += weight_of(data->parts[i].records[j]);
    return weight > WEIGHT;
}

/* What comes out of a batch; false: not defined, or too much. */
static bool compute(const program *program, node *node, size_t batch)
{
    use use = node->use;
    data *out = &node->data[batch];
    bool is_there = true;
    for (size_t i = 0; i < node->operation->inputs; i++) {
        use.in[i] = &program->nodes[node->in[i]].data[batch];
        is_there &= use.in[i]->is_there;
        /* A failure may or may not be met by what needs only some of the records. */
        if (use.in[i]->fails || (use.in[i]->is_loose && !node->operation->takes_loose))
            return false;
    }
    *out = (data){0};
    if ((batch + 1) % node->slide != 0) return true;
    if (node->operation->is_window) {
        use.window.past = program->nodes[node->in[0]].data;
        use.window.batch = batch;
        is_there = true;
    }
    if (!is_there) {
        out->fails = node->operation->needs_all;
        return !out->fails || !program->has_windows;
    }
    use.time_ms = (int64_t)(batch + 1) * 1000;
    model_is_vague = false;
    if (!node->operation->compute(&use, out) || model_is_vague || is_too_big(out)) return false;
    return !out->fails || !program->has_windows;
}

static bool is_dull(const node *node, size_t batches)
{
    for (size_t batch = 0; batch < batches; batch++)
        for (size_t i = 0; i < node->data[batch].count; i++)
            for (size_t j = 0; j < node->data[batch].parts[i].count; j++)
                if (node->data[batch].parts[i].records[j].kind != PLAIN_NULL) return false;
    return true;
}

static plain pick_table(random_source *random)
{
    plain pairs[5];
    size_t count = random_below(random, 6);
    for (size_t i = 0; i < count; i++)
        pairs[i] = pick(random, random_below(random, 2) ? INT_PAIRS : TEXT_PAIRS, 0);
    return plain_list(pairs, count);
}

static bool make_node(const program *program, node *made, random_source *random)
{
    *made = (node){.operation = pick_operation(program, random)};
    size_t functions = operation_functions(made->operation);
    if (functions) made->use.function = random_below(random, functions);
    made->use.partitions = (int)random_below(random, 5);
    made->use.table = plain_null();
    if (strcmp(made->operation->name, "transform") == 0) made->use.table = pick_table(random);
    for (size_t i = 0; i < made->operation->inputs; i++) { /* rather of the last nodes */
        size_t a = random_below(random, program->count), b = random_below(random, program->count);
        made->in[i] = a > b ? a : b;
    }
    const node *below = &program->nodes[made->in[0]];
    if (made->operation->inputs > 1 && program->nodes[made->in[1]].slide != below->slide)
        return false;
    if (made->operation->is_window) pick_window(made, below, random);
    made->slide = made->operation->is_window ? made->use.window.slide : below->slide;
    for (size_t batch = 0; batch < program->batches; batch++)
        if (!compute(program, made, batch)) return false;
    return !is_dull(made, program->batches) || random_below(random, 4) == 0;
}

void program_make(program *program, uint64_t seed)
{
    static const size_t keyed_partitions[] = {1, 2, 3, 8, 13};
    random_source seeds = {seed * 0xd1342543de82ef95U};
    random_source random = {random_next(&seeds)};
    *program = (struct program){.seed = seed};
    program->keyed_partitions = keyed_partitions[random_below(&random, 5)];
    program->has_windows = seed % 3 == 0;
    program->batches = program->has_windows ? BATCHES_MAX : 3;
    program->sources = 1 + random_below(&random, SOURCES_MAX);
    for (; program->count < program->sources; program->count++)
        make_source(&program->nodes[program->count], program->batches, &random);
    size_t wanted = program->count + 1 + random_below(&random, NODES_MAX);
    for (size_t tries = 0; program->count < wanted && tries < 300; tries++)
        if (make_node(program, &program->nodes[program->count], &random)) program->count++;
    for (size_t i = 0; i < program->count; i++)
        program->nodes[i].is_output = i + 1 == program->count || random_below(&random, 3) == 0;
}

/* --- For people ------------------------------------------------------------------------------ */

static void print_source(const node *source, size_t batches, buffer *to)
{
    for (size_t batch = 0; batch < batches; batch++) {
        const data *given = &source->data[batch];
        buffer_printf(to, "     batch %zu:", batch + 1);
        if (!given->is_there) buffer_append_text(to, " no dataset");
        for (size_t i = 0; i < given->count; i++) {
            buffer_append_text(to, " ");
            plain_write(to, plain_list(given->parts[i].records, given->parts[i].count), false);
        }
        buffer_append_text(to, "\n");
    }
}

static void print_window(const window_use *window, buffer *to)
{
    buffer_printf(to, ", %zu batches every %zu", window->length, window->slide);
    if (window->is_inverse) buffer_append_text(to, ", goes on by an inverse");
    if (window->filter)
        buffer_printf(to, ", filter %s", filter_functions[window->filter - 1].name);
    if (window->drops_neutral) buffer_append_text(to, ", neutral keys dropped");
}

static void print_node(const node *node, buffer *to)
{
    if (node->operation->function_name)
        buffer_printf(to, " %s", node->operation->function_name(node->use.function));
    buffer_printf(to, " <- %zu", node->in[0]);
    if (node->operation->inputs > 1) buffer_printf(to, ", %zu", node->in[1]);
    buffer_printf(to, ", partitions %d", node->use.partitions);
    if (node->operation->is_window) print_window(&node->use.window, to);
    if (node->use.table.kind == PLAIN_LIST) {
        buffer_append_text(to, ", table ");
        plain_write(to, node->use.table, false);
    }
    buffer_append_text(to, "\n");
}

void program_print(const program *program, buffer *to)
{
    buffer_printf(to, "%zu keyed partitions\n", program->keyed_partitions);
    for (size_t i = 0; i < program->count; i++) {
        const node *node = &program->nodes[i];
        buffer_printf(to, "%3zu  %s%s", i, node->operation ? node->operation->name : "source\n",
                      node->is_output && node->operation ? " (output)" : "");
        if (node->operation)
            print_node(node, to);
        else
            print_source(node, program->batches, to);
    }
}
