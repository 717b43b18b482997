#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "formats/trace_reader.h"
#include "render/commands.h"
#include "render/flame_layout.h"
#include "render/flame_picture.h"
#include "render/flame_text.h"
#include "render/picture.h"
#include "render/picture_file.h"
#include "render/picture_source.h"
#include "render/scripts.h"
#include "render/subsecond_picture.h"

#define SCALE_MAX 8
#define DIGITS "0123456789"
#define MIN_WIDTH_MAX (100 * SCENE_PX)
#define SVG_BUDGET ((size_t)900 << 10) /* with the script, 1 MB */
#define MAX_FRAMES 10000	       /* who asks for more gets them, whatever their size */

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
	bool no_script;
	bool reverse;
};

static const struct option rows[] = {
	{ 'o', "output", "OUT", OPTION_TEXT, offsetof(struct render_options, output),
	  .help = "write to this file, whose ending decides the kind: .svg .png .pdf .folded .txt; "
		  "- is standard output, as SVG" },
	{ 'e', "event", "EVENT", OPTION_TEXT, offsetof(struct render_options, event),
	  .help = "the event to draw; else the first one of the trace" },
	{ 0, "time", "FROM..TO", OPTION_RANGE, offsetof(struct render_options, time),
	  .help = "only this part of the recording, counted from its start: 1.5s..3s" },
	{ 0, "latency", "FROM..TO", OPTION_RANGE, offsetof(struct render_options, latency),
	  .help = "only events that took so long: 1ms..10ms; refused where none has a latency" },
	{ 0, "process", "GLOB", OPTION_TEXT, offsetof(struct render_options, process),
	  .help = "only processes of this name" },
	{ 0, "thread", "TID", OPTION_COUNT, offsetof(struct render_options, thread),
	  .help = "only this thread" },
	{ 0, "width", "PX", OPTION_COUNT, offsetof(struct render_options, width_px),
	  .fallback = "1200", .help = "width of the picture in pixels" },
	{ 0, "scale", "N", OPTION_COUNT, offsetof(struct render_options, scale), .fallback = "2",
	  .help = "PNG: pixels for each pixel of the picture" },
	{ 0, "title", "TEXT", OPTION_TEXT, offsetof(struct render_options, title),
	  .help = "title of the picture" },
	{ 0, "max-frames", "N", OPTION_COUNT, offsetof(struct render_options, max_frames),
	  .fallback = "10000",
	  .help = "draw the N largest frames; the picture says what was left out, and its script "
		  "shows it when zoomed" },
	{ 0, "min-width", "PX", OPTION_TEXT, offsetof(struct render_options, min_width_px),
	  .fallback = "0.1",
	  .help = "draw no frames narrower than this, in pixels or hundredths of one" },
	{ 0, "reverse", NULL, OPTION_FLAG, offsetof(struct render_options, reverse),
	  .help = "merge stacks from the leaf: who calls this?" },
	{ 0, "no-script", NULL, OPTION_FLAG, offsetof(struct render_options, no_script),
	  .help = "SVG without script: nothing to zoom or search, half the size" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile render", "every picture that profile.data holds, one file each" },
	{ "profile render flame -o cpu.svg", "a flame graph; open it in a browser" },
	{ "profile render icicle --time 12s..13s -o second.png", "one second of it, root on top" },
	{ "profile render flame stacks.folded -o stacks.svg", "from folded stacks of any tool" },
	{ NULL },
};

struct job {
	const struct render_options *options;
	const struct picture_source *source;
	struct selection selection;
	const char *output;
	enum picture_kind kind;
};

/* "0.1", "2", "1.25" in hundredths of a pixel; -1 if it is no such number. */
static int32_t min_width_of(const char *px)
{
	size_t whole = strspn(px, DIGITS);
	size_t part = px[whole] == '.' ? strspn(px + whole + 1, DIGITS) : 0;
	int32_t width = 0;

	if (!whole || whole > 3 || part > 2 || px[whole + part + (part > 0)])
		return -1;
	for (size_t i = 0; i < whole; i++)
		width = width * 10 + (px[i] - '0');
	for (size_t i = 1; i <= 2; i++)
		width = width * 10 + (i <= part ? px[whole + i] - '0' : 0);
	return width;
}

static struct flame_options flame_options_of(const struct job *job, bool root_on_top)
{
	const struct render_options *o = job->options;
	bool is_svg = job->kind == PICTURE_SVG;

	return (struct flame_options){
		.width = (int32_t)o->width_px * SCENE_PX,
		.min_width = min_width_of(o->min_width_px),
		.max_frames = (uint32_t)o->max_frames,
		.has_detail = is_svg && !o->no_script,
		.budget = is_svg && o->max_frames <= MAX_FRAMES ? SVG_BUDGET : 0,
		.root_on_top = root_on_top,
	};
}

static int write_flame(const struct job *job, const struct flame_picture *p, bool root_on_top,
		       struct err *err)
{
	struct flame_options options = flame_options_of(job, root_on_top);
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

static int write_flame_text(const struct job *job, const struct flame_picture *p, struct err *err)
{
	struct buf text = { 0 };
	int status;

	if (job->kind == PICTURE_FOLDED)
		flame_text_folded(&text, &p->tree);
	else
		flame_text_page(&text, &p->tree, &p->measure, &p->caption,
				(uint32_t)job->options->max_frames);
	status = picture_file_write(job->output, &text, err);
	buf_release(&text);
	return status;
}

static int render_stacks(const struct job *job, bool root_on_top, struct err *err)
{
	struct flame_picture p;
	int status = flame_picture_open(&p, job->source, &job->selection, job->options->title, err);

	if (status < 0)
		return status;
	if (job->options->reverse)
		flame_picture_reverse(&p);
	if (job->kind == PICTURE_FOLDED || job->kind == PICTURE_TEXT)
		status = write_flame_text(job, &p, err);
	else
		status = write_flame(job, &p, root_on_top, err);
	flame_picture_close(&p);
	return status;
}

static int render_flame(const struct job *job, struct err *err)
{
	return render_stacks(job, false, err);
}

static int render_icicle(const struct job *job, struct err *err)
{
	return render_stacks(job, true, err);
}

static int render_subsecond(const struct job *job, struct err *err)
{
	struct scene scene;
	int status;

	if (job->kind == PICTURE_FOLDED || job->kind == PICTURE_TEXT)
		return err_set(err, -EINVAL,
			       "%s: a heat map has no text form; use .svg, .png or .pdf",
			       job->output);
	status = subsecond_picture(&scene, job->source, &job->selection, job->options->title,
				   (int32_t)job->options->width_px * SCENE_PX, err);
	if (status < 0)
		return status;
	if (!job->options->no_script) {
		scene.script = heatmap_script;
		scene.script_len = (size_t)(heatmap_script_end - heatmap_script);
	}
	status = picture_file_draw(job->output, job->kind, &scene, (unsigned)job->options->scale,
				   err);
	scene_release(&scene);
	return status;
}

static const struct view {
	const char *name;
	bool by_default; /* drawn when no view is named */
	int (*render)(const struct job *job, struct err *err);
} views[] = {
	{ "flame", true, render_flame },
	{ "icicle", false, render_icicle },
	{ "subsecond", true, render_subsecond },
};

#define VIEW_NAMES "flame, icicle and subsecond"
#define VIEW_CNT (sizeof(views) / sizeof(views[0]))

static const struct view *view_find(const char *name)
{
	for (size_t i = 0; i < VIEW_CNT; i++)
		if (!strcmp(views[i].name, name))
			return &views[i];
	return NULL;
}

/* A file that is not there may have been meant as a view. */
static int check_view(const char *path, struct err *err)
{
	if (!strcmp(path, "-") || !access(path, F_OK) || errno != ENOENT)
		return 0;
	return err_set(err, -ENOENT,
		       "no file and no view is called '%s'; the views are " VIEW_NAMES, path);
}

/* Two operands are a view and a file; one alone is a view if it is called like one. */
static int read_operands(const struct operands *given, const struct view **out_view,
			 const char **out_path, struct err *err)
{
	*out_path = TRACE_DEFAULT_PATH;
	*out_view = given->cnt ? view_find(given->v[0]) : NULL;
	if (given->cnt > 2)
		return err_set(err, -EINVAL, "too many operands: '%s'; see 'profile help render'",
			       given->v[2]);
	if (given->cnt == 2 && !*out_view)
		return err_set(err, -EINVAL, "no view is called '%s'; the views are " VIEW_NAMES,
			       given->v[0]);
	if (given->cnt == 2)
		*out_path = given->v[1];
	else if (given->cnt == 1 && !*out_view)
		*out_path = given->v[0];
	return given->cnt == 1 && !*out_view ? check_view(*out_path, err) : 0;
}

static int check_options(const struct render_options *o, struct err *err)
{
	if (o->width_px < PICTURE_WIDTH_MIN_PX || o->width_px > PICTURE_WIDTH_MAX_PX)
		return err_set(err, -EINVAL, "--width %llu: must be %d to %d pixels",
			       (unsigned long long)o->width_px, PICTURE_WIDTH_MIN_PX,
			       PICTURE_WIDTH_MAX_PX);
	if (!o->scale || o->scale > SCALE_MAX)
		return err_set(err, -EINVAL, "--scale %llu: must be 1 to %d",
			       (unsigned long long)o->scale, SCALE_MAX);
	if (!o->max_frames || o->max_frames > FLAME_MAX_FRAMES_LIMIT)
		return err_set(err, -EINVAL, "--max-frames %llu: must be 1 to %u",
			       (unsigned long long)o->max_frames, FLAME_MAX_FRAMES_LIMIT);
	if (min_width_of(o->min_width_px) <= 0 || min_width_of(o->min_width_px) > MIN_WIDTH_MAX)
		return err_set(err, -EINVAL, "--min-width %s: must be 0.01 to %d pixels",
			       o->min_width_px, MIN_WIDTH_MAX / SCENE_PX);
	if (o->thread > UINT32_MAX)
		return err_set(err, -EINVAL, "--thread %llu: there are no such thread ids",
			       (unsigned long long)o->thread);
	return 0;
}

/* An event's name as part of a file's: whoever wrote the trace chose it. */
static char *file_name_of(const char *event, const char *view)
{
	char *name = mem_printf("profile.%s.%s.svg", event, view);
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "._-";

	for (char *p = name; *p; p++)
		if (!strchr(good, *p))
			*p = '_';
	return name;
}

/* Draws under a name of its own, and says that name. */
static int run_named(struct job *job, const struct view *view, const char *event, struct err *err)
{
	char *name = file_name_of(event, view->name);
	int status;

	job->output = name;
	job->kind = PICTURE_SVG;
	status = view->render(job, err);
	if (!status)
		printf("%s\n", name);
	free(name);
	return status;
}

static int run_views(struct job *job, const struct view *only, const char *event, struct err *err)
{
	int status = 0;

	for (size_t i = 0; i < VIEW_CNT && !status; i++) {
		bool timed = picture_source_has_times(job->source);

		if (only ? only == &views[i]
			 : views[i].by_default && (timed || views[i].render == render_flame))
			status = run_named(job, &views[i], event, err);
	}
	return status;
}

/* All events of a trace, or the one that was asked for; folded stacks have no event. */
static int run_events(struct job *job, const struct view *only, struct err *err)
{
	const struct trace_reader *trace = job->source->trace;
	uint32_t first;
	int status;

	if (!trace)
		return run_views(job, only, "stacks", err);
	status = selection_event(&job->selection, trace, &first, err);
	if (status < 0)
		return status;
	if (only || job->options->event)
		return run_views(job, only, trace_reader_event(trace, first)->name, err);
	for (uint32_t id = first; id < trace_reader_event_cnt(trace) && !status; id++) {
		const struct trace_event *event = trace_reader_event(trace, id);

		job->selection.event = event->name;
		if (event->kind == TRACE_EVENT_SAMPLE)
			status = run_views(job, only, event->name, err);
	}
	return status;
}

static int run_job(const struct render_options *o, const struct operands *given,
		   const struct stages *stages, struct err *err)
{
	enum picture_kind kind = PICTURE_SVG;
	struct picture_source source;
	const struct view *view;
	const char *path;
	int status = read_operands(given, &view, &path, err);

	if (status >= 0 && o->reverse && view && view->render == render_subsecond)
		status = err_set(err, -EINVAL, "--reverse is for flame and icicle, not for %s",
				 view->name);
	if (status >= 0 && o->output)
		status = picture_kind_of(o->output, &kind, err);
	if (status >= 0 && o->output)
		status = io_keep_apart(path, o->output, err);
	if (status < 0)
		return status;
	status = picture_source_open(&source, path, stages, err);
	if (status < 0)
		return status;
	struct job job = { .options = o,
			   .source = &source,
			   .selection = { .event = o->event,
					  .time = o->time,
					  .latency = o->latency,
					  .process = o->process,
					  .thread = (uint32_t)o->thread },
			   .output = o->output,
			   .kind = kind };
	if (o->output)
		status = (view ? view : &views[0])->render(&job, err);
	else
		status = run_events(&job, view, err);
	picture_source_close(&source);
	return status;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct render_options options = { 0 };
	struct operands given;
	struct err err = { 0 };
	int status;

	if (!command_parse(self, argc, argv, &options, &given, &status))
		return status;
	if (check_options(&options, &err) < 0)
		status = command_fail(&err, EXIT_USAGE);
	else if (run_job(&options, &given, stages, &err) < 0)
		status = command_fail(&err, err.code == -EINVAL ? EXIT_USAGE : EXIT_FAILED);
	else
		status = command_done(EXIT_GOOD);
	options_release(&self->manual, &options);
	return status;
}

const struct command cmd_render = {
	.manual = {
		.name = "render",
		.summary = "draw pictures from a trace or from folded stacks",
		.synopsis = "[options] [VIEW] [FILE]",
		.description =
			"Draws FILE, a trace (default profile.data) or folded stacks, as one of the "
			"views flame (flame graph, root at the bottom), icicle (the same, root on top) "
			"or subsecond (heat map: a column a second, a row a fiftieth of it).\n\n"
			"Without VIEW every picture that the trace holds is drawn, each into a file "
			"profile.EVENT.VIEW.svg of the current folder; the names are printed. With -o "
			"and without VIEW it is the flame graph. Open them in a browser: frames zoom when clicked, / searches, ? shows all keys.\n\n"
			"A trace without names is given some in memory first; see profile-symbolize(1).",
		.options = rows,
		.examples = examples,
		.see_also = "profile-record(1), profile-report(1), profile-export(1)",
		.words = "flame|icicle|subsecond",
	},
	.run = run,
};
