#ifndef RENDER_HISTOGRAM_REQUEST_H
#define RENDER_HISTOGRAM_REQUEST_H

#include <stdbool.h>

/* How a histogram is drawn; zeroed: one of counts, values logarithmically. */
struct histogram_request {
	const char *by; /* one for each: "process", or a label of the event; NULL: one of all */
	bool by_time;	/* bars are the sum of their values, not how many there are */
	bool is_linear; /* the axis of values */
};

#endif
