#ifndef RENDER_RENDER_OPTIONS_H
#define RENDER_RENDER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "render/heatmap_request.h"
#include "render/histogram_request.h"
#include "render/selection.h"
#include "render/wait_drawing.h"

/*
 * The command line of `render`, as values, and its manual.
 */

struct render_options {
	const char *output;
	const char *event;
	struct range time;
	struct range latency;
	const char *process;
	uint64_t thread;
	uint64_t width_px;
	uint64_t scale;
	uint64_t max_frames;
	const char *min_width_px;
	const char *title;
	const char *weight; /* NULL: what the picture has by itself; likewise the next three */
	const char *by;
	const char *shade;
	const char *axis;
	bool with_idle;
	bool with_kernel;
	bool no_script;
	bool reverse;
};

extern const struct option render_option_rows[];
extern const struct example render_examples[];
extern const char render_description[];

/* What cannot be drawn. -EINVAL. */
int render_options_check(const struct render_options *o, struct err *err);

/* The narrowest frame, in hundredths of a pixel. */
int32_t render_options_min_width(const struct render_options *o);

struct selection render_options_selection(const struct render_options *o);
/* But for the drawing. */
struct wait_request render_options_waits(const struct render_options *o);
struct heatmap_request render_options_heatmap(const struct render_options *o);
struct histogram_request render_options_histogram(const struct render_options *o);

/* Whether stacks of single events are as wide as they are many; else as all their values. */
bool render_options_by_count(const struct render_options *o);

#endif
