#ifndef FORMATS_FOLDED_WAITS_H
#define FORMATS_FOLDED_WAITS_H

#include <stdbool.h>

#include "base/err.h"
#include "formats/wait_parts.h"

struct folded_lines;
struct name_table;
struct trace_reader;
struct trace_record;

/*
 * The waits of a trace as folded lines, in nanoseconds: what was blocked with who ended it, what
 * was runnable on a line of its own (wait_stack.h), and on a line for each process the time of
 * its waits that nothing was kept of (wait_threshold.h). So they add up to all time that was
 * waited; those of the way wakeup to the blocked time that was kept.
 */
struct folded_waits {
	uint32_t event;
	enum wait_way way;
	enum wait_weight weight;
	bool is_single; /* waits that were kept one by one, in place of sums */
	/* Which sums, single waits and accounts are meant; NULL: all of them. */
	bool (*holds)(const void *selection, const struct trace_record *record);
	const void *selection;
};

/* Reads r to its end. */
int folded_waits_add(struct folded_lines *lines, struct trace_reader *r,
		     const struct name_table *names, const struct folded_waits *which,
		     struct err *err);

#endif
