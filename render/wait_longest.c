#include "render/wait_longest.h"

#include <stdlib.h>

#include "base/sum.h"

void wait_longest_start(struct wait_longest *l, size_t max)
{
	*l = (struct wait_longest){ .max = max < WAIT_LONGEST_MAX ? max : WAIT_LONGEST_MAX };
}

void wait_longest_release(struct wait_longest *l)
{
	vec_release(&l->v);
	*l = (struct wait_longest){ 0 };
}

uint64_t long_wait_ns(const struct long_wait *wait)
{
	uint64_t ns = wait->blocked_ns;

	sum_clipped(&ns, wait->runnable_ns);
	return ns;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Equal ones by when they began, and by thread. */
static int compare(const void *a, const void *b)
{
	const struct long_wait *x = a, *y = b;
	int way = order(long_wait_ns(y), long_wait_ns(x));

	way = way ? way : order(x->start_ns, y->start_ns);
	return way ? way : order(x->thread, y->thread);
}

/* A wait may have been kept for two reasons, each time with a record. */
static void drop_doubles(struct wait_longest *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->v.cnt; i++)
		if (!kept || compare(&l->v.v[kept - 1], &l->v.v[i]))
			l->v.v[kept++] = l->v.v[i];
	l->v.cnt = kept;
}

static void cut(struct wait_longest *l)
{
	if (l->v.cnt)
		qsort(l->v.v, l->v.cnt, sizeof(*l->v.v), compare);
	drop_doubles(l);
	if (l->v.cnt < l->max)
		return;
	l->v.cnt = l->max;
	l->beyond_ns = l->max ? long_wait_ns(&l->v.v[l->max - 1]) : UINT64_MAX;
}

bool wait_longest_wants(const struct wait_longest *l, uint64_t took_ns)
{
	return l->max && took_ns >= l->beyond_ns;
}

/* Sorted once in as many as are kept, so that adding costs the same however many come. */
void wait_longest_add(struct wait_longest *l, const struct long_wait *wait)
{
	if (!wait_longest_wants(l, long_wait_ns(wait)))
		return;
	*vec_push(&l->v) = *wait;
	if (l->v.cnt >= 2 * l->max)
		cut(l);
}

void wait_longest_finish(struct wait_longest *l)
{
	cut(l);
}
