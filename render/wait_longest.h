#ifndef RENDER_WAIT_LONGEST_H
#define RENDER_WAIT_LONGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "formats/trace.h"

/*
 * The longest single waits of those that were offered, longest first, a bounded number. A
 * trace keeps the longest ones of each slice one by one, so these are the longest of all.
 */
#define WAIT_LONGEST_MAX 1000

struct long_link {
	uint32_t thread; /* number; TRACE_NONE: an interrupt */
	enum trace_context context;
	uint32_t gist;
};

struct long_wait {
	uint64_t start_ns; /* since the recording began; 0: before */
	uint64_t blocked_ns, runnable_ns;
	uint32_t thread; /* number */
	uint32_t site;
	uint32_t flags; /* enum trace_wait_flag */
	uint32_t link_cnt;
	struct long_link links[TRACE_CHAIN_MAX]; /* nearest first */
};

struct wait_longest {
	size_t max;
	uint64_t beyond_ns; /* shorter ones have no place any more */
	struct {
		VEC(struct long_wait);
	} v;
};

/* At most so many, and WAIT_LONGEST_MAX. */
void wait_longest_start(struct wait_longest *l, size_t max);
void wait_longest_release(struct wait_longest *l);

/* Whether one of this length would have a place now. */
bool wait_longest_wants(const struct wait_longest *l, uint64_t took_ns);
void wait_longest_add(struct wait_longest *l, const struct long_wait *wait);
void wait_longest_finish(struct wait_longest *l);

uint64_t long_wait_ns(const struct long_wait *wait);

#endif
