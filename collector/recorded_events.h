#ifndef COLLECTOR_RECORDED_EVENTS_H
#define COLLECTOR_RECORDED_EVENTS_H

#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"
#include "bpf/latency.h"
#include "collector/events.h"
#include "collector/latency_options.h"
#include "collector/sampling_plan.h"
#include "collector/wait_options.h"
#include "formats/trace_writer.h"

/*
 * The events of a recording as the programs number them and as the trace does, after the
 * kernel was asked for each. Samples come first of the sampler, then of probes, then of
 * retransmits, which come with the latencies of `tcp`.
 */
struct recorded_events {
	uint32_t sampled_cnt; /* of the sampler */
	uint32_t sample_cnt;  /* in all */
	uint32_t sample_ids[ABI_EVENTS_MAX];
	struct sampling_plan plans[ABI_EVENTS_MAX];
	const struct probe_spec *probes[ABI_EVENTS_MAX]; /* NULL: of no probe */
	uint32_t retransmits;				 /* index of a sample; TRACE_NONE: none */
	uint32_t wait_id;				 /* if waits are recorded */
	uint32_t latency_ids[ABI_MEASURE_CNT];		 /* TRACE_NONE: not recorded */
};

struct recorded_options {
	const struct event_row *const *rows; /* of the sampler */
	uint32_t row_cnt;
	const struct probe_spec *probes; /* of samples */
	uint32_t probe_cnt;
	const struct wait_options *waits;      /* NULL: none */
	const struct latency_options *latency; /* likewise */
	uint64_t frequency_hz;		       /* 0: each event's default */
};

int recorded_events_choose(struct recorded_events *e, struct trace_writer *writer,
			   const struct recorded_options *options, struct err *err);

#endif
