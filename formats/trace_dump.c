#include "formats/trace_dump.h"

#include <string.h>

#include "formats/chunk_walk.h"
#include "formats/dump_rows.h"
#include "formats/entries.h"
#include "formats/frame_column.h"
#include "formats/node_column.h"
#include "formats/sample_column.h"

static void dump_facts(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		uint64_t fact = bytes_varint(b);
		struct entry_text text = entry_take_text(b);

		if (b->failed)
			return;
		buf_puts(out, "   ");
		dump_entry_text(out,
				trace_fact_text(fact < TRACE_FACT_CNT ? (enum trace_fact)fact : 0),
				text);
		buf_puts(out, "\n");
	}
}

static void dump_events(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct event_texts texts;
		struct trace_event e;

		if (dump_is_bad(b, entry_take_event(b, &e, &texts)))
			return;
		dump_row(out, id);
		dump_entry_text(out, "name", texts.name);
		dump_entry_text(out, "source", texts.source);
		dump_number(out, "kind", e.kind);
		dump_number(out, "unit", e.unit);
		dump_number(out, "hz", e.frequency_hz);
		dump_number(out, "period_ns", e.period_ns);
		buf_puts(out, "\n");
	}
}

static void dump_processes(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct process_texts texts;
		struct trace_process p;

		if (dump_is_bad(b, entry_take_process(b, &p, &texts)))
			return;
		dump_row(out, id);
		dump_number(out, "tgid", p.tgid);
		dump_number(out, "parent", p.parent_tgid);
		dump_number(out, "inside", p.namespace_tgid);
		dump_number(out, "generation", p.generation);
		dump_number(out, "start_ns", p.start_ns);
		dump_id(out, "uid", p.uid);
		dump_entry_text(out, "comm", texts.comm);
		dump_entry_text(out, "executable", texts.executable);
		dump_entry_text(out, "cgroup", texts.cgroup);
		buf_puts(out, "\n");
	}
}

static void dump_threads(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct entry_text comm;
		struct trace_thread t;

		if (dump_is_bad(b, entry_take_thread(b, &t, &comm)))
			return;
		dump_row(out, id);
		dump_id(out, "process", t.process);
		dump_number(out, "tid", t.tid);
		dump_entry_text(out, "comm", comm);
		buf_puts(out, "\n");
	}
}

static void dump_modules(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		char build_id[2 * TRACE_BUILD_ID_MAX + 1];
		struct entry_text path;
		struct trace_module m;

		if (dump_is_bad(b, entry_take_module(b, &m, &path)))
			return;
		dump_row(out, id);
		dump_number(out, "kind", m.kind);
		dump_entry_text(out, "path", path);
		trace_hex_text(build_id, m.build_id, m.build_id_len);
		buf_printf(out, " build_id %s", m.build_id_len ? build_id : "-");
		dump_id(out, "process", m.process);
		buf_puts(out, "\n");
	}
}

static void dump_frames(struct buf *out, struct bytes *b)
{
	struct strtab *texts = strtab_new();
	struct frame_column frames = { 0 };
	uint32_t base = 0;

	dump_is_bad(b, frame_column_take(b, texts, &base, &frames));
	for (size_t i = 0; i < frames.cnt; i++) {
		const struct trace_frame *f = &frames.v[i];

		dump_row(out, base + i);
		dump_number(out, "kind", f->kind);
		dump_id(out, "module", f->module);
		buf_printf(out, " offset 0x%llx", (unsigned long long)f->offset);
		if (f->module == TRACE_NONE) {
			dump_number(out, "reason", f->reason);
			dump_text(out, "name", f->name, f->name_len);
			dump_text(out, "file", f->file, strlen(f->file));
			dump_number(out, "line", f->line);
		}
		buf_puts(out, "\n");
	}
	vec_release(&frames);
	strtab_free(texts);
}

static void dump_nodes(struct buf *out, struct bytes *b)
{
	struct node_column nodes = { 0 };
	uint32_t base = 0;

	dump_is_bad(b, node_column_take(b, &base, &nodes));
	for (size_t i = 0; i < nodes.cnt; i++) {
		dump_row(out, base + i);
		dump_id(out, "parent", nodes.v[i].parent);
		dump_id(out, "frame", nodes.v[i].frame);
		buf_puts(out, "\n");
	}
	vec_release(&nodes);
}

static void dump_samples(struct buf *out, struct bytes *b, uint64_t first_us)
{
	struct sample_column samples = { 0 };

	dump_is_bad(b, sample_column_take(b, first_us, &samples));
	for (size_t i = 0; i < samples.cnt; i++) {
		const struct trace_sample *s = &samples.v[i];

		buf_printf(out, "    %llu.%06llu s", (unsigned long long)(s->time_ns / 1000000000),
			   (unsigned long long)(s->time_ns / 1000 % 1000000));
		dump_id(out, "cpu", s->cpu);
		dump_id(out, "event", s->event);
		dump_id(out, "thread", s->thread);
		dump_id(out, "stack", s->stack);
		dump_number(out, "weight", s->weight);
		buf_puts(out, "\n");
	}
	vec_release(&samples);
}

static void dump_kernel_symbols(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		struct trace_kernel_symbol s;
		struct entry_text name;

		if (dump_is_bad(b, entry_take_kernel_symbol(b, &s, &name)))
			return;
		buf_puts(out, "   ");
		dump_id(out, "module", s.module);
		buf_printf(out, " offset 0x%llx", (unsigned long long)s.offset);
		dump_number(out, "size", s.size);
		dump_entry_text(out, "name", name);
		buf_puts(out, "\n");
	}
}

static void dump_jit_map(struct buf *out, struct bytes *b)
{
	uint32_t module = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX);

	buf_puts(out, "   ");
	dump_id(out, "module", module);
	dump_text(out, "text", (const char *)b->p, bytes_left(b));
	buf_puts(out, "\n");
	bytes_take(b, bytes_left(b));
}

static void dump_cpu_changes(struct buf *out, struct bytes *b, uint64_t first_us)
{
	while (bytes_left(b)) {
		struct trace_cpu_change c;

		if (dump_is_bad(b, entry_take_cpu_change(b, &c, first_us)))
			return;
		buf_printf(out, "    %llu ns cpu %u %s\n", (unsigned long long)c.time_ns, c.cpu,
			   c.online ? "online" : "offline");
	}
}

static void dump_losses(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		struct trace_loss_count l;

		if (dump_is_bad(b, entry_take_loss(b, &l)))
			return;
		buf_puts(out, "   ");
		dump_id(out, "event", l.event);
		dump_number(out, trace_loss_text(l.loss), l.count);
		buf_puts(out, "\n");
	}
}

static void dump_totals(struct buf *out, struct bytes *b)
{
	struct trace_totals t;

	if (dump_is_bad(b, entry_take_totals(b, &t)))
		return;
	buf_printf(out, "    stop \"%s\"", trace_stop_text(t.stop));
	dump_number(out, "samples", t.sample_cnt);
	dump_number(out, "weight", t.sample_weight);
	dump_number(out, "first_ns", t.first_ns);
	dump_number(out, "last_ns", t.last_ns);
	dump_number(out, "end_ns", t.end_ns);
	for (unsigned loss = 1; loss < TRACE_LOSS_CNT; loss++)
		if (t.lost[loss])
			dump_number(out, trace_loss_text((enum trace_loss)loss), t.lost[loss]);
	buf_puts(out, "\n");
}

static void dump_index(struct buf *out, struct bytes *b)
{
	uint64_t at = 0, first_us = 0;

	while (bytes_left(b) && !b->failed) {
		uint64_t type = bytes_varint(b), span_us;

		at += bytes_varint(b);
		first_us += (uint64_t)bytes_zigzag(b);
		span_us = bytes_varint(b);
		buf_puts(out, "   ");
		dump_number(out, "type", type);
		dump_number(out, "at", at);
		dump_number(out, "first_us", first_us);
		dump_number(out, "span_us", span_us);
		buf_puts(out, "\n");
	}
}

static const char *const section_names[SECTION_CNT] = {
	[SECTION_FACTS] = "facts",
	[SECTION_EVENTS] = "events",
	[SECTION_PROCESSES] = "processes",
	[SECTION_THREADS] = "threads",
	[SECTION_MODULES] = "modules",
	[SECTION_FRAMES] = "frames",
	[SECTION_NODES] = "nodes",
	[SECTION_SAMPLES] = "samples",
	[SECTION_KERNEL_SYMBOLS] = "kernel symbols",
	[SECTION_JIT_MAP] = "JIT map",
	[SECTION_CPU_CHANGES] = "CPU changes",
	[SECTION_LOSSES] = "losses",
	[SECTION_MODULE_NAMES] = "names of a module",
	[SECTION_TOTALS] = "totals",
	[SECTION_INDEX] = "index",
	[SECTION_MAPPINGS] = "mappings",
	[SECTION_COPIES] = "copies",
	[SECTION_COPY_STACKS] = "copied stacks",
	[SECTION_LINKS] = "links",
	[SECTION_SLICES] = "slices",
	[SECTION_WAIT_SUMS] = "sums of waits",
	[SECTION_WAITS] = "waits",
	[SECTION_ACCOUNTS] = "accounts",
	[SECTION_WAIT_TOTALS] = "totals of waits",
	[SECTION_EVENT_LABELS] = "labels of events",
	[SECTION_SERIES] = "series",
	[SECTION_BINS] = "bins",
	[SECTION_LATENCIES] = "single latencies",
	[SECTION_LATENCY_TOTALS] = "totals of latencies",
};

static void dump_content(struct buf *out, uint64_t type, struct bytes *b, uint64_t first_us)
{
	static void (*const plain[SECTION_CNT])(struct buf *, struct bytes *) = {
		[SECTION_FACTS] = dump_facts,
		[SECTION_EVENTS] = dump_events,
		[SECTION_PROCESSES] = dump_processes,
		[SECTION_THREADS] = dump_threads,
		[SECTION_MODULES] = dump_modules,
		[SECTION_FRAMES] = dump_frames,
		[SECTION_NODES] = dump_nodes,
		[SECTION_KERNEL_SYMBOLS] = dump_kernel_symbols,
		[SECTION_JIT_MAP] = dump_jit_map,
		[SECTION_LOSSES] = dump_losses,
		[SECTION_MODULE_NAMES] = dump_module_names,
		[SECTION_TOTALS] = dump_totals,
		[SECTION_INDEX] = dump_index,
		[SECTION_MAPPINGS] = dump_mappings,
		[SECTION_COPIES] = dump_copies,
		[SECTION_COPY_STACKS] = dump_copy_stacks,
		[SECTION_LINKS] = dump_links,
		[SECTION_SLICES] = dump_slices,
		[SECTION_WAIT_SUMS] = dump_wait_sums,
		[SECTION_ACCOUNTS] = dump_accounts,
		[SECTION_WAIT_TOTALS] = dump_wait_totals,
		[SECTION_EVENT_LABELS] = dump_labels,
		[SECTION_SERIES] = dump_series,
		[SECTION_BINS] = dump_bins,
		[SECTION_LATENCY_TOTALS] = dump_latency_totals,
	};

	if (type == SECTION_SAMPLES)
		dump_samples(out, b, first_us);
	else if (type == SECTION_WAITS)
		dump_waits(out, b, first_us);
	else if (type == SECTION_LATENCIES)
		dump_latencies(out, b, first_us);
	else if (type == SECTION_CPU_CHANGES)
		dump_cpu_changes(out, b, first_us);
	else if (type < SECTION_CNT && plain[type])
		plain[type](out, b);
	else
		return;
	if (b->failed || bytes_left(b)) /* an entry that makes no sense ends its section */
		buf_puts(out, "    (not readable)\n");
}

static void dump_header(struct buf *out, const struct chunk *chunk)
{
	static const char *const types[] = { "?", "records", "names", "trailer" };
	const struct chunk_header *h = &chunk->header;

	buf_printf(out, "chunk %u at %llu: %s", h->number, (unsigned long long)chunk->at,
		   types[h->type <= CHUNK_TRAILER ? h->type : 0]);
	dump_number(out, "type", h->type);
	dump_number(out, "flags", h->flags);
	dump_number(out, "group", h->group);
	dump_number(out, "raw", h->raw_len);
	dump_number(out, "stored", h->stored_len);
	dump_number(out, "first_us", h->first_us);
	dump_number(out, "span_us", h->span_us);
	buf_puts(out, "\n");
}

static void dump_chunk(struct buf *out, const struct chunk *chunk)
{
	struct bytes raw = chunk->raw, content;
	uint64_t type;
	bool required;

	dump_header(out, chunk);
	while (chunk_section_take(&raw, &type, &required, &content)) {
		buf_printf(out, "  %s: type %llu%s, %zu bytes\n",
			   type < SECTION_CNT && section_names[type] ? section_names[type]
								     : "unknown",
			   (unsigned long long)type, required ? ", required" : "",
			   bytes_left(&content));
		dump_content(out, type, &content, chunk->header.first_us);
	}
}

int trace_dump(const struct trace_source *source, FILE *out, struct err *err)
{
	char id[2 * TRACE_FILE_ID_BYTES + 1];
	struct chunk_walk walk;
	struct buf text = { 0 };
	struct chunk chunk;
	int failed = chunk_walk_open(&walk, source, err);

	if (failed)
		return failed;
	trace_hex_text(id, walk.id, TRACE_FILE_ID_BYTES);
	buf_printf(&text, "file id %s%s\n", id, walk.is_header_damaged ? " (header damaged)" : "");
	while (chunk_walk_next(&walk, &chunk)) {
		if (chunk.after_gap)
			buf_puts(&text, "(chunks are missing here)\n");
		dump_chunk(&text, &chunk);
		fwrite(text.v, 1, text.len, out);
		buf_clear(&text);
	}
	buf_printf(&text, "damaged: %llu chunks, %llu bytes\n",
		   (unsigned long long)walk.damaged_chunks, (unsigned long long)walk.damaged_bytes);
	fwrite(text.v, 1, text.len, out);
	buf_release(&text);
	chunk_walk_close(&walk);
	return 0;
}
