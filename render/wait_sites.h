#ifndef RENDER_WAIT_SITES_H
#define RENDER_WAIT_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "formats/trace.h"
#include "render/stack_gists.h"

/*
 * Where threads waited, and who ended it: waits summed by what people call a place.
 *
 *	site     a process's name, the gist of the stack (render/stack_gists.h), the state
 *	ending   a site, and a waker: its thread, context and gist
 *	waiter   a site, and a thread that waited there at least once
 *	family   the sites of a name and state in which a thread waits by the same functions, the
 *		 kernel's and the entry, whoever called those
 *
 * Sums say all of a site's time and of its endings, but know no threads that waited: those
 * come from the waits that were kept one by one, and there may be more.
 *
 * A single wait is told of where a sum that may hold it was: what was left out of the sums
 * (render/wait_walk.h) is left out of the single ones.
 *
 * Invariant: the blocked time of a site's endings is no more than its own.
 */
struct wait_ending {
	uint32_t site;
	uint32_t thread; /* number (render/wait_threads.h); TRACE_NONE: an interrupt */
	enum trace_context context;
	uint32_t comm; /* of the thread */
	uint32_t gist;
	uint64_t cnt;
	uint64_t blocked_ns;
};

struct wait_waiter {
	uint32_t site;
	uint32_t thread;
};

struct wait_site {
	uint32_t comm; /* id in the texts */
	uint32_t gist;
	uint32_t family;
	enum trace_wait_state state;
	uint64_t cnt;
	uint64_t blocked_ns, runnable_ns;
	uint64_t longest_ns;   /* of one wait, both parts */
	uint64_t unknown_ns;   /* blocked, and nobody was seen to end it */
	uint64_t waiter_cnt;   /* threads known to have waited there */
	uint64_t first_waiter; /* of its waiters; once finished */
	uint64_t first_ending; /* of its endings; once finished */
	uint64_t ending_cnt;
	struct wait_ending main; /* of one name, context and gist: ended most of it; cnt 0: none */
};

struct wait_sites {
	struct idmap places;	 /* (comm and gist, state) */
	struct idmap shown;	 /* (site, process) to longest[] */
	struct idmap endings_at; /* (site and thread, context and gist) */
	struct idmap families;	 /* (name and kernel's function, entry and state) */
	struct idmap waiters_at; /* (site and thread, 0) */
	struct idmap let_in;	 /* (family and thread, who ended a wait of it there) */
	struct {
		VEC(struct wait_site);
	} v;
	struct {
		VEC(uint64_t);
	} longest;
	struct {
		VEC(struct wait_waiter); /* by site, once finished */
	} waiters;
	struct {
		VEC(struct wait_ending);
	} endings; /* by site, and in it by name, context and gist, once finished */
};

void wait_sites_release(struct wait_sites *s);

/* The site's number: its place in v. The gist is that of the id. */
uint32_t wait_sites_number(struct wait_sites *s, uint32_t comm, uint32_t id, struct stack_gist gist,
			   enum trace_wait_state state);

/* A sum of a process (by a number), and who ended it, cnt waits of so much blocked time. */
void wait_sites_add(struct wait_sites *s, uint32_t site, uint32_t process,
		    const struct trace_wait_sum *sum);
void wait_sites_add_ending(struct wait_sites *s, const struct wait_ending *ending);

/* IDMAP_NONE: no sum that could hold a single wait of this length was added. */
uint32_t wait_sites_find(const struct wait_sites *s, uint32_t comm, uint32_t gist,
			 enum trace_wait_state state, uint32_t process, uint64_t took_ns);
/* One of its waits was ended by a thread; TRACE_NONE: by none, or nobody knows. */
void wait_sites_add_waiter(struct wait_sites *s, uint32_t site, uint32_t thread, uint32_t ender);
bool wait_sites_has_waiter(const struct wait_sites *s, uint32_t site, uint32_t thread);

/* Whether a thread waited by the functions of this site, here or elsewhere, until the other one
 * ended that. */
bool wait_sites_let_in(const struct wait_sites *s, uint32_t site, uint32_t thread, uint32_t ender);

/* Says of each site what ended most of it; places in v stay as they are. */
void wait_sites_finish(struct wait_sites *s);

#endif
