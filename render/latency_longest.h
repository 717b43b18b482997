#ifndef RENDER_LATENCY_LONGEST_H
#define RENDER_LATENCY_LONGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "formats/trace.h"

struct strtab;
struct trace_reader;

/* One event that was kept, as a report tells of it: its names are ids in the report's texts. */
struct latency_single {
	uint64_t end_ns; /* since the recording began */
	uint64_t value, bytes, queued_ns;
	uint32_t event;
	uint32_t process; /* comm of the process whose it was */
	uint32_t comm;	  /* of its thread; 0 where unknown */
	uint32_t tgid, tid;
	uint32_t cpu; /* TRACE_NONE: unknown */
	uint32_t labels[TRACE_LABELS_MAX];
	uint32_t text;
	uint32_t gist; /* of its stack (render/stack_gists.h), by who wants it */
};

/* Of a record of the reader's current group. */
struct latency_single latency_single_of(const struct trace_latency *latency,
					const struct trace_reader *r, struct strtab *texts);

/* Whether a text is one of its labels, too: the host that was looked up is both. */
bool latency_single_is_named(const struct latency_single *s, uint32_t text);

/* What any of some single events has to tell: what none has takes no column. */
struct latency_extras {
	bool has_bytes, has_queued;
	bool has_text; /* beyond its labels */
};

struct latency_extras latency_extras_of(const struct latency_single *v, size_t cnt);

/*
 * The longest of those that were offered, longest first, a bounded number. A trace keeps the
 * longest ones of each slice one by one, so these are the longest of all.
 */
#define LATENCY_LONGEST_MAX 1000

struct latency_longest {
	size_t max;
	uint64_t beyond; /* what is less has no place any more */
	struct {
		VEC(struct latency_single);
	} v;
};

void latency_longest_start(struct latency_longest *l, size_t max);
void latency_longest_release(struct latency_longest *l);

bool latency_longest_wants(const struct latency_longest *l, uint64_t value);
void latency_longest_add(struct latency_longest *l, const struct latency_single *single);
void latency_longest_finish(struct latency_longest *l);

#endif
