#include "formats/wait_draft.h"

#include <stdlib.h>

#include "formats/chunk.h"
#include "formats/trace_layout.h"
#include "formats/wait_entries.h"

void wait_draft_start(struct wait_draft *d)
{
	*d = (struct wait_draft){ 0 };
	entry_table_start(&d->slices);
}

void wait_draft_release(struct wait_draft *d)
{
	link_table_release(&d->links);
	entry_table_release(&d->slices);
	vec_release(&d->slice_times);
	vec_release(&d->sums);
	vec_release(&d->waits);
	vec_release(&d->accounts);
}

void wait_draft_restart(struct wait_draft *d)
{
	link_table_clear(&d->links);
	entry_table_restart(&d->slices);
	d->slice_times.cnt = 0;
}

void wait_draft_forget(struct wait_draft *d)
{
	d->sums.cnt = 0;
	d->waits.cnt = 0;
	d->accounts.cnt = 0;
}

uint32_t wait_draft_slice(struct wait_draft *d, const struct trace_slice *slice,
			  const struct buf *entry)
{
	uint32_t id = entry_table_intern(&d->slices, entry);

	if (id == d->slice_times.cnt)
		*vec_push(&d->slice_times) = *slice;
	return id;
}

const struct trace_wait_sum *wait_draft_sum(struct wait_draft *d, const struct trace_wait_sum *sum)
{
	struct linked_sum *s = vec_push(&d->sums);

	s->sum = *sum;
	s->link_cnt = link_table_depth(&d->links, sum->chain);
	linked_sum_settle(s);
	return &s->sum;
}

const struct trace_wait *wait_draft_wait(struct wait_draft *d, const struct trace_wait *wait)
{
	struct linked_wait *w = vec_push(&d->waits);

	w->wait = *wait;
	w->link_cnt = link_table_depth(&d->links, wait->chain);
	linked_wait_settle(w);
	return &w->wait;
}

void wait_draft_account(struct wait_draft *d, const struct trace_account *account)
{
	struct trace_account *a = vec_push(&d->accounts);

	*a = *account;
	if (a->from_ns > a->to_ns)
		a->from_ns = a->to_ns;
}

bool wait_draft_has_records(const struct wait_draft *d)
{
	return d->sums.cnt || d->waits.cnt || d->accounts.cnt || d->slices.fresh.len ||
	       link_table_is_fresh(&d->links);
}

static void widen(uint64_t time_ns, uint64_t *first_ns, uint64_t *last_ns)
{
	if (time_ns < *first_ns)
		*first_ns = time_ns;
	if (time_ns > *last_ns)
		*last_ns = time_ns;
}

bool wait_draft_times(const struct wait_draft *d, uint64_t *out_first_ns, uint64_t *out_last_ns)
{
	uint64_t first_ns = UINT64_MAX, last_ns = 0;

	for (size_t i = 0; i < d->sums.cnt; i++) {
		const struct trace_slice *s = &d->slice_times.v[d->sums.v[i].sum.slice];

		widen(s->start_ns, &first_ns, &last_ns);
		widen(s->end_ns, &first_ns, &last_ns);
	}
	for (size_t i = 0; i < d->waits.cnt; i++)
		widen(wait_end_ns(&d->waits.v[i].wait), &first_ns, &last_ns);
	if (!d->sums.cnt && !d->waits.cnt)
		return false;
	*out_first_ns = first_ns;
	*out_last_ns = last_ns;
	return true;
}

void wait_draft_put_tables(struct wait_draft *d, const uint32_t *stack_ids, struct buf *raw)
{
	struct buf content = { 0 };

	if (link_table_is_fresh(&d->links)) {
		link_table_put(&d->links, stack_ids, &content);
		chunk_section_put(raw, SECTION_LINKS, true, &content);
	}
	buf_clear(&content);
	if (d->slices.fresh.len) {
		entry_table_put(&d->slices, &content);
		chunk_section_put(raw, SECTION_SLICES, true, &content);
	}
	buf_release(&content);
}

static uint32_t renumbered(uint32_t stack, const uint32_t *stack_ids)
{
	return stack == TRACE_NONE ? TRACE_NONE : stack_ids[stack];
}

static int compare_sums(const void *a, const void *b)
{
	return wait_sum_column_compare(a, b);
}

static int compare_waits(const void *a, const void *b)
{
	return wait_column_compare(a, b);
}

static void put_sums(struct wait_draft *d, const uint32_t *stack_ids, struct buf *content)
{
	for (size_t i = 0; i < d->sums.cnt; i++)
		d->sums.v[i].sum.stack = renumbered(d->sums.v[i].sum.stack, stack_ids);
	qsort(d->sums.v, d->sums.cnt, sizeof(*d->sums.v), compare_sums);
	wait_sum_column_put(content, d->sums.v, d->sums.cnt);
}

static void put_waits(struct wait_draft *d, const uint32_t *stack_ids, uint64_t first_us,
		      struct buf *content)
{
	for (size_t i = 0; i < d->waits.cnt; i++)
		d->waits.v[i].wait.stack = renumbered(d->waits.v[i].wait.stack, stack_ids);
	qsort(d->waits.v, d->waits.cnt, sizeof(*d->waits.v), compare_waits);
	wait_column_put(content, first_us, d->waits.v, d->waits.cnt);
}

static void put_accounts(const struct wait_draft *d, struct buf *content)
{
	const struct trace_account none = { 0 };

	for (size_t i = 0; i < d->accounts.cnt; i++)
		entry_put_account(content, &d->accounts.v[i], i ? &d->accounts.v[i - 1] : &none);
}

void wait_draft_put_records(struct wait_draft *d, const uint32_t *stack_ids, uint64_t first_us,
			    struct buf *raw)
{
	struct buf content = { 0 };

	if (d->sums.cnt) {
		put_sums(d, stack_ids, &content);
		chunk_section_put(raw, SECTION_WAIT_SUMS, true, &content);
	}
	buf_clear(&content);
	if (d->waits.cnt) {
		put_waits(d, stack_ids, first_us, &content);
		chunk_section_put(raw, SECTION_WAITS, true, &content);
	}
	buf_clear(&content);
	if (d->accounts.cnt) {
		put_accounts(d, &content);
		chunk_section_put(raw, SECTION_ACCOUNTS, true, &content);
	}
	buf_release(&content);
}
