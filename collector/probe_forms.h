#ifndef COLLECTOR_PROBE_FORMS_H
#define COLLECTOR_PROBE_FORMS_H

#include <stddef.h>

#include "base/err.h"
#include "formats/trace.h"

/* The forms that probes are written in (collector/probe_spec.h), for `profile list`. */
struct probe_form {
	const char *name; /* "kprobe:FUNCTION" */
	enum trace_event_kind kind;
	enum trace_unit unit;
	const char *measures, *cost; /* as of struct event_row */
	const char *example;	     /* that asks as much of the kernel, and is on any machine */
	const char *source;	     /* what fires; NULL: as of the example */
};

const struct probe_form *probe_form_at(size_t index); /* NULL: there are no more */

/* Whether this machine has such probes; out_source, static: what fires. */
int probe_form_probe(const struct probe_form *form, const char **out_source, struct err *err);

#endif
