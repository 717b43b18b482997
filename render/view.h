#ifndef RENDER_VIEW_H
#define RENDER_VIEW_H

#include <stdbool.h>

#include "base/err.h"
#include "render/picture_file.h"
#include "render/selection.h"
#include "render/wait_drawing.h"

struct picture_source;
struct render_options;

/* The ways to look at records: what is drawn of them. */
enum view {
	VIEW_FLAME = 1,
	VIEW_ICICLE = 2,
	VIEW_CHAIN = 3,
	VIEW_SUBSECOND = 4,
	VIEW_HEATMAP = 5,
	VIEW_HISTOGRAM = 6,
	VIEW_CNT = 7,
};

#define VIEW_NAMES "flame, icicle, chain, subsecond, heatmap and histogram"
#define VIEW_WORDS "flame|icicle|chain|subsecond|heatmap|histogram"

const char *view_name(enum view view);
/* 0: no such name. */
enum view view_find(const char *name);

/* Whether it is drawn of values: of latency events, above all. */
bool view_is_of_values(enum view view);

/* One picture that is to be drawn. */
struct view_job {
	const struct render_options *options;
	const struct picture_source *source;
	struct selection selection;
	enum view view;
	enum wait_drawing drawing; /* of waits; 0: of samples, latencies or folded stacks */
	bool is_latency;	   /* of latencies, or of waits as such */
	const char *output;
	enum picture_kind kind;
};

int view_draw(const struct view_job *job, struct err *err);

#endif
