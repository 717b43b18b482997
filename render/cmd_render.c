#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/text.h"
#include "formats/trace.h"
#include "render/commands.h"
#include "render/picture_plan.h"
#include "render/picture_source.h"
#include "render/picture_use.h"
#include "render/render_options.h"

/* A file that is not there may have been meant as a view, or as an event. */
static int check_view(const char *path, struct err *err)
{
	if (!strcmp(path, "-") || !access(path, F_OK) || errno != ENOENT)
		return 0;
	if (wait_drawing_find(path))
		return err_set(err, -EINVAL, "'%s' is no view but an event: profile render -e %s",
			       path, path);
	return err_set(err, -ENOENT,
		       "no file and no view is called '%s'; the views are " VIEW_NAMES, path);
}

/* Two operands are a view and a file; one alone is a view if it is called like one. */
static int read_operands(const struct operands *given, enum view *out_view, const char **out_path,
			 struct err *err)
{
	*out_path = TRACE_DEFAULT_PATH;
	*out_view = given->cnt ? view_find(given->v[0]) : 0;
	if (given->cnt > 2)
		return err_set(err, -EINVAL, "too many operands: '%s'; see 'profile help render'",
			       given->v[2]);
	if (given->cnt == 2 && !*out_view && wait_drawing_find(given->v[0]))
		return err_set(err, -EINVAL, "'%s' is no view but an event: profile render -e %s",
			       given->v[0], given->v[0]);
	if (given->cnt == 2 && !*out_view)
		return err_set(err, -EINVAL, "no view is called '%s'; the views are " VIEW_NAMES,
			       given->v[0]);
	if (given->cnt == 2)
		*out_path = given->v[1];
	else if (given->cnt == 1 && !*out_view)
		*out_path = given->v[0];
	return given->cnt == 1 && !*out_view ? check_view(*out_path, err) : 0;
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
static int draw_named(struct view_job *job, const char *event, struct err *err)
{
	char *name = file_name_of(event, view_name(job->view));
	int status;

	job->output = name;
	job->kind = PICTURE_SVG;
	status = view_draw(job, err);
	if (!status)
		printf("%s\n", name);
	free(name);
	return status;
}

/* "profile: not drawn, as nothing happened: tcp-connect, tcp-life" */
static void say_silent(const struct event_names *silent)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < silent->cnt; i++) {
		buf_puts(&line, i ? ", " : "");
		text_visible(&line, silent->v[i], strlen(silent->v[i]));
	}
	if (line.len)
		fprintf(stderr, "profile: not drawn, as nothing happened: %s\n", buf_text(&line));
	buf_release(&line);
}

static int draw_all(struct view_job *job, enum view view, struct err *err)
{
	const char *asked = job->selection.event;
	struct picture_plan plan = { 0 };
	int status = picture_plan_all(&plan, job->source, &job->selection, view, err);

	if (status >= 0)
		status = picture_use_check(job->options, plan.v, plan.cnt, err);
	for (size_t i = 0; i < plan.cnt && status >= 0; i++) {
		const struct planned_picture *p = &plan.v[i];

		job->view = p->view;
		job->drawing = p->drawing;
		job->is_latency = p->is_latency;
		job->selection.event = job->source->trace && !p->drawing ? p->event : asked;
		status = draw_named(job, p->event, err);
	}
	if (status >= 0)
		say_silent(&plan.silent);
	picture_plan_release(&plan);
	return status;
}

/* Of latencies, if only a file was named: what such a file can hold. */
static enum view view_of_kind(enum picture_kind kind)
{
	if (kind == PICTURE_FOLDED)
		return VIEW_FLAME;
	return kind == PICTURE_TEXT ? VIEW_HISTOGRAM : VIEW_HEATMAP;
}

static int draw_one(struct view_job *job, enum view view, struct err *err)
{
	struct planned_picture p;
	int status = picture_plan_one(&p, job->source, &job->selection, view, err);

	if (status >= 0 && !view && p.is_latency)
		p.view = view_of_kind(job->kind);
	if (status >= 0)
		status = picture_use_check(job->options, &p, 1, err);
	if (status < 0)
		return status;
	job->view = p.view;
	job->drawing = p.drawing;
	job->is_latency = p.is_latency;
	if (p.is_latency)
		job->selection.event = p.event;
	return view_draw(job, err);
}

static int run_job(const struct render_options *o, const struct operands *given,
		   const struct stages *stages, struct err *err)
{
	enum picture_kind kind = PICTURE_SVG;
	struct picture_source source;
	const char *path;
	enum view view;
	int status = read_operands(given, &view, &path, err);

	if (status >= 0 && o->reverse && (view == VIEW_SUBSECOND || view_is_of_values(view)))
		status = err_set(err, -EINVAL, "--reverse is for flame and icicle, not for %s",
				 view_name(view));
	if (status >= 0 && o->output)
		status = picture_kind_of(o->output, &kind, err);
	if (status >= 0 && o->output)
		status = io_keep_apart(path, o->output, err);
	if (status < 0)
		return status;
	status = picture_source_open(&source, path, stages, err);
	if (status < 0)
		return status;
	struct view_job job = { .options = o,
				.source = &source,
				.selection = render_options_selection(o),
				.output = o->output,
				.kind = kind };
	status = o->output ? draw_one(&job, view, err) : draw_all(&job, view, err);
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
	if (render_options_check(&options, &err) < 0)
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
		.description = render_description,
		.options = render_option_rows,
		.examples = render_examples,
		.see_also = "profile-record(1), profile-report(1), profile-export(1)",
		.words = VIEW_WORDS,
	},
	.run = run,
};
