#ifndef RENDER_WAIT_CONVOYS_H
#define RENDER_WAIT_CONVOYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "render/wait_sites.h"

/*
 * Places where many threads wait for one another's leaving: what a lock looks like from
 * outside. Told apart by who ends the waits of a site (render/wait_sites.h), with W the threads
 * that are known to have waited there:
 *
 *	handed over   at least half of the site's blocked time was ended by threads of W: who
 *		      leaves lets in the next, and comes back to wait itself. A lock convoy, or a
 *		      token that goes around.
 *	held	      at least half of it was ended by one thread that is not of W, but waits, too,
 *		      by the same functions elsewhere, and threads of W end that: it holds the
 *		      lock most of the time. A convoy as well.
 *	fed           at least half of it was ended by one thread that is not of W, and is not
 *		      let in by it. A producer that feeds a pool of threads, or somebody who holds
 *		      a lock and never waits for it. No convoy: threads without work lose nothing.
 *
 *	  lock   A ends B ends C ends A ...        pool   P ends A, P ends B, P ends C ...
 *		 W = {A, B, C}, all in it                 W = {A, B, C}, P is not in it
 *
 * Either needs WAIT_CONVOY_THREADS_MIN threads in W, and WAIT_CONVOY_WAITS_EACH waits that were
 * ended so for each of them. Two threads that wait for each other are a knot (render/wait_knots.h).
 *Threads that were preempted or just born waited for a CPU, not for somebody.
 *
 * W comes from the waits that were kept one by one, so a trace without those has no convoys;
 * all times are of all waits.
 */
#define WAIT_CONVOY_THREADS_MIN 3
#define WAIT_CONVOY_WAITS_EACH 2

enum wait_convoy_kind { WAIT_CONVOY_HANDED = 1, WAIT_CONVOY_HELD = 2, WAIT_CONVOY_FED = 3 };

struct wait_convoy {
	enum wait_convoy_kind kind;
	uint32_t site;
	uint64_t waiter_cnt; /* threads */
	uint64_t cnt;	     /* waits that were ended so */
	uint64_t lost_ns;    /* blocked in those */
	uint32_t holder;     /* the thread that ended most of that time, by its number */
	uint64_t holder_ns;
	uint32_t gist; /* where the threads stood when they ended most of that time */
	uint64_t gist_ns;
};

struct wait_convoys {
	VEC(struct wait_convoy);
};

/* Of finished sites. Convoys first, then what is fed; of those the most time first. */
void wait_convoys_find(struct wait_convoys *out, const struct wait_sites *sites);
/* True for those in which time is lost. */
bool wait_convoy_is_one(const struct wait_convoy *c);
/* "handed over", "held", "fed"; static. */
const char *wait_convoy_text(enum wait_convoy_kind kind);
void wait_convoys_release(struct wait_convoys *c);

#endif
