#ifndef FORMATS_FOLDED_WAITS_H
#define FORMATS_FOLDED_WAITS_H

#include "base/err.h"
#include "formats/wait_parts.h"

struct folded_lines;
struct name_table;
struct trace_reader;

/*
 * All sums of waits of a trace as folded lines, in nanoseconds: what was blocked with who
 * ended it, what was runnable on a line of its own (wait_stack.h). Nothing is left out, so the
 * lines add up to all time that was waited.
 */
struct folded_waits {
	uint32_t event;
	enum wait_way way;
	enum wait_weight weight;
};

/* Reads r to its end. */
int folded_waits_add(struct folded_lines *lines, struct trace_reader *r,
		     const struct name_table *names, const struct folded_waits *which,
		     struct err *err);

#endif
