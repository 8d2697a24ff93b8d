/* model: runs random programs on random data through weir and through a naive engine that keeps
 * everything in arrays, and compares every batch of every output.
 *
 *     model                     all seeds; the same every time
 *     model --seed N            this one, and prints it
 *     model --cases N           so many seeds
 *     model --canary N          plants error N in the model: must fail
 *
 * With one, two and three workers, whose results must be the same record by record. What the
 * definitions leave open (the order after a shuffle, among others) is not compared with the model.
 * Programs with windows run twice more: once with all that is not state or pane forgotten after
 * every batch, as by a restart, and once with every batch taken back and computed again.
 * On a failure the seed, the program, and what differs first are printed; the exit code is 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/library.h"
#include "model/program.h"
#include "support/dry_run.h"
#include "weir/context.h"

enum { CASES = 3000, WORKERS_MAX = 3, SHOWN_MAX = 600 };

/* Ways to run a program; those before have as many workers. */
enum { RUN_RESTARTED = WORKERS_MAX + 1, RUN_TAKEN_BACK, RUNS };

/* One for each number of workers. */
static pool *pools[WORKERS_MAX + 1];

/* What one run gave: the partitions of each node in each batch. */
typedef struct results {
    weir_value got[BATCHES_MAX][SOURCES_MAX + NODES_MAX];
    weir_status status[BATCHES_MAX][SOURCES_MAX + NODES_MAX];
} results;

/* --- weir ------------------------------------------------------------------------------------ */

/* Two windows of a program may be the same but for their names. */
static void name_node(weir_stream *stream, size_t number)
{
    char name[32];
    snprintf(name, sizeof name, "node %zu", number);
    weir_name(stream, name);
}

static void build(const program *program, dry_run *run, weir_stream **streams)
{
    for (size_t i = 0; i < program->count; i++) {
        const node *node = &program->nodes[i];
        use use = node->use;
        for (size_t j = 0; node->operation && j < node->operation->inputs; j++)
            use.stream[j] = streams[node->in[j]];
        streams[i] = node->operation ? node->operation->build(&use) : dry_run_source(run);
        if (!streams[i]) {
            fprintf(stderr, "model: seed %llu, node %zu: %s\n", (unsigned long long)program->seed,
                    i, weir_last_error());
            abort();
        }
        if (node->operation && node->operation->is_window) name_node(streams[i], i);
        if (node->is_output) dry_run_need(run, streams[i]);
    }
}

static weir_value list_of(const data *data)
{
    records_out all = data_all(data);
    return plain_to_value(plain_list(all.records, all.count));
}

static void run_batch(const program *program, dry_run *run, weir_stream *const *streams,
                      size_t batch, bool is_taken_back, results *results)
{
    weir_value given[SOURCES_MAX];
    int partitions[SOURCES_MAX];
    for (size_t i = 0; i < program->sources; i++) {
        const data *data = &program->nodes[i].data[batch];
        given[i] = data->is_there ? list_of(data) : weir_absent();
        partitions[i] = program->nodes[i].partitions;
    }
    dry_run_begin(run, (int64_t)(batch + 1) * 1000, given, partitions);
    for (size_t i = 0; i < program->count; i++)
        if (program->nodes[i].is_output)
            results->status[batch][i] =
                dry_run_collect(run, streams[i], &results->got[batch][i]);
    if (program->has_windows && !is_taken_back && dry_run_finish(run) != WEIR_OK)
        fprintf(stderr, "model: batch %zu: %s\n", batch + 1, weir_last_error());
    dry_run_end(run);
}

static void start(const program *program, dry_run *run, size_t workers, state_store *store)
{
    dry_run_start(run, pools[workers], program->keyed_partitions, 0);
    if (!program->has_windows || dry_run_open_state(run, store) == WEIR_OK) return;
    fprintf(stderr, "model: %s\n", weir_last_error());
    abort();
}

static void run_program(const program *program, dry_run *run, weir_stream *const *streams,
                        size_t way, results *results)
{
    state_store *store = state_store_in_memory();
    size_t workers = way <= WORKERS_MAX ? way : 2;
    start(program, run, workers, store);
    for (size_t batch = 0; batch < program->batches; batch++) {
        if (way == RUN_RESTARTED) start(program, run, workers, store);
        if (way == RUN_TAKEN_BACK) run_batch(program, run, streams, batch, true, results);
        run_batch(program, run, streams, batch, false, results);
    }
    dry_run_stop(run);
    store->class->close(store);
}

/* --- Comparing ------------------------------------------------------------------------------- */

static void write_parts(buffer *to, const data *data)
{
    for (size_t i = 0; i < data->count; i++) {
        plain list = plain_list(data->parts[i].records, data->parts[i].count);
        if (i) buffer_append_text(to, " ");
        /* In any order: sorted, as a list whose elements are. */
        if (data->is_ordered && !data->is_loose) {
            plain_write(to, list, false);
        } else if (data->is_loose) {
            plain_write(to, list, true);
        } else {
            plain *texts = plain_alloc(list.count, sizeof *texts);
            for (size_t j = 0; j < list.count; j++) {
                buffer text = {0};
                plain_write(&text, list.items[j], false);
                texts[j] = plain_string(text.bytes, text.size);
                buffer_release(&text);
            }
            plain_write(to, plain_list(texts, list.count), true);
        }
    }
}

/* What weir gave, in the model's shape. */
static data data_of(weir_value partitions, const data *like)
{
    plain lists = plain_from_value(partitions);
    data made = data_make(lists.count, like->is_ordered, like->is_loose);
    for (size_t i = 0; i < lists.count; i++)
        for (size_t j = 0; j < lists.items[i].count; j++)
            records_add(&made.parts[i], lists.items[i].items[j]);
    if (like->is_ordered) return made;
    data all = data_make(1, false, like->is_loose);
    all.parts[0] = data_all(&made);
    return all;
}

static bool differ(buffer *why, const char *expected, const char *got)
{
    size_t same = 0;
    while (expected[same] && expected[same] == got[same]) same++;
    size_t from = same < SHOWN_MAX / 2 ? 0 : same - SHOWN_MAX / 2;
    buffer_printf(why, "from byte %zu on, %zu of which are the same,\n", from, same - from);
    buffer_printf(why, "expected: %.*s\n", SHOWN_MAX, expected + from);
    buffer_printf(why, "got:      %.*s\n", SHOWN_MAX, got + from);
    return false;
}

static bool compare(const data *expected, weir_value got, weir_status status, buffer *why)
{
    if (expected->fails || status != WEIR_OK) {
        if (expected->fails && status != WEIR_OK) return true;
        return differ(why, expected->fails ? "a failure" : "no failure",
                      status == WEIR_OK ? "no failure" : weir_last_error());
    }
    if (!expected->is_there || weir_is_absent(got)) {
        if (!expected->is_there && weir_is_absent(got)) return true;
        return differ(why, expected->is_there ? "a dataset" : "none",
                      weir_is_absent(got) ? "none" : "a dataset");
    }
    buffer want = {0}, have = {0};
    data had = data_of(got, expected);
    write_parts(&want, expected);
    write_parts(&have, &had);
    buffer_append(&want, "", 1);
    buffer_append(&have, "", 1);
    bool same = strcmp(want.bytes, have.bytes) == 0 || differ(why, want.bytes, have.bytes);
    buffer_release(&want);
    buffer_release(&have);
    return same;
}

static const char *way_text(size_t way, char room[24])
{
    if (way == RUN_RESTARTED) return "restarted";
    if (way == RUN_TAKEN_BACK) return "taken back";
    snprintf(room, 24, "%zu workers", way);
    return room;
}

/* What is made again from panes has its keys in another order. */
static bool check(const program *program, const results *results, size_t way, buffer *why)
{
    const struct results *alone = &results[1], *these = &results[way];
    char room[24];
    for (size_t batch = 0; batch < program->batches; batch++)
        for (size_t i = 0; i < program->count; i++) {
            if (!program->nodes[i].is_output) continue;
            size_t before = why->size;
            buffer_printf(why, "node %zu, batch %zu, %s\n", i, batch + 1, way_text(way, room));
            bool same = compare(&program->nodes[i].data[batch], these->got[batch][i],
                                these->status[batch][i], why);
            bool has_order = way <= WORKERS_MAX;
            if (same && has_order && !weir_equal(these->got[batch][i], alone->got[batch][i]))
                same = differ(why, "what one worker gives", "the same in another order");
            if (!same) return false;
            why->size = before;
        }
    return true;
}

/* --- Cases ----------------------------------------------------------------------------------- */

static bool run_seed(uint64_t seed, bool prints)
{
    static program program;
    static results results[RUNS];
    program_make(&program, seed);
    dry_run run;
    weir_stream *streams[SOURCES_MAX + NODES_MAX];
    dry_run_init(&run);
    arena_set_current(&run.results);
    build(&program, &run, streams);
    memset(results, 0, sizeof results);
    buffer why = {0};
    bool same = true;
    size_t ways = program.has_windows ? RUNS : WORKERS_MAX + 1;
    for (size_t way = 1; way < ways && same; way++) {
        run_program(&program, &run, streams, way, &results[way]);
        same = check(&program, results, way, &why);
    }
    if (prints || !same) {
        buffer text = {0};
        program_print(&program, &text);
        printf("seed %llu\n%.*s%.*s", (unsigned long long)seed, (int)text.size, text.bytes,
               (int)why.size, why.size ? why.bytes : "");
        buffer_release(&text);
    }
    buffer_release(&why);
    arena_set_current(NULL);
    dry_run_release(&run);
    plain_forget();
    return same;
}

static int usage(FILE *to)
{
    fputs("usage: model [--seed N | --cases N] [--canary N]\n", to);
    return to == stdout ? 0 : 2;
}

int main(int count, char **words)
{
    uint64_t first = 1, last = CASES;
    for (int i = 1; i < count; i += 2) {
        uint64_t number = i + 1 < count ? strtoull(words[i + 1], NULL, 10) : 0;
        if (strcmp(words[i], "--help") == 0) return usage(stdout);
        if (number == 0) return usage(stderr);
        if (strcmp(words[i], "--seed") == 0) first = last = number;
        else if (strcmp(words[i], "--cases") == 0) last = number;
        else if (strcmp(words[i], "--canary") == 0) model_canary = (int)number;
        else return usage(stderr);
    }
    library_register();
    for (size_t workers = 1; workers <= WORKERS_MAX; workers++)
        pools[workers] = pool_create(workers);
    bool same = true;
    for (uint64_t seed = first; seed <= last && same; seed++)
        same = run_seed(seed, first == last && last != CASES);
    if (same) printf("%llu programs, all the same\n", (unsigned long long)(last - first + 1));
    for (size_t workers = 1; workers <= WORKERS_MAX; workers++) pool_free(pools[workers]);
    plain_release();
    return !same;
}
