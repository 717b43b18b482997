#ifndef COLLECTOR_PROBE_PROGRAMS_H
#define COLLECTOR_PROBE_PROGRAMS_H

#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"
#include "bpf/latency.h"
#include "collector/probe_spec.h"

struct bpf_link;
struct profile_bpf;

/*
 * The programs behind probes (bpf/probe.bpf.c): samples, by the index of the recording's sample
 * event, like those of perf events; and latencies, by the number of their measure.
 */
struct probe_programs {
	const struct probe_spec *samples[ABI_EVENTS_MAX]; /* NULL: not of a probe */
	const struct probe_spec
		*latencies[ABI_LATENCY_PROBES]; /* likewise; ABI_MEASURE_PROBE + i */
	struct bpf_link *links[2 * (ABI_EVENTS_MAX + ABI_LATENCY_PROBES)];
	uint32_t link_cnt;
};

/* Before loading; the specs outlive the programs. */
int probe_programs_choose(struct probe_programs *p, struct profile_bpf *skel, uint32_t cpu_cnt,
			  struct err *err);
int probe_programs_attach(struct probe_programs *p, struct profile_bpf *skel, struct err *err);
/* Detaches all. */
void probe_programs_release(struct probe_programs *p);

#endif
