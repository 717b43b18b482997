#include "collector/probe_forms.h"

#include "collector/probe_spec.h"

#define EACH .kind = TRACE_EVENT_SAMPLE, .unit = TRACE_UNIT_EVENTS
#define TIMES .kind = TRACE_EVENT_LATENCY, .unit = TRACE_UNIT_NS

static const struct probe_form forms[] = {
	{ "tracepoint:CATEGORY:NAME", EACH, "each time a tracepoint of the kernel is passed",
	  "a stack each time", "tracepoint:sched:sched_switch" },
	{ "kprobe:FUNCTION", EACH, "each call of a function of the kernel", "a stack each time",
	  "kprobe:vfs_read" },
	{ "uprobe:FILE:FUNCTION", EACH, "each call of a function of a program or library",
	  "a stack each time", "uprobe:c:malloc" },
	{ "usdt:FILE:PROVIDER:NAME", EACH, "each time a marker of a program is passed",
	  "a stack each time", "uprobe:c:malloc", /* no marker is on any machine */
	  "uprobe at a USDT probe's places" },
	{ "latency:kprobe:FUNCTION", TIMES, "how long a function of the kernel takes",
	  "1 us an event", "latency:kprobe:vfs_read" },
	{ "latency:uprobe:FILE:FUNCTION", TIMES, "how long a function of a program takes",
	  "4 us an event", "latency:uprobe:c:malloc" },
	{ "latency:CAT:NAME..CAT:NAME", TIMES,
	  "the time from one tracepoint to another of the same thread", "0.5 us an event",
	  "latency:syscalls:sys_enter_read..syscalls:sys_exit_read" },
};

const struct probe_form *probe_form_at(size_t index)
{
	return index < sizeof(forms) / sizeof(forms[0]) ? &forms[index] : NULL;
}

int probe_form_probe(const struct probe_form *form, const char **out_source, struct err *err)
{
	struct probe_spec spec;
	int code = probe_spec_parse(&spec, form->example, err);

	if (code)
		return code;
	code = probe_spec_probe(&spec, out_source, err);
	if (!code && form->source)
		*out_source = form->source;
	probe_spec_release(&spec);
	return code;
}
