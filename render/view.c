#include "render/view.h"

#include <errno.h>
#include <string.h>

#include "render/flame_layout.h"
#include "render/flame_picture.h"
#include "render/flame_text.h"
#include "render/heatmap_picture.h"
#include "render/histogram.h"
#include "render/histogram_layout.h"
#include "render/histogram_text.h"
#include "render/latency_flame.h"
#include "render/latency_subsecond.h"
#include "render/picture_source.h"
#include "render/render_options.h"
#include "render/scripts.h"
#include "render/subsecond_picture.h"
#include "render/wait_folded.h"
#include "render/wait_picture.h"

#define SVG_BUDGET ((size_t)900 << 10) /* with the script, 1 MB */
#define MAX_FRAMES 10000	       /* who asks for more gets them, whatever their size */

static const char *const names[VIEW_CNT] = {
	[VIEW_FLAME] = "flame",		[VIEW_ICICLE] = "icicle",   [VIEW_CHAIN] = "chain",
	[VIEW_SUBSECOND] = "subsecond", [VIEW_HEATMAP] = "heatmap", [VIEW_HISTOGRAM] = "histogram",
};

const char *view_name(enum view view)
{
	return names[view];
}

enum view view_find(const char *name)
{
	for (int i = 1; i < VIEW_CNT; i++)
		if (!strcmp(names[i], name))
			return (enum view)i;
	return 0;
}

bool view_is_of_values(enum view view)
{
	return view == VIEW_HEATMAP || view == VIEW_HISTOGRAM;
}

static struct flame_options flame_options_of(const struct view_job *job)
{
	const struct render_options *o = job->options;
	bool is_svg = job->kind == PICTURE_SVG;

	return (struct flame_options){
		.width = (int32_t)o->width_px * SCENE_PX,
		.min_width = render_options_min_width(o),
		.max_frames = (uint32_t)o->max_frames,
		.has_detail = is_svg && !o->no_script,
		.budget = is_svg && o->max_frames <= MAX_FRAMES ? SVG_BUDGET : 0,
		.root_on_top = job->view == VIEW_ICICLE,
		.is_chain = job->view == VIEW_CHAIN,
	};
}

static int write_flame(const struct view_job *job, const struct flame_picture *p, struct err *err)
{
	struct flame_options options = flame_options_of(job);
	struct scene scene;
	int status;

	flame_layout(&scene, &p->tree, &p->measure, &p->caption, &options);
	if (!job->options->no_script) {
		scene.script = flame_script;
		scene.script_len = (size_t)(flame_script_end - flame_script);
	}
	status = picture_file_draw(job->output, job->kind, &scene, (unsigned)job->options->scale,
				   err);
	scene_release(&scene);
	return status;
}

static int write_flame_text(const struct view_job *job, const struct flame_picture *p,
			    struct err *err)
{
	struct buf text = { 0 };
	int status;

	if (job->kind == PICTURE_FOLDED)
		flame_text_folded(&text, &p->tree, &p->measure);
	else
		flame_text_page(&text, &p->tree, &p->measure, &p->caption,
				(uint32_t)job->options->max_frames);
	status = picture_file_write(job->output, &text, err);
	buf_release(&text);
	return status;
}

static int open_stacks(const struct view_job *job, struct flame_picture *out, struct err *err)
{
	struct wait_request request = render_options_waits(job->options);

	if (job->is_latency)
		return latency_flame_open(out, job->source, &job->selection,
					  render_options_by_count(job->options),
					  job->options->title, err);
	if (!job->drawing)
		return flame_picture_open(out, job->source, &job->selection, job->options->title,
					  err);
	request.drawing = job->drawing;
	if (job->kind == PICTURE_FOLDED) /* as render/wait_folded.h has them */
		request.with_idle = request.with_kernel = true;
	return wait_picture_open(out, job->source, &job->selection, &request, job->options->title,
				 err);
}

/* Lines that are in the trace, rather than made of a picture. */
static bool is_wait_folded(const struct view_job *job)
{
	return job->kind == PICTURE_FOLDED && job->drawing && job->drawing != WAIT_DRAWING_WALL &&
	       !job->options->reverse;
}

static int write_wait_folded(const struct view_job *job, struct err *err)
{
	struct wait_request request = render_options_waits(job->options);
	struct buf text = { 0 };
	int status;

	request.drawing = job->drawing;
	status = wait_folded_write(&text, job->source, &job->selection, &request, err);
	if (status >= 0)
		status = picture_file_write(job->output, &text, err);
	buf_release(&text);
	return status;
}

static int draw_stacks(const struct view_job *job, struct err *err)
{
	struct flame_picture p;
	int status = open_stacks(job, &p, err);

	if (status < 0)
		return status;
	if (job->options->reverse)
		flame_picture_reverse(&p);
	if (job->kind == PICTURE_FOLDED || job->kind == PICTURE_TEXT)
		status = write_flame_text(job, &p, err);
	else
		status = write_flame(job, &p, err);
	flame_picture_close(&p);
	return status;
}

/* Takes the scene. */
static int write_scene(const struct view_job *job, struct scene *scene, const char *script,
		       const char *script_end, struct err *err)
{
	int status;

	if (!job->options->no_script) {
		scene->script = script;
		scene->script_len = (size_t)(script_end - script);
	}
	status = picture_file_draw(job->output, job->kind, scene, (unsigned)job->options->scale,
				   err);
	scene_release(scene);
	return status;
}

/* Heat maps are pictures and nothing else. */
static int check_heat(const struct view_job *job, struct err *err)
{
	if (job->kind != PICTURE_FOLDED && job->kind != PICTURE_TEXT)
		return 0;
	return err_set(err, -EINVAL, "%s: a heat map has no text form; use .svg, .png or .pdf%s",
		       job->output,
		       job->view == VIEW_HEATMAP ? ", or profile render histogram" : "");
}

static int draw_subsecond(const struct view_job *job, struct err *err)
{
	int32_t width = (int32_t)job->options->width_px * SCENE_PX;
	const char *title = job->options->title;
	struct scene scene;
	int status = check_heat(job, err);

	if (status >= 0 && job->is_latency)
		status = latency_subsecond_picture(&scene, job->source, &job->selection, title,
						   width, err);
	else if (status >= 0)
		status = subsecond_picture(&scene, job->source, &job->selection, title, width, err);
	if (status < 0)
		return status;
	return write_scene(job, &scene, subsecond_script, subsecond_script_end, err);
}

static int draw_heatmap(const struct view_job *job, struct err *err)
{
	struct heatmap_request request = render_options_heatmap(job->options);
	struct scene scene;
	int status = check_heat(job, err);

	if (status >= 0)
		status = heatmap_picture(&scene, job->source, &job->selection, &request,
					 job->options->title,
					 (int32_t)job->options->width_px * SCENE_PX, err);
	if (status < 0)
		return status;
	return write_scene(job, &scene, heatmap_script, heatmap_script_end, err);
}

static int write_histogram_text(const struct view_job *job, const struct histogram *h,
				struct err *err)
{
	struct buf text = { 0 };
	int status;

	histogram_text(&text, h);
	status = picture_file_write(job->output, &text, err);
	buf_release(&text);
	return status;
}

static int draw_histogram(const struct view_job *job, struct err *err)
{
	struct histogram_request request = render_options_histogram(job->options);
	struct histogram h;
	struct scene scene;
	int status;

	if (job->kind == PICTURE_FOLDED)
		return err_set(err, -EINVAL,
			       "%s: a histogram has no stacks; use .txt, .svg, .png or .pdf",
			       job->output);
	status = histogram_make(&h, job->source, &job->selection, &request, job->options->title,
				err);
	if (status < 0)
		return status;
	if (job->kind == PICTURE_TEXT) {
		status = write_histogram_text(job, &h, err);
	} else {
		histogram_layout(&scene, &h, (int32_t)job->options->width_px * SCENE_PX);
		status = write_scene(job, &scene, histogram_script, histogram_script_end, err);
	}
	histogram_release(&h);
	return status;
}

int view_draw(const struct view_job *job, struct err *err)
{
	if (is_wait_folded(job))
		return write_wait_folded(job, err);
	switch (job->view) {
	case VIEW_SUBSECOND:
		return draw_subsecond(job, err);
	case VIEW_HEATMAP:
		return draw_heatmap(job, err);
	case VIEW_HISTOGRAM:
		return draw_histogram(job, err);
	default:
		return draw_stacks(job, err);
	}
}
