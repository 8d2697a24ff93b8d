/* The Kafka operations of job files. */
#ifndef TOOLS_JOB_KAFKA_H
#define TOOLS_JOB_KAFKA_H

#include "tools/job_table.h"

weir_stream *job_kafka_direct(const job_call *call);
weir_stream *job_kafka_receiver(const job_call *call);
weir_status job_kafka_save(const job_call *call);

#endif
