#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "kafka/direct.h"
#include "kafka/settings.h"

direct_partition *direct_find(const direct *self, const char *topic, size_t length,
                              int32_t number)
{
    for (size_t i = 0; i < self->count; i++) {
        direct_partition *partition = self->partitions[i];
        if (partition->number == number && strlen(partition->topic) == length &&
            memcmp(partition->topic, topic, length) == 0)
            return partition;
    }
    return NULL;
}

direct_partition *direct_partition_of(direct *self, const char *topic, size_t length,
                                      int32_t number)
{
    direct_partition *partition = direct_find(self, topic, length, number);
    if (partition) return partition;
    partition = memory_zero_alloc(1, sizeof *partition);
    partition->topic = memory_zero_alloc(1, length + 1);
    memcpy(partition->topic, topic, length);
    partition->number = number;
    partition->next = partition->follows = partition->low = partition->end = -1;
    partition->done = partition->committed = -1;
    partition->is_left = !settings_wants(&self->options, partition->topic, number);
    self->must_tell = true;
    kafka_reader_init(&partition->reader, &self->client, partition->topic, number,
                      self->options.poll_ms, self->options.reset != WEIR_KAFKA_FAIL);
    self->partitions =
        memory_resize(self->partitions, (self->count + 1) * sizeof(self->partitions[0]));
    self->partitions[self->count++] = partition;
    return partition;
}

void direct_free_partitions(direct *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->partitions[i]->topic);
        free(self->partitions[i]);
    }
    free(self->partitions);
    self->partitions = NULL;
    self->count = 0;
}

void direct_begin_at(direct_partition *partition, int64_t from)
{
    if (from >= partition->next) return;
    partition->follows = partition->done = from;
    partition->committed = -1;
    partition->returns++;
}

/* --- where they begin, on the first start ---------------------------------------------------- */

static weir_status refuse_beginning(const direct *self, const direct_partition *partition,
                                    bool is_given)
{
    return error_set(is_given ? WEIR_ILLEGAL_ARGUMENT : WEIR_IO,
                     "%s: topic %s, partition %" PRId32 ": %s%s is offset %" PRId64
                     ", but the broker has %" PRId64 " to %" PRId64
                     " only; give others in \"offsets\", or set \"reset\" to begin at the first "
                     "one that is there",
                     self->label, partition->topic, partition->number,
                     is_given ? "given in \"offsets\"" : "committed by the group ",
                     is_given ? "" : self->options.group, partition->next, partition->low,
                     partition->end);
}

static weir_status check_beginning(const direct *self, direct_partition *partition, bool is_given)
{
    if (partition->low < 0 || partition->end < 0)
        return error_set(WEIR_IO,
                         "%s: topic %s, partition %" PRId32
                         ": the brokers do not say which offsets they have: has it a leader?",
                         self->label, partition->topic, partition->number);
    if (partition->next >= partition->low && partition->next <= partition->end) return WEIR_OK;
    if (self->options.reset == WEIR_KAFKA_FAIL)
        return refuse_beginning(self, partition, is_given);
    log_line(WEIR_WARNING,
             "%s: topic %s, partition %" PRId32 ": begins at offset %" PRId64
             " in place of %" PRId64 ": the broker has %" PRId64 " to %" PRId64 " only",
             self->label, partition->topic, partition->number, partition->low, partition->next,
             partition->low, partition->end);
    partition->next = partition->follows = partition->low;
    partition->done = partition->committed = partition->low;
    return WEIR_OK;
}

weir_status direct_check_beginnings(direct *self)
{
    const weir_kafka_options *options = &self->options;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < options->offset_count && status == WEIR_OK; i++) {
        const weir_kafka_position *given = &options->offsets[i];
        direct_partition *partition =
            direct_find(self, given->topic, strlen(given->topic), given->partition);
        if (!partition)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: \"offsets\" has topic %s, partition %d, which does not exist",
                             self->label, given->topic, given->partition);
        status = check_beginning(self, partition, true);
    }
    for (size_t i = 0; i < self->count && status == WEIR_OK; i++)
        if (options->start == WEIR_KAFKA_COMMITTED)
            status = check_beginning(self, self->partitions[i], false);
    return status;
}
