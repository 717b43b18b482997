#include "formats/wait_column.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/entries.h"

uint64_t wait_end_ns(const struct trace_wait *wait)
{
	uint64_t end_ns;

	if (__builtin_add_overflow(wait->start_ns, wait->blocked_ns, &end_ns) ||
	    __builtin_add_overflow(end_ns, wait->runnable_ns, &end_ns))
		return UINT64_MAX;
	return end_ns;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int wait_column_compare(const struct linked_wait *left, const struct linked_wait *right)
{
	const struct trace_wait *a = &left->wait, *b = &right->wait;
	int by = order(a->event, b->event);

	if (!by)
		by = order(a->why, b->why);
	if (!by)
		by = order(a->thread, b->thread);
	if (!by)
		by = order(wait_end_ns(a), wait_end_ns(b));
	if (!by)
		by = order(a->start_ns, b->start_ns);
	return by ? by : order(a->stack, b->stack);
}

static struct linked_sum sum_of(const struct linked_wait *from)
{
	const struct trace_wait *w = &from->wait;
	struct linked_sum s = {
		.sum = { .event = w->event,
			 .slice = w->why,
			 .process = w->thread,
			 .stack = w->stack,
			 .chain = w->chain,
			 .state = w->state,
			 .flags = w->flags,
			 .cnt = 1,
			 .blocked_ns = w->blocked_ns,
			 .runnable_ns = w->runnable_ns },
		.link_cnt = from->link_cnt,
	};

	memcpy(s.sum.link_ns, w->link_ns, sizeof(s.sum.link_ns));
	return s;
}

static struct linked_wait wait_of(const struct linked_sum *from)
{
	const struct trace_wait_sum *s = &from->sum;
	struct linked_wait w = {
		.wait = { .event = s->event,
			  .thread = s->process,
			  .stack = s->stack,
			  .chain = s->chain,
			  .state = s->state,
			  .flags = s->flags,
			  .why = s->slice,
			  .blocked_ns = s->blocked_ns,
			  .runnable_ns = s->runnable_ns },
		.link_cnt = from->link_cnt,
	};

	memcpy(w.wait.link_ns, s->link_ns, sizeof(w.wait.link_ns));
	return w;
}

void linked_wait_settle(struct linked_wait *w)
{
	struct linked_sum s = sum_of(w);
	uint64_t start_ns = w->wait.start_ns;

	linked_sum_settle(&s);
	*w = wait_of(&s);
	w->wait.start_ns = start_ns;
}

static bool is_same_run(const struct trace_wait *a, const struct trace_wait *b)
{
	return a->event == b->event && a->why == b->why && a->thread == b->thread;
}

static void put_sums(struct buf *out, const struct linked_wait *v, size_t cnt)
{
	struct linked_sum *sums = mem_alloc(cnt, sizeof(*sums));
	struct buf content = { 0 };

	for (size_t i = 0; i < cnt; i++)
		sums[i] = sum_of(&v[i]);
	wait_sum_column_put(&content, sums, cnt);
	buf_blob(out, content.v, content.len);
	buf_release(&content);
	free(sums);
}

void wait_column_put(struct buf *out, uint64_t first_us, const struct linked_wait *v, size_t cnt)
{
	uint64_t before_us = first_us;

	put_sums(out, v, cnt);
	for (size_t i = 0; i < cnt; i++) {
		uint64_t end_us = wait_end_ns(&v[i].wait) / 1000;

		if (i && !is_same_run(&v[i - 1].wait, &v[i].wait))
			before_us = first_us;
		buf_varint(out, end_us - before_us);
		before_us = end_us;
	}
}

/* Kept is the end, and no finer than a microsecond: the start may then be just before 0. */
static uint64_t start_of(uint64_t end_ns, const struct trace_wait *w)
{
	uint64_t lasted_ns = w->blocked_ns + w->runnable_ns;

	return end_ns > lasted_ns ? end_ns - lasted_ns : 0;
}

static bool take_ends(struct bytes *b, uint64_t first_us, struct linked_wait *v, size_t cnt)
{
	uint64_t offset_us = 0, end_ns;

	for (size_t i = 0; i < cnt; i++) {
		if (i && !is_same_run(&v[i - 1].wait, &v[i].wait))
			offset_us = 0;
		if (__builtin_add_overflow(offset_us, bytes_varint(b), &offset_us) || b->failed ||
		    !entry_time_ns(first_us, offset_us, &end_ns))
			return false;
		v[i].wait.start_ns = start_of(end_ns, &v[i].wait);
	}
	return true;
}

/* What a sum can say and a wait cannot. */
static bool is_wait(const struct trace_wait_sum *s)
{
	return s->cnt == 1 && s->slice > 0 && s->slice <= TRACE_WAIT_WHYS;
}

bool wait_column_take(struct bytes *b, uint64_t first_us, struct wait_column *out)
{
	struct bytes content = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));
	struct wait_sum_column sums = { 0 };
	bool good = wait_sum_column_take(&content, &sums);
	size_t before = out->cnt;

	for (size_t i = 0; i < sums.cnt && good; i++) {
		good = is_wait(&sums.v[i].sum);
		*vec_push(out) = wait_of(&sums.v[i]);
	}
	good = good && take_ends(b, first_us, out->v + before, out->cnt - before);
	vec_release(&sums);
	return good && !b->failed && !bytes_left(b);
}
