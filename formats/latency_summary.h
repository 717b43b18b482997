#ifndef FORMATS_LATENCY_SUMMARY_H
#define FORMATS_LATENCY_SUMMARY_H

#include <stdint.h>

#include "formats/trace.h"

/* What a trace holds of latencies, in numbers: a part of struct trace_summary. How many events
 * they are, totals say. */
struct latency_summary {
	uint64_t bin_cnt; /* records */
	uint64_t shortest_slice_ns, longest_slice_ns;
};

void latency_summary_add_bin(struct latency_summary *l, const struct trace_slice *slice);

#endif
