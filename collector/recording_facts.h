#ifndef COLLECTOR_RECORDING_FACTS_H
#define COLLECTOR_RECORDING_FACTS_H

#include <stdint.h>

#include "bpf/abi.h"
#include "collector/latency_options.h"
#include "collector/target.h"
#include "collector/wait_options.h"
#include "formats/trace_writer.h"

/* Tells the trace where and of what it is recorded. */
void recording_facts_write(struct trace_writer *w, const struct target *target, const char *command,
			   uint32_t online_cnt, enum abi_unwind unwind);

/* And when: once everything is in place, because that takes its time. */
void recording_facts_write_start(struct trace_writer *w);

/* And which waits. */
void recording_facts_write_waits(struct trace_writer *w, const struct wait_options *waits);

/* And which latencies were asked for one by one. */
void recording_facts_write_latencies(struct trace_writer *w, const struct latency_options *latency);

#endif
