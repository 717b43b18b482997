#ifndef COLLECTOR_KNOWN_WAITS_H
#define COLLECTOR_KNOWN_WAITS_H

#include "base/err.h"
#include "base/vec.h"
#include "collector/known_thread.h"

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
 *	relay          timer -> first -> second -> third
 *	spinners       two on one CPU: never blocked, half of the time runnable
 *	stays          blocked when the recording ends
 */

struct known_threads {
	VEC(struct known_thread);
};

/*
 * Runs all scenes, a second in all; one of them stays until standard input ends, if that is a
 * pipe. Called in a process with one thread, which it leaves so.
 */
int known_threads_play(struct known_threads *out, struct err *err);

#endif
