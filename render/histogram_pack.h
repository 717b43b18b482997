#ifndef RENDER_HISTOGRAM_PACK_H
#define RENDER_HISTOGRAM_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "render/histogram.h"

/*
 * What the bars of a histogram stand for, exactly, as text for histogram.js, and for whoever
 * wants to add them up. XML text, ready to stand in an element: lines
 *
 *	profile-histogram 1
 *	unit UNIT               ns, bytes or events
 *	grid X Y HEIGHT         left edge and upper edge of the panels in the picture, height of
 *one: hundredths of px outside COUNT           events of the trace that are in no bar command WORDS
 *draws the stacks of a part, once --latency is put behind; empty: none were kept panels COUNT then
 *two lines for each: panel Y CNT SUM PROCESS;NAME   y of its upper edge below Y; its events, and
 *the sum of their values; PROCESS 1: NAME is one X WIDTH FIRST LAST CNT SUM;...   bars: place
 *behind X, values, both included
 */
struct histogram_panel {
	const char *name; /* visible text; "": it is of all */
	bool is_process;
	int32_t y;
	uint64_t cnt, sum;
	const struct histogram_bars *bars;
};

void histogram_pack_head(struct buf *out, const struct histogram *h, int32_t x, int32_t y,
			 int32_t height);
void histogram_pack_panel(struct buf *out, const struct histogram_panel *p);

#endif
