#include "formats/latency_summary.h"

void latency_summary_add_bin(struct latency_summary *l, const struct trace_slice *slice)
{
	uint64_t ns = slice->end_ns - slice->start_ns;

	l->bin_cnt++;
	if (!slice->end_ns) /* damage took it */
		return;
	if (!l->shortest_slice_ns || ns < l->shortest_slice_ns)
		l->shortest_slice_ns = ns;
	if (ns > l->longest_slice_ns)
		l->longest_slice_ns = ns;
}
