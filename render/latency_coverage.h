#ifndef RENDER_LATENCY_COVERAGE_H
#define RENDER_LATENCY_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/latency_bin.h"
#include "render/selection.h"

struct trace_reader;
struct trace_record;

/*
 * Whether all events of a selection were kept one by one. Single events are compared with it
 * exactly, but bins and slices, which say how many there are, are taken whole; so the two counts
 * differ even where nothing lacks. Instead, all single events of each bin are held against the
 * bin, whatever --time and --thread say:
 *
 *	bin      3 ms    |  4 ms    |  5 ms    |
 *	events   900     |  12      |  7       |
 *	singles  3       |  12      |  7       |    all from 4 ms on are there
 *
 * A bin that the range cuts may lack some below it: they count as there if the recorder kept all
 * of the range's least value and above (--slower) and lost none.
 */
struct latency_coverage {
	uint64_t event_cnt[LATENCY_BINS], single_cnt[LATENCY_BINS];
	bool has_other_units; /* events whose values are no times */
};

/* Each record of the events meant, of bins and of single latencies; others are not looked at. */
void latency_coverage_add(struct latency_coverage *c, const struct trace_record *record,
			  const struct trace_reader *r, const struct selection *s);

/* Once all records were added. */
bool latency_coverage_is_whole(const struct latency_coverage *c, const struct trace_reader *r,
			       const struct selection *s);

#endif
