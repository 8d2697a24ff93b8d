#include "kafka/sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "graph/builder.h"
#include "kafka/kafka.h"
#include "kafka/settings.h"
#include "record/value.h"

enum { CALL_MS = 5000, AGAIN_MS = 200, FLUSH_MS = 500 };

/* --- one transaction ------------------------------------------------------------------------- */

/* How a step of a transaction ended. */
typedef enum ending {
    ENDED_WELL,
    ENDED_AGAIN,  /* nothing of it is in the topic: the batch can be written again */
    ENDED_FAILED, /* it makes no sense to try again */
} ending;

/* Has another run taken the name? The first error that says so may be one of a record. */
static bool is_fenced(kafka_sink *sink, rd_kafka_resp_err_t code)
{
    char why[256];
    rd_kafka_resp_err_t fatal =
        sink->is_open ? kafka.fatal_error(sink->client.handle, why, sizeof why)
                      : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) code = fatal;
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED;
}

/* Keeps what went wrong as this thread's error; destroys it. After anything but an error that
 * asks to abort, how the transaction ended is looked up in the ledger. */
static ending judge(kafka_sink *sink, const char *what, rd_kafka_error_t *error)
{
    rd_kafka_resp_err_t code = kafka.error_code(error);
    bool is_abort = kafka.error_txn_requires_abort(error);
    kafka.error_destroy(error);
    if (!is_abort) sink->is_in_doubt = true;
    if (is_fenced(sink, code)) {
        sink->is_fenced = true;
        return ENDED_FAILED;
    }
    (void)kafka_client_fail(&sink->client, WEIR_IO, what, code);
    return ENDED_AGAIN;
}

static void abort_transaction(kafka_sink *sink)
{
    if (sink->is_in_doubt) return; /* the next opening ends it */
    rd_kafka_error_t *error = kafka.abort_transaction(sink->client.handle, CALL_MS);
    if (!error) return;
    kafka.error_destroy(error);
    sink->is_in_doubt = true;
}

/* Calls a step until it is done; retriable errors pass. */
typedef rd_kafka_error_t *(*txn_step)(kafka_sink *sink, void *user);
static ending carry_out(kafka_sink *sink, const char *what, txn_step step, void *user)
{
    kafka_sink_begin_step(sink);
    for (;;) {
        rd_kafka_error_t *error = step(sink, user);
        kafka.poll(sink->client.handle, 0);
        if (!error) return ENDED_WELL;
        bool is_hopeless = kafka_sink_is_hopeless(sink);
        if (!kafka.error_is_retriable(error) || is_hopeless) return judge(sink, what, error);
        kafka.error_destroy(error);
        clock_sleep_ms(AGAIN_MS);
    }
}

static rd_kafka_error_t *send_ledger(kafka_sink *sink, void *user)
{
    rd_kafka_topic_partition_list_t *list = user;
    rd_kafka_consumer_group_metadata_t *group = kafka.consumer_group_metadata_new(sink->group);
    rd_kafka_error_t *error =
        kafka.send_offsets_to_transaction(sink->client.handle, list, group, CALL_MS);
    kafka.consumer_group_metadata_destroy(group);
    return error;
}

static rd_kafka_error_t *commit(kafka_sink *sink, void *user)
{
    (void)user;
    return kafka.commit_transaction(sink->client.handle, CALL_MS);
}

static ending write_ledger(kafka_sink *sink, int64_t time_ms)
{
    rd_kafka_topic_partition_list_t *list = kafka.topic_partition_list_new(1);
    kafka.topic_partition_list_add(list, sink->options.topic, 0)->offset = time_ms;
    ending ending = carry_out(sink, "the batch cannot be noted", send_ledger, list);
    kafka.topic_partition_list_destroy(list);
    return ending;
}

static ending write_in_transaction(kafka_sink *sink, weir_dataset *dataset, int64_t time_ms,
                                   uint64_t *records, weir_status *status)
{
    rd_kafka_error_t *error = kafka.begin_transaction(sink->client.handle);
    if (error) return judge(sink, "a transaction cannot be begun", error);
    *status = kafka_sink_write(sink, dataset, records);
    if (*status != WEIR_OK || *records == 0) {
        char text[ERROR_TEXT_MAX];
        snprintf(text, sizeof text, "%s", error_text());
        abort_transaction(sink);
        if (*status == WEIR_OK) return ENDED_WELL;
        *status = error_set(*status, "%s", text);
        return ENDED_FAILED;
    }
    ending ending = write_ledger(sink, time_ms);
    if (ending == ENDED_WELL)
        ending = carry_out(sink, "the batch cannot be committed", commit, NULL);
    if (ending == ENDED_WELL) kafka_client_answered(&sink->client);
    if (ending == ENDED_WELL) sink->ledger_ms = time_ms;
    else abort_transaction(sink);
    return ending;
}

/* --- a batch --------------------------------------------------------------------------------- */

static weir_status write_plain(kafka_sink *sink, weir_dataset *dataset, uint64_t *records)
{
    atomic_store(&sink->failed, 0);
    weir_status status = kafka_sink_write(sink, dataset, records);
    if (status != WEIR_OK) return status;
    kafka_sink_begin_step(sink);
    while (kafka.flush(sink->client.handle, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        if (kafka_sink_is_hopeless(sink))
            return error_set(WEIR_IO, "%s: the context stops, and the brokers do not answer",
                             sink->label);
    int failed = atomic_load(&sink->failed);
    if (!failed && *records > 0) kafka_client_answered(&sink->client);
    if (!failed) return WEIR_OK;
    return kafka_client_fail(&sink->client, WEIR_IO, "a record cannot be written",
                             (rd_kafka_resp_err_t)failed);
}

/* The name is another run's. To begin transactions anew would take it back, and that run would do
 * the same: so never until a restart. The batch itself may have been written before. */
static weir_status yield(kafka_sink *sink, weir_dataset *dataset, int64_t time_ms,
                         uint64_t *records)
{
    if (sink->ledger_ms < time_ms && kafka_sink_read_ledger(sink) == WEIR_OK &&
        sink->ledger_ms >= time_ms) {
        log_line(WEIR_WARNING,
                 "%s: another run writes under the same name; the topic has the batch of %" PRId64
                 " ms",
                 sink->label, time_ms);
        return weir_dataset_count(dataset, records);
    }
    return error_set(WEIR_LOCKED,
                     "%s: another run of this context writes under the same name (or the batch "
                     "took longer than transaction.timeout.ms); one of the two has to stop",
                     sink->label);
}

static weir_status try_once(kafka_sink *sink, weir_dataset *dataset, int64_t time_ms,
                            uint64_t *records, bool *may_try)
{
    *may_try = false;
    sink->is_fenced =
        sink->is_fenced || is_fenced(sink, RD_KAFKA_RESP_ERR_NO_ERROR);
    if (sink->is_fenced) return yield(sink, dataset, time_ms, records);
    if (sink->is_in_doubt || !sink->is_open) {
        weir_status opened = kafka_sink_open(sink);
        *may_try = opened != WEIR_OK && !atomic_load(&sink->client.refused);
        sink->is_in_doubt = sink->is_in_doubt || opened != WEIR_OK;
        if (opened != WEIR_OK) return opened;
    }
    if (sink->ledger_ms >= time_ms) {
        log_line(WEIR_INFO, "%s: the topic has the batch of %" PRId64 " ms already", sink->label,
                 time_ms);
        return weir_dataset_count(dataset, records);
    }
    weir_status status = WEIR_IO;
    ending ending = write_in_transaction(sink, dataset, time_ms, records, &status);
    if (ending == ENDED_WELL) return WEIR_OK;
    if (sink->is_fenced) return yield(sink, dataset, time_ms, records);
    /* A failure of the library met while records are written may pass as well. */
    *may_try = ending == ENDED_AGAIN;
    return status == WEIR_OK ? WEIR_IO : status;
}

static weir_status run(const output *output, weir_dataset *dataset, int64_t time_ms,
                       uint64_t *records)
{
    kafka_sink *sink = output->connection;
    if (sink->options.plain) return write_plain(sink, dataset, records);
    log_damper tries = {0};
    for (;;) {
        bool may_try;
        weir_status status = try_once(sink, dataset, time_ms, records, &may_try);
        if (status == WEIR_OK || !may_try || atomic_load(&sink->gives_up)) return status;
        log_damped(&tries, WEIR_WARNING, "batch %" PRId64 " ms: %s; it is written again", time_ms,
                   error_text());
        clock_sleep_ms(AGAIN_MS);
    }
}

/* --- its life -------------------------------------------------------------------------------- */

static weir_status start(output *output, const char *context_id)
{
    kafka_sink *sink = output->connection;
    buffer group = {0};
    buffer_printf(&group, "weir-%s-%s", context_id, output->identity);
    buffer_append(&group, "", 1);
    sink->group = group.bytes;
    weir_status status = kafka_sink_open(sink);
    if (status == WEIR_OK && sink->ledger_ms >= 0)
        log_line(WEIR_INFO, "%s: the topic has the batches up to %" PRId64 " ms", sink->label,
                 sink->ledger_ms);
    return status;
}

static void give_up(output *output)
{
    kafka_sink *sink = output->connection;
    atomic_store(&sink->gives_up, true);
}

static void finish(output *output)
{
    kafka_sink *sink = output->connection;
    kafka_sink_close(sink);
    free(sink->group);
    sink->group = NULL;
}

static const connector sink_connector = {start, run, give_up, finish};

/* --- making ---------------------------------------------------------------------------------- */

static weir_status check(weir_stream *in, const char *place,
                         const weir_kafka_sink_options *options)
{
    weir_status status = lineage_check_open(in->lineage, place);
    if (status == WEIR_OK) status = settings_check_sink(options);
    if (status == WEIR_OK) status = kafka_load();
    return status;
}

weir_status weir_save_to_kafka(weir_stream *in, const weir_kafka_sink_options *options)
{
    if (!in) return WEIR_ILLEGAL_ARGUMENT; /* who should have made it has set the error */
    char room[BUILDER_PLACE_MAX];
    weir_status status = check(in, builder_place("saveToKafka", in, room), options);
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    kafka_register();
    arena *arena = &in->lineage->arena;
    kafka_sink *sink = arena_alloc(arena, sizeof *sink);
    memset(sink, 0, sizeof *sink);
    sink->options = settings_copy_sink(options, arena);
    sink->ledger_ms = -1;
    size_t size = strlen(sink->options.topic) + sizeof "saveToKafka ";
    sink->label = arena_alloc(arena, size);
    snprintf(sink->label, size, "saveToKafka %s", sink->options.topic);
    output *output = lineage_append_output(in->lineage, OUTPUT_SAVE_TO_KAFKA, in);
    output->arg = value_copy(settings_sink_value(&sink->options), arena);
    output->prefix = arena_copy_text(arena, sink->options.topic);
    output->name = output->prefix;
    output->connector = &sink_connector;
    output->connection = sink;
    output->keeps_ledger = !options->plain;
    return WEIR_OK;
}
