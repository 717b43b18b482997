#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/term.h"
#include "base/units.h"
#include "formats/commands.h"
#include "formats/folded_import.h"
#include "formats/latency_import.h"

/* `profile import FORMAT FILE`: what other programs wrote, as a trace. */

struct import_options {
	const char *output;
	const char *event;
	const char *unit;
	const char *time_unit;
	const char *latency_unit;
};

static const struct option rows[] = {
	{ 'o', "output", "TRACE", OPTION_TEXT, offsetof(struct import_options, output),
	  .fallback = TRACE_DEFAULT_PATH,
	  .help = "write the trace to this file; - is standard output" },
	{ 'e', "event", "NAME", OPTION_TEXT, offsetof(struct import_options, event),
	  .help = "what the event is to be called in the trace; else cpu, and latency for "
		  "latencies" },
	{ 0, "unit", "UNIT", OPTION_CHOICE, offsetof(struct import_options, unit),
	  .choices = "samples|events|bytes|ns|us|ms",
	  .help = "of folded: what the values in the file count; else samples" },
	{ 0, "time-unit", "UNIT", OPTION_CHOICE, offsetof(struct import_options, time_unit),
	  .choices = "s|ms|us|ns",
	  .help = "of latency: what the times in the file count; else nanoseconds" },
	{ 0, "latency-unit", "UNIT", OPTION_CHOICE, offsetof(struct import_options, latency_unit),
	  .choices = "s|ms|us|ns",
	  .help = "of latency: what the latencies in the file count; else nanoseconds" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile import folded stacks.folded && profile report", "folded stacks of any tool" },
	{ "bpftrace-stacks | profile import folded - -o off.data --unit us -e offcpu",
	  "from a pipe; the values are microseconds" },
	{ "profile import latency <(awk 'NR > 1 { print $1, $NF }' biosnoop.txt) -e block "
	  "--time-unit s --latency-unit ms",
	  "what biosnoop printed: seconds in the first column, milliseconds in the last" },
	{ "profile import latency <(awk '/ ms\\)/ { gsub(/[()]/, \" \"); "
	  "printf \"%.3f %.3f\\n\", $1 + $2, $2 }' perf-trace.txt) -e syscall "
	  "--time-unit ms --latency-unit ms",
	  "what 'perf trace' printed, lines like '12.345 ( 0.006 ms): cat/123 read(...', whose "
	  "times are those of the start; lines without a time are of calls that had not ended" },
	{ "profile import latency requests.log -e request --time-unit s --latency-unit s",
	  "requests that nginx logged with the log_format '$msec $request_time'" },
	{ NULL },
};

static const struct exit_row exits[] = {
	{ "0", "the trace is written" },
	{ "1", "FILE could not be read, has no stacks or latencies, or the trace could not be "
	       "written" },
	{ "2", "wrong usage" },
	{ "3", "the disk is full" },
	{ 0 },
};

static const struct unit {
	const char *name;
	enum trace_unit unit;
	uint64_t times;
} units[] = {
	{ "samples", TRACE_UNIT_SAMPLES, 1 }, { "events", TRACE_UNIT_EVENTS, 1 },
	{ "bytes", TRACE_UNIT_BYTES, 1 },     { "ns", TRACE_UNIT_NS, 1 },
	{ "us", TRACE_UNIT_NS, 1000 },	      { "ms", TRACE_UNIT_NS, 1000000 },
};

static const struct unit *unit_find(const char *name)
{
	size_t i = 0;

	while (strcmp(units[i].name, name) != 0)
		i++;
	return &units[i];
}

static void say_count(const char *path, const char *what, uint64_t cnt)
{
	char number[UNITS_TEXT_MAX];

	if (cnt)
		term_say("%s: %s: %s", path, what, units_count(number, cnt));
}

static void say_counts(const char *path, const struct folded_counts *counts)
{
	char number[UNITS_TEXT_MAX];

	if (counts->bad_cnt)
		term_say("%s: lines left out, being no folded stacks: %s, the first is line %llu",
			 path, units_count(number, counts->bad_cnt),
			 (unsigned long long)counts->bad_line);
	say_count(path, "stacks cut behind their 4,096th frame", counts->cut_cnt);
	say_count(path, "lines with two values, of which the second was taken", counts->pair_cnt);
	say_count(path, "values too large, taken as 2^64 - 1", counts->clipped_cnt);
}

static int import_folded(const char *path, const struct import_options *options, struct err *err)
{
	const struct unit *unit = unit_find(options->unit ? options->unit : "samples");
	struct trace_event event = {
		.name = options->event ? options->event : "cpu",
		.source = "folded stacks",
		.kind = TRACE_EVENT_SAMPLE,
		.unit = unit->unit,
	};
	struct folded_counts counts = { 0 };
	struct io_view view;
	int status;

	if (options->time_unit || options->latency_unit)
		return err_set(err, -EINVAL,
			       "folded stacks have no times: leave out --time-unit and "
			       "--latency-unit");
	status = io_view_open(&view, path, err);
	if (status < 0)
		return status;
	status = folded_import((const char *)view.v, view.len, &event, unit->times, options->output,
			       &counts, err);
	io_view_close(&view);
	if (status < 0) {
		err_prefix(err, "%s", path);
		return status;
	}
	say_counts(path, &counts);
	return 0;
}

static uint64_t unit_ns(const char *name)
{
	return !name || !strcmp(name, "ns") ? 1
	       : !strcmp(name, "us")	    ? 1000
	       : !strcmp(name, "ms")	    ? 1000000
					    : 1000000000;
}

static void say_left_out(const char *path, const struct latency_counts *counts)
{
	char number[UNITS_TEXT_MAX];

	if (counts->bad_cnt)
		term_say("%s: lines left out, being no latencies: %s, the first is line %llu, "
			 "'%.*s'",
			 path, units_count(number, counts->bad_cnt),
			 (unsigned long long)counts->bad_line, latency_text_len(counts->bad),
			 counts->bad.s);
	if (counts->rounded.s)
		term_say("%s: '%.*s' lacks its last digits, and was left out; have awk print with "
			 "\"%%.0f\"",
			 path, latency_text_len(counts->rounded), counts->rounded.s);
}

static int import_latency(const char *path, const struct import_options *options, struct err *err)
{
	struct latency_counts counts = { 0 };
	struct latency_lines lines;
	struct io_view view;
	int status;

	if (options->unit)
		return err_set(err, -EINVAL,
			       "latencies have two columns, whose units --time-unit and "
			       "--latency-unit say; leave out --unit");
	status = io_view_open(&view, path, err);
	if (status < 0)
		return status;
	lines = latency_lines_of((const char *)view.v, view.len, unit_ns(options->time_unit),
				 unit_ns(options->latency_unit));
	status = latency_import(&lines, options->event ? options->event : "latency",
				options->output, &counts, err);
	if (status >= 0)
		say_left_out(path, &counts);
	else
		err_prefix(err, "%s", path);
	io_view_close(&view);
	return status;
}

static const struct format {
	const char *name;
	int (*read)(const char *path, const struct import_options *options, struct err *err);
} formats[] = {
	{ "folded", import_folded },
	{ "latency", import_latency },
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
	err_set(err, -EINVAL, "cannot import '%s'; the formats are: %s", name, buf_text(&known));
	buf_release(&known);
	return NULL;
}

static int exit_of(int status)
{
	return status == -ENOSPC ? EXIT_DISK_FULL : status == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct import_options options = { 0 };
	const struct format *format;
	struct operands operands;
	struct err err = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &options, &operands, &status))
		return status;
	if (operands.cnt != 2) {
		err_set(&err, -EINVAL,
			"import needs a format and a file: profile import folded FILE");
		return command_fail(&err, EXIT_USAGE);
	}
	format = format_find(operands.v[0], &err);
	if (!format)
		return command_fail(&err, EXIT_USAGE);
	if (options.event && !*options.event) {
		err_set(&err, -EINVAL, "-e: an event needs a name to be found by");
		return command_fail(&err, EXIT_USAGE);
	}
	if (io_keep_apart(operands.v[1], options.output, &err) < 0)
		return command_fail(&err, EXIT_USAGE);
	status = format->read(operands.v[1], &options, &err);
	if (status < 0)
		return command_fail(&err, exit_of(status));
	return command_done(EXIT_GOOD);
}

const struct command cmd_import = {
	.manual = {
		.name = "import",
		.summary = "make a trace of what another program wrote",
		.synopsis = "[options] FORMAT FILE",
		.description =
			"Reads FILE (- is standard input) and writes a trace, so that pictures and "
			"reports work on it; of folded those that need no times.\n\n"
			"folded: lines `process;root;...;leaf VALUE`. Kinds of frames are taken from "
			"the annotations _[k] _[j] _[i] _[w]. Lines that are none are counted and "
			"left out.\n\n"
			"latency: lines `end_ns latency_ns`, when something ended and how long it took, "
			"as whole or decimal numbers, in any order. Times are of any clock: the "
			"recording starts with the earliest one, to the tenth of a second (of more than "
			"seven minutes: to the length of a slice, of which there are at most 4,096). "
			"Each line is kept as an event of its own, to the microsecond, and counted, "
			"exactly. Empty lines and those that begin with # are passed over, others that "
			"are no two numbers are counted and left out.",
		.options = rows,
		.exits = exits,
		.examples = examples,
		.see_also = "profile-export(1), profile-report(1)",
		.words = "folded|latency",
	},
	.run = run,
};
