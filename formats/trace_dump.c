#include "formats/trace_dump.h"

#include <string.h>

#include "base/text.h"
#include "formats/chunk_walk.h"
#include "formats/entries.h"
#include "formats/frame_column.h"
#include "formats/node_column.h"
#include "formats/sample_column.h"

/* Prints "-" for TRACE_NONE. */
static void put_id(struct buf *out, const char *label, uint32_t id)
{
	if (id == TRACE_NONE)
		buf_printf(out, " %s -", label);
	else
		buf_printf(out, " %s %u", label, id);
}

static void put_number(struct buf *out, const char *label, uint64_t value)
{
	buf_printf(out, " %s %llu", label, (unsigned long long)value);
}

static void put_text(struct buf *out, const char *label, const char *s, size_t len)
{
	buf_printf(out, " %s \"", label);
	text_visible(out, s, len);
	buf_puts(out, "\"");
}

static void put_entry_text(struct buf *out, const char *label, struct entry_text text)
{
	put_text(out, label, text.s ? text.s : "", text.len);
}

static void start_row(struct buf *out, uint64_t id)
{
	buf_printf(out, "    #%llu", (unsigned long long)id);
}

/* An entry may make no sense though all of its bytes are there. */
static bool is_bad(struct bytes *b, bool good)
{
	b->failed |= !good;
	return !good;
}

static void dump_facts(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		uint64_t fact = bytes_varint(b);
		struct entry_text text = entry_take_text(b);

		if (b->failed)
			return;
		buf_puts(out, "   ");
		put_entry_text(out,
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

		if (is_bad(b, entry_take_event(b, &e, &texts)))
			return;
		start_row(out, id);
		put_entry_text(out, "name", texts.name);
		put_entry_text(out, "source", texts.source);
		put_number(out, "kind", e.kind);
		put_number(out, "unit", e.unit);
		put_number(out, "hz", e.frequency_hz);
		put_number(out, "period_ns", e.period_ns);
		buf_puts(out, "\n");
	}
}

static void dump_processes(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct process_texts texts;
		struct trace_process p;

		if (is_bad(b, entry_take_process(b, &p, &texts)))
			return;
		start_row(out, id);
		put_number(out, "tgid", p.tgid);
		put_number(out, "parent", p.parent_tgid);
		put_number(out, "inside", p.namespace_tgid);
		put_number(out, "generation", p.generation);
		put_number(out, "start_ns", p.start_ns);
		put_id(out, "uid", p.uid);
		put_entry_text(out, "comm", texts.comm);
		put_entry_text(out, "executable", texts.executable);
		put_entry_text(out, "cgroup", texts.cgroup);
		buf_puts(out, "\n");
	}
}

static void dump_threads(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		struct entry_text comm;
		struct trace_thread t;

		if (is_bad(b, entry_take_thread(b, &t, &comm)))
			return;
		start_row(out, id);
		put_id(out, "process", t.process);
		put_number(out, "tid", t.tid);
		put_entry_text(out, "comm", comm);
		buf_puts(out, "\n");
	}
}

static void dump_modules(struct buf *out, struct bytes *b)
{
	for (uint64_t id = bytes_varint(b); bytes_left(b); id++) {
		char build_id[2 * TRACE_BUILD_ID_MAX + 1];
		struct entry_text path;
		struct trace_module m;

		if (is_bad(b, entry_take_module(b, &m, &path)))
			return;
		start_row(out, id);
		put_number(out, "kind", m.kind);
		put_entry_text(out, "path", path);
		trace_hex_text(build_id, m.build_id, m.build_id_len);
		buf_printf(out, " build_id %s", m.build_id_len ? build_id : "-");
		put_id(out, "process", m.process);
		buf_puts(out, "\n");
	}
}

static void dump_frames(struct buf *out, struct bytes *b)
{
	struct strtab *texts = strtab_new();
	struct frame_column frames = { 0 };
	uint32_t base = 0;

	is_bad(b, frame_column_take(b, texts, &base, &frames));
	for (size_t i = 0; i < frames.cnt; i++) {
		const struct trace_frame *f = &frames.v[i];

		start_row(out, base + i);
		put_number(out, "kind", f->kind);
		put_id(out, "module", f->module);
		buf_printf(out, " offset 0x%llx", (unsigned long long)f->offset);
		if (f->module == TRACE_NONE) {
			put_number(out, "reason", f->reason);
			put_text(out, "name", f->name, f->name_len);
			put_text(out, "file", f->file, strlen(f->file));
			put_number(out, "line", f->line);
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

	is_bad(b, node_column_take(b, &base, &nodes));
	for (size_t i = 0; i < nodes.cnt; i++) {
		start_row(out, base + i);
		put_id(out, "parent", nodes.v[i].parent);
		put_id(out, "frame", nodes.v[i].frame);
		buf_puts(out, "\n");
	}
	vec_release(&nodes);
}

static void dump_samples(struct buf *out, struct bytes *b, uint64_t first_us)
{
	struct sample_column samples = { 0 };

	is_bad(b, sample_column_take(b, first_us, &samples));
	for (size_t i = 0; i < samples.cnt; i++) {
		const struct trace_sample *s = &samples.v[i];

		buf_printf(out, "    %llu.%06llu s", (unsigned long long)(s->time_ns / 1000000000),
			   (unsigned long long)(s->time_ns / 1000 % 1000000));
		put_id(out, "cpu", s->cpu);
		put_id(out, "event", s->event);
		put_id(out, "thread", s->thread);
		put_id(out, "stack", s->stack);
		put_number(out, "weight", s->weight);
		buf_puts(out, "\n");
	}
	vec_release(&samples);
}

static void dump_kernel_symbols(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		struct trace_kernel_symbol s;
		struct entry_text name;

		if (is_bad(b, entry_take_kernel_symbol(b, &s, &name)))
			return;
		buf_puts(out, "   ");
		put_id(out, "module", s.module);
		buf_printf(out, " offset 0x%llx", (unsigned long long)s.offset);
		put_number(out, "size", s.size);
		put_entry_text(out, "name", name);
		buf_puts(out, "\n");
	}
}

static void dump_jit_map(struct buf *out, struct bytes *b)
{
	uint32_t module = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX);

	buf_puts(out, "   ");
	put_id(out, "module", module);
	put_text(out, "text", (const char *)b->p, bytes_left(b));
	buf_puts(out, "\n");
	bytes_take(b, bytes_left(b));
}

static void dump_cpu_changes(struct buf *out, struct bytes *b, uint64_t first_us)
{
	while (bytes_left(b)) {
		struct trace_cpu_change c;

		if (is_bad(b, entry_take_cpu_change(b, &c, first_us)))
			return;
		buf_printf(out, "    %llu ns cpu %u %s\n", (unsigned long long)c.time_ns, c.cpu,
			   c.online ? "online" : "offline");
	}
}

static void dump_losses(struct buf *out, struct bytes *b)
{
	while (bytes_left(b)) {
		struct trace_loss_count l;

		if (is_bad(b, entry_take_loss(b, &l)))
			return;
		buf_puts(out, "   ");
		put_id(out, "event", l.event);
		put_number(out, trace_loss_text(l.loss), l.count);
		buf_puts(out, "\n");
	}
}

/* Texts are told once, as in the file: entries refer to them by number, 0 is the empty one. */
static void dump_texts(struct buf *out, struct bytes *b)
{
	struct bytes texts = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));

	for (uint64_t id = 1; bytes_left(&texts); id++) {
		struct entry_text text = entry_take_text(&texts);

		if (texts.failed)
			break;
		start_row(out, id);
		put_entry_text(out, "text", text);
		buf_puts(out, "\n");
	}
	is_bad(b, !texts.failed);
}

static void dump_named_frames(struct buf *out, struct bytes *b, uint64_t cnt)
{
	for (; cnt && !b->failed; cnt--) {
		uint64_t kind = bytes_varint(b), function = bytes_varint(b);
		uint64_t file = bytes_varint(b), line = bytes_varint(b);

		if (b->failed)
			return;
		buf_puts(out, "     ");
		put_number(out, "kind", kind);
		put_number(out, "function", function);
		put_number(out, "file", file);
		put_number(out, "line", line);
		buf_puts(out, "\n");
	}
}

static void dump_module_names(struct buf *out, struct bytes *b)
{
	size_t len;
	const uint8_t *identity = bytes_blob(b, bytes_left(b), &len);
	uint64_t reason = bytes_varint(b), offset = 0;
	struct entry_text note = entry_take_text(b);

	buf_puts(out, "    identity ");
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", identity[i]);
	put_number(out, "reason", reason);
	put_entry_text(out, "note", note);
	buf_puts(out, "\n");
	dump_texts(out, b);
	while (bytes_left(b)) {
		uint64_t cnt;

		offset += bytes_varint(b);
		cnt = bytes_varint(b);
		reason = cnt ? 0 : bytes_varint(b);
		if (b->failed)
			return;
		buf_printf(out, "    offset 0x%llx", (unsigned long long)offset);
		put_number(out, "frames", cnt);
		if (!cnt)
			put_number(out, "reason", reason);
		buf_puts(out, "\n");
		dump_named_frames(out, b, cnt);
	}
}

static void dump_totals(struct buf *out, struct bytes *b)
{
	struct trace_totals t;

	if (is_bad(b, entry_take_totals(b, &t)))
		return;
	buf_printf(out, "    stop \"%s\"", trace_stop_text(t.stop));
	put_number(out, "samples", t.sample_cnt);
	put_number(out, "weight", t.sample_weight);
	put_number(out, "first_ns", t.first_ns);
	put_number(out, "last_ns", t.last_ns);
	put_number(out, "end_ns", t.end_ns);
	for (unsigned loss = 1; loss < TRACE_LOSS_CNT; loss++)
		if (t.lost[loss])
			put_number(out, trace_loss_text((enum trace_loss)loss), t.lost[loss]);
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
		put_number(out, "type", type);
		put_number(out, "at", at);
		put_number(out, "first_us", first_us);
		put_number(out, "span_us", span_us);
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
	};

	if (type == SECTION_SAMPLES)
		dump_samples(out, b, first_us);
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
	put_number(out, "type", h->type);
	put_number(out, "flags", h->flags);
	put_number(out, "group", h->group);
	put_number(out, "raw", h->raw_len);
	put_number(out, "stored", h->stored_len);
	put_number(out, "first_us", h->first_us);
	put_number(out, "span_us", h->span_us);
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
