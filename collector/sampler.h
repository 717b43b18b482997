#ifndef COLLECTOR_SAMPLER_H
#define COLLECTOR_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"

/*
 * The perf events that make programs run: each event of the recording on each CPU.
 *
 * A fixed period would lock on to programs that do things periodically, and then show
 * any share of their functions but the true one. So the period of what is sampled by
 * time is drawn anew, +-10 % around the nominal one, each time sampler_dither() says
 * so. Setting a period makes the kernel begin it afresh, which wastes half a period on
 * average; the nominal period is shortened to make up for that, so the rate stays true.
 */
struct sampler;

struct sampler_event {
	uint32_t perf_type;
	uint64_t perf_config;
	uint64_t period;       /* not 0: a sample each so many events */
	uint64_t frequency_hz; /* else: the kernel finds the period that gives this rate */
	bool by_time;	       /* the period is in ns of CPU time, and dithered */
	bool dithered;	       /* the frequency is */
	int program_fd;
};

struct sampler *sampler_new(const struct sampler_event *events, uint32_t event_cnt);
void sampler_free(struct sampler *s);

/* Opens all events on a CPU; notices of throttling go to the ring. They fire from
 * sampler_start() on, or at once if that was called. -ENODEV: the CPU has gone. */
int sampler_add_cpu(struct sampler *s, uint32_t cpu, int ring_fd, struct err *err);
void sampler_remove_cpu(struct sampler *s, uint32_t cpu);

int sampler_start(struct sampler *s, struct err *err);
void sampler_stop(struct sampler *s);

/* Draws new periods if it is time to; returns the time to come again. */
uint64_t sampler_dither(struct sampler *s, uint64_t now_ns);

#endif
