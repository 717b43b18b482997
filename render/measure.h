#ifndef RENDER_MEASURE_H
#define RENDER_MEASURE_H

#include <stdint.h>

#include "base/buf.h"
#include "formats/trace.h"

/*
 * What the values of a picture mean: samples of timed events are CPU time, waits are
 * time, others are bytes or occurrences. Wherever a value has a time, that comes first.
 */
struct measure {
	enum trace_unit unit;
	uint64_t frequency_hz; /* 0: not sampled by time */
	uint64_t period_ns;    /* what one sample stands for; 0: no time */
	const char *noun;      /* what an EVENT is: "page-faults"; NULL: "events" */
};

/* What is counted, as a plural: "samples", "page-faults", "events". */
const char *measure_noun(const struct measure *m);

/* "12.3 s, 1,234 samples", "12.3 ms", "1.2 MiB", "17 page-faults". */
void measure_text(struct buf *out, const struct measure *m, uint64_t value);

/* For a caption: "12.3 s of CPU (1,234 samples at 99 Hz)". */
void measure_total(struct buf *out, const struct measure *m, uint64_t value);

#endif
