/* A split of a direct stream: a range of offsets of one partition. */
#include <stdlib.h>

#include "base/memory.h"
#include "kafka/direct.h"
#include "kafka/messages.h"

typedef struct direct_split {
    split base;
    direct *source;
    direct_partition *partition;
    int64_t after;
    int64_t from;
    int64_t to;
    uint64_t returns; /* the partition's when it was made */
} direct_split;

/* What take needs. */
typedef struct taking {
    const direct *source;
    sink *sink;
} taking;

enum { ROOM_KEPT = 4 << 20 };

static void take(void *user, task *task, rd_kafka_message_t *const *messages, size_t count)
{
    const taking *taking = user;
    const weir_kafka_options *options = &taking->source->options;
    weir_value keys[READER_MESSAGES], values[READER_MESSAGES];
    weir_vector vector = messages_vector(messages, count, options->form, options->bytes,
                                         &task->block, keys, values);
    task->records_in += count;
    taking->sink->push(taking->sink, task, &vector);
}

static weir_status read_range(const split *base, task *task, sink *sink)
{
    const direct_split *split = (const direct_split *)base;
    taking taking = {split->source, sink};
    if (split->to > split->from)
        kafka_reader_read(&split->partition->reader, split->from, split->to, task,
                          &split->source->is_stopping, take, &taking);
    if (task->block.capacity > ROOM_KEPT) buffer_release(&task->block);
    return task->status;
}

static void free_split(split *base)
{
    free(base);
}

static const split_class direct_split_class = {
    .name = "Kafka range", .read = read_range, .free = free_split};

split *direct_split_create(direct *self, direct_partition *partition, int64_t after, int64_t from,
                           int64_t to)
{
    direct_split *split = memory_alloc(sizeof *split);
    *split = (direct_split){
        {&direct_split_class}, self, partition, after, from, to, partition->returns};
    return &split->base;
}

void direct_split_done(const split *base)
{
    if (base->class != &direct_split_class) return;
    const direct_split *split = (const direct_split *)base;
    direct_partition *partition = split->partition;
    if (split->returns != partition->returns) return;
    partition->done = range_done(partition->done, split->after, split->to);
}

void direct_split_pass(const split *base)
{
    if (base->class != &direct_split_class) return;
    const direct_split *split = (const direct_split *)base;
    split->partition->follows = split->after;
}

bool direct_split_range(const split *base, direct_partition **partition, int64_t *from,
                        int64_t *to)
{
    if (base->class != &direct_split_class) return false;
    const direct_split *split = (const direct_split *)base;
    *partition = split->partition;
    *from = split->from;
    *to = split->to;
    return true;
}
