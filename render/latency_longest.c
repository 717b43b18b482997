#include "render/latency_longest.h"

#include <stdlib.h>

#include "base/strtab.h"
#include "formats/trace_reader.h"
#include "render/latency_kept.h"

struct latency_single latency_single_of(const struct trace_latency *latency,
					const struct trace_reader *r, struct strtab *texts)
{
	const struct trace_series *series = trace_reader_series(r, latency->series);
	uint64_t start_ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_START_NS);
	struct latency_single out = {
		.end_ns = latency->end_ns > start_ns ? latency->end_ns - start_ns : 0,
		.value = latency->value,
		.bytes = latency->bytes,
		.queued_ns = latency->queued_ns,
		.event = series->event,
		.process = strtab_intern_text(texts, latency_process(latency, r)),
		.cpu = latency->cpu,
		.text = strtab_intern_text(texts, latency->text ? latency->text : ""),
	};

	for (size_t i = 0; i < TRACE_LABELS_MAX; i++)
		out.labels[i] = strtab_intern_text(texts, series->labels[i]);
	if (latency->thread != TRACE_NONE) {
		const struct trace_thread *thread = trace_reader_thread(r, latency->thread);

		out.comm = strtab_intern_text(texts, thread->comm);
		out.tid = thread->tid;
		out.tgid = trace_reader_process(r, thread->process)->tgid;
	}
	return out;
}

bool latency_single_is_named(const struct latency_single *s, uint32_t text)
{
	for (size_t i = 0; i < TRACE_LABELS_MAX; i++)
		if (s->labels[i] == text)
			return true;
	return false;
}

struct latency_extras latency_extras_of(const struct latency_single *v, size_t cnt)
{
	struct latency_extras extras = { 0 };

	for (size_t i = 0; i < cnt; i++) {
		extras.has_bytes |= v[i].bytes != 0;
		extras.has_queued |= v[i].queued_ns != 0;
		extras.has_text |= v[i].text && !latency_single_is_named(&v[i], v[i].text);
	}
	return extras;
}

void latency_longest_start(struct latency_longest *l, size_t max)
{
	*l = (struct latency_longest){ .max = max < LATENCY_LONGEST_MAX ? max
									: LATENCY_LONGEST_MAX };
}

void latency_longest_release(struct latency_longest *l)
{
	vec_release(&l->v);
	*l = (struct latency_longest){ 0 };
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Equal ones by when they ended, and by thread. */
static int compare(const void *a, const void *b)
{
	const struct latency_single *x = a, *y = b;
	int way = order(y->value, x->value);

	way = way ? way : order(x->end_ns, y->end_ns);
	return way ? way : order(x->tid, y->tid);
}

static void cut(struct latency_longest *l)
{
	if (l->v.cnt)
		qsort(l->v.v, l->v.cnt, sizeof(*l->v.v), compare);
	if (l->v.cnt < l->max)
		return;
	l->v.cnt = l->max;
	l->beyond = l->max ? l->v.v[l->max - 1].value : UINT64_MAX;
}

bool latency_longest_wants(const struct latency_longest *l, uint64_t value)
{
	return l->max && value >= l->beyond;
}

/* Sorted once in as many as are kept, so that adding costs the same however many come. */
void latency_longest_add(struct latency_longest *l, const struct latency_single *single)
{
	if (!latency_longest_wants(l, single->value))
		return;
	*vec_push(&l->v) = *single;
	if (l->v.cnt >= 2 * l->max)
		cut(l);
}

void latency_longest_finish(struct latency_longest *l)
{
	cut(l);
}
