#include "render/latency_title.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/trace_reader.h"

/* Of an event: what happened, and what is told of it. */
struct title {
	const char *event, *subject, *tells;
};

static const char took[] = "how long they took";

static const struct title titles[] = {
	{ "block", "Disk requests", took },
	{ "block-queue", "Disk requests", "how long they were queued" },
	{ "block-device", "Disk requests", "how long the device took" },
	{ "block-bytes", "Disk requests", "how large they were" },
	{ "runq", "Run queue", "how long threads waited for a CPU" },
	{ "file", "File operations", took },
	{ "syscall", "System calls", took },
	{ "dns", "Host name lookups", took },
	{ "tcp-connect", "TCP connects", took },
	{ "tcp-life", "TCP connections", "how long they lived" },
	{ "tcp-bytes", "TCP connections", "how many bytes they moved" },
	{ "exec", "Process starts", took },
	{ "open", "Opens of files", took },
	{ "latency", "Latency", NULL }, /* as imports call it */
};

static struct title title_of(const struct trace_event *event)
{
	struct title other = { event->name, event->name, "values" };

	if (event->kind == TRACE_EVENT_WAIT)
		return (struct title){ event->name, "Waits", "how long they lasted" };
	for (size_t i = 0;
	     event->kind == TRACE_EVENT_LATENCY && i < sizeof(titles) / sizeof(titles[0]); i++)
		if (!strcmp(event->name, titles[i].event))
			return titles[i];
	if (event->unit == TRACE_UNIT_NS)
		other.tells = "how long it took";
	else if (event->unit == TRACE_UNIT_BYTES)
		other.tells = "how many bytes";
	return other;
}

char *latency_title_subject(const struct trace_reader *r, uint32_t event)
{
	const char *subject = title_of(trace_reader_event(r, event)).subject;
	const char *command = trace_reader_fact(r, TRACE_FACT_COMMAND);
	const char *slash = strrchr(command, '/');

	if (!*command)
		return mem_printf("%s", subject);
	return mem_printf("%s of %s", subject, slash && slash[1] ? slash + 1 : command);
}

char *latency_title(const struct trace_reader *r, uint32_t event)
{
	const char *tells = title_of(trace_reader_event(r, event)).tells;
	char *subject = latency_title_subject(r, event), *title;

	if (!tells)
		return subject;
	title = mem_printf("%s: %s", subject, tells);
	free(subject);
	return title;
}
