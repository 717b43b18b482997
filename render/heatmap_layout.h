#ifndef RENDER_HEATMAP_LAYOUT_H
#define RENDER_HEATMAP_LAYOUT_H

#include <stdint.h>

#include "render/caption.h"
#include "render/heatmap.h"
#include "render/scene.h"

/*
 * A latency heat map as a scene: time across, values up, darker is more; one map below the
 * other, with the same axes and colours, where events are told apart.
 *
 *	sda  1,234 events · p50 98.3..106 us · p90 ... · max 52.4 ms
 *	10 ms |      .      |-max
 *	      |             |
 *	 1 ms |             |-p99
 *	100us |::::::: :::::|-p50       a gap: nothing ended then
 *	      0 s  ..  60 s
 *	[] 1  [] 2..5  [] 6..40 events in a cell
 */
#define HEATMAP_COLUMN_MIN (3 * SCENE_PX)

struct heatmap_options {
	int32_t width;	     /* of the picture */
	const char *redraw;  /* command that draws this again; visible text */
	const char *command; /* draws stacks of a part, but for --time and --latency; "": there are
			      * none */
};

/* How many columns stand in a picture of this width. */
uint32_t heatmap_layout_columns(int32_t width);

/* The scene is initialised here; the caller releases it. */
void heatmap_layout(struct scene *out, const struct heatmap *h, const struct caption *c,
		    const struct heatmap_options *o);

#endif
