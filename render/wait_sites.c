#include "render/wait_sites.h"

#include <stdlib.h>

#include "base/sum.h"

void wait_sites_release(struct wait_sites *s)
{
	idmap_release(&s->places);
	idmap_release(&s->shown);
	idmap_release(&s->endings_at);
	idmap_release(&s->families);
	idmap_release(&s->waiters_at);
	idmap_release(&s->let_in);
	vec_release(&s->v);
	vec_release(&s->longest);
	vec_release(&s->waiters);
	vec_release(&s->endings);
	*s = (struct wait_sites){ 0 };
}

static uint64_t pair(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

uint32_t wait_sites_number(struct wait_sites *s, uint32_t comm, uint32_t id, struct stack_gist gist,
			   enum trace_wait_state state)
{
	uint32_t made = (uint32_t)s->v.cnt;
	uint32_t site = idmap_intern(&s->places, pair(comm, id), state, made);

	if (site == made)
		*vec_push(&s->v) = (struct wait_site){
			.comm = comm,
			.gist = id,
			.family = idmap_intern(&s->families, pair(comm, gist.kernel),
					       pair(gist.entry, state), (uint32_t)s->families.cnt),
			.state = state,
		};
	return site;
}

static void note_longest(struct wait_sites *s, uint32_t site, uint32_t process, uint64_t ns)
{
	uint32_t made = (uint32_t)s->longest.cnt;
	uint32_t at = idmap_intern(&s->shown, site, process, made);

	if (at == made)
		*vec_push(&s->longest) = 0;
	if (ns > s->longest.v[at])
		s->longest.v[at] = ns;
}

void wait_sites_add(struct wait_sites *s, uint32_t site, uint32_t process,
		    const struct trace_wait_sum *sum)
{
	struct wait_site *to = &s->v.v[site];

	sum_clipped(&to->cnt, sum->cnt);
	sum_clipped(&to->blocked_ns, sum->blocked_ns);
	sum_clipped(&to->runnable_ns, sum->runnable_ns);
	if (sum->flags & TRACE_WAIT_WAKER_UNKNOWN)
		sum_clipped(&to->unknown_ns, sum->blocked_ns);
	if (sum->longest_ns > to->longest_ns)
		to->longest_ns = sum->longest_ns;
	note_longest(s, site, process, sum->longest_ns);
}

void wait_sites_add_ending(struct wait_sites *s, const struct wait_ending *ending)
{
	uint32_t made = (uint32_t)s->endings.cnt;
	uint32_t at = idmap_intern(&s->endings_at, pair(ending->site, ending->thread),
				   pair(ending->context, ending->gist), made);

	if (at == made) {
		*vec_push(&s->endings) = *ending;
		return;
	}
	s->endings.v[at].comm = ending->comm;
	sum_clipped(&s->endings.v[at].cnt, ending->cnt);
	sum_clipped(&s->endings.v[at].blocked_ns, ending->blocked_ns);
}

uint32_t wait_sites_find(const struct wait_sites *s, uint32_t comm, uint32_t gist,
			 enum trace_wait_state state, uint32_t process, uint64_t took_ns)
{
	uint32_t site = idmap_find(&s->places, pair(comm, gist), state), at;

	if (site == IDMAP_NONE)
		return IDMAP_NONE;
	at = idmap_find(&s->shown, site, process);
	return at == IDMAP_NONE || took_ns > s->longest.v[at] ? IDMAP_NONE : site;
}

void wait_sites_add_waiter(struct wait_sites *s, uint32_t site, uint32_t thread, uint32_t ender)
{
	size_t known = s->waiters_at.cnt;

	idmap_set(&s->waiters_at, pair(site, thread), 0, site);
	if (s->waiters_at.cnt > known) {
		*vec_push(&s->waiters) = (struct wait_waiter){ .site = site, .thread = thread };
		s->v.v[site].waiter_cnt++;
	}
	if (ender != TRACE_NONE)
		idmap_set(&s->let_in, pair(s->v.v[site].family, thread), ender, site);
}

bool wait_sites_has_waiter(const struct wait_sites *s, uint32_t site, uint32_t thread)
{
	return idmap_find(&s->waiters_at, pair(site, thread), 0) != IDMAP_NONE;
}

bool wait_sites_let_in(const struct wait_sites *s, uint32_t site, uint32_t thread, uint32_t ender)
{
	return idmap_find(&s->let_in, pair(s->v.v[site].family, thread), ender) != IDMAP_NONE;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_kinds(const struct wait_ending *x, const struct wait_ending *y)
{
	int way = order(x->site, y->site);

	way = way ? way : order(x->comm, y->comm);
	way = way ? way : order(x->context, y->context);
	return way ? way : order(x->gist, y->gist);
}

static int compare_endings(const void *a, const void *b)
{
	const struct wait_ending *x = a, *y = b;
	int way = compare_kinds(x, y);

	return way ? way : order(x->thread, y->thread);
}

static void offer_main(struct wait_site *site, const struct wait_ending *kind)
{
	if (!site->main.cnt || kind->blocked_ns > site->main.blocked_ns)
		site->main = *kind;
}

static int compare_waiters(const void *a, const void *b)
{
	const struct wait_waiter *x = a, *y = b;
	int way = order(x->site, y->site);

	return way ? way : order(x->thread, y->thread);
}

static void sort_waiters(struct wait_sites *s)
{
	if (s->waiters.cnt)
		qsort(s->waiters.v, s->waiters.cnt, sizeof(*s->waiters.v), compare_waiters);
	for (size_t i = s->waiters.cnt; i-- > 0;)
		s->v.v[s->waiters.v[i].site].first_waiter = i;
}

void wait_sites_finish(struct wait_sites *s)
{
	struct wait_ending kind = { 0 };

	sort_waiters(s);
	if (s->endings.cnt)
		qsort(s->endings.v, s->endings.cnt, sizeof(*s->endings.v), compare_endings);
	idmap_clear(&s->endings_at);
	for (size_t i = 0; i < s->endings.cnt; i++) {
		const struct wait_ending *e = &s->endings.v[i];
		struct wait_site *site = &s->v.v[e->site];

		if (!site->ending_cnt++)
			site->first_ending = i;
		if (i && !compare_kinds(e, &s->endings.v[i - 1])) {
			sum_clipped(&kind.cnt, e->cnt);
			sum_clipped(&kind.blocked_ns, e->blocked_ns);
		} else {
			kind = *e;
		}
		offer_main(site, &kind);
	}
}
