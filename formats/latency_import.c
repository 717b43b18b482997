#include "formats/latency_import.h"

#include <errno.h>
#include <stdio.h>

#include "formats/latency_bin.h"
#include "formats/trace_writer.h"

#define SHORTEST_SLICE_NS 100000000ull
#define LINES_PER_FLUSH 65536

/* No machine has been up for 31 years: a time like this is one since 1970. */
#define EPOCH_LEAST_NS 1000000000000000000ull

struct importing {
	struct trace_writer *writer;
	uint32_t event;
	uint32_t group;
	uint32_t series;     /* of the group */
	uint32_t slice;	     /* likewise, of the line before */
	uint64_t slice_from; /* where that begins; UINT64_MAX: there is none yet */
	uint64_t slice_ns;
	uint64_t first_ns, last_ns; /* of all ends */
};

/* 100 ms, 200 ms, 500 ms, 1 s ... as long as those before are too many. */
static uint64_t slice_length(uint64_t first_ns, uint64_t last_ns)
{
	uint64_t ns = SHORTEST_SLICE_NS;

	for (unsigned step = 0; last_ns / ns - first_ns / ns >= LATENCY_IMPORT_SLICES; step++)
		ns = step % 3 == 1 ? ns / 2 * 5 : ns * 2;
	return ns;
}

int latency_text_len(struct latency_text text)
{
	return text.len < LATENCY_TEXT_MAX ? (int)text.len : LATENCY_TEXT_MAX;
}

/* The first pass: what the lines span. */
static uint64_t measure(struct importing *im, struct latency_lines *lines)
{
	struct latency_line line;
	uint64_t cnt = 0;

	im->first_ns = UINT64_MAX;
	for (; latency_lines_next(lines, &line); cnt++) {
		if (line.end_ns < im->first_ns)
			im->first_ns = line.end_ns;
		if (line.end_ns > im->last_ns)
			im->last_ns = line.end_ns;
	}
	return cnt;
}

static uint64_t slice_from(const struct importing *im, uint64_t end_ns)
{
	return end_ns - end_ns % im->slice_ns;
}

static uint64_t slice_to(const struct importing *im, uint64_t end_ns)
{
	uint64_t from = slice_from(im, end_ns);

	return from < UINT64_MAX - im->slice_ns ? from + im->slice_ns : UINT64_MAX;
}

/* Ids of the group, and the slice that the line ended in. */
static void find_ids(struct importing *im, const struct latency_line *line)
{
	const struct trace_series series = { .event = im->event,
					     .process = "",
					     .labels = { "", "" } };
	struct trace_slice slice = { .start_ns = slice_from(im, line->end_ns),
				     .end_ns = slice_to(im, line->end_ns) };

	if (im->group != trace_writer_group(im->writer) || im->slice_from == UINT64_MAX) {
		im->group = trace_writer_group(im->writer);
		im->series = trace_writer_series(im->writer, &series);
		im->slice_from = UINT64_MAX;
	}
	if (im->slice_from != slice.start_ns) {
		im->slice_from = slice.start_ns;
		im->slice = trace_writer_slice(im->writer, &slice);
	}
}

static void import_line(struct importing *im, const struct latency_line *line)
{
	struct trace_latency latency = { .thread = TRACE_NONE,
					 .stack = TRACE_NONE,
					 .cpu = TRACE_NONE,
					 .why = TRACE_LATENCY_SLOWER,
					 .end_ns = line->end_ns,
					 .value = line->latency_ns,
					 .text = "" };
	struct trace_bin bin = { .bin = latency_bin_of(line->latency_ns),
				 .cnt = 1,
				 .sum = line->latency_ns };

	find_ids(im, line);
	bin.series = latency.series = im->series;
	bin.slice = im->slice;
	trace_writer_bin(im->writer, &bin);
	trace_writer_latency(im->writer, &latency);
}

static int import_lines(struct importing *im, struct latency_lines *lines, struct err *err)
{
	struct latency_line line;
	int status = 0;

	for (uint32_t cnt = 0; status >= 0 && latency_lines_next(lines, &line);) {
		import_line(im, &line);
		if (++cnt < LINES_PER_FLUSH)
			continue;
		cnt = 0;
		status = trace_writer_flush(im->writer, err);
	}
	return status;
}

static void put_facts(struct importing *im)
{
	char start[24];

	snprintf(start, sizeof(start), "%llu", (unsigned long long)slice_from(im, im->first_ns));
	trace_writer_fact(im->writer, TRACE_FACT_TOOL, "profile " PROFILE_VERSION);
	trace_writer_fact(im->writer, TRACE_FACT_IMPORTED_FROM, "latency");
	trace_writer_fact(im->writer, TRACE_FACT_CLOCK_START_NS, start);
	if (im->first_ns >= EPOCH_LEAST_NS)
		trace_writer_fact(im->writer, TRACE_FACT_CLOCK_REALTIME_NS, start);
}

static int write_trace(struct importing *im, struct latency_lines *lines, const char *name,
		       struct err *err)
{
	const struct trace_event event = { .name = name,
					   .source = "imported",
					   .kind = TRACE_EVENT_LATENCY,
					   .unit = TRACE_UNIT_NS };
	int status;

	put_facts(im);
	im->event = trace_writer_event(im->writer, &event);
	im->slice_from = UINT64_MAX;
	status = import_lines(im, lines, err);
	if (status >= 0)
		status = trace_writer_finish(im->writer, TRACE_STOP_IMPORTED,
					     slice_to(im, im->last_ns), err);
	if (status >= 0)
		status = trace_writer_publish(im->writer, err);
	return status;
}

static int refuse(const struct latency_lines *lines, struct err *err)
{
	if (lines->rounded.s)
		return err_set(err, -ENODATA,
			       "no latencies in it: '%.*s' lacks its last digits; have awk print "
			       "with \"%%.0f\"",
			       latency_text_len(lines->rounded), lines->rounded.s);
	return err_set(err, -ENODATA,
		       "no latencies in it: a line is '103250000 4211', when it ended and how long "
		       "it took");
}

int latency_import(const struct latency_lines *given, const char *event, const char *out_path,
		   struct latency_counts *out, struct err *err)
{
	struct latency_lines lines = *given;
	struct importing im = { 0 };
	uint64_t cnt = measure(&im, &lines);
	int status;

	if (!cnt)
		return refuse(&lines, err);
	lines = *given;
	im.slice_ns = slice_length(im.first_ns, im.last_ns);
	status = trace_writer_open(&im.writer, out_path, NULL, err);
	if (status >= 0)
		status = write_trace(&im, &lines, event, err);
	trace_writer_close(im.writer);
	if (status >= 0)
		*out = (struct latency_counts){ .latency_cnt = cnt,
						.bad_cnt = lines.bad_cnt,
						.bad_line = lines.bad_line,
						.bad = lines.bad,
						.rounded = lines.rounded };
	return status;
}
