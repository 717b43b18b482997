#include "formats/folded_import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/folded.h"
#include "formats/trace_writer.h"

/* What is new since the last flush is bounded by lines and by their frames. */
#define LINES_PER_FLUSH 4096
#define FRAMES_PER_FLUSH (TRACE_FRAMES_MAX / 4)

struct importing {
	struct trace_writer *writer;
	struct folded_reader reader;
	uint32_t event;
	uint64_t times;
	uint32_t group;
	uint32_t thread;   /* of the line before */
	uint32_t *nodes;   /* of the line before, by frame; [0], the process, is none */
	uint32_t line_cnt; /* since the last flush */
	size_t frame_cnt;
};

static uint32_t shorter(uint32_t len)
{
	return len < TRACE_TEXT_MAX ? len : (uint32_t)TRACE_TEXT_MAX;
}

static uint32_t thread_of(struct importing *im, const struct folded_line *line)
{
	const char *text = line->text + line->frames[0].at;
	uint32_t len = line->frames[0].len;
	char *comm;
	struct trace_process process = { .uid = TRACE_NONE, .executable = "", .cgroup = "" };
	struct trace_thread thread = { 0 };
	uint32_t id;

	folded_kind(text, &len);
	comm = mem_dup(text, shorter(len));
	process.comm = thread.comm = comm;
	thread.process = trace_writer_process(im->writer, &process);
	id = trace_writer_thread(im->writer, &thread);
	free(comm);
	return id;
}

static uint32_t node_of(struct importing *im, const struct folded_line *line, uint32_t depth)
{
	const char *text = line->text + line->frames[depth].at;
	uint32_t len = line->frames[depth].len;
	struct trace_frame frame = { .module = TRACE_NONE, .name = text, .file = "" };

	frame.kind = folded_kind(text, &len);
	frame.name_len = shorter(len);
	return trace_writer_node(im->writer, im->nodes[depth - 1],
				 trace_writer_frame(im->writer, &frame));
}

static void import_line(struct importing *im, const struct folded_line *line)
{
	uint32_t depth = line->shared_cnt;
	struct trace_sample sample = { .event = im->event };

	if (im->group != trace_writer_group(im->writer)) {
		im->group = trace_writer_group(im->writer);
		depth = 0;
	}
	if (!depth) {
		im->thread = thread_of(im, line);
		im->nodes[depth++] = TRACE_NONE;
	}
	for (; depth < line->frame_cnt; depth++)
		im->nodes[depth] = node_of(im, line, depth);
	sample.thread = im->thread;
	sample.stack = im->nodes[line->frame_cnt - 1];
	if (__builtin_mul_overflow(line->value, im->times, &sample.weight))
		sample.weight = UINT64_MAX;
	trace_writer_sample(im->writer, &sample);
}

static int import_lines(struct importing *im, const struct folded_line *line, struct err *err)
{
	int status = 0;

	for (; line && status >= 0; line = folded_reader_next(&im->reader)) {
		import_line(im, line);
		im->frame_cnt += line->frame_cnt - line->shared_cnt;
		if (++im->line_cnt < LINES_PER_FLUSH && im->frame_cnt < FRAMES_PER_FLUSH)
			continue;
		im->line_cnt = 0;
		im->frame_cnt = 0;
		status = trace_writer_flush(im->writer, err);
	}
	return status;
}

static int write_trace(struct importing *im, const struct folded_line *line,
		       const struct trace_event *event, struct err *err)
{
	int status;

	trace_writer_fact(im->writer, TRACE_FACT_TOOL, "profile " PROFILE_VERSION);
	trace_writer_fact(im->writer, TRACE_FACT_IMPORTED_FROM, "folded");
	im->event = trace_writer_event(im->writer, event);
	im->group = trace_writer_group(im->writer);
	im->nodes = mem_resize(NULL, TRACE_DEPTH_MAX, sizeof(*im->nodes));
	status = import_lines(im, line, err);
	if (status >= 0)
		status = trace_writer_finish(im->writer, TRACE_STOP_IMPORTED, 0, err);
	if (status >= 0)
		status = trace_writer_publish(im->writer, err);
	free(im->nodes);
	return status;
}

static struct folded_counts counts_of(const struct folded_reader *r)
{
	return (struct folded_counts){
		.line_cnt = r->line_cnt,
		.bad_cnt = r->bad_cnt,
		.bad_line = r->bad_line,
		.cut_cnt = r->cut_cnt,
		.pair_cnt = r->pair_cnt,
		.clipped_cnt = r->clipped_cnt,
	};
}

int folded_import(const char *text, size_t len, const struct trace_event *event, uint64_t times,
		  const char *out_path, struct folded_counts *out, struct err *err)
{
	struct importing im = { .times = times };
	const struct folded_line *line;
	int status;

	folded_reader_start(&im.reader, text, len);
	line = folded_reader_next(&im.reader);
	if (line)
		status = trace_writer_open(&im.writer, out_path, NULL, err);
	else
		status =
			err_set(err, -ENODATA,
				"no folded stacks in it: a line is 'process;function;function 12'");
	if (status >= 0)
		status = write_trace(&im, line, event, err);
	if (status >= 0)
		*out = counts_of(&im.reader);
	trace_writer_close(im.writer);
	folded_reader_release(&im.reader);
	return status;
}
