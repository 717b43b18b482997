#ifndef FORMATS_WAIT_EVENT_H
#define FORMATS_WAIT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct trace_reader;

/*
 * The ways to draw one recording of waits. They are names after -e like those of events, but
 * a trace holds one event of waits, named after the widest way that was asked for; it can be
 * drawn in that way and in those before it.
 */
enum wait_way {
	WAIT_WAY_OFFCPU = 1,  /* where threads waited */
	WAIT_WAY_WAKEUP = 2,  /* who woke them */
	WAIT_WAY_OFFWAKE = 3, /* both */
	WAIT_WAY_CHAIN = 4,   /* and who had woken the wakers */
	WAIT_WAY_CNT = 5,
};

/* "offcpu", "wakeup", "offwake", "chain"; static. */
const char *wait_way_name(enum wait_way way);

/* 0: no such name. */
enum wait_way wait_way_find(const char *name);

/* The widest way in which an event of kind WAIT can be drawn, by its name. */
enum wait_way wait_way_of_event(const char *event_name);

/*
 * The way that is meant by a name after -e. NULL: no name was given; then a trace that holds
 * waits and no samples is drawn in its widest way. 0: not waits are meant, but samples (an
 * import may well call them "offcpu").
 */
enum wait_way wait_way_meant(const struct trace_reader *r, const char *name);

/*
 * The event of waits of a trace, to be drawn in a way. -ENOENT: the trace holds no waits, with
 * the command that records them; -ENOTSUP: no wakers, or no chains of them, were recorded.
 */
int wait_event_find(const struct trace_reader *r, enum wait_way way, uint32_t *out,
		    struct err *err);

#endif
