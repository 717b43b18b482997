#ifndef COLLECTOR_PERF_RING_H
#define COLLECTOR_PERF_RING_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The ring of one CPU, as the kernel fills it: whole records, in the order of that
 * CPU's time. Reading copies nothing unless a record lies across the end of the
 * ring.
 */
struct perf_ring {
	int fd; /* -1: closed */
	uint32_t cpu;
	struct perf_event_mmap_page *page;
	size_t size; /* bytes of records, a power of two */
	uint64_t tail;
	uint64_t looked_at; /* the tail when perf_ring_lives() was called last */
	uint64_t asked_ns;  /* when it asked the event last, or opened it */
	uint64_t behind_ns; /* by how much the event's time was behind ours then */
	uint8_t *joined;    /* a record that lay across the end */
};

/* Opens and maps the ring of a CPU: `size` is a power of two and of whole pages. */
int perf_ring_open(struct perf_ring *r, uint32_t cpu, size_t size, struct err *err);
void perf_ring_close(struct perf_ring *r);

/* The next record, or NULL when there is none; valid until the next call. Its size is
 * at least that of its header and never beyond what the ring holds. */
const struct perf_event_header *perf_ring_next(struct perf_ring *r);

/* Hands the room of all records that were read back to the kernel. */
void perf_ring_release(struct perf_ring *r);

/* False if its event stands still: then its CPU was offline meanwhile, and nothing will ever
 * come here again. As asking it interrupts that CPU, this is done only where nothing was read
 * since the last call. */
bool perf_ring_lives(struct perf_ring *r);

/* How many records found no room, in all. Before Linux 6.0, which does not say: 0. */
uint64_t perf_ring_lost(const struct perf_ring *r);

/* The attributes that decide how every record in a ring ends (perf_record.h). */
void perf_ring_sample_format(struct perf_event_attr *attr);

#endif
