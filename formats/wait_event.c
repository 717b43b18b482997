#include "formats/wait_event.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/trace_reader.h"

static const char *const names[WAIT_WAY_CNT] = {
	[WAIT_WAY_OFFCPU] = "offcpu",
	[WAIT_WAY_WAKEUP] = "wakeup",
	[WAIT_WAY_OFFWAKE] = "offwake",
	[WAIT_WAY_CHAIN] = "chain",
};

const char *wait_way_name(enum wait_way way)
{
	return way > 0 && way < WAIT_WAY_CNT ? names[way] : "unknown";
}

enum wait_way wait_way_find(const char *name)
{
	for (unsigned way = 1; way < WAIT_WAY_CNT; way++)
		if (!strcmp(names[way], name))
			return (enum wait_way)way;
	return 0;
}

/* An event of another name is somebody else's: its stacks are sure to be there. */
enum wait_way wait_way_of_event(const char *event_name)
{
	enum wait_way way = wait_way_find(event_name);

	return way ? way : WAIT_WAY_OFFCPU;
}

enum wait_way wait_way_meant(const struct trace_reader *r, const char *name)
{
	enum wait_way widest = 0;

	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++) {
		const struct trace_event *event = trace_reader_event(r, id);
		bool is_sample = event->kind == TRACE_EVENT_SAMPLE;

		if (is_sample && (!name || !strcmp(event->name, name)))
			return 0;
		if (event->kind == TRACE_EVENT_WAIT && !widest)
			widest = wait_way_of_event(event->name);
	}
	return name ? wait_way_find(name) : widest;
}

static int refuse_way(const struct trace_reader *r, const char *event_name, enum wait_way way,
		      struct err *err)
{
	struct buf name = { 0 };
	int status;

	text_visible(&name, event_name, strlen(event_name));
	status = err_set(err, -ENOTSUP,
			 "%s: waits were recorded as '%s', which holds no %s; record -e %s",
			 trace_reader_path(r), buf_text(&name),
			 way == WAIT_WAY_CHAIN ? "chains of wakers" : "wakers", wait_way_name(way));
	buf_release(&name);
	return status;
}

int wait_event_find(const struct trace_reader *r, enum wait_way way, uint32_t *out, struct err *err)
{
	for (uint32_t id = 0; id < trace_reader_event_cnt(r); id++) {
		const struct trace_event *event = trace_reader_event(r, id);

		if (event->kind != TRACE_EVENT_WAIT)
			continue;
		if (wait_way_of_event(event->name) < way)
			return refuse_way(r, event->name, way, err);
		*out = id;
		return 0;
	}
	return err_set(err, -ENOENT,
		       "%s: the trace holds no waits; they are recorded by: profile record -e %s",
		       trace_reader_path(r), wait_way_name(way));
}
