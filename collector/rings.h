#ifndef COLLECTOR_RINGS_H
#define COLLECTOR_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "collector/cpu_list.h"
#include "collector/perf_ring.h"

/*
 * The rings of all CPUs that are recorded, and one file descriptor to wait on. A CPU
 * that goes away takes its events with it for good, so it is opened again when it
 * comes back.
 */
struct rings {
	struct {
		VEC(struct perf_ring *);
	} open;
	int epoll_fd;
	size_t ring_bytes;
	uint64_t lost_before; /* by rings that are closed */
};

/* cpu_cnt: to share out the memory for rings. */
int rings_init(struct rings *r, uint32_t cpu_cnt, struct err *err);
void rings_release(struct rings *r);

/* The ring of a CPU that has just been opened. */
int rings_add(struct rings *r, uint32_t cpu, struct perf_ring **out, struct err *err);
struct perf_ring *rings_find(const struct rings *r, uint32_t cpu);
void rings_remove(struct rings *r, uint32_t cpu);

/* How many records found no room in rings that are or were open; 0 before Linux 6.0. */
uint64_t rings_lost(const struct rings *r);

/* Waits until a ring is a quarter full, or for at most `ns`. A signal ends it too. */
void rings_wait(const struct rings *r, uint64_t ns);

#endif
