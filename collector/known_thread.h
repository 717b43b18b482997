#ifndef COLLECTOR_KNOWN_THREAD_H
#define COLLECTOR_KNOWN_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What a thread says of itself that waits in known ways (collector/known_waits.h), and the line
 * of text as which that travels to who judges.
 */

#define KNOWN_WAKERS_MAX 2
#define KNOWN_NAME_MAX 32

enum known_kind {
	KNOWN_WAITS = 1, /* cnt waits, ns off CPU within them */
	KNOWN_SPINS = 2, /* cnt times switched in, ns runnable; on_ns on a CPU */
	KNOWN_STAYS = 3, /* blocked after ns (CLOCK_MONOTONIC), until when it was on_ns on a CPU */
};

struct known_thread {
	enum known_kind kind;
	uint32_t tgid, tid;
	uint32_t waker_cnt;
	uint32_t wakers[KNOWN_WAKERS_MAX]; /* tids, nearest first; 0: an interrupt */
	uint64_t cnt, ns, on_ns;
	uint64_t chained;   /* waits that had begun before all of its wakers were woken */
	uint64_t preempted; /* times that the thread lost its CPU within its waits */
	char name[KNOWN_NAME_MAX];
};

/* One line, and back; false if it is none. */
void known_thread_text(struct buf *out, const struct known_thread *t);
bool known_thread_parse(const char *line, struct known_thread *out);

#endif
