#ifndef COLLECTOR_ENDING_H
#define COLLECTOR_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * When a recording ends, and why. Pure: times and events in, a decision out.
 *
 *	the command has ended, -d has passed, nothing is left to record: at once
 *	a signal, no command:   at once
 *	a signal, a command:    the command decides: it gets the signal (if the terminal
 *	                        has not sent it already), and we record its end; a second
 *	                        Ctrl-C ends the recording at once; a command that ignores
 *	                        SIGTERM or SIGHUP ends it after ENDING_GRACE_NS
 */

#define ENDING_GRACE_NS (5 * 1000000000ull)

/* Two signals closer than this are one: `timeout` sends one to us and one to our group. */
#define ENDING_TWICE_NS (250 * 1000000ull)

struct ending {
	bool has_command;
	uint64_t deadline_ns; /* of -d; 0: none */
	uint64_t signal_ns;   /* of the first signal; 0: none yet */
	uint64_t grace_ns;    /* when patience with the command ends; 0: never */
	int signal;	      /* the last one that came; 0: none */
	bool over;
	enum trace_stop why; /* once over */
};

void ending_start(struct ending *e, bool has_command, uint64_t duration_ns, uint64_t now_ns);

/* A signal came. Returns the one to pass on to the command, 0 for none. */
int ending_signal(struct ending *e, int signal, bool by_process, uint64_t now_ns);

void ending_command_ended(struct ending *e);
void ending_target_gone(struct ending *e);

/* True when it is time to stop; e->why says why. */
bool ending_due(struct ending *e, uint64_t now_ns);

/* Time until the next decision can change by itself, at most max_ms. */
int ending_wait_ms(const struct ending *e, uint64_t now_ns, int max_ms);

#endif
