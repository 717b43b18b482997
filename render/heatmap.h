#ifndef RENDER_HEATMAP_H
#define RENDER_HEATMAP_H

#include <stdint.h>

#include "base/err.h"
#include "render/heatmap_bins.h"
#include "render/heatmap_columns.h"
#include "render/heatmap_request.h"
#include "render/heatmap_rows.h"
#include "render/heatmap_shades.h"
#include "render/latency_values.h"
#include "render/latency_walk.h"
#include "render/selection.h"

struct trace_reader;

/*
 * The values of an event over time, counted for a picture: one map, or one for each of the
 * largest groups that --by tells apart and a last one of all others, be they too many or of too few
 * events. All maps have the same columns, rows and colours, so that they may be held against one
 * another.
 *
 *	trace --walk--> groups, slices --> columns, rows
 *	  `-----walk----------------------> maps: cells
 *
 * --latency leaves no event out here: what it does not ask for stands in rows of its own.
 *
 * Invariant: the events in all maps, plus totals.outside_cnt, are all of the event's.
 */
#define HEATMAP_MAPS_MAX 6

struct heatmap_map {
	char *name; /* visible text; NULL: there is one map of all */
	struct heatmap_bins bins;
	struct latency_values values;
};

struct heatmap {
	struct heatmap_request request;
	const struct trace_event *event; /* the reader's */
	uint32_t by;			 /* render/latency_by.h */
	struct latency_totals totals;
	uint64_t below_cnt, above_cnt; /* events in the rows below and above, of all maps */
	struct heatmap_columns columns;
	struct heatmap_rows rows;
	struct heatmap_shades shades;
	struct heatmap_map maps[HEATMAP_MAPS_MAX];
	uint32_t map_cnt; /* one at least */
};

/* In at most col_max columns. As heatmap_picture() fails. */
int heatmap_read(struct heatmap *out, struct trace_reader *r, const struct selection *selection,
		 const struct heatmap_request *request, uint32_t col_max, struct err *err);
/* Accepts zeroed ones. */
void heatmap_release(struct heatmap *h);

/* What a cell's colour comes from. */
uint64_t heatmap_weight(const struct heatmap *h, struct heatmap_cell cell);

#endif
