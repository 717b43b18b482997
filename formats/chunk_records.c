#include "formats/chunk_records.h"

#include "formats/copy_entries.h"
#include "formats/entries.h"
#include "formats/trace_layout.h"
#include "formats/trace_tables.h"
#include "formats/wait_entries.h"

void chunk_records_release(struct chunk_records *c)
{
	vec_release(&c->kernel_symbols);
	vec_release(&c->jit_maps);
	vec_release(&c->copies);
	vec_release(&c->registers);
	vec_release(&c->cpu_changes);
	vec_release(&c->losses);
	vec_release(&c->samples);
	vec_release(&c->wait_sums);
	vec_release(&c->waits);
	vec_release(&c->accounts);
	vec_release(&c->bins);
	vec_release(&c->latencies);
	buf_release(&c->text);
	*c = (struct chunk_records){ 0 };
}

void chunk_records_clear(struct chunk_records *c)
{
	c->kernel_symbols.cnt = 0;
	c->jit_maps.cnt = 0;
	c->copies.cnt = 0;
	c->registers.cnt = 0;
	c->cpu_changes.cnt = 0;
	c->losses.cnt = 0;
	c->samples.cnt = 0;
	c->wait_sums.cnt = 0;
	c->waits.cnt = 0;
	c->accounts.cnt = 0;
	c->bins.cnt = 0;
	c->latencies.cnt = 0;
	c->next = 0;
	c->next_register = 0;
}

bool chunk_records_know(uint64_t section)
{
	return (section >= SECTION_SAMPLES && section <= SECTION_LOSSES) ||
	       section == SECTION_COPIES ||
	       (section >= SECTION_WAIT_SUMS && section <= SECTION_ACCOUNTS) ||
	       section == SECTION_BINS || section == SECTION_LATENCIES;
}

static bool take_samples(struct chunk_records *c, struct trace_tables *t, struct bytes *b,
			 uint64_t first_us)
{
	size_t at = c->samples.cnt;

	if (!sample_column_take(b, first_us, &c->samples))
		return false;
	for (; at < c->samples.cnt; at++) {
		const struct trace_sample *s = &c->samples.v[at];

		if (!trace_tables_has_event(t, s->event) ||
		    !trace_tables_has_thread(t, s->thread) || !trace_tables_has_node(t, s->stack))
			return false;
	}
	return true;
}

static bool take_wait_sums(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	size_t at = c->wait_sums.cnt;

	if (!wait_sum_column_take(b, &c->wait_sums))
		return false;
	for (; at < c->wait_sums.cnt; at++) {
		struct trace_wait_sum *s = &c->wait_sums.v[at].sum;

		if (!trace_tables_has_event(t, s->event) || !wait_tables_has_slice(t, s->slice) ||
		    !trace_tables_has_process(t, s->process) ||
		    !trace_tables_has_node(t, s->stack) || !wait_tables_has_link(t, s->chain) ||
		    !wait_tables_fit_links(&t->waits, s->chain, c->wait_sums.v[at].link_cnt,
					   s->link_ns))
			return false;
		s->process++;
	}
	return true;
}

static bool take_waits(struct chunk_records *c, struct trace_tables *t, struct bytes *b,
		       uint64_t first_us)
{
	size_t at = c->waits.cnt;

	if (!wait_column_take(b, first_us, &c->waits))
		return false;
	for (; at < c->waits.cnt; at++) {
		struct trace_wait *w = &c->waits.v[at].wait;

		if (!trace_tables_has_event(t, w->event) ||
		    !trace_tables_has_thread(t, w->thread) || !trace_tables_has_node(t, w->stack) ||
		    !wait_tables_has_link(t, w->chain) ||
		    !wait_tables_fit_links(&t->waits, w->chain, c->waits.v[at].link_cnt,
					   w->link_ns))
			return false;
	}
	return true;
}

static bool take_accounts(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	struct trace_account a = { 0 };

	while (bytes_left(b)) {
		if (!entry_take_account(b, &a, &a) || !trace_tables_has_thread(t, a.thread))
			return false;
		*vec_push(&c->accounts) = a;
	}
	return true;
}

static bool take_bins(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	size_t at = c->bins.cnt;

	if (!bin_column_take(b, &c->bins))
		return false;
	for (; at < c->bins.cnt; at++) {
		const struct event_bin *e = &c->bins.v[at];

		if (!wait_tables_has_slice(t, e->bin.slice) ||
		    !latency_tables_has_series(t, e->bin.series, e->event))
			return false;
	}
	return true;
}

static bool take_latencies(struct chunk_records *c, struct trace_tables *t, struct bytes *b,
			   uint64_t first_us)
{
	size_t at = c->latencies.cnt;

	if (!latency_column_take(b, first_us, &c->latencies))
		return false;
	for (; at < c->latencies.cnt; at++) {
		const struct event_latency *e = &c->latencies.v[at];

		if (!latency_tables_has_series(t, e->latency.series, e->event) ||
		    !trace_tables_has_node(t, e->latency.stack) ||
		    (e->latency.thread != TRACE_NONE &&
		     !trace_tables_has_thread(t, e->latency.thread)))
			return false;
	}
	return true;
}

static bool take_kernel_symbols(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	while (bytes_left(b)) {
		struct trace_kernel_symbol symbol;
		struct entry_text name;

		if (!entry_take_kernel_symbol(b, &symbol, &name) ||
		    !trace_tables_has_module(t, symbol.module))
			return false;
		symbol.name = strtab_get(t->texts, strtab_intern(t->texts, name.s, name.len), NULL);
		*vec_push(&c->kernel_symbols) = symbol;
	}
	return true;
}

static bool take_jit_map(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	struct trace_jit_map map = { .module = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX) };

	if (b->failed || !trace_tables_has_module(t, map.module))
		return false;
	map.len = bytes_left(b);
	map.text = (const char *)b->p;
	*vec_push(&c->jit_maps) = map;
	return true;
}

/* Their registers are pointed to when they are handed out: until then the array moves. */
static bool take_copies(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	for (uint64_t id = 0; bytes_left(b);) {
		struct trace_copy copy;

		vec_reserve(&c->registers, TRACE_REGISTERS_MAX);
		if (!entry_take_copy(b, id, &copy, &c->registers.v[c->registers.cnt]) ||
		    !trace_tables_has_module(t, copy.module) ||
		    !trace_tables_has_mappings(t, copy.mappings))
			return false;
		c->registers.cnt += copy.register_cnt;
		id = copy.id;
		*vec_push(&c->copies) = copy;
	}
	return true;
}

static bool take_cpu_changes(struct chunk_records *c, struct bytes *b, uint64_t first_us)
{
	while (bytes_left(b))
		if (!entry_take_cpu_change(b, vec_push(&c->cpu_changes), first_us))
			return false;
	return true;
}

static bool take_losses(struct chunk_records *c, struct trace_tables *t, struct bytes *b)
{
	while (bytes_left(b)) {
		struct trace_loss_count *loss = vec_push(&c->losses);

		if (!entry_take_loss(b, loss) ||
		    (loss->event != TRACE_NONE && !trace_tables_has_event(t, loss->event)))
			return false;
	}
	return true;
}

bool chunk_records_take(struct chunk_records *c, struct trace_tables *t, uint64_t section,
			struct bytes b, uint64_t first_us)
{
	switch (section) {
	case SECTION_SAMPLES:
		return take_samples(c, t, &b, first_us);
	case SECTION_WAIT_SUMS:
		return take_wait_sums(c, t, &b);
	case SECTION_WAITS:
		return take_waits(c, t, &b, first_us);
	case SECTION_ACCOUNTS:
		return take_accounts(c, t, &b);
	case SECTION_BINS:
		return take_bins(c, t, &b);
	case SECTION_LATENCIES:
		return take_latencies(c, t, &b, first_us);
	case SECTION_KERNEL_SYMBOLS:
		return take_kernel_symbols(c, t, &b);
	case SECTION_JIT_MAP:
		return take_jit_map(c, t, &b);
	case SECTION_COPIES:
		return take_copies(c, t, &b);
	case SECTION_CPU_CHANGES:
		return take_cpu_changes(c, &b, first_us);
	case SECTION_LOSSES:
		return take_losses(c, t, &b);
	default:
		return false;
	}
}

/* Its text gets a NUL behind it. */
static void give_latency(struct chunk_records *c, const struct event_latency *e,
			 struct trace_record *out)
{
	out->kind = TRACE_RECORD_LATENCY;
	out->latency = e->latency;
	buf_clear(&c->text);
	buf_put(&c->text, e->latency.text, e->text_len);
	out->latency.text = buf_text(&c->text);
}

static bool next_latency(struct chunk_records *c, size_t i, struct trace_record *out)
{
	if (i < c->bins.cnt) {
		out->kind = TRACE_RECORD_BIN;
		out->bin = c->bins.v[i].bin;
		return true;
	}
	i -= c->bins.cnt;
	if (i < c->latencies.cnt) {
		give_latency(c, &c->latencies.v[i], out);
		return true;
	}
	return false;
}

/* Waits, and the latencies behind them. */
static bool next_wait(struct chunk_records *c, size_t i, struct trace_record *out)
{
	if (i < c->wait_sums.cnt) {
		out->kind = TRACE_RECORD_WAIT_SUM;
		out->wait_sum = c->wait_sums.v[i].sum;
		return true;
	}
	i -= c->wait_sums.cnt;
	if (i < c->waits.cnt) {
		out->kind = TRACE_RECORD_WAIT;
		out->wait = c->waits.v[i].wait;
		return true;
	}
	i -= c->waits.cnt;
	if (i < c->accounts.cnt) {
		out->kind = TRACE_RECORD_ACCOUNT;
		out->account = c->accounts.v[i];
		return true;
	}
	return next_latency(c, i - c->accounts.cnt, out);
}

bool chunk_records_next(struct chunk_records *c, struct trace_record *out)
{
	size_t i = c->next++;

	if (i < c->kernel_symbols.cnt) {
		out->kind = TRACE_RECORD_KERNEL_SYMBOL;
		out->kernel_symbol = c->kernel_symbols.v[i];
		return true;
	}
	i -= c->kernel_symbols.cnt;
	if (i < c->jit_maps.cnt) {
		out->kind = TRACE_RECORD_JIT_MAP;
		out->jit_map = c->jit_maps.v[i];
		return true;
	}
	i -= c->jit_maps.cnt;
	if (i < c->copies.cnt) {
		out->kind = TRACE_RECORD_COPY;
		out->copy = c->copies.v[i];
		out->copy.registers = &c->registers.v[c->next_register];
		c->next_register += out->copy.register_cnt;
		return true;
	}
	i -= c->copies.cnt;
	if (i < c->cpu_changes.cnt) {
		out->kind = TRACE_RECORD_CPU_CHANGE;
		out->cpu_change = c->cpu_changes.v[i];
		return true;
	}
	i -= c->cpu_changes.cnt;
	if (i < c->losses.cnt) {
		out->kind = TRACE_RECORD_LOSS;
		out->loss = c->losses.v[i];
		return true;
	}
	i -= c->losses.cnt;
	if (i < c->samples.cnt) {
		out->kind = TRACE_RECORD_SAMPLE;
		out->sample = c->samples.v[i];
		return true;
	}
	if (next_wait(c, i - c->samples.cnt, out))
		return true;
	chunk_records_clear(c);
	return false;
}
