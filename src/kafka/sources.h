/* What the sources of the room have in common. */
#ifndef KAFKA_SOURCES_H
#define KAFKA_SOURCES_H

#include "kafka/kafka.h"
#include "kafka/settings.h"

/* "kafkaDirectStream orders, payments": by which a checkpoint knows the source. To be freed. */
char *sources_text(settings_use use, const weir_kafka_options *options);

#endif
