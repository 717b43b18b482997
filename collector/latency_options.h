#ifndef COLLECTOR_LATENCY_OPTIONS_H
#define COLLECTOR_LATENCY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/latency_source.h"
#include "collector/probe_spec.h"

/* What `record` was asked to count. */
#define LATENCY_SOURCES_MAX 8

struct latency_options {
	const struct latency_source *sources[LATENCY_SOURCES_MAX];
	uint32_t source_cnt;
	const struct probe_spec *probes; /* of latencies */
	uint32_t probe_cnt;
	uint64_t slower_ns;  /* --slower; 0: none are kept for being slow */
	uint64_t keep_per_s; /* --keep: single events, of all CPUs together */
	bool with_args;	     /* --args: arguments of execs */
};

#endif
