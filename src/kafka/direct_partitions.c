#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kafka/direct.h"

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
    partition->is_left = !direct_wants(self, partition->topic, number);
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
