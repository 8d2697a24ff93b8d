#include "bench/job.h"

#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/memory.h"

/* Messages a second and partition at most: batches of 100 ms get about as many as they can do in
 * that time. */
enum { COPY_RATE = 180000 };

static json_t *stream(const char *id, const char *op, const char *in, const char *function)
{
    return json_pack("{s:s, s:s, s:[s], s:s}", "id", id, "op", op, "in", in, "fn", function);
}

static json_t *graph(const job_functions *functions)
{
    json_t *graph = json_array();
    const char *pairs = "words";
    json_array_append_new(graph, stream("words", functions->pair ? "flatMap" : "map", "lines",
                                        functions->split));
    if (functions->pair) {
        json_array_append_new(graph, stream("pairs", "map", "words", functions->pair));
        pairs = "pairs";
    }
    json_array_append_new(graph, stream("counts", "reduceByKey", pairs, functions->add));
    return graph;
}

/* Takes the job. */
static char *write_job(const bench_settings *settings, const char *name, json_t *job)
{
    char *path = NULL;
    if (!job || asprintf(&path, "%s/%s.json", settings->scratch, name) < 0)
        return memory_need(NULL);
    if (json_dump_file(job, path, JSON_INDENT(1)) != 0) {
        fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
        free(path);
        path = NULL;
    }
    json_decref(job);
    return path;
}

static json_t *path_list(const inputs *inputs)
{
    json_t *paths = json_array();
    for (size_t i = 0; i < inputs->count; i++)
        json_array_append_new(paths, json_string(inputs->paths[i]));
    return paths;
}

char *job_with_state(const bench_settings *settings, const char *name, const inputs *inputs,
                     const job_state *state)
{
    json_t *graph = json_array();
    json_array_append_new(graph, stream("pairs", "map", "lines", "parse_csv_kv"));
    json_array_append_new(graph, stream("sums", state->op, "pairs", state->function));
    json_t *job = json_pack("{s:s, s:i, s:s, s:i, s:[{s:s, s:s, s:o}], s:o, s:[{s:s, s:s}]}",
                            "name", name, "batch_ms", 1000, "checkpoint", state->checkpoint,
                            "checkpoint_ms", 1000 * state->batches, "sources", "id", "lines", "op",
                            "textFiles", "paths", path_list(inputs), "graph", graph, "outputs",
                            "in", "sums", "op", "count");
    if (state->memory) json_object_set_new(job, "state_memory", json_string(state->memory));
    return write_job(settings, name, job);
}

char *job_with_window(const bench_settings *settings, const char *name, const inputs *inputs,
                      const job_window *window)
{
    json_t *graph = json_array();
    json_t *reduced = stream("reduced", window->batches ? "reduceByKeyAndWindow" : "reduceByKey",
                             "pairs", window->function);
    const json_int_t window_ms = 1000 * (json_int_t)window->batches;
    if (window_ms) json_object_set_new(reduced, "window_ms", json_integer(window_ms));
    if (window->inverse) json_object_set_new(reduced, "inverse", json_string(window->inverse));
    json_array_append_new(graph, stream("pairs", "map", "lines", "parse_csv_kv"));
    json_array_append_new(graph, reduced);
    json_t *job = json_pack("{s:s, s:i, s:[{s:s, s:s, s:o}], s:o, s:[{s:s, s:s}]}", "name", name,
                            "batch_ms", 1000, "sources", "id", "lines", "op", "textFiles", "paths",
                            path_list(inputs), "graph", graph, "outputs", "in", "reduced", "op",
                            "count");
    if (window->checkpoint) {
        json_int_t checkpoint_ms = 1000 * (json_int_t)window->checkpoint_batches;
        json_object_set_new(job, "checkpoint", json_string(window->checkpoint));
        json_object_set_new(job, "checkpoint_ms", json_integer(checkpoint_ms));
    }
    return write_job(settings, name, job);
}

char *job_over_kafka(const bench_settings *settings, const char *name, const char *brokers,
                     const char *topic, const char *to, const char *checkpoint)
{
    json_t *graph = json_array();
    json_array_append_new(graph, stream("numbers", "mapValues", "in", "parse_int"));
    if (!to)
        json_array_append_new(graph,
                              stream("sums", "mapWithState", "numbers", "sum_no_emit"));
    json_t *output = to ? json_pack("{s:s, s:s, s:s, s:s}", "in", "in", "op", "saveToKafka",
                                    "brokers", brokers, "topic", to)
                        : json_pack("{s:s, s:s}", "in", "sums", "op", "count");
    json_t *in = json_pack("{s:s, s:s, s:s, s:[s], s:s, s:s}", "id", "in", "op",
                           "kafkaDirectStream", "brokers", brokers, "topics", topic, "start",
                           "earliest", "form", "pair");
    /* Else all that is there would be one batch, and one transaction. */
    if (to) json_object_set_new(in, "maxRatePerPartition", json_integer(COPY_RATE));
    return write_job(settings, name,
                     json_pack("{s:s, s:i, s:s, s:[o], s:o, s:[o]}", "name", name, "batch_ms", 100,
                               "checkpoint", checkpoint, "sources", in, "graph", graph, "outputs",
                               output));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

bool job_forget(const char *checkpoint)
{
    if (nftw(checkpoint, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return true;
    fprintf(stderr, "bench: cannot remove %s: %s\n", checkpoint, strerror(errno));
    return false;
}

char *job_over_files(const bench_settings *settings, const char *name, const inputs *inputs,
                     const job_functions *functions)
{
    json_t *paths = path_list(inputs);
    json_t *job = json_pack("{s:s, s:i, s:[{s:s, s:s, s:o}], s:o, s:[{s:s, s:s}]}", "name", name,
                            "batch_ms", 1000, "sources", "id", "lines", "op", "textFiles", "paths",
                            paths, "graph", graph(functions), "outputs", "in", "counts", "op",
                            "count");
    if (functions->library)
        json_object_set_new(job, "library", json_pack("[s]", functions->library));
    return write_job(settings, name, job);
}

static json_t *socket_job(const char *name, int port, int64_t batch_ms, json_t *graph)
{
    return json_pack("{s:s, s:I, s:[{s:s, s:s, s:s, s:i}], s:o}", "name", name, "batch_ms",
                     (json_int_t)batch_ms, "sources", "id", "lines", "op", "socketTextStream",
                     "host", "127.0.0.1", "port", port, "graph", graph);
}

static void add_output(json_t *job, const char *in, const char *op)
{
    if (!json_object_get(job, "outputs")) json_object_set_new(job, "outputs", json_array());
    json_array_append_new(json_object_get(job, "outputs"),
                          json_pack("{s:s, s:s}", "in", in, "op", op));
}

char *job_over_socket(const bench_settings *settings, const char *name, int port,
                      int64_t batch_ms)
{
    const job_functions functions = {NULL, "split_ws", "pair_with_one", "sum"};
    json_t *job = socket_job(name, port, batch_ms, graph(&functions));
    add_output(job, "counts", "print");
    return write_job(settings, name, job);
}

char *job_counting_socket(const bench_settings *settings, const char *name, int port,
                          int64_t batch_ms, const char *checkpoint)
{
    const job_functions functions = {NULL, "split_ws", "pair_with_one", "sum"};
    json_t *job = socket_job(name, port, batch_ms, graph(&functions));
    add_output(job, "counts", "count");
    if (checkpoint) json_object_set_new(job, "checkpoint", json_string(checkpoint));
    return write_job(settings, name, job);
}

char *job_with_timeouts(const bench_settings *settings, const char *name, int port,
                        int64_t batch_ms, const char *checkpoint, const char *memory)
{
    const json_int_t timeout_ms = 40 * batch_ms, scan_ms = 10 * batch_ms;
    json_t *graph = json_array(), *sums = stream("sums", "mapWithState", "pairs",
                                                 "sum_report_timeout");
    json_object_set_new(sums, "timeout_ms", json_integer(timeout_ms));
    json_object_set_new(sums, "timeout_scan_ms", json_integer(scan_ms));
    json_array_append_new(graph, stream("pairs", "map", "lines", "parse_csv_kv"));
    json_array_append_new(graph, sums);
    json_array_append_new(graph, stream("ages", "updateStateByKey", "pairs", "idle_age_update"));
    json_t *job = socket_job(name, port, batch_ms, graph);
    add_output(job, "sums", "count");
    add_output(job, "ages", "count");
    json_object_set_new(job, "checkpoint", json_string(checkpoint));
    json_object_set_new(job, "checkpoint_ms", json_integer(20 * batch_ms));
    json_object_set_new(job, "state_memory", json_string(memory));
    return write_job(settings, name, job);
}
