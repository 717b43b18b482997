#ifndef RENDER_HEATMAP_REQUEST_H
#define RENDER_HEATMAP_REQUEST_H

#include <stdbool.h>

/* How a cell's colour comes from what is in it. */
enum heatmap_shade {
	HEATMAP_RANK = 0, /* by its place among all cells: what is rare keeps colours of its own */
	HEATMAP_SQRT = 1, /* by the root of its share of the fullest */
	HEATMAP_LINEAR = 2, /* by the share itself */
};

/* How a latency map is drawn; zeroed: one map of counts, by rank, values logarithmically. */
struct heatmap_request {
	const char *by; /* a map for each: "process", or a label of the event; NULL: one map */
	bool by_time;	/* cells are weighed by their values' sum, not by how many there are */
	bool is_linear; /* the axis of values */
	enum heatmap_shade shade;
};

#endif
