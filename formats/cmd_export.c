#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/idmap.h"
#include "base/io.h"
#include "base/term.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/commands.h"
#include "formats/folded_lines.h"
#include "formats/folded_waits.h"
#include "formats/latency_export.h"
#include "formats/sample_event.h"
#include "formats/stack_names.h"
#include "formats/stages.h"
#include "formats/trace_reader.h"

/* `profile export FORMAT [TRACE]`: a trace as other programs read it. */

struct export_options {
	const char *output;
	const char *event;
	const char *unit;
	const char *weight;
	bool annotate;
	bool header;
	bool singles;
};

static const struct option rows[] = {
	{ 'o', "output", "OUT", OPTION_TEXT, offsetof(struct export_options, output),
	  .fallback = "-", .help = "write to this file; - is standard output" },
	{ 'e', "event", "EVENT", OPTION_TEXT, offsetof(struct export_options, event),
	  .help = "the event to export; else the first sampled one of the trace. Waits: offcpu, "
		  "wakeup, offwake or chain; of a trace that holds nothing else the widest of "
		  "these. latency: the first one of latencies" },
	{ 0, "unit", "UNIT", OPTION_CHOICE, offsetof(struct export_options, unit),
	  .choices = "samples|ns|us|ms",
	  .help = "what values count; else samples, or microseconds for an event that is measured "
		  "in time" },
	{ 0, "weight", "KIND", OPTION_CHOICE, offsetof(struct export_options, weight),
	  .choices = "full|split", .fallback = "full",
	  .help = "of chains: each carries the whole wait, or each waker what it has to answer "
		  "for" },
	{ 0, "annotate", NULL, OPTION_FLAG, offsetof(struct export_options, annotate),
	  .help = "mark frames of the kernel _[k], of JIT code _[j], inlined _[i] and of wakers "
		  "_[w]" },
	{ 0, "header", NULL, OPTION_FLAG, offsetof(struct export_options, header),
	  .help = "begin with comment lines that say what follows; most other readers do not "
		  "understand them" },
	{ 0, "singles", NULL, OPTION_FLAG, offsetof(struct export_options, singles),
	  .help = "of latencies: only those that were kept one by one, with their own times" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile export folded | grep postgres", "the stacks of one program, for text tools" },
	{ "profile export folded web.data --annotate -o web.folded", "with the kinds of frames" },
	{ "profile export folded --unit ms", "CPU time instead of samples" },
	{ "profile export folded -e offwake | grep '^postgres;'",
	  "where one program waited, and who woke it" },
	{ "profile export latency -e block | sort -n | head -n 1000",
	  "the first of all latencies" },
	{ NULL },
};

/* How values are written: v * times / per. */
struct scale {
	const char *name;
	uint64_t times;
	uint64_t per;
};

struct job {
	const struct export_options *options;
	struct trace_reader *reader;
	const struct name_table *names;
	uint32_t event;
	enum wait_way way; /* 0: samples */
	struct scale scale;
};

static uint64_t unit_ns(const char *unit)
{
	return !strcmp(unit, "ms") ? 1000000 : !strcmp(unit, "us") ? 1000 : 1;
}

static int choose_scale(struct job *job, struct err *err)
{
	const struct trace_event *event = trace_reader_event(job->reader, job->event);
	bool is_time = event->unit == TRACE_UNIT_NS;
	const char *unit = job->options->unit ? job->options->unit : is_time ? "us" : "samples";

	job->scale = (struct scale){ .name = unit, .times = 1, .per = 1 };
	if (!strcmp(unit, "samples")) {
		if (is_time)
			return err_set(err, -EINVAL,
				       "event '%s' is measured in time; take --unit ns, us or ms",
				       event->name);
		if (event->unit != TRACE_UNIT_SAMPLES)
			job->scale.name = trace_unit_text(event->unit);
		return 0;
	}
	job->scale.per = unit_ns(unit);
	if (is_time)
		return 0;
	job->scale.times = event->period_ns;
	if (event->unit == TRACE_UNIT_SAMPLES && event->period_ns)
		return 0;
	return err_set(err, -EINVAL,
		       "event '%s' counts %s, which have no duration; leave out --unit",
		       event->name, trace_unit_text(event->unit));
}

static void put_header(struct buf *out, const struct job *job)
{
	const struct trace_event *event = trace_reader_event(job->reader, job->event);

	buf_puts(out, "# format: folded stacks, root first\n# event: ");
	if (job->way)
		buf_puts(out, wait_way_name(job->way));
	else
		text_visible(out, event->name, strlen(event->name));
	buf_puts(out, "\n# source: ");
	text_visible(out, event->source, strlen(event->source));
	buf_printf(out, "\n# unit: %s\n", job->scale.name);
	if (job->way == WAIT_WAY_CHAIN)
		buf_printf(out, "# weight: %s\n", job->options->weight);
}

/* The stacks of a trace as lines, each made once for each process and group. */
struct folding {
	const struct job *job;
	struct strtab *texts;
	struct stack_names *names;
	struct folded_lines *lines;
	struct idmap line_of; /* (process, stack) */
};

static uint32_t find_line(struct folding *f, uint32_t process, uint32_t stack)
{
	uint32_t line = idmap_find(&f->line_of, process, stack);
	const struct shown_frame *frames;
	size_t cnt;

	if (line != IDMAP_NONE)
		return line;
	frames = stack_names_stack(f->names, stack, &cnt);
	line = folded_lines_find(f->lines, trace_reader_process(f->job->reader, process)->comm,
				 frames, cnt, f->texts);
	idmap_set(&f->line_of, process, stack, line);
	return line;
}

static void fold_record(struct folding *f, const struct trace_record *record)
{
	const struct trace_sample *s = &record->sample;

	if (record->kind == TRACE_RECORD_KEY_FRAME) {
		stack_names_restart(f->names);
		if (f->line_of.cnt)
			idmap_clear(&f->line_of);
	} else if (record->kind == TRACE_RECORD_SAMPLE && s->event == f->job->event) {
		uint32_t process = trace_reader_thread(f->job->reader, s->thread)->process;

		folded_lines_add(f->lines, find_line(f, process, s->stack), s->weight);
	}
}

static int fold_samples(const struct job *job, struct folded_lines *lines, struct err *err)
{
	struct folding f = { .job = job, .texts = strtab_new(), .lines = lines };
	struct trace_record record;
	int got;

	f.names = stack_names_new(job->reader, job->names, f.texts);
	while ((got = trace_reader_next(job->reader, &record, err)) > 0)
		fold_record(&f, &record);
	stack_names_free(f.names);
	strtab_free(f.texts);
	idmap_release(&f.line_of);
	return got;
}

static int fold_waits(const struct job *job, struct folded_lines *lines, struct err *err)
{
	struct folded_waits which = {
		.event = job->event,
		.way = job->way,
		.weight = strcmp(job->options->weight, "split") ? WAIT_WEIGHT_FULL
								: WAIT_WEIGHT_SPLIT,
	};

	return folded_waits_add(lines, job->reader, job->names, &which, err);
}

static int fold(const struct job *job, struct buf *out, struct err *err)
{
	struct folded_lines lines;
	int got;

	folded_lines_start(&lines, job->options->annotate);
	got = job->way ? fold_waits(job, &lines, err) : fold_samples(job, &lines, err);
	if (got == 0) {
		if (job->options->header)
			put_header(out, job);
		folded_lines_put(&lines, out, job->scale.times, job->scale.per);
	}
	folded_lines_release(&lines);
	return got;
}

/* What was skipped of a trace that has been read to its end. */
static void say_damage(const struct trace_reader *r)
{
	const uint64_t *lost = trace_reader_totals(r)->lost;
	struct buf text = { 0 };

	trace_damage_text(&text, trace_reader_path(r), lost[TRACE_LOSS_DAMAGED_CHUNKS],
			  lost[TRACE_LOSS_DAMAGED_BYTES]);
	if (text.len)
		term_say("%s", buf_text(&text));
	buf_release(&text);
}

static int choose_event(struct job *job, struct err *err)
{
	const char *name = job->options->event;

	job->way = wait_way_meant(job->reader, name);
	if (job->way != WAIT_WAY_CHAIN && !strcmp(job->options->weight, "split"))
		return err_set(err, -EINVAL, "--weight split is for chains of wakers: -e chain");
	if (job->way)
		return wait_event_find(job->reader, job->way, &job->event, err);
	return sample_event_find(job->reader, name, &job->event, err);
}

static int export_folded(struct job *job, const struct stages *stages, struct err *err)
{
	struct name_table *names = NULL;
	struct buf text = { 0 };
	int status = 0;

	if (job->options->singles)
		return err_set(err, -EINVAL, "--singles is for latencies: profile export latency");
	status = choose_event(job, err);
	if (status >= 0)
		status = choose_scale(job, err);
	if (status >= 0)
		status = stages->names(job->reader, &names, err);
	job->names = names;
	trace_reader_rewind(job->reader);
	if (status >= 0)
		status = fold(job, &text, err);
	if (status >= 0)
		status = io_write_file(job->options->output, 0644, text.v, text.len, err);
	buf_release(&text);
	name_table_free(names);
	return status;
}

/* Which latencies the lines are, and what is known of each. */
static void say_latencies(const struct job *job, const struct latency_export *e)
{
	const char *name = trace_reader_event(job->reader, e->event)->name;
	char cnt[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX], slice[UNITS_TEXT_MAX];
	struct buf event = { 0 };

	text_visible(&event, name, strlen(name));
	units_count(cnt, e->single_cnt);
	units_count(all, e->latency_cnt);
	if (e->from_bins)
		term_say("%s: all %s events of %s, from their bins: times are spread over slices "
			 "of up to %s, values over an eighth of themselves",
			 trace_reader_path(job->reader), all, buf_text(&event),
			 units_duration(slice, e->longest_slice_ns));
	else if (e->single_cnt == e->latency_cnt)
		term_say("%s: all %s events of %s, each with its own time and value",
			 trace_reader_path(job->reader), all, buf_text(&event));
	else
		term_say("%s: of %s events of %s the %s that were kept one by one",
			 trace_reader_path(job->reader), all, buf_text(&event), cnt);
	if (e->untimed_cnt)
		term_say("%s: %s of them left out: damage took when they ended",
			 trace_reader_path(job->reader), units_count(cnt, e->untimed_cnt));
	buf_release(&event);
}

static int export_latency(struct job *job, const struct stages *stages, struct err *err)
{
	const struct export_options *options = job->options;
	struct latency_export e;
	int status;

	(void)stages;
	if (options->unit || options->annotate || options->header ||
	    strcmp(options->weight, "full") != 0)
		return err_set(err, -EINVAL,
			       "latencies are two numbers a line; leave out --unit, --weight, "
			       "--annotate and --header");
	status = latency_export_start(&e, job->reader, options->event, options->singles, err);
	if (status >= 0)
		status = latency_export_write(&e, job->reader, options->output, err);
	if (status >= 0)
		say_latencies(job, &e);
	return status;
}

static const struct format {
	const char *name;
	int (*write)(struct job *job, const struct stages *stages, struct err *err);
} formats[] = {
	{ "folded", export_folded },
	{ "latency", export_latency },
};

#define FORMAT_CNT (sizeof(formats) / sizeof(formats[0]))

static const struct format *format_find(const char *name, struct err *err)
{
	struct buf known = { 0 };

	for (size_t i = 0; i < FORMAT_CNT; i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	for (size_t i = 0; i < FORMAT_CNT; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", formats[i].name);
	err_set(err, -EINVAL, "cannot export '%s'; the formats are: %s", name, buf_text(&known));
	buf_release(&known);
	return NULL;
}

static int read_operands(const struct operands *given, const struct format **out_format,
			 const char **out_path, struct err *err)
{
	if (!given->cnt)
		return err_set(err, -EINVAL, "export needs a format: profile export folded");
	if (given->cnt > 2)
		return err_set(err, -EINVAL, "too many operands: '%s'; see 'profile help export'",
			       given->v[2]);
	*out_format = format_find(given->v[0], err);
	if (given->cnt > 1)
		*out_path = given->v[1];
	return *out_format ? 0 : -EINVAL;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct export_options options = { 0 };
	struct job job = { .options = &options };
	const struct format *format = NULL;
	struct operands operands;
	struct err err = { 0 };
	const char *path = TRACE_DEFAULT_PATH;
	int status;

	if (!command_parse(self, argc, argv, &options, &operands, &status))
		return status;
	if (read_operands(&operands, &format, &path, &err) < 0)
		return command_fail(&err, EXIT_USAGE);
	if (io_keep_apart(path, options.output, &err) < 0)
		return command_fail(&err, EXIT_USAGE);
	status = trace_reader_open(&job.reader, path, &err);
	if (status >= 0)
		status = format->write(&job, stages, &err);
	if (status >= 0)
		say_damage(job.reader);
	trace_reader_close(job.reader);
	if (status < 0)
		return command_fail(&err, err.code == -EINVAL ? EXIT_USAGE : EXIT_FAILED);
	return command_done(EXIT_GOOD);
}

const struct command cmd_export = {
	.manual = {
		.name = "export",
		.summary = "write a trace as another format",
		.synopsis = "[options] FORMAT [TRACE]",
		.description =
			"Writes the samples, waits or latencies of TRACE (default: profile.data) as "
			"FORMAT. Addresses are named first if the trace has no names yet.\n\n"
			"folded: a line for each stack, `process;root;...;leaf VALUE`, sorted, as "
			"flame graph tools and text tools read it. Waits in microseconds: "
			"`process;user stack;-;kernel stack`, then for each waker `--;kernel stack;-;user "
			"stack;waker`, leaf first (-e wakeup: `waker;user stack;-;kernel "
			"stack;--;process`, root first). What was not blocked but waited for a CPU ends in "
			"`[runnable]` or `[preempted]`, and waits that were too short to be kept are "
			"`process;[waits below 1 ms]`. All waits are there, also those that pictures "
			"leave out.\n\n"
			"latency: lines `end_ns latency_ns`, each event once, when it ended by the clock "
			"of the recording and how long it took (or how large it was), as 'profile import "
			"latency' reads them. If all events were kept one by one, these are their own "
			"times and values. Else all are made of their bins: their number and the sum of "
			"each bin are exact, times are spread evenly over the slice that they ended in, "
			"and values lie within an eighth of the true ones. Which of both is said.",
		.options = rows,
		.examples = examples,
		.see_also = "profile-import(1), profile-render(1)",
		.words = "folded|latency",
	},
	.run = run,
};
