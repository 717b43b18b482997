#ifndef COLLECTOR_CHOSEN_EVENTS_H
#define COLLECTOR_CHOSEN_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "bpf/abi.h"
#include "bpf/latency.h"
#include "collector/events.h"
#include "collector/latency_options.h"
#include "collector/probe_spec.h"
#include "formats/wait_event.h"

/*
 * What stands behind -e, by who records it: the sampler, the scheduler programs, the sources of
 * latencies, or probes of either kind. Each event once, in the order given.
 */
struct chosen_events {
	const struct event_row *rows[ABI_EVENTS_MAX]; /* of the sampler */
	uint32_t row_cnt;
	struct probe_spec samples[ABI_EVENTS_MAX]; /* with the sampler's at most ABI_EVENTS_MAX */
	uint32_t sample_cnt;
	enum wait_way way; /* the widest; 0: no waits */
	struct latency_options latency;
	struct probe_spec latency_probes[ABI_LATENCY_PROBES]; /* of `latency` */
};

/* -EINVAL. It may not be moved afterwards. Released in any case. */
int chosen_events_read(struct chosen_events *c, const struct text_list *names, struct err *err);
void chosen_events_release(struct chosen_events *c);

/* NULL: neither latencies nor probes were chosen. */
const struct latency_options *chosen_events_latency(const struct chosen_events *c);

#endif
