#ifndef RENDER_HEATMAP_COLUMNS_H
#define RENDER_HEATMAP_COLUMNS_H

#include <stdint.h>

#include "base/vec.h"

/*
 * Which slices of time stand in which column of a heat map. All columns are equally long, a
 * whole number of the longest slices, and begin where one of these does, so that a slice lies in
 * one column whole: nothing is shared out, and no column shows more than was recorded.
 *
 *	slices   |.|.|.|.|.|.|.|.|  .  |  .  |  .  |     shorter at first, longer later
 *	columns  |   0   |   1   |   2   |   3   |
 *
 * The shortest round length is taken that the number of columns allows and no slice is cut by.
 * Slices of lengths that do not fit one another at all count where they begin (cut_cnt).
 */
struct heatmap_slice {
	uint64_t start_ns, end_ns; /* since the recording began; equal: a moment */
};

struct heatmap_slices {
	VEC(struct heatmap_slice);
};

struct heatmap_columns {
	uint64_t column_ns;
	uint64_t lead_ns;   /* how much of the first column lies before the recording's start */
	uint64_t first;	    /* number of the first one drawn, counted from the recording's start */
	uint32_t cnt;	    /* one at least */
	uint32_t whole_cnt; /* without a last one that holds less than half its time */
	uint64_t slice_ns;  /* the usual length of slices, where it is the longest */
	uint64_t cut_cnt;   /* slices that reach into the next column */
};

/* Notes a slice, as often as it comes; once all are there, each is kept once. */
void heatmap_slices_add(struct heatmap_slices *s, uint64_t start_ns, uint64_t end_ns);
void heatmap_slices_finish(struct heatmap_slices *s);

/* Columns for all of the slices, and for the time from from_ns to to_ns; at most max (1 or
 * more). */
void heatmap_columns_choose(struct heatmap_columns *out, const struct heatmap_slices *slices,
			    uint64_t from_ns, uint64_t to_ns, uint32_t max);

/* The column of a time; what lies in none is in the nearest. */
uint32_t heatmap_columns_of(const struct heatmap_columns *c, uint64_t start_ns);

/* When a column begins, since the recording began; column cnt: when the last one ends. */
uint64_t heatmap_columns_start(const struct heatmap_columns *c, uint32_t column);

#endif
