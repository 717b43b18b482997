#ifndef COLLECTOR_SEEN_WAITS_H
#define COLLECTOR_SEEN_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "collector/known_waits.h"

/*
 * What a trace says of threads whose waits are known, and whether it is true. Judged are
 * counts, times, thread ids and the order of wakers; names are for others to find.
 *
 *	waits      as many, within 1 % + 100 us each; those that others ended are not taken
 *	chain      all wakers in order, in every wait that had begun in time
 *	spinners   runnable within 1 % + 15 us a switch; blocked less than 1 ms
 *	at the end within 10 ms of what was left of the recording when it had gone to rest
 *	accounts   on CPU + runnable + blocked + gap is the thread's whole life; a gap of more than
 *		   0.1 % is unknown, which is said, and no contradiction
 *	losses     none; but other threads of the machine may have found no room for their state:
 *		   those that are judged must have their accounts
 */

struct seen_thread {
	struct known_thread known;
	uint64_t cnt, ns;      /* of waits that ended as they should */
	uint64_t chained;      /* of these: all wakers in order */
	uint64_t preempted_ns; /* of its process */
	bool has_account;
	uint64_t life_ns, on_ns, runnable_ns, blocked_ns, gap_ns;
};

struct seen_waits {
	VEC(struct seen_thread);
	uint64_t lost;	       /* waits, wakers, accounts */
	uint64_t min_block_ns; /* the highest threshold that held */
	uint64_t end_ns;
};

int seen_waits_read(struct seen_waits *s, const struct known_threads *known, const char *path,
		    struct err *err);
void seen_waits_release(struct seen_waits *s);

/* A line for each thread and for all of them, ending in " ok", " UNKNOWN IN PART" or " NOT TRUE";
 * false if any of it is not true. */
bool seen_waits_judge(const struct seen_waits *s, struct buf *out);

#endif
