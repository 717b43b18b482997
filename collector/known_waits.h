#ifndef COLLECTOR_KNOWN_WAITS_H
#define COLLECTOR_KNOWN_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/*
 * Threads that wait in known ways and know how long: what `profile selftest` records, and
 * holds the recording to. The truth is taken from the clocks of the kernel around each call,
 * by the thread itself, so that a busy machine makes it longer but not wrong.
 *
 * Sums of a trace know processes, not threads. So each scene is a process of its own, in
 * which every thread that is judged is woken by one that wakes no other:
 *
 *	sleeps         timer -> thread
 *	mutex, cond    owner -> waiter      (between rounds both doze: woken by the timer)
 *	pipe chain     timer -> first -> second -> third
 *	spinners       two on one CPU: never blocked, half of the time runnable
 *	stays          blocked when the recording ends
 */

#define KNOWN_WAKERS_MAX 2
#define KNOWN_NAME_MAX 32

enum known_kind {
	KNOWN_WAITS = 1, /* cnt waits, ns off CPU within them */
	KNOWN_SPINS = 2, /* cnt times switched in, ns runnable; on_ns on a CPU */
	KNOWN_STAYS = 3, /* blocked since ns (CLOCK_MONOTONIC) */
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

struct known_threads {
	VEC(struct known_thread);
};

/*
 * Runs all scenes, a second in all; one of them stays until standard input ends, if that is a
 * pipe. Called in a process with one thread, which it leaves so.
 */
int known_threads_play(struct known_threads *out, struct err *err);

/* One line, and back; false if it is none. */
void known_thread_text(struct buf *out, const struct known_thread *t);
bool known_thread_parse(const char *line, struct known_thread *out);

#endif
