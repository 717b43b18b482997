#include "render/latency_by.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "render/latency_walk.h"

const char *latency_by_text(const struct trace_event *event, uint32_t by)
{
	const char *text = "";

	if (by == LATENCY_BY_PROCESS)
		return "process";
	if (by >= LATENCY_BY_LABEL && by < LATENCY_BY_CNT)
		text = event->labels[by - LATENCY_BY_LABEL];
	return text ? text : "";
}

static int refuse(const struct trace_event *event, const char *word, struct err *err)
{
	struct buf there = { 0 };
	int status;

	for (uint32_t by = LATENCY_BY_LABEL; by < LATENCY_BY_CNT; by++) {
		const char *text = latency_by_text(event, by);

		if (!*text)
			continue;
		buf_puts(&there, ", ");
		text_visible(&there, text, strlen(text));
	}
	status = err_set(err, -EINVAL, "--by %s: events of '%s' are told apart by: process%s", word,
			 event->name, buf_text(&there));
	buf_release(&there);
	return status;
}

int latency_by_find(const struct trace_event *event, const char *word, uint32_t *out,
		    struct err *err)
{
	*out = LATENCY_BY_NONE;
	if (!word)
		return 0;
	for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++) {
		const char *text = latency_by_text(event, by);

		if (*text && !strcmp(text, word)) {
			*out = by;
			return 0;
		}
	}
	return refuse(event, word, err);
}

const char *latency_by_name(const char *process, const char *const *labels, uint32_t by)
{
	const char *name = "";

	if (by == LATENCY_BY_PROCESS)
		name = process;
	else if (by >= LATENCY_BY_LABEL && by < LATENCY_BY_CNT)
		name = labels[by - LATENCY_BY_LABEL];
	return name && *name ? name : LATENCY_BY_UNKNOWN;
}

const char *latency_by_cell(const struct latency_cell *cell, uint32_t by)
{
	return latency_by_name(cell->process, cell->labels, by);
}
