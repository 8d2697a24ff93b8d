/* kafkaDirectStream: what the ingest calls (ingest/source.h), and the thread that asks brokers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "base/named_thread.h"
#include "kafka/direct.h"
#include "kafka/ranges.h"
#include "kafka/settings.h"
#include "kafka/sources.h"
#include "record/value.h"

enum {
    START_MS = 10000, /* for the first answer of a broker */
    DISCOVER_MS = 10000,
    POLL_MS = 120000,
    FETCHED_KBYTES = 128 << 10, /* ahead of batches, of all partitions known at the start */
    FETCHED_MOST_KBYTES = 32 << 10,
    FETCHED_LEAST_KBYTES = 1 << 10,
    ASK_LEAST_MS = 5, /* between questions for the ends */
    ASK_MOST_MS = 250,
    RARE_US = 1000000, /* between questions for first offsets, and between commits */
};

/* --- the thread ------------------------------------------------------------------------------ */

static int64_t ask_interval_ms(const direct *self)
{
    int64_t interval_ms = self->base.ingest->batch_interval_ms / 4;
    if (interval_ms < ASK_LEAST_MS) interval_ms = ASK_LEAST_MS;
    return interval_ms < ASK_MOST_MS ? interval_ms : ASK_MOST_MS;
}

/* false: it shall end. */
static bool wait_ms(direct *self, int64_t duration_ms)
{
    int64_t until_us = clock_monotonic_us() + duration_ms * 1000;
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    pthread_mutex_lock(&self->mutex);
    if (!self->is_ending) pthread_cond_timedwait(&self->changed, &self->mutex, &until);
    bool goes_on = !self->is_ending;
    pthread_mutex_unlock(&self->mutex);
    return goes_on;
}

static void *asking_main(void *user)
{
    direct *self = user;
    log_damper discoveries = {0};
    int64_t rare_us = 0, discover_us = clock_monotonic_us();
    do {
        int64_t now_us = clock_monotonic_us();
        bool is_rare = now_us >= rare_us;
        if (is_rare) rare_us = now_us + RARE_US;
        bool is_answered = direct_ask_ends(self, is_rare);
        kafka.poll(self->client.handle, 0);
        if (is_rare && is_answered) direct_commit(self);
        bool is_due = now_us >= discover_us + self->options.discover_ms * 1000;
        if (!is_due || !is_answered || atomic_load(&self->is_stopping)) continue;
        discover_us = now_us;
        if (direct_discover(self, true) != WEIR_OK)
            log_damped(&discoveries, WEIR_WARNING, "%s", error_text());
    } while (wait_ms(self, ask_interval_ms(self)));
    return NULL;
}

static weir_status start_thread(direct *self)
{
    int failure = named_thread_start(&self->thread, "weir-kafka-ask", asking_main, self);
    self->has_thread = failure == 0;
    if (failure == 0) return WEIR_OK;
    return error_set(WEIR_RUNTIME, "%s: cannot start a thread: %s", self->label,
                     strerror(failure));
}

/* --- start and stop -------------------------------------------------------------------------- */

/* The library's limit is one for each partition. */
static size_t fetched_kbytes(size_t partitions)
{
    size_t each = FETCHED_KBYTES / (partitions > 0 ? partitions : 1);
    if (each > FETCHED_MOST_KBYTES) return FETCHED_MOST_KBYTES;
    return each > FETCHED_LEAST_KBYTES ? each : FETCHED_LEAST_KBYTES;
}

static weir_status open_client(direct *self, size_t partitions)
{
    char kbytes[32];
    snprintf(kbytes, sizeof kbytes, "%zu", fetched_kbytes(partitions));
    const weir_kafka_property defaults[] = {{"queued.max.messages.kbytes", kbytes},
                                            {"reconnect.backoff.max.ms", "1000"},
                                            {NULL, NULL}};
    const weir_kafka_property fixed[] = {{"enable.auto.commit", "false"},
                                         {"enable.auto.offset.store", "false"},
                                         {"auto.offset.reset", "error"},
                                         {"enable.partition.eof", "true"},
                                         {self->options.group ? "group.id" : NULL,
                                          self->options.group},
                                         {NULL, NULL}};
    kafka_client_plan plan = {.type = RD_KAFKA_CONSUMER,
                              .label = self->label,
                              .brokers = self->options.brokers,
                              .defaults = defaults,
                              .given = self->options.properties,
                              .given_count = self->options.property_count,
                              .fixed = fixed,
                              .committed = direct_committed,
                              .opaque_owner = self};
    weir_status status = kafka_client_open(&self->client, &plan);
    self->is_open = status == WEIR_OK;
    return status;
}

static void finish(source *source)
{
    direct *self = (direct *)source;
    if (self->has_thread) {
        pthread_mutex_lock(&self->mutex);
        self->is_ending = true;
        pthread_cond_broadcast(&self->changed);
        pthread_mutex_unlock(&self->mutex);
        pthread_join(self->thread, NULL);
        self->has_thread = false;
    }
    if (!self->is_open) return;
    if (!kafka_client_is_down(&self->client)) direct_commit(self);
    for (size_t i = 0; i < self->count; i++) kafka_reader_release(&self->partitions[i]->reader);
    kafka_client_close(&self->client);
    self->is_open = false;
}

static weir_status reach(direct *self)
{
    const weir_kafka_options *options = &self->options;
    const char *topic = options->topic_count        ? options->topics[0]
                        : options->assignment_count ? options->assignment[0].topic
                                                    : NULL;
    weir_status status = kafka_client_wait(&self->client, topic, START_MS);
    if (status == WEIR_OK) status = direct_discover(self, false);
    if (status == WEIR_OK && fetched_kbytes(self->count) < FETCHED_MOST_KBYTES) {
        kafka_client_close(&self->client); /* nothing was read yet */
        status = open_client(self, self->count);
        if (status == WEIR_OK) status = kafka_client_wait(&self->client, topic, START_MS);
    }
    if (status == WEIR_OK && !direct_ask_ends(self, true))
        status = error_set(WEIR_IO, "%s: the brokers do not say where its partitions end",
                           self->label);
    /* On a restart the checkpoint wins, so that they are of no account. */
    if (status == WEIR_OK && !self->base.ingest->is_resumed)
        status = direct_check_beginnings(self);
    return status == WEIR_OK ? start_thread(self) : status;
}

/* Also what finds where it begins. */
static weir_status start(source *source)
{
    direct *self = (direct *)source;
    if (self->is_open) return WEIR_OK;
    weir_status status = open_client(self, 0);
    if (status == WEIR_OK) status = reach(self);
    if (status == WEIR_OK) return WEIR_OK;
    char text[ERROR_TEXT_MAX];
    snprintf(text, sizeof text, "%s", error_text());
    finish(source);
    return error_set(status, "%s", text);
}

static void stop(source *source)
{
    direct *self = (direct *)source;
    atomic_store(&self->is_stopping, true);
    source->is_ended = true; /* what batches still read is given back by finish */
}

/* --- batches --------------------------------------------------------------------------------- */

static weir_status choose_partition(const direct *self, direct_partition *partition,
                                    int64_t limit)
{
    range_facts facts = {.topic = partition->topic,
                         .partition = partition->number,
                         .next = partition->next,
                         .low = partition->low,
                         .end = partition->end,
                         .limit = limit,
                         .is_anew = partition->is_anew,
                         .resets = self->options.reset != WEIR_KAFKA_FAIL};
    if (partition->is_left) return WEIR_OK;
    weir_status status = range_choose(&facts, &partition->chosen);
    return status == WEIR_OK ? WEIR_OK : error_prefix(status, "%s", self->label);
}

static void take_chosen(direct *self, direct_partition *partition, source_batch *batch)
{
    const range *range = &partition->chosen;
    if (partition->next < 0 || partition->is_left) return;
    if (range->from != partition->next)
        log_line(WEIR_WARNING,
                 "%s: topic %s, partition %" PRId32 ": goes on at offset %" PRId64
                 " in place of %" PRId64 "; %" PRId64 " messages are gone",
                 self->label, partition->topic, partition->number, range->from, partition->next,
                 range->lost);
    bool has_moved = range->from != partition->next || range->to != partition->next;
    self->must_tell = self->must_tell || has_moved;
    if (partition->low >= 0 && partition->end >= 0) partition->is_anew = false;
    direct_begin_at(partition, range->from);
    source_batch_add(batch, direct_split_create(self, partition, partition->follows, range->from,
                                                range->to));
    partition->next = partition->follows = range->to;
}

/* Of a batch without data nothing need be said (many of them are one in a log), but once for each
 * partition: where it began. */
static void drop_empty(direct *self, source_batch *batch)
{
    if (!self->must_tell && batch->count > 0) {
        source_batch_release(batch);
        batch->none = false;
    }
    self->must_tell = false;
}

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)time_ms;
    direct *self = (direct *)source;
    int64_t limit =
        range_limit(self->options.max_rate, source->ingest->batch_interval_ms);
    weir_status status = WEIR_OK;
    pthread_mutex_lock(&self->mutex);
    /* All or none: the ranges of a batch that fails are those of the next one. */
    for (size_t i = 0; i < self->count && status == WEIR_OK; i++)
        status = choose_partition(self, self->partitions[i], limit);
    for (size_t i = 0; i < self->count && status == WEIR_OK; i++)
        take_chosen(self, self->partitions[i], batch);
    if (status == WEIR_OK) drop_empty(self, batch);
    pthread_mutex_unlock(&self->mutex);
    return status;
}

static void done(source *source, const source_batch *batch)
{
    direct *self = (direct *)source;
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < batch->count; i++) direct_split_done(batch->splits[i]);
    pthread_mutex_unlock(&self->mutex);
}

/* --- for a restart: lists of (topic, partition, first, behind the last), or (.., next) ------- */

static weir_value describe(source *source, const source_batch *batch)
{
    (void)source;
    weir_value list;
    weir_value *ranges = value_make_list(batch->count, &list);
    for (size_t i = 0; i < batch->count; i++) {
        direct_partition *partition;
        int64_t from = 0, to = 0;
        direct_split_range(batch->splits[i], &partition, &from, &to);
        weir_value parts[] = {weir_text(partition->topic), weir_int(partition->number),
                              weir_int(from), weir_int(to)};
        ranges[i] = weir_list(parts, 4);
    }
    return list;
}

static weir_status refuse_place(const direct *self)
{
    return error_set(WEIR_DAMAGED, "%s: the offsets of a batch or a checkpoint cannot be read",
                     self->label);
}

/* The partition that a description names; NULL if it names none. Under the mutex. */
static direct_partition *named(direct *self, const weir_value *part)
{
    size_t length;
    const char *topic = weir_bytes(&part[0], &length);
    bool is_good = topic && length <= KAFKA_TOPIC_MAX && weir_as_int(part[1]) >= 0 &&
                   weir_as_int(part[1]) <= INT32_MAX && weir_as_int(part[2]) >= 0;
    if (!is_good) return NULL;
    return direct_partition_of(self, topic, length, (int32_t)weir_as_int(part[1]));
}

static weir_status replay_ranges(direct *self, weir_value what, source_batch *batch)
{
    size_t count, parts;
    const weir_value *ranges = weir_items(what, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *part = weir_items(ranges[i], &parts);
        if (parts != 4 || weir_as_int(part[3]) < weir_as_int(part[2])) return refuse_place(self);
        direct_partition *partition = named(self, part);
        if (!partition) return refuse_place(self);
        int64_t from = weir_as_int(part[2]), to = weir_as_int(part[3]);
        direct_begin_at(partition, from);
        int64_t after = partition->follows;
        bool follows = after >= 0 && after <= from;
        if (partition->done < 0) partition->done = from;
        source_batch_add(batch,
                         direct_split_create(self, partition, follows ? after : from, from, to));
        partition->next = partition->follows = to;
    }
    return WEIR_OK;
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    (void)time_ms;
    direct *self = (direct *)source;
    pthread_mutex_lock(&self->mutex);
    weir_status status = replay_ranges(self, what, batch);
    pthread_mutex_unlock(&self->mutex);
    return status;
}

/* The next batch says where it stands, even if there is nothing in it: then it has done what is
 * before it as well. */
static void pass(source *source, const source_batch *batch)
{
    direct *self = (direct *)source;
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < batch->count; i++) direct_split_pass(batch->splits[i]);
    self->must_tell = true;
    pthread_mutex_unlock(&self->mutex);
}

/* Nothing is said of a partition that is left, or whose beginning is not known yet. */
static bool has_place(const direct_partition *partition)
{
    return !partition->is_left && partition->next >= 0;
}

static weir_value save(source *source)
{
    direct *self = (direct *)source;
    weir_value list;
    pthread_mutex_lock(&self->mutex);
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) count += has_place(self->partitions[i]);
    weir_value *places = value_make_list(count, &list);
    count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const direct_partition *partition = self->partitions[i];
        if (!has_place(partition)) continue;
        weir_value parts[] = {weir_text(partition->topic), weir_int(partition->number),
                              weir_int(partition->next)};
        places[count++] = weir_list(parts, 3);
    }
    pthread_mutex_unlock(&self->mutex);
    return list;
}

/* What the checkpoint does not name came while the context was down: from its first message on. */
static weir_status restore_places(direct *self, weir_value saved)
{
    size_t count, parts;
    const weir_value *places = weir_items(saved, &count);
    for (size_t i = 0; i < self->count; i++) {
        direct_partition *partition = self->partitions[i];
        partition->next = partition->follows = partition->done = partition->low;
        partition->committed = -1;
    }
    for (size_t i = 0; i < count; i++) {
        const weir_value *part = weir_items(places[i], &parts);
        direct_partition *partition = parts == 3 ? named(self, part) : NULL;
        if (!partition) return refuse_place(self);
        if (partition->is_left)
            log_line(WEIR_WARNING,
                     "%s: topic %s, partition %" PRId32 " is in the checkpoint, up to offset "
                     "%" PRId64 ", but is not asked for any more; left out",
                     self->label, partition->topic, partition->number, weir_as_int(part[2]));
        partition->next = partition->follows = partition->done = weir_as_int(part[2]);
        partition->committed = -1;
    }
    return WEIR_OK;
}

static weir_status restore(source *source, weir_value saved)
{
    direct *self = (direct *)source;
    pthread_mutex_lock(&self->mutex);
    weir_status status = restore_places(self, saved);
    pthread_mutex_unlock(&self->mutex);
    return status;
}

/* --- making ---------------------------------------------------------------------------------- */

static void free_direct(source *source)
{
    direct *self = (direct *)source;
    finish(source); /* it may have begun without a start */
    direct_free_partitions(self);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    arena_release(&self->arena);
    free(self->label);
    free(self);
}

static const source_class direct_class = {.name = "kafkaDirectStream",
                                          .start = start,
                                          .stop = stop,
                                          .cut = cut,
                                          .free = free_direct,
                                          .describe = describe,
                                          .replay = replay,
                                          .pass = pass,
                                          .begin = start,
                                          .save = save,
                                          .restore = restore,
                                          .done = done,
                                          .finish = finish};

static direct *make(const weir_kafka_options *options)
{
    direct *self = memory_zero_alloc(1, sizeof *self);
    self->base.is_live = true;
    arena_init(&self->arena, NULL);
    self->options = settings_copy(options, &self->arena);
    if (self->options.discover_ms == 0) self->options.discover_ms = DISCOVER_MS;
    if (self->options.poll_ms == 0) self->options.poll_ms = POLL_MS;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&self->mutex, NULL);
    return self;
}

weir_stream *weir_kafka_direct_stream(weir_context *context, const weir_kafka_options *options)
{
    if (!context) return NULL;
    weir_status status = settings_check(SETTINGS_DIRECT, options);
    if (status == WEIR_OK) status = kafka_load();
    if (status != WEIR_OK) return source_refuse(context, status);
    kafka_register();
    direct *self = make(options);
    self->label = sources_text(SETTINGS_DIRECT, options);
    weir_stream *stream = source_add(&self->base, &direct_class, context, self->label);
    weir_value spec = settings_value(options);
    return source_describe_making(stream, settings_word(SETTINGS_DIRECT), &spec, 1);
}
