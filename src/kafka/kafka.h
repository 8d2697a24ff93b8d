/* The room kafka: direct streams, receivers and a sink, over librdkafka. What rooms above call. */
#ifndef KAFKA_KAFKA_H
#define KAFKA_KAFKA_H

/* Makes its sources and outputs known, so that they can be made again from a checkpoint. Any
 * thread, any number of times. Loads nothing. */
void kafka_register(void);

#endif
