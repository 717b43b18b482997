#ifndef COLLECTOR_PROBE_SPEC_H
#define COLLECTOR_PROBE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/trace.h"

/*
 * A probe as it is written after -e:
 *
 *	tracepoint:CAT:NAME  kprobe:FUNC  uprobe:FILE:FUNC  usdt:FILE:PROV:NAME   a sample each time
 *	latency:uprobe:FILE:FUNC  latency:kprobe:FUNC          from entry to return
 *	latency:A..B                                           from one tracepoint, CAT:NAME, to
 *	                                                       another, of the same thread
 *
 * Behind it may stand, in any order, `@FIELD` for the weight of a sample (a tracepoint's field by
 * its name, or arg1 to arg6, or ret of a latency) with its unit as `@FIELD/bytes`, `/ns` or
 * `/events`; and `#FIELD`, by whose value latencies are told apart, or by which A and B belong
 * together where both tracepoints have such a field and it is written `##FIELD`.
 */
enum probe_kind {
	PROBE_TRACEPOINT = 1,
	PROBE_KPROBE = 2,
	PROBE_UPROBE = 3,
	PROBE_USDT = 4,
};

struct probe_place {
	enum probe_kind kind;
	char *file;  /* UPROBE, USDT: a path, or a library's name as programs find it */
	char *group; /* TRACEPOINT: category; USDT: provider */
	char *name;
};

struct probe_spec {
	char *text; /* as written: the name of the trace's event */
	bool is_latency;
	struct probe_place begin, end; /* end: of A..B only */
	char *weight, *key;	       /* fields; NULL: none */
	bool joins_by_key;	       /* ##FIELD */
	enum trace_unit unit;	       /* of the weight; EVENTS if there is none, NS of latencies */
};

/* True if a name after -e is meant as a probe: it begins with one of the words above. */
bool probe_spec_is(const char *text);

/* -EINVAL with what is wrong with it, and how it should be written. */
int probe_spec_parse(struct probe_spec *out, const char *text, struct err *err);
void probe_spec_release(struct probe_spec *p);

/* Whether this machine has it; out_source, static: what fires. */
int probe_spec_probe(const struct probe_spec *p, const char **out_source, struct err *err);

#endif
