/* Messages of Kafka as records of weir. */
#ifndef KAFKA_MESSAGES_H
#define KAFKA_MESSAGES_H

#include "kafka/rdkafka.h"
#include "record/task.h"
#include "weir/kafka.h"

/* Makes a vector of at most WEIR_VECTOR_SIZE messages. Text is copied into `room`, padded, and
 * valid until room is used again; lists are made in the current arena. `keys` and `values` have
 * room for `count`. The keys of the vector are NULL where the form has none. */
weir_vector messages_vector(rd_kafka_message_t *const *messages, size_t count,
                            weir_kafka_form form, bool as_bytes, buffer *room, weir_value *keys,
                            weir_value *values);

#endif
