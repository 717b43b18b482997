#include "collector/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collector/stack_table.h"

static size_t copy_size(const struct abi_copy *copy)
{
	return sizeof(*copy) + copy->len;
}

static void free_copy(struct backlog *b, struct abi_copy *copy)
{
	if (copy)
		b->copy_bytes -= copy_size(copy);
	free(copy);
}

static void free_copies(struct backlog *b, size_t entry_cnt)
{
	for (size_t i = 0; i < entry_cnt; i++)
		backlog_drop_copy(b, i);
}

void backlog_release(struct backlog *b)
{
	free_copies(b, b->entries.cnt);
	for (size_t i = 0; i < b->alone.cnt; i++)
		free(b->alone.v[i]);
	vec_release(&b->alone);
	vec_release(&b->entries);
	buf_release(&b->records);
	*b = (struct backlog){ 0 };
}

static struct backlog_entry *add(struct backlog *b, const struct perf_record *record,
				 enum backlog_kind kind)
{
	struct backlog_entry *e = vec_push(&b->entries);

	*e = (struct backlog_entry){
		.time_ns = record->time_ns,
		.order = b->order++,
		.cpu = record->cpu,
		.pid = record->pid,
		.tid = record->tid,
		.kind = kind,
	};
	return e;
}

void backlog_add_copy(struct backlog *b, const struct perf_record *record)
{
	struct abi_copy head, *copy;

	if (record->cpu >= TRACE_CPUS_MAX)
		return;
	while (b->alone.cnt <= record->cpu)
		*vec_push(&b->alone) = NULL;
	memcpy(&head, record->raw.bytes, sizeof(head));
	if (b->copy_bytes + copy_size(&head) > BACKLOG_COPY_BYTES_MAX) {
		head.len = 0;
		head.end = UNWIND_END_COPY_CUT;
	}
	copy = mem_alloc(1, copy_size(&head));
	memcpy(copy, record->raw.bytes, copy_size(&head));
	copy->len = head.len;
	copy->end = head.end;
	free_copy(b, b->alone.v[record->cpu]);
	b->alone.v[record->cpu] = copy;
	b->copy_bytes += copy_size(copy);
}

/* The copy that waits on this CPU, if it is the one. */
static struct abi_copy *take_copy(struct backlog *b, uint32_t cpu, uint64_t serial)
{
	struct abi_copy *copy = cpu < b->alone.cnt ? b->alone.v[cpu] : NULL;

	if (!copy || copy->serial != serial)
		return NULL;
	b->alone.v[cpu] = NULL;
	return copy;
}

void backlog_add_sample(struct backlog *b, const struct perf_record *record,
			const struct abi_sample *sample)
{
	struct backlog_entry *e = add(b, record, BACKLOG_SAMPLE);

	if (e->tid == PERF_REAPED) {
		e->pid = sample->tgid;
		e->tid = sample->tid;
	}
	e->sample = (struct backlog_sample){
		.weight = sample->weight,
		.event = sample->event,
		.epoch = sample->epoch & 1,
		.kernel = sample->kernel,
		.user = sample->user,
	};
	if (sample->user.store == ABI_STORE_COPY)
		e->sample.copy = take_copy(b, record->cpu, sample->user.id);
}

void backlog_add_task(struct backlog *b, const struct perf_record *record,
		      const struct perf_event_header *header)
{
	struct backlog_entry *e = add(b, record, BACKLOG_TASK);

	e->record_at = b->records.len;
	buf_put(&b->records, header, header->size);
}

static int by_time(const void *left, const void *right)
{
	const struct backlog_entry *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void backlog_sort(struct backlog *b)
{
	if (b->entries.cnt)
		qsort(b->entries.v, b->entries.cnt, sizeof(*b->entries.v), by_time);
}

uint64_t backlog_first_unresolved(const struct backlog *b)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < b->entries.cnt; i++) {
		const struct backlog_entry *e = &b->entries.v[i];

		if (e->kind == BACKLOG_SAMPLE && !e->sample.resolved && e->time_ns < first)
			first = e->time_ns;
	}
	return first;
}

const struct perf_event_header *backlog_record(const struct backlog *b,
					       const struct backlog_entry *entry)
{
	return (const void *)(b->records.v + entry->record_at);
}

static void drop_records(struct backlog *b)
{
	struct buf rest = { 0 };

	for (size_t i = 0; i < b->entries.cnt; i++) {
		struct backlog_entry *e = &b->entries.v[i];
		const struct perf_event_header *header;

		if (e->kind != BACKLOG_TASK)
			continue;
		header = backlog_record(b, e);
		e->record_at = rest.len;
		buf_put(&rest, header, header->size);
	}
	if (rest.len)
		buf_release(&b->records);
	if (rest.len)
		b->records = rest;
	else
		buf_clear(&b->records);
}

void backlog_drop_copy(struct backlog *b, size_t at)
{
	struct backlog_entry *e = &b->entries.v[at];

	if (e->kind != BACKLOG_SAMPLE)
		return;
	free_copy(b, e->sample.copy);
	e->sample.copy = NULL;
}

void backlog_drop(struct backlog *b, size_t cnt)
{
	size_t rest = b->entries.cnt - cnt;

	if (!cnt)
		return;
	free_copies(b, cnt);
	memmove(b->entries.v, b->entries.v + cnt, rest * sizeof(*b->entries.v));
	b->entries.cnt = rest;
	drop_records(b);
}
