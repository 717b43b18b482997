#include "formats/sample_event.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/trace_reader.h"

static void list_names(struct buf *out, const struct trace_reader *r)
{
	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++) {
		const char *name = trace_reader_event(r, i)->name;

		buf_puts(out, i ? ", " : "");
		text_visible(out, name, strlen(name));
	}
}

static int refuse(const struct trace_reader *r, const char *name, struct err *err)
{
	struct buf names = { 0 };
	int status;

	list_names(&names, r);
	if (!names.len)
		status =
			err_set(err, -ENOENT, "%s: the trace holds no event", trace_reader_path(r));
	else if (!name)
		status = err_set(err, -ENOENT, "%s: the trace holds no sampled event, but: %s",
				 trace_reader_path(r), buf_text(&names));
	else
		status = err_set(err, -ENOENT, "%s: the trace holds no event '%s', but: %s",
				 trace_reader_path(r), name, buf_text(&names));
	buf_release(&names);
	return status;
}

int sample_event_find(const struct trace_reader *r, const char *name, uint32_t *out,
		      struct err *err)
{
	for (uint32_t i = 0; i < trace_reader_event_cnt(r); i++) {
		const struct trace_event *event = trace_reader_event(r, i);
		bool is_sample = event->kind == TRACE_EVENT_SAMPLE;

		if (name ? strcmp(event->name, name) != 0 : !is_sample)
			continue;
		if (!is_sample)
			return err_set(err, -ENOTSUP, "%s: event '%s' has %s, no samples",
				       trace_reader_path(r), name,
				       event->kind == TRACE_EVENT_WAIT ? "waits" : "latencies");
		*out = i;
		return 0;
	}
	return refuse(r, name, err);
}
