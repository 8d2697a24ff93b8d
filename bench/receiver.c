#include "bench/receiver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/weir.h>

#include "bench/feeder.h"
#include "bench/memory.h"

enum { BLOCK_BYTES = 1 << 20, SENDERS = 2, LINE_ROOM = 20, WAIT_MS = 10000 };

/* One run. Static, since a build function may be called again; one at a time. */
static struct receiving {
    char *text;
    weir_value *lines; /* [count]: the lines of a block, which are all alike */
    size_t count;
    size_t blocks;
    _Atomic size_t next;     /* block */
    int64_t *took_us;        /* [blocks] */
    weir_receiver *_Atomic receiver; /* once it is started */
    _Atomic bool has_failed;
    uint64_t came_out;
    weir_status status; /* of the first batch that failed */
} receiving;

static weir_status on_start(weir_receiver *receiver, void *user)
{
    (void)user;
    receiving.receiver = receiver;
    return WEIR_OK;
}

static void on_stop(weir_receiver *receiver, void *user)
{
    (void)receiver;
    (void)user;
    receiving.receiver = NULL;
}

static const weir_receiver_class lines_class = {"lines", on_start, on_stop};

static void note_batch(const weir_batch_summary *summary, void *user)
{
    (void)user;
    receiving.came_out += summary->output_records[0];
    if (receiving.status == WEIR_OK) receiving.status = summary->status;
}

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_count_output(weir_receiver_stream(context, &lines_class, NULL));
    return weir_on_batch(context, note_batch, NULL);
}

static void make_lines(void)
{
    size_t room = BLOCK_BYTES / 10, length = 0;
    uint32_t number = 1;
    receiving.text = memory_need(malloc(BLOCK_BYTES + LINE_ROOM));
    receiving.lines = memory_need(malloc(room * sizeof *receiving.lines));
    for (receiving.count = 0; length < BLOCK_BYTES && receiving.count < room; receiving.count++) {
        number = number * 1664525 + 1013904223;
        char *line = receiving.text + length;
        int size = snprintf(line, LINE_ROOM, "user%07u,%u\n", number % 10000000, number % 97);
        receiving.lines[receiving.count] = weir_string(line, (size_t)size - 1);
        length += (size_t)size;
    }
}

/* Acknowledges nobody, but waits until it could. */
static void *send_blocks(void *unused)
{
    (void)unused;
    for (size_t i; (i = receiving.next++) < receiving.blocks;) {
        int64_t begin_us = clock_us();
        weir_status status = weir_store_block(receiving.receiver, NULL, receiving.lines,
                                              receiving.count);
        receiving.took_us[i] = clock_us() - begin_us;
        if (status == WEIR_OK) continue;
        receiving.has_failed = true;
        fprintf(stderr, "bench: a block was not stored: %s\n", weir_last_error());
        break;
    }
    return NULL;
}

static void send_all_blocks(void)
{
    pthread_t senders[SENDERS];
    size_t started = 0;
    for (int i = 0; i < WAIT_MS && !receiving.receiver; i++) pause_us(1000);
    receiving.has_failed = receiving.receiver == NULL;
    while (started < SENDERS && !receiving.has_failed) {
        if (pthread_create(&senders[started], NULL, send_blocks, NULL) == 0) started++;
        else receiving.has_failed = true;
    }
    for (size_t i = 0; i < started; i++) pthread_join(senders[i], NULL);
}

static bool run_context(const char *directory, double *seconds)
{
    const weir_options options = {
        .app_name = "log", .master = "local[2]", .batch_interval_ms = 100};
    weir_context *context = NULL;
    weir_set_log(NULL, NULL, WEIR_WARNING);
    weir_status status = weir_get_or_create(&context, directory, &options, NULL, build, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) {
        int64_t begin_us = clock_us();
        send_all_blocks();
        *seconds = (double)(clock_us() - begin_us) / 1e6;
        status = weir_stop(context, true);
    }
    if (status != WEIR_OK) fprintf(stderr, "bench: %s\n", weir_last_error());
    weir_context_free(context);
    return status == WEIR_OK && receiving.status == WEIR_OK && !receiving.has_failed;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

bool receiver_run(const char *directory, size_t blocks, received *received)
{
    receiving = (struct receiving){.blocks = blocks};
    receiving.took_us = memory_need(calloc(blocks, sizeof *receiving.took_us));
    make_lines();
    bool is_well = run_context(directory, &received->seconds);
    if (is_well && receiving.came_out != blocks * receiving.count) {
        fprintf(stderr, "bench: %llu lines came out of %zu\n",
                (unsigned long long)receiving.came_out, blocks * receiving.count);
        is_well = false;
    }
    qsort(receiving.took_us, blocks, sizeof *receiving.took_us, by_time);
    received->p50_us = (double)receiving.took_us[blocks / 2];
    received->p99_us = (double)receiving.took_us[blocks * 99 / 100];
    free(receiving.took_us);
    free(receiving.lines);
    free(receiving.text);
    return is_well;
}
