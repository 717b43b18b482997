#ifndef RENDER_SUBSECOND_LAYOUT_H
#define RENDER_SUBSECOND_LAYOUT_H

#include <stdint.h>

#include "render/caption.h"
#include "render/measure.h"
#include "render/scene.h"
#include "render/subsecond_bins.h"

/*
 * Subsecond bins as a scene: a column a second (or several, where a trace is long), a
 * row a fiftieth of it, time running up each column; darker is more.
 *
 *	1000 ms |  .:. .  |
 *	        | :.:: .: |      a full column: a busy second; a row: work tied to the
 *	   0 ms |_.:.:_:._|      clock; a diagonal: a period that does not divide a second
 *	        0 s  ..  10 s
 *	        1 ##### max samples (share of the CPUs)
 */
#define SUBSECOND_ROWS 50
#define SUBSECOND_COLUMN_MIN (3 * SCENE_PX)

struct subsecond_options {
	int32_t width;	     /* of the picture */
	uint64_t first;	     /* second of the trace that the first column begins with */
	uint32_t cpu_cnt;    /* 0: unknown */
	const char *command; /* draws a flame graph; the script adds " --time A..B" */
};

/* How many columns stand in a picture of this width. */
uint32_t subsecond_layout_columns(int32_t width);

/* The scene is initialised here; the caller releases it. */
void subsecond_layout(struct scene *out, const struct subsecond_bins *b, const struct measure *m,
		      const struct caption *c, const struct subsecond_options *o);

#endif
