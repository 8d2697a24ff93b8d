#include "kafka/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "kafka/settings.h"

enum { TRY_MS = 500, LEAVE_MS = 10000, POLL_MS = 50 };

/* What librdkafka hands back to callbacks. */
typedef struct opaque {
    kafka_client *client;
    void *owner;
} opaque;

void *kafka_client_owner(void *user)
{
    return ((opaque *)user)->owner;
}

/* --- what the library says ------------------------------------------------------------------- */

static bool is_final(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
           error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
           error == RD_KAFKA_RESP_ERR__SSL;
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *user)
{
    (void)handle;
    kafka_client *client = ((opaque *)user)->client;
    rd_kafka_resp_err_t error = (rd_kafka_resp_err_t)code;
    pthread_mutex_lock(&client->mutex);
    bool is_summary = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    if (!is_summary || !client->error[0])
        snprintf(client->error, sizeof client->error, "%s",
                 reason ? reason : kafka.err2str(error));
    pthread_mutex_unlock(&client->mutex);
    if (is_final(error)) atomic_store(&client->refused, code);
    if (is_summary) kafka_client_unanswered(client);
}

static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)level;
    log_line(WEIR_DEBUG, "librdkafka %s: %s: %s", kafka.name(handle), facility, text);
}

void kafka_client_unanswered(kafka_client *client)
{
    pthread_mutex_lock(&client->mutex);
    bool is_news = client->was_reached && !client->is_down;
    if (is_news) {
        client->is_down = true;
        client->down_us = clock_monotonic_us();
        log_line(WEIR_WARNING, "%s: no broker of %s answers (%s); it goes on when one does",
                 client->label, client->brokers, client->error[0] ? client->error : "no reason");
    }
    pthread_mutex_unlock(&client->mutex);
}

void kafka_client_answered(kafka_client *client)
{
    pthread_mutex_lock(&client->mutex);
    client->was_reached = true;
    if (client->is_down) {
        client->is_down = false;
        client->error[0] = '\0';
        log_line(WEIR_INFO, "%s: the brokers of %s answer again, after %.1f s", client->label,
                 client->brokers, (double)(clock_monotonic_us() - client->down_us) / 1e6);
    }
    pthread_mutex_unlock(&client->mutex);
}

bool kafka_client_is_down(kafka_client *client)
{
    pthread_mutex_lock(&client->mutex);
    bool is_down = client->is_down;
    pthread_mutex_unlock(&client->mutex);
    return is_down;
}

weir_status kafka_client_fail(kafka_client *client, weir_status status, const char *what,
                              rd_kafka_resp_err_t error)
{
    char said[512];
    pthread_mutex_lock(&client->mutex);
    snprintf(said, sizeof said, "%s", client->error);
    pthread_mutex_unlock(&client->mutex);
    return error_set(status, "%s: %s: %s%s%s", client->label, what, kafka.err2str(error),
                     said[0] ? "; " : "", said);
}

/* --- making it ------------------------------------------------------------------------------- */

static weir_status set(rd_kafka_conf_t *conf, const char *label, const char *name,
                       const char *value)
{
    char why[512];
    if (kafka.conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: the property %s: %s", label, name, why);
}

static weir_status set_all(rd_kafka_conf_t *conf, const kafka_client_plan *plan)
{
    weir_status status = set(conf, plan->label, "bootstrap.servers", plan->brokers);
    if (status == WEIR_OK) status = set(conf, plan->label, "client.id", "weir");
    for (const weir_kafka_property *at = plan->defaults; at && at->name && status == WEIR_OK; at++)
        status = set(conf, plan->label, at->name, at->value);
    for (size_t i = 0; i < plan->given_count && status == WEIR_OK; i++) {
        const char *value = settings_resolve(&plan->given[i]);
        if (!value) return error_prefix(WEIR_ILLEGAL_ARGUMENT, "%s", plan->label);
        status = set(conf, plan->label, plan->given[i].name, value);
    }
    for (const weir_kafka_property *at = plan->fixed; at && at->name && status == WEIR_OK; at++)
        status = set(conf, plan->label, at->name, at->value);
    return status;
}

/* A question waits behind a fetch, for which a broker may wait so long for messages. */
static int ask_ms(const kafka_client_plan *plan)
{
    enum { FETCH_MS = 500, FETCH_MOST_MS = 300000, ANSWER_MS = 1500 };
    long fetch_ms = FETCH_MS;
    for (size_t i = 0; i < plan->given_count; i++)
        if (strcmp(plan->given[i].name, "fetch.wait.max.ms") == 0)
            fetch_ms = strtol(settings_resolve(&plan->given[i]), NULL, 10);
    if (fetch_ms < 0 || fetch_ms > FETCH_MOST_MS) fetch_ms = FETCH_MOST_MS;
    return (int)fetch_ms + ANSWER_MS;
}

/* Its threads inherit a mask that leaves signals to the program's. */
static rd_kafka_t *make(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t size)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rd_kafka_t *handle = kafka.new(type, conf, why, size);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return handle;
}

weir_status kafka_client_open(kafka_client *client, const kafka_client_plan *plan)
{
    *client = (kafka_client){.type = plan->type};
    rd_kafka_conf_t *conf = kafka.conf_new();
    weir_status status = set_all(conf, plan);
    if (status != WEIR_OK) {
        kafka.conf_destroy(conf);
        return status;
    }
    opaque *opaque = memory_alloc(sizeof *opaque);
    *opaque = (struct opaque){client, plan->opaque_owner};
    kafka.conf_set_opaque(conf, opaque);
    kafka.conf_set_log_cb(conf, on_log);
    kafka.conf_set_error_cb(conf, on_error);
    if (plan->rebalanced) kafka.conf_set_rebalance_cb(conf, plan->rebalanced);
    if (plan->committed) kafka.conf_set_offset_commit_cb(conf, plan->committed);
    if (plan->delivered) kafka.conf_set_dr_msg_cb(conf, plan->delivered);
    client->ask_ms = ask_ms(plan);
    client->leave_ms = LEAVE_MS;
    client->label = memory_copy_text(plan->label);
    client->brokers = memory_copy_text(plan->brokers);
    pthread_mutex_init(&client->mutex, NULL);
    char why[512];
    client->handle = make(plan->type, conf, why, sizeof why);
    if (client->handle) return WEIR_OK;
    status = error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %s", plan->label, why);
    kafka.conf_destroy(conf);
    free(opaque);
    pthread_mutex_destroy(&client->mutex);
    free(client->label);
    free(client->brokers);
    return status;
}

void kafka_client_leave(kafka_client *client)
{
    if (client->has_left || client->type != RD_KAFKA_CONSUMER) return;
    client->has_left = true;
    rd_kafka_queue_t *queue = kafka.queue_new(client->handle);
    rd_kafka_error_t *error = kafka.consumer_close_queue(client->handle, queue);
    int64_t end_us = clock_monotonic_us() + client->leave_ms * INT64_C(1000);
    /* Without a group there is nothing to leave. */
    while (!error && !kafka.consumer_closed(client->handle) && clock_monotonic_us() < end_us)
        kafka.queue_poll_callback(queue, POLL_MS);
    client->is_stuck = !error && !kafka.consumer_closed(client->handle);
    if (error) kafka.error_destroy(error);
    if (!client->is_stuck) kafka.queue_destroy(queue); /* else the library uses it yet */
}

void kafka_client_close(kafka_client *client)
{
    if (!client->handle) return;
    kafka_client_leave(client);
    if (client->is_stuck) {
        log_line(WEIR_WARNING,
                 "%s: its client does not end while a broker of %s hangs; it is left behind",
                 client->label, client->brokers);
    } else {
        opaque *opaque = kafka.opaque(client->handle);
        kafka.destroy(client->handle);
        free(opaque);
    }
    client->handle = NULL;
    pthread_mutex_destroy(&client->mutex);
    free(client->label);
    free(client->brokers);
}

rd_kafka_resp_err_t kafka_client_commit(kafka_client *client,
                                        const rd_kafka_topic_partition_list_t *offsets,
                                        int timeout_ms, kafka_answered *answered, void *user)
{
    rd_kafka_queue_t *queue = kafka.queue_new(client->handle);
    rd_kafka_resp_err_t error =
        kafka.commit_queue(client->handle, offsets, queue, answered, user);
    bool is_answered = !error && kafka.queue_poll_callback(queue, timeout_ms) > 0;
    kafka.queue_destroy(queue);
    return error || is_answered ? error : RD_KAFKA_RESP_ERR__TIMED_OUT;
}

/* --- waiting for the first answer ------------------------------------------------------------ */

/* *of_topic: what the brokers say of the topic; no error without one. */
static rd_kafka_resp_err_t ask(kafka_client *client, const char *topic, int timeout_ms,
                               rd_kafka_resp_err_t *of_topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = topic ? kafka.topic_new(client->handle, topic, NULL) : NULL;
    rd_kafka_resp_err_t error =
        kafka.metadata(client->handle, 0, handle, &metadata, timeout_ms);
    if (handle) kafka.topic_destroy(handle);
    *of_topic = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
    if (topic)
        *of_topic = metadata->topic_cnt > 0 ? metadata->topics[0].err
                                            : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    kafka.metadata_destroy(metadata);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool kafka_client_look_for(kafka_client *client, const char *topic, bool *is_gone)
{
    rd_kafka_resp_err_t of_topic;
    if (ask(client, topic, client->ask_ms, &of_topic) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    bool is_unknown = of_topic == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                      of_topic == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    bool is_there = of_topic == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (is_unknown && !*is_gone)
        log_line(WEIR_WARNING, "%s: topic %s is gone: the brokers have none of that name any more",
                 client->label, topic);
    else if (is_there && *is_gone)
        log_line(WEIR_INFO, "%s: topic %s is there again", client->label, topic);
    if (is_unknown || is_there) *is_gone = is_unknown;
    return true;
}

void kafka_client_probe(kafka_client *client)
{
    rd_kafka_resp_err_t none;
    if (ask(client, NULL, TRY_MS, &none) == RD_KAFKA_RESP_ERR_NO_ERROR)
        kafka_client_answered(client);
}

/* Errors of a topic that a moment later may be none. */
static bool may_pass(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

weir_status kafka_client_wait(kafka_client *client, const char *topic, int64_t timeout_ms)
{
    int64_t end_us = clock_monotonic_us() + timeout_ms * 1000;
    for (;;) {
        rd_kafka_resp_err_t of_topic, error = ask(client, topic, TRY_MS, &of_topic);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = of_topic;
        kafka.poll(client->handle, 0);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            kafka_client_answered(client);
            return WEIR_OK;
        }
        int refused = atomic_load(&client->refused);
        if (refused)
            return kafka_client_fail(client, WEIR_IO, "the brokers refuse this client",
                                     (rd_kafka_resp_err_t)refused);
        char what[KAFKA_TOPIC_MAX + 64];
        snprintf(what, sizeof what, "topic %s", topic ? topic : "");
        if (!may_pass(error)) return kafka_client_fail(client, WEIR_IO, what, error);
        if (clock_monotonic_us() >= end_us) {
            snprintf(what, sizeof what, "no broker answered within %lld s",
                     (long long)timeout_ms / 1000);
            return kafka_client_fail(client, WEIR_IO, what, error);
        }
    }
}
