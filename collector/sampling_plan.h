#ifndef COLLECTOR_SAMPLING_PLAN_H
#define COLLECTOR_SAMPLING_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/events.h"
#include "collector/sampler.h"
#include "formats/trace.h"

/*
 * How an event is sampled, from its row and the rate that was asked for:
 *
 *	clocks		by time, at 99 Hz or the rate asked for; a sample counts 1
 *	cpu as cycles	at that rate; a sample counts 1
 *	software	each occurrence, unless a rate is asked for; then, as for
 *	hardware	at a rate (99 Hz); a sample counts for its period
 *
 * Faults and switches are counted one by one by default, because their number is what
 * people ask for, and because the kernel needs some samples to find a period.
 */
struct sampling_plan {
	const char *source; /* what fires: "cycles", "cpu-clock", "page-faults" */
	bool weighs_one;
	bool seldom;		      /* at a rate, of SAMPLING_SELDOM_HZ at most */
	struct sampler_event sampled; /* its program_fd is not set here */
	struct trace_event event;
};

#define SAMPLING_DEFAULT_HZ 99
#define SAMPLING_MAX_HZ 100000
#define SAMPLING_SELDOM_HZ 1000

/* frequency_hz 0: the default. `source` is what event_row_probe() found. */
void sampling_plan_make(struct sampling_plan *out, const struct event_row *row, const char *source,
			uint64_t frequency_hz);

#endif
