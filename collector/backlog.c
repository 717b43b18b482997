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

static void set_stacks(struct backlog *b, struct backlog_entry *e, uint8_t epoch,
		       const struct abi_stack *kernel, const struct abi_stack *user)
{
	e->stacks.epoch = epoch & 1;
	e->stacks.kernel = *kernel;
	e->stacks.user = *user;
	if (user->store == ABI_STORE_COPY)
		e->stacks.copy = take_copy(b, e->cpu, user->id);
}

/* All begin at multiples of 8 bytes. */
static void put_record(struct backlog *b, struct backlog_entry *e, const void *bytes, size_t len)
{
	static const uint8_t zeros[8];

	e->record_at = b->records.len;
	buf_put(&b->records, bytes, len);
	buf_put(&b->records, zeros, -len % sizeof(zeros));
}

static size_t body_size(const struct abi_body *body)
{
	return offsetof(struct abi_body, frames) + body->cnt * sizeof(body->frames[0]);
}

void backlog_add_sample(struct backlog *b, const struct perf_record *record,
			const struct abi_sample *sample, const struct abi_body *carried)
{
	struct backlog_entry *e = add(b, record, BACKLOG_SAMPLE);

	if (e->tid == PERF_REAPED || sample->foreign) {
		e->pid = sample->tgid;
		e->tid = sample->tid;
	}
	e->sample.weight = sample->weight;
	e->sample.event = sample->event;
	e->sample.foreign = sample->foreign;
	set_stacks(b, e, sample->epoch, &sample->kernel, &sample->user);
	if (carried)
		put_record(b, e, carried, body_size(carried));
}

void backlog_add_task(struct backlog *b, const struct perf_record *record,
		      const struct perf_event_header *header)
{
	put_record(b, add(b, record, BACKLOG_TASK), header, header->size);
}

void backlog_add_wait(struct backlog *b, const struct perf_record *record,
		      const struct abi_wait *wait)
{
	struct backlog_entry *e = add(b, record, BACKLOG_WAIT);

	e->pid = wait->tgid;
	e->tid = wait->tid;
	set_stacks(b, e, wait->epoch, &wait->kernel, &wait->user);
	put_record(b, e, wait, sizeof(*wait));
}

void backlog_add_link(struct backlog *b, const struct perf_record *record,
		      const struct abi_link *link)
{
	struct backlog_entry *e = add(b, record, BACKLOG_LINK);

	e->pid = link->tgid;
	e->tid = link->tid;
	set_stacks(b, e, link->epoch, &link->kernel, &link->user);
	put_record(b, e, link, sizeof(*link));
}

void backlog_add_account(struct backlog *b, const struct perf_record *record,
			 const struct abi_account *account)
{
	struct backlog_entry *e = add(b, record, BACKLOG_ACCOUNT);

	e->pid = account->tgid;
	e->tid = account->tid;
	put_record(b, e, account, sizeof(*account));
}

void backlog_add_latency(struct backlog *b, const struct perf_record *record,
			 const struct abi_latency *latency)
{
	struct backlog_entry *e = add(b, record, BACKLOG_LATENCY);

	e->pid = latency->tgid;
	e->tid = latency->tid;
	set_stacks(b, e, latency->epoch, &latency->kernel, &latency->user);
	put_record(b, e, record->raw.bytes, sizeof(*latency) + latency->text_len);
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

bool backlog_has_stacks(const struct backlog_entry *entry)
{
	return entry->kind == BACKLOG_SAMPLE || entry->kind == BACKLOG_WAIT ||
	       entry->kind == BACKLOG_LINK || entry->kind == BACKLOG_LATENCY;
}

uint64_t backlog_first_unresolved(const struct backlog *b)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < b->entries.cnt; i++) {
		const struct backlog_entry *e = &b->entries.v[i];

		if (backlog_has_stacks(e) && !e->stacks.resolved && e->time_ns < first)
			first = e->time_ns;
	}
	return first;
}

const void *backlog_record(const struct backlog *b, const struct backlog_entry *entry)
{
	return b->records.v + entry->record_at;
}

const struct abi_body *backlog_carried(const struct backlog *b, const struct backlog_entry *entry)
{
	if (entry->kind != BACKLOG_SAMPLE || entry->stacks.resolved ||
	    entry->stacks.user.store != ABI_STORE_CARRIED)
		return NULL;
	return backlog_record(b, entry);
}

static size_t record_size(const struct backlog *b, const struct backlog_entry *e)
{
	const struct abi_body *carried;

	switch (e->kind) {
	case BACKLOG_TASK:
		return ((const struct perf_event_header *)backlog_record(b, e))->size;
	case BACKLOG_WAIT:
		return sizeof(struct abi_wait);
	case BACKLOG_LINK:
		return sizeof(struct abi_link);
	case BACKLOG_ACCOUNT:
		return sizeof(struct abi_account);
	case BACKLOG_LATENCY:
		return sizeof(struct abi_latency) +
		       ((const struct abi_latency *)backlog_record(b, e))->text_len;
	case BACKLOG_SAMPLE:
		carried = backlog_carried(b, e);
		return carried ? body_size(carried) : 0;
	}
	return 0;
}

static void drop_records(struct backlog *b)
{
	struct backlog rest = { 0 };

	for (size_t i = 0; i < b->entries.cnt; i++) {
		struct backlog_entry *e = &b->entries.v[i];
		size_t size = record_size(b, e);

		if (size)
			put_record(&rest, e, backlog_record(b, e), size);
	}
	if (rest.records.len)
		buf_release(&b->records);
	if (rest.records.len)
		b->records = rest.records;
	else
		buf_clear(&b->records);
}

void backlog_drop_copy(struct backlog *b, size_t at)
{
	struct backlog_entry *e = &b->entries.v[at];

	free_copy(b, e->stacks.copy);
	e->stacks.copy = NULL;
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
