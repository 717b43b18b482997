#ifndef RENDER_HISTOGRAM_H
#define RENDER_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "render/caption.h"
#include "render/histogram_request.h"
#include "render/latency_groups.h"
#include "render/latency_walk.h"

struct picture_source;
struct value_axis;

/*
 * How the values of an event are distributed, as a picture and a text show it: one group of
 * all, or one for each name that they are told apart by, the largest first. The smaller ones
 * beyond HISTOGRAM_GROUPS are one.
 *
 *	count ^      ..            a bar: one range of values, or several that are
 *	      |   . :::: .         too narrow to be seen
 *	      |__:::::::::____.__
 *	        100 us  1 ms  10 ms -> value
 *
 * Invariant: the counts of a group's bars are all of its events.
 */
#define HISTOGRAM_GROUPS 12

struct histogram {
	struct histogram_request request;
	enum trace_unit unit;
	uint32_t by; /* render/latency_by.h */
	struct latency_totals totals;
	struct latency_groups groups;
	struct latency_values all;
	struct caption caption;
	char *redraw;  /* command that draws this again; visible text */
	char *command; /* draws the stacks of a part, but for --latency; likewise, "": none */
};

/* title NULL: one is made. -EINVAL for folded stacks; -ENOENT as latency_event_find() has it. */
int histogram_make(struct histogram *out, const struct picture_source *source,
		   const struct selection *selection, const struct histogram_request *request,
		   const char *title, struct err *err);
/* Accepts zeroed ones. */
void histogram_release(struct histogram *h);

/* How many groups are shown, and what one of them is: visible text, and its values. The last may
 * be all of the others. */
size_t histogram_group_cnt(const struct histogram *h);
void histogram_group(const struct histogram *h, size_t group, struct buf *out_name,
		     struct latency_values *out);

struct histogram_bar {
	uint64_t first, last; /* values, both within */
	uint64_t cnt, sum;
	int32_t x, width; /* along the axis */
};

struct histogram_bars {
	VEC(struct histogram_bar);
};

/* Only of what is not empty; ranges that are narrower than `least` together with the next. */
void histogram_bars_make(struct histogram_bars *out, const struct latency_values *v,
			 const struct value_axis *axis, int32_t least);

#endif
