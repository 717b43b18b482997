#ifndef TESTS_UNIT_LATENCY_RIG_H
#define TESTS_UNIT_LATENCY_RIG_H

#include "collector/latency_cells.h"
#include "collector/latency_rows.h"
#include "collector/latency_singles.h"
#include "tests/unit/wait_rig.h"

/* On top of what waits need: all that latencies do. Times are in ms; the recording begins at 0. */
struct latency_rig {
	struct wait_rig *waits;
	uint32_t events[ABI_MEASURE_CNT];
	struct latency_labels labels;
	struct latency_series series;
	struct latency_slices slices;
	struct latency_cells cells;
	struct latency_singles singles;
};

#define RIG_MS 1000000ull

static inline struct latency_rig *latency_rig_new(uint64_t group_bytes)
{
	struct latency_rig *r = calloc(1, sizeof(*r));

	r->waits = rig_new(group_bytes);
	for (uint32_t m = 0; m < ABI_MEASURE_PROBE; m++) {
		const struct latency_row *row = latency_row_of((enum abi_measure)m);
		struct trace_event event = { .name = row->name,
					     .source = row->source,
					     .kind = TRACE_EVENT_LATENCY,
					     .unit = row->unit };

		memcpy(event.labels, row->labels, sizeof(event.labels));
		r->events[m] = trace_writer_event(r->waits->writer, &event);
	}
	latency_slices_start(&r->slices, 0);
	r->series = (struct latency_series){ .writer = r->waits->writer,
					     .events = r->events,
					     .labels = &r->labels };
	r->cells = (struct latency_cells){ .series = &r->series, .slices = &r->slices };
	r->singles = (struct latency_singles){
		.ids = &r->waits->ids,
		.resolver = &r->waits->resolver,
		.stacks = &r->waits->stacks,
		.series = &r->series,
		.slices = &r->slices,
		.starts.stacks = &r->waits->stacks,
		.longest_max = 2,
	};
	return r;
}

static inline void latency_rig_expect(struct latency_rig *r, const char *lines)
{
	latency_singles_release(&r->singles);
	latency_cells_release(&r->cells);
	latency_series_release(&r->series);
	latency_labels_release(&r->labels);
	rig_expect(r->waits, lines);
	free(r);
}

#endif
