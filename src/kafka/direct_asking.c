/* What a direct stream asks the brokers: which partitions there are, where they begin and end; and
 * what it tells them: what is done. All of it blocks. */
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "kafka/direct.h"
#include "kafka/settings.h"

enum { START_ASK_MS = 10000, LAST_MS = 3000 };

typedef rd_kafka_topic_partition_list_t partition_list;

static partition_list *new_list(size_t count)
{
    return kafka.topic_partition_list_new((int)count);
}

static void add_to(partition_list *list, const char *topic, int32_t number, int64_t offset)
{
    kafka.topic_partition_list_add(list, topic, number)->offset = offset;
}

/* Puts the offset of each partition in place of its time (or OFFSET_BEGINNING, OFFSET_END). */
static bool ask_offsets(direct *self, partition_list *list, int timeout_ms)
{
    rd_kafka_resp_err_t error =
        kafka.offsets_for_times(self->client.handle, list, timeout_ms);
    bool is_answered = false;
    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        is_answered = is_answered || list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR;
    return is_answered || list->cnt == 0;
}

/* --- ends ------------------------------------------------------------------------------------ */

static partition_list *list_of_known(direct *self, int64_t offset)
{
    pthread_mutex_lock(&self->mutex);
    partition_list *list = new_list(self->count);
    for (size_t i = 0; i < self->count; i++)
        add_to(list, self->partitions[i]->topic, self->partitions[i]->number, offset);
    pthread_mutex_unlock(&self->mutex);
    return list;
}

static bool ask_all(direct *self, int64_t which)
{
    partition_list *list = list_of_known(self, which);
    bool is_answered = ask_offsets(self, list, self->client.ask_ms);
    pthread_mutex_lock(&self->mutex);
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *answer = &list->elems[i];
        direct_partition *partition =
            direct_find(self, answer->topic, strlen(answer->topic), answer->partition);
        partition->is_silent = !is_answered || answer->err != RD_KAFKA_RESP_ERR_NO_ERROR;
        if (partition->is_silent || answer->offset < 0) continue;
        if (which == RD_KAFKA_OFFSET_END) partition->end = answer->offset;
        else partition->low = answer->offset;
    }
    pthread_mutex_unlock(&self->mutex);
    kafka.topic_partition_list_destroy(list);
    return is_answered;
}

static bool is_first_of_topic(const direct *self, size_t which)
{
    for (size_t i = 0; i < which; i++)
        if (strcmp(self->partitions[i]->topic, self->partitions[which]->topic) == 0) return false;
    return true;
}

/* Of the next topic from the partition `at` on that is not known to be there; NULL: no more. */
static direct_partition *next_doubtful(direct *self, size_t *at)
{
    direct_partition *found = NULL;
    pthread_mutex_lock(&self->mutex);
    for (; *at < self->count && !found; ++*at) {
        direct_partition *partition = self->partitions[*at];
        bool is_doubtful =
            !partition->is_left && (partition->is_silent || partition->is_topic_gone);
        if (is_doubtful && is_first_of_topic(self, *at)) found = partition;
    }
    pthread_mutex_unlock(&self->mutex);
    return found;
}

/* What was known of the offsets is that of another topic of the name. */
static void note_anew(direct *self, const char *topic)
{
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < self->count; i++) {
        direct_partition *partition = self->partitions[i];
        if (strcmp(partition->topic, topic) != 0 || partition->next < 0) continue;
        partition->is_anew = true;
        partition->low = partition->end = -1;
    }
    pthread_mutex_unlock(&self->mutex);
    self->asks_firsts = true;
}

/* Nobody answers for a partition without a leader, as those of a topic that was deleted, though
 * brokers do. false: these neither, or there is nothing to ask them. */
static bool look_for_topics(direct *self)
{
    direct_partition *partition;
    bool is_answered = true, is_asked = false;
    for (size_t at = 0; is_answered && (partition = next_doubtful(self, &at)) != NULL;) {
        bool was_gone = partition->is_topic_gone;
        is_answered = kafka_client_look_for(&self->client, partition->topic,
                                            &partition->is_topic_gone);
        is_asked = true;
        if (was_gone && !partition->is_topic_gone) note_anew(self, partition->topic);
    }
    return is_answered && is_asked;
}

bool direct_ask_ends(direct *self, bool firsts_too)
{
    firsts_too = firsts_too || self->asks_firsts;
    /* First offsets before ends: then a position is not taken for one behind the end. */
    bool is_answered = !firsts_too || ask_all(self, RD_KAFKA_OFFSET_BEGINNING);
    is_answered = is_answered && ask_all(self, RD_KAFKA_OFFSET_END);
    if (is_answered && firsts_too) self->asks_firsts = false;
    is_answered = look_for_topics(self) || is_answered;
    if (is_answered) kafka_client_answered(&self->client);
    else kafka_client_unanswered(&self->client);
    return is_answered;
}

/* --- partitions ------------------------------------------------------------------------------ */

/* Known, and where it begins as well. */
static bool is_placed(direct *self, const char *topic, int32_t number)
{
    pthread_mutex_lock(&self->mutex);
    const direct_partition *partition = direct_find(self, topic, strlen(topic), number);
    bool is_placed = partition && partition->next >= 0;
    pthread_mutex_unlock(&self->mutex);
    return is_placed;
}

static void add_new(direct *self, const struct rd_kafka_metadata_topic *topic,
                    partition_list *fresh)
{
    for (int i = 0; i < topic->partition_cnt; i++)
        if (!is_placed(self, topic->topic, topic->partitions[i].id))
            add_to(fresh, topic->topic, topic->partitions[i].id, RD_KAFKA_OFFSET_INVALID);
}

static weir_status fail(direct *self, const char *topic, rd_kafka_resp_err_t error)
{
    char what[KAFKA_TOPIC_MAX + 16];
    snprintf(what, sizeof what, "topic %s", topic);
    return kafka_client_fail(&self->client, WEIR_IO, what, error);
}

static weir_status find_topic(direct *self, const char *topic, partition_list *fresh)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = kafka.topic_new(self->client.handle, topic, NULL);
    rd_kafka_resp_err_t error =
        kafka.metadata(self->client.handle, 0, handle, &metadata, START_ASK_MS);
    kafka.topic_destroy(handle);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(self, topic, error);
    if (metadata->topic_cnt > 0) error = metadata->topics[0].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt > 0)
        add_new(self, &metadata->topics[0], fresh);
    kafka.metadata_destroy(metadata);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? WEIR_OK : fail(self, topic, error);
}

static weir_status find_by_pattern(direct *self, partition_list *fresh)
{
    const struct rd_kafka_metadata *metadata;
    regex_t pattern;
    rd_kafka_resp_err_t error =
        kafka.metadata(self->client.handle, 1, NULL, &metadata, START_ASK_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(self, self->options.pattern, error);
    if (regcomp(&pattern, self->options.pattern, REG_EXTENDED) == 0) { /* it was checked */
        for (int i = 0; i < metadata->topic_cnt; i++)
            if (settings_matches(&pattern, metadata->topics[i].topic))
                add_new(self, &metadata->topics[i], fresh);
        regfree(&pattern);
    }
    kafka.metadata_destroy(metadata);
    return WEIR_OK;
}

/* The library would only say that no one answers for a partition that does not exist. */
static weir_status find_assigned(direct *self, const weir_kafka_position *given,
                                 partition_list *fresh)
{
    if (is_placed(self, given->topic, given->partition)) return WEIR_OK;
    partition_list *there = new_list(16);
    weir_status status = find_topic(self, given->topic, there);
    bool is_there = kafka.topic_partition_list_find(there, given->topic, given->partition);
    kafka.topic_partition_list_destroy(there);
    if (status == WEIR_OK && !is_there)
        status = error_set(WEIR_IO, "%s: topic %s has no partition %d", self->label, given->topic,
                           given->partition);
    if (status == WEIR_OK)
        add_to(fresh, given->topic, given->partition, RD_KAFKA_OFFSET_INVALID);
    return status;
}

static bool is_known_gone(direct *self, const char *topic)
{
    bool is_gone = false;
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < self->count && !is_gone; i++)
        is_gone = self->partitions[i]->is_topic_gone &&
                  strcmp(self->partitions[i]->topic, topic) == 0;
    pthread_mutex_unlock(&self->mutex);
    return is_gone;
}

/* Once it runs, one topic that cannot be asked for does not keep the others from being found. */
static weir_status find_topics(direct *self, partition_list *fresh, bool is_running)
{
    const weir_kafka_options *options = &self->options;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < options->topic_count && (is_running || status == WEIR_OK); i++) {
        if (is_running && is_known_gone(self, options->topics[i])) continue;
        weir_status found = find_topic(self, options->topics[i], fresh);
        if (found != WEIR_OK) status = found;
    }
    return status;
}

static weir_status find_all(direct *self, partition_list *fresh, bool is_running)
{
    const weir_kafka_options *options = &self->options;
    if (options->pattern) return find_by_pattern(self, fresh);
    weir_status status = find_topics(self, fresh, is_running);
    for (size_t i = 0; i < options->assignment_count && status == WEIR_OK; i++)
        status = find_assigned(self, &options->assignment[i], fresh);
    return status;
}

/* --- where they begin ------------------------------------------------------------------------ */

static weir_status ask_committed(direct *self, partition_list *fresh)
{
    rd_kafka_resp_err_t error =
        kafka.committed(self->client.handle, fresh, START_ASK_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_client_fail(&self->client, WEIR_IO, "what the group has committed", error);
    return WEIR_OK;
}

/* Asks for those whose offset is still a time, or none of theirs: `otherwise`. */
static weir_status ask_rest(direct *self, partition_list *fresh, int64_t otherwise)
{
    partition_list *asked = new_list((size_t)fresh->cnt);
    for (int i = 0; i < fresh->cnt; i++)
        if (fresh->elems[i].offset < 0)
            add_to(asked, fresh->elems[i].topic, fresh->elems[i].partition, otherwise);
    bool is_answered = ask_offsets(self, asked, START_ASK_MS);
    weir_status status = WEIR_OK;
    for (int i = 0; i < asked->cnt && status == WEIR_OK; i++) {
        const rd_kafka_topic_partition_t *answer = &asked->elems[i];
        rd_kafka_topic_partition_t *wanted =
            kafka.topic_partition_list_find(fresh, answer->topic, answer->partition);
        if (!is_answered || answer->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            status = fail(self, answer->topic,
                          answer->err ? answer->err : RD_KAFKA_RESP_ERR__TIMED_OUT);
        wanted->offset = answer->offset;
    }
    kafka.topic_partition_list_destroy(asked);
    return status;
}

static void take_given(const direct *self, partition_list *fresh)
{
    const weir_kafka_options *options = &self->options;
    for (size_t i = 0; i < options->offset_count; i++) {
        const weir_kafka_position *given = &options->offsets[i];
        rd_kafka_topic_partition_t *wanted =
            kafka.topic_partition_list_find(fresh, given->topic, given->partition);
        if (wanted) wanted->offset = given->offset;
    }
}

static weir_status place(direct *self, partition_list *fresh, bool is_running)
{
    static const int64_t otherwise[] = {
        [WEIR_KAFKA_LATEST] = RD_KAFKA_OFFSET_END,
        [WEIR_KAFKA_EARLIEST] = RD_KAFKA_OFFSET_BEGINNING,
        [WEIR_KAFKA_COMMITTED] = RD_KAFKA_OFFSET_BEGINNING};
    const weir_kafka_options *options = &self->options;
    if (is_running) return ask_rest(self, fresh, RD_KAFKA_OFFSET_BEGINNING);
    weir_status status = WEIR_OK;
    if (options->start == WEIR_KAFKA_COMMITTED) status = ask_committed(self, fresh);
    take_given(self, fresh);
    if (status == WEIR_OK && options->start == WEIR_KAFKA_AT_TIME)
        status = ask_rest(self, fresh, options->start_time_ms);
    /* Where no message is that young, the time gives none: behind the last one. */
    if (status == WEIR_OK)
        status = ask_rest(self, fresh,
                          options->start == WEIR_KAFKA_AT_TIME ? RD_KAFKA_OFFSET_END
                                                               : otherwise[options->start]);
    return status;
}

static void adopt(direct *self, const partition_list *fresh, bool is_running)
{
    pthread_mutex_lock(&self->mutex);
    for (int i = 0; i < fresh->cnt; i++) {
        const rd_kafka_topic_partition_t *found = &fresh->elems[i];
        direct_partition *partition =
            direct_partition_of(self, found->topic, strlen(found->topic), found->partition);
        if (partition->next >= 0) continue;
        partition->next = partition->follows = found->offset;
        partition->done = partition->committed = found->offset;
    }
    pthread_mutex_unlock(&self->mutex);
    for (int i = 0; i < fresh->cnt && is_running; i++)
        log_line(WEIR_INFO,
                 "%s: topic %s, partition %" PRId32 " is new; read from offset %" PRId64,
                 self->label, fresh->elems[i].topic, fresh->elems[i].partition,
                 fresh->elems[i].offset);
}

weir_status direct_discover(direct *self, bool is_running)
{
    partition_list *fresh = new_list(16);
    weir_status status = find_all(self, fresh, is_running), placed = WEIR_OK;
    bool goes_on = status == WEIR_OK || is_running;
    if (goes_on && fresh->cnt > 0) placed = place(self, fresh, is_running);
    if (goes_on && placed == WEIR_OK) adopt(self, fresh, is_running);
    kafka.topic_partition_list_destroy(fresh);
    return status == WEIR_OK ? placed : status;
}

/* --- commits --------------------------------------------------------------------------------- */

static void note_committed(direct *self, rd_kafka_resp_err_t error, const partition_list *list)
{
    pthread_mutex_lock(&self->mutex);
    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        const rd_kafka_topic_partition_t *told = &list->elems[i];
        direct_partition *partition =
            direct_find(self, told->topic, strlen(told->topic), told->partition);
        if (told->err != RD_KAFKA_RESP_ERR_NO_ERROR) error = told->err;
        else if (partition && told->offset > partition->committed &&
                 told->offset <= partition->done) /* else it is of a topic before it */
            partition->committed = told->offset;
    }
    pthread_mutex_unlock(&self->mutex);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_damped(&self->commits, WEIR_WARNING,
                   "%s: the group %s could not be told what is done: %s", self->label,
                   self->options.group, kafka.err2str(error));
}

void direct_committed(rd_kafka_t *handle, rd_kafka_resp_err_t error, partition_list *offsets,
                      void *opaque)
{
    (void)handle;
    if (offsets) note_committed(kafka_client_owner(opaque), error, offsets);
}

static void note_last(rd_kafka_t *handle, rd_kafka_resp_err_t error, partition_list *offsets,
                      void *user)
{
    (void)handle;
    note_committed(user, error, offsets);
}

/* What was only queued counts when it is answered: until then it is sent again. */
static void commit(direct *self, partition_list *list, bool is_last)
{
    rd_kafka_resp_err_t error =
        is_last ? kafka_client_commit(&self->client, list, LAST_MS, note_last, self)
                : kafka.commit(self->client.handle, list, true);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) note_committed(self, error, list);
}

void direct_commit(direct *self)
{
    if (!self->options.group) return;
    pthread_mutex_lock(&self->mutex);
    partition_list *list = new_list(self->count);
    for (size_t i = 0; i < self->count; i++) {
        const direct_partition *partition = self->partitions[i];
        if (partition->done > partition->committed)
            add_to(list, partition->topic, partition->number, partition->done);
    }
    pthread_mutex_unlock(&self->mutex);
    if (list->cnt > 0) commit(self, list, atomic_load(&self->is_stopping));
    kafka.topic_partition_list_destroy(list);
}
