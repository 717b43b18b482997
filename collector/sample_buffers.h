#ifndef COLLECTOR_SAMPLE_BUFFERS_H
#define COLLECTOR_SAMPLE_BUFFERS_H

#include <stdint.h>

#include "bpf/abi.h"
#include "collector/backlog.h"

/*
 * The user side of struct abi_buffer: samples that programs leave in memory, with their stacks,
 * instead of sending them through a ring. There are two buffers of each possible CPU, by epoch,
 * and only those of the idle one may be touched (stack_stores.h), so they are read in rounds.
 */
struct sample_buffers {
	struct abi_buffer *buffers; /* 2 * CPU + epoch; NULL: there are none */
	uint32_t cpu_cnt;
	uint32_t event_cnt; /* samples of others are not understood */
};

/* Moves what the buffers of the idle epoch hold to the backlog. What is not understood, and what
 * is behind it in that buffer, stays out of it, and so is missing from what was generated. */
void sample_buffers_read(const struct sample_buffers *s, uint32_t idle, struct backlog *backlog);

#endif
