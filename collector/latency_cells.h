#ifndef COLLECTOR_LATENCY_CELLS_H
#define COLLECTOR_LATENCY_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "collector/latency_series.h"
#include "collector/latency_slices.h"

/*
 * The programs' cells, out of the map of an idle epoch and into the trace:
 *
 *	read     empties the map; programs fill the other one meanwhile
 *	add      a slice may lie in several epochs: equal cells add up
 *	write    slices that are over, as bins
 *
 * Exact: for each measure, what was added = what is written + what is held. A slice to which
 * something comes after it was written is written again: bins of a trace add up. That also
 * bounds the memory: what is beyond it is written before its slice is over.
 */
struct latency_cell {
	uint32_t series; /* number of latency_series */
	uint32_t slice;
	uint16_t bin;
	uint8_t scale;
	uint64_t cnt, sum;
};

struct latency_cells {
	struct latency_series *series;
	const struct latency_slices *slices;
	struct {
		VEC(struct latency_cell);
	} held;
	struct idmap by_key;		   /* (series and slice, bin and scale) to index */
	uint64_t written[ABI_MEASURE_CNT]; /* events */
	uint64_t unreadable;		   /* cells of no sense; their events are missing */
};

/* Takes all out of a map whose values are of cpu_cnt CPUs, and leaves it empty. */
void latency_cells_read(struct latency_cells *c, int fd, uint32_t cpu_cnt);

/* What latency_cells_read() does with each: values of cpu_cnt CPUs. */
void latency_cells_add(struct latency_cells *c, const struct abi_latency_key *key,
		       const struct abi_latency_cell *values, uint32_t cpu_cnt);

/* Slices that end before until_ns: UINT64_MAX for all. */
void latency_cells_write(struct latency_cells *c, uint64_t until_ns);

void latency_cells_release(struct latency_cells *c);

#endif
