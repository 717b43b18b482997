#include "collector/latency_singles.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collector/latency_text.h"

#define KEPT_ANYWAY (ABI_LATENCY_DRAWN | ABI_LATENCY_SLOWER)

static void add_start(struct latency_singles *s, const struct abi_latency *latency,
		      struct process *p, const struct held_source *stacks)
{
	struct latency_start start = { .serial = latency->serial };

	if (p)
		task_ids_remember(s->ids, p, latency->tid, &start.who);
	start.stack = held_stacks_take(s->stacks, p, stacks);
	latency_starts_add(&s->starts, &start);
}

/* Thread and stack: of its start, or of this moment. Who runs a program is that program by now,
 * as its cell has it, and has called as what it was before. */
static void set_origin(struct latency_singles *s, struct latency_single *single,
		       const struct abi_latency *latency, struct process *p,
		       const struct held_source *stacks)
{
	const struct latency_start *start =
		latency->serial ? latency_starts_find(&s->starts, latency->serial) : NULL;

	if (start) {
		single->who = start->who;
		single->stack = held_stacks_share(start->stack);
		if (latency->measure != ABI_MEASURE_EXEC)
			return;
		single->caller = start->who;
	}
	if (p)
		task_ids_remember(s->ids, p, latency->tid, &single->who);
	if (!latency->serial)
		single->stack = held_stacks_take(s->stacks, p, stacks);
}

static char *text_of(const struct abi_latency *latency)
{
	struct buf text = { 0 };
	char *copy;

	if (!latency->text_len)
		return NULL;
	latency_text_put(&text, latency->measure, latency + 1, latency->text_len);
	copy = mem_dup(buf_text(&text), text.len);
	buf_release(&text);
	return copy;
}

/* One of the values that a record tells of. */
static void hold(struct latency_singles *s, const struct abi_latency *latency, uint32_t measure,
		 uint32_t why, uint64_t value, struct process *p, const struct held_source *stacks)
{
	struct latency_single *single;

	why &= KEPT_ANYWAY | ABI_LATENCY_LONGEST;
	if (!why)
		return;
	single = vec_push(&s->held);
	*single = (struct latency_single){
		.measure = measure,
		.why = why,
		.scale = latency->scale,
		.slice = latency->slice,
		.cpu = latency->cpu,
		.what = latency->what,
		.end_ns = latency->end_ns,
		.value = value,
		.bytes = latency->bytes,
		.queued_ns = latency->queued_ns,
		.text = text_of(latency),
	};
	memcpy(single->comm, latency->comm, sizeof(single->comm));
	set_origin(s, single, latency, p, stacks);
}

static void hold_parts(struct latency_singles *s, const struct abi_latency *latency,
		       struct process *p, const struct held_source *stacks)
{
	uint32_t why = latency->parts;

	hold(s, latency, ABI_MEASURE_BLOCK_QUEUE, why & 0xff, latency->queued_ns, p, stacks);
	hold(s, latency, ABI_MEASURE_BLOCK_DEVICE, why >> 8 & 0xff,
	     latency->value - latency->queued_ns, p, stacks);
	hold(s, latency, ABI_MEASURE_BLOCK_BYTES, why >> 16 & 0xff, latency->bytes, p, stacks);
}

void latency_singles_add(struct latency_singles *s, const struct abi_latency *latency,
			 uint64_t time_ns, const struct held_source *stacks)
{
	struct process *p =
		latency->tgid ? stack_resolver_reach(s->resolver, latency->tgid, time_ns) : NULL;

	if (latency->why & ABI_LATENCY_START) {
		add_start(s, latency, p, stacks);
		return;
	}
	if (latency->why & ABI_LATENCY_NAME)
		latency_labels_name(s->series->labels, latency->what, (const char *)(latency + 1),
				    latency->text_len);
	hold(s, latency, latency->measure, latency->why, latency->value, p, stacks);
	if (latency->measure == ABI_MEASURE_BLOCK)
		hold_parts(s, latency, p, stacks);
}

static void drop(struct latency_singles *s, struct latency_single *single)
{
	held_stacks_drop(s->stacks, single->stack);
	free(single->text);
}

/* Enum abi_latency_why has the numbers of enum trace_latency_why, as far as that goes. */
_Static_assert((int)ABI_LATENCY_LONGEST == TRACE_LATENCY_LONGEST &&
		       (int)ABI_LATENCY_DRAWN == TRACE_LATENCY_DRAWN &&
		       (int)ABI_LATENCY_SLOWER == TRACE_LATENCY_SLOWER,
	       "why a single is kept");

static void write_single(struct latency_singles *s, struct latency_single *single)
{
	struct trace_latency record = {
		.thread = TRACE_NONE,
		.stack = TRACE_NONE,
		.why = single->why,
		.cpu = single->cpu,
		.end_ns = single->end_ns,
		.value = single->value,
		.bytes = single->bytes,
		.queued_ns = single->queued_ns,
		.text = single->text ? single->text : "",
	};
	uint32_t process = TRACE_NONE;

	if (single->who.tgid) {
		task_ids_put(s->ids, &single->who);
		process = single->who.process_id;
		record.thread = single->who.thread_id;
	}
	if (single->caller.tgid) {
		task_ids_put(s->ids, &single->caller);
		process = single->caller.process_id;
	}
	record.series =
		latency_series_put(s->series, latency_series_number(s->series, single->measure,
								    single->what, single->comm));
	if (single->stack)
		record.stack = held_stacks_put(s->stacks, single->stack, process);
	trace_writer_latency(s->ids->writer, &record);
}

/* Those of a slice and measure together, the longest first. */
static int by_slice(const void *left, const void *right)
{
	const struct latency_single *a = left, *b = right;

	if (a->measure != b->measure)
		return a->measure < b->measure ? -1 : 1;
	if (a->scale != b->scale)
		return a->scale < b->scale ? -1 : 1;
	if (a->slice != b->slice)
		return a->slice < b->slice ? -1 : 1;
	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return a->end_ns < b->end_ns ? -1 : a->end_ns > b->end_ns;
}

static bool same_slice(const struct latency_single *a, const struct latency_single *b)
{
	return a->measure == b->measure && a->scale == b->scale && a->slice == b->slice;
}

static bool is_over(const struct latency_singles *s, const struct latency_single *single,
		    uint64_t until_ns)
{
	return latency_slices_get(s->slices, single->scale, single->slice).end_ns < until_ns;
}

/* No CPU knows what is long on the others; how many of a slice stay, is settled when it is over. */
static void choose_longest(struct latency_singles *s, uint64_t until_ns)
{
	uint32_t longest = 0, most;

	if (s->held.cnt)
		qsort(s->held.v, s->held.cnt, sizeof(*s->held.v), by_slice);
	for (size_t i = 0; i < s->held.cnt; i++) {
		struct latency_single *single = &s->held.v[i];

		if (i && !same_slice(single, single - 1))
			longest = 0;
		if (!(single->why & ABI_LATENCY_LONGEST))
			continue;
		most = s->longest_max && !is_over(s, single, until_ns) ? ABI_LATENCY_LONGEST_MAX
								       : s->longest_max;
		if (longest < most)
			longest++;
		else
			single->why &= ~(uint32_t)ABI_LATENCY_LONGEST;
	}
}

void latency_singles_write(struct latency_singles *s, uint64_t until_ns)
{
	size_t kept = 0;

	choose_longest(s, until_ns);
	for (size_t i = 0; i < s->held.cnt; i++) {
		struct latency_single *single = &s->held.v[i];

		if (single->why & ABI_LATENCY_LONGEST && !is_over(s, single, until_ns)) {
			s->held.v[kept++] = *single;
			continue;
		}
		if (single->why)
			write_single(s, single);
		drop(s, single);
	}
	s->held.cnt = kept;
}

void latency_singles_release(struct latency_singles *s)
{
	for (size_t i = 0; i < s->held.cnt; i++)
		drop(s, &s->held.v[i]);
	vec_release(&s->held);
	latency_starts_release(&s->starts);
}
