#include "collector/latency_series.h"

#include <stdbool.h>
#include <string.h>

#define NO_GROUP UINT32_MAX

static uint32_t comm_number(struct latency_series *s, const char comm[ABI_COMM_LEN])
{
	uint64_t halves[2];

	_Static_assert(sizeof(halves) == ABI_COMM_LEN, "a comm is two words");
	memcpy(halves, comm, sizeof(halves));
	return idmap_intern(&s->comms, halves[0], halves[1], (uint32_t)s->comms.cnt);
}

uint32_t latency_series_number(struct latency_series *s, enum abi_measure measure, uint64_t what,
			       const char comm[ABI_COMM_LEN])
{
	uint64_t rest = (uint64_t)comm_number(s, comm) << 8 | (uint64_t)measure;
	uint32_t offered = (uint32_t)s->entries.cnt;
	uint32_t number = idmap_intern(&s->numbers, what, rest, offered);
	struct latency_series_entry *e;

	if (number != offered)
		return number;
	e = vec_push(&s->entries);
	*e = (struct latency_series_entry){ .what = what, .measure = measure, .group = NO_GROUP };
	memcpy(e->comm, comm, sizeof(e->comm));
	return number;
}

static bool is_put(const struct latency_series *s, const struct latency_series_entry *e)
{
	return e->group == trace_writer_group(s->writer) &&
	       (e->measure != ABI_MEASURE_DNS || e->host_cnt == s->labels->hosts.cnt);
}

uint32_t latency_series_put(struct latency_series *s, uint32_t number)
{
	struct latency_series_entry *e = &s->entries.v[number];
	struct latency_label_texts labels;
	char process[ABI_COMM_LEN + 1] = "";
	struct trace_series record = { .event = s->events[e->measure], .process = process };

	if (is_put(s, e))
		return e->id;
	memcpy(process, e->comm, sizeof(e->comm));
	latency_labels_get(s->labels, e->measure, e->what, &labels);
	for (int i = 0; i < TRACE_LABELS_MAX; i++)
		record.labels[i] = labels.v[i];
	e->host_cnt = s->labels->hosts.cnt;
	e->group = trace_writer_group(s->writer);
	e->id = trace_writer_series(s->writer, &record);
	return e->id;
}

void latency_series_forget(struct latency_series *s)
{
	s->entries.cnt = 0;
	idmap_clear(&s->comms);
	idmap_clear(&s->numbers);
}

void latency_series_release(struct latency_series *s)
{
	vec_release(&s->entries);
	idmap_release(&s->comms);
	idmap_release(&s->numbers);
}
