#include "formats/trace_tables.h"

#include <string.h>

#include "formats/copy_entries.h"
#include "formats/entries.h"
#include "formats/trace_layout.h"

static const struct trace_frame damaged_frame = { .kind = TRACE_FRAME_LOST,
						  .reason = TRACE_REASON_DAMAGED,
						  .module = TRACE_NONE,
						  .name = "",
						  .file = "" };
static const struct trace_process damaged_process = {
	.uid = TRACE_NONE, .comm = "[damaged]", .executable = "", .cgroup = ""
};
static const struct trace_thread damaged_thread = { .process = 0, .comm = "[damaged]" };
static const struct trace_module damaged_module = { .kind = TRACE_MODULE_UNMAPPED,
						    .path = "[damaged]",
						    .process = 0 };
static const struct trace_node damaged_node = { .parent = TRACE_NONE, .frame = 0 };
static const struct trace_event damaged_event = {
	.name = "[damaged]",
	.source = "",
	.kind = TRACE_EVENT_SAMPLE,
	.unit = TRACE_UNIT_SAMPLES,
	.labels = { "", "" },
};

void trace_tables_start(struct trace_tables *t)
{
	*t = (struct trace_tables){ .head_texts = strtab_new() };
	trace_tables_restart(t);
}

void trace_tables_release(struct trace_tables *t)
{
	strtab_free(t->texts);
	strtab_free(t->head_texts);
	vec_release(&t->events);
	vec_release(&t->processes);
	vec_release(&t->threads);
	vec_release(&t->modules);
	vec_release(&t->mappings);
	vec_release(&t->frames);
	vec_release(&t->nodes);
	vec_release(&t->depths);
	wait_tables_release(&t->waits);
	latency_tables_release(&t->latencies);
	*t = (struct trace_tables){ 0 };
}

void trace_tables_restart(struct trace_tables *t)
{
	strtab_free(t->texts);
	t->texts = strtab_new();
	t->processes.cnt = 0;
	t->threads.cnt = 0;
	t->modules.cnt = 0;
	t->mappings.cnt = 0;
	t->frames.cnt = 0;
	t->nodes.cnt = 0;
	t->depths.cnt = 0;
	wait_tables_restart(&t->waits);
	latency_tables_restart(&t->latencies);
	t->is_lossy = false;
	*vec_push(&t->processes) = damaged_process;
	*vec_push(&t->frames) = damaged_frame;
}

struct trace_tables_mark trace_tables_mark(const struct trace_tables *t)
{
	return (struct trace_tables_mark){ .processes = t->processes.cnt,
					   .threads = t->threads.cnt,
					   .modules = t->modules.cnt,
					   .mappings = t->mappings.cnt,
					   .frames = t->frames.cnt,
					   .nodes = t->nodes.cnt,
					   .links = t->waits.links.cnt,
					   .slices = t->waits.slices.cnt,
					   .series = t->latencies.series.cnt };
}

void trace_tables_rollback(struct trace_tables *t, const struct trace_tables_mark *mark)
{
	t->processes.cnt = mark->processes;
	t->threads.cnt = mark->threads;
	t->modules.cnt = mark->modules;
	t->mappings.cnt = mark->mappings;
	t->frames.cnt = mark->frames;
	t->nodes.cnt = mark->nodes;
	t->depths.cnt = mark->nodes;
	t->waits.links.cnt = mark->links;
	t->waits.places.cnt = mark->links;
	t->waits.slices.cnt = mark->slices;
	latency_tables_rollback(&t->latencies, mark->series);
}

bool trace_tables_may_fill(struct trace_tables *t, size_t cnt, size_t to, size_t max)
{
	if (to <= cnt)
		return true;
	if (!t->is_lossy || to > max || to - cnt > t->gap_budget)
		return false;
	t->gap_budget -= to - cnt;
	return true;
}

/* Processes and frames are one more than the file's: [0] stands for none. */
#define PROCESSES_MAX (TRACE_ENTRIES_MAX + 1)
#define FRAMES_MAX (TRACE_FRAMES_MAX + 1)

static bool fill_processes(struct trace_tables *t, size_t to)
{
	if (!trace_tables_may_fill(t, t->processes.cnt, to, PROCESSES_MAX))
		return false;
	while (t->processes.cnt < to)
		*vec_push(&t->processes) = damaged_process;
	return true;
}

static bool fill_threads(struct trace_tables *t, size_t to)
{
	if (!trace_tables_may_fill(t, t->threads.cnt, to, TRACE_ENTRIES_MAX))
		return false;
	while (t->threads.cnt < to)
		*vec_push(&t->threads) = damaged_thread;
	return true;
}

static bool fill_modules(struct trace_tables *t, size_t to)
{
	if (!trace_tables_may_fill(t, t->modules.cnt, to, TRACE_ENTRIES_MAX))
		return false;
	while (t->modules.cnt < to)
		*vec_push(&t->modules) = damaged_module;
	return true;
}

static bool fill_mappings(struct trace_tables *t, size_t to)
{
	if (!trace_tables_may_fill(t, t->mappings.cnt, to, TRACE_ENTRIES_MAX))
		return false;
	while (t->mappings.cnt < to)
		*vec_push(&t->mappings) = (struct mapping_list){ 0 };
	return true;
}

static bool fill_frames(struct trace_tables *t, size_t to)
{
	if (!trace_tables_may_fill(t, t->frames.cnt, to, FRAMES_MAX))
		return false;
	while (t->frames.cnt < to)
		*vec_push(&t->frames) = damaged_frame;
	return true;
}

static bool fill_nodes(struct trace_tables *t, size_t to)
{
	if (!trace_tables_may_fill(t, t->nodes.cnt, to, TRACE_IDS_MAX))
		return false;
	while (t->nodes.cnt < to) {
		*vec_push(&t->nodes) = damaged_node;
		*vec_push(&t->depths) = 1;
	}
	return true;
}

bool trace_tables_has_node(struct trace_tables *t, uint32_t id)
{
	return id == TRACE_NONE || fill_nodes(t, (size_t)id + 1);
}

bool trace_tables_has_process(struct trace_tables *t, uint32_t id)
{
	return fill_processes(t, (size_t)id + 2);
}

bool trace_tables_has_thread(struct trace_tables *t, uint32_t id)
{
	return fill_threads(t, (size_t)id + 1);
}

bool trace_tables_has_module(struct trace_tables *t, uint32_t id)
{
	return fill_modules(t, (size_t)id + 1);
}

bool trace_tables_has_mappings(struct trace_tables *t, uint32_t id)
{
	return id == TRACE_NONE || fill_mappings(t, (size_t)id + 1);
}

/* Facts and events come with every key frame and the trailer; all may be damaged. */
bool trace_tables_has_event(struct trace_tables *t, uint32_t id)
{
	if (id < t->events.cnt)
		return true;
	if (!t->is_lossy || id >= TRACE_EVENTS_MAX)
		return false;
	while (t->events.cnt <= id)
		*vec_push(&t->events) = damaged_event;
	return true;
}

static const char *keep(struct strtab *texts, struct entry_text text)
{
	return strtab_get(texts, strtab_intern(texts, text.s, text.len), NULL);
}

static struct bytes keep_bytes(struct strtab *texts, const char *bytes, size_t len)
{
	return bytes_of(strtab_get(texts, strtab_intern(texts, bytes, len), NULL), len);
}

static bool take_facts(struct trace_tables *t, struct bytes *b)
{
	while (bytes_left(b)) {
		uint64_t fact = bytes_varint(b);
		struct entry_text text = entry_take_text(b);

		if (b->failed)
			return false;
		if (fact < TRACE_FACT_CNT)
			t->facts[fact] = keep(t->head_texts, text);
	}
	return true;
}

static bool take_events(struct trace_tables *t, struct bytes *b)
{
	uint64_t id = bytes_varint_max(b, TRACE_EVENTS_MAX);

	for (; bytes_left(b); id++) {
		struct event_texts texts;
		struct trace_event event;

		if (!entry_take_event(b, &event, &texts) || id >= TRACE_EVENTS_MAX ||
		    id > t->events.cnt)
			return false;
		event.name = keep(t->head_texts, texts.name);
		event.source = keep(t->head_texts, texts.source);
		for (unsigned i = 0; i < TRACE_LABELS_MAX; i++)
			event.labels[i] = ""; /* they come behind, if there are any */
		if (id == t->events.cnt)
			(void)vec_push(&t->events);
		t->events.v[id] = event;
	}
	return !b->failed;
}

bool trace_tables_take_base(struct bytes *b, size_t cnt, size_t *out)
{
	*out = (size_t)bytes_varint_max(b, TRACE_IDS_MAX);
	return !b->failed && *out >= cnt;
}

static bool take_processes(struct trace_tables *t, struct bytes *b)
{
	size_t base;

	if (!trace_tables_take_base(b, t->processes.cnt - 1, &base) || !fill_processes(t, base + 1))
		return false;
	while (bytes_left(b)) {
		struct process_texts texts;
		struct trace_process process;

		if (!entry_take_process(b, &process, &texts) || t->processes.cnt >= PROCESSES_MAX)
			return false;
		process.comm = keep(t->texts, texts.comm);
		process.executable = keep(t->texts, texts.executable);
		process.cgroup = keep(t->texts, texts.cgroup);
		*vec_push(&t->processes) = process;
	}
	return true;
}

static bool take_threads(struct trace_tables *t, struct bytes *b)
{
	size_t base;

	if (!trace_tables_take_base(b, t->threads.cnt, &base) || !fill_threads(t, base))
		return false;
	while (bytes_left(b)) {
		struct entry_text comm;
		struct trace_thread thread;

		if (!entry_take_thread(b, &thread, &comm) || t->threads.cnt >= TRACE_ENTRIES_MAX ||
		    !fill_processes(t, (size_t)thread.process + 2))
			return false;
		thread.process++;
		thread.comm = keep(t->texts, comm);
		*vec_push(&t->threads) = thread;
	}
	return true;
}

static bool has_owner(const struct trace_module *m)
{
	return m->kind == TRACE_MODULE_JIT || m->kind == TRACE_MODULE_UNMAPPED ||
	       m->kind == TRACE_MODULE_COPY;
}

static bool take_modules(struct trace_tables *t, struct bytes *b)
{
	size_t base;

	if (!trace_tables_take_base(b, t->modules.cnt, &base) || !fill_modules(t, base))
		return false;
	while (bytes_left(b)) {
		struct entry_text path;
		struct trace_module module;

		if (!entry_take_module(b, &module, &path) || t->modules.cnt >= TRACE_ENTRIES_MAX)
			return false;
		module.path = keep(t->texts, path);
		if (!has_owner(&module))
			module.process = TRACE_NONE;
		else if (module.process == TRACE_NONE)
			module.process = 0;
		else if (fill_processes(t, (size_t)module.process + 2))
			module.process++;
		else
			return false;
		*vec_push(&t->modules) = module;
	}
	return true;
}

/* Checks the rows and keeps their bytes: unpacked they are several times as large. */
static bool take_mapping_list(struct trace_tables *t, struct bytes *b)
{
	struct mapping_list list = { 0 };
	const char *rows;
	uint64_t end = 0;

	if (!entry_take_mappings(b, &list.process, &list.cnt) ||
	    !fill_processes(t, (size_t)list.process + 2))
		return false;
	rows = (const char *)b->p;
	for (uint32_t i = 0; i < list.cnt; i++) {
		struct trace_mapping row;

		if (!entry_take_mapping(b, &end, &row) || !fill_modules(t, (size_t)row.module + 1))
			return false;
	}
	list.process++;
	list.rows = keep_bytes(t->texts, rows, (size_t)((const char *)b->p - rows));
	*vec_push(&t->mappings) = list;
	return true;
}

static bool take_mappings(struct trace_tables *t, struct bytes *b)
{
	size_t base;

	if (!trace_tables_take_base(b, t->mappings.cnt, &base) || !fill_mappings(t, base))
		return false;
	while (bytes_left(b))
		if (t->mappings.cnt >= TRACE_ENTRIES_MAX || !take_mapping_list(t, b))
			return false;
	return true;
}

static bool take_frames(struct trace_tables *t, struct bytes *b)
{
	struct bytes peek = *b;
	size_t base, at;
	uint32_t ignored;

	if (!trace_tables_take_base(&peek, t->frames.cnt - 1, &base) || !fill_frames(t, base + 1))
		return false;
	at = t->frames.cnt;
	if (!frame_column_take(b, t->texts, &ignored, &t->frames) || t->frames.cnt > FRAMES_MAX)
		return false;
	for (; at < t->frames.cnt; at++) {
		uint32_t module = t->frames.v[at].module;

		if (module != TRACE_NONE && !fill_modules(t, (size_t)module + 1))
			return false;
	}
	return true;
}

/* Depths and frames of nodes that were just read, and what they refer to. */
static bool check_nodes(struct trace_tables *t, size_t at)
{
	for (; at < t->nodes.cnt; at++) {
		struct trace_node *n = &t->nodes.v[at];
		uint16_t depth = n->parent == TRACE_NONE ? 0 : t->depths.v[n->parent];

		if (depth >= TRACE_DEPTH_MAX || !fill_frames(t, (size_t)n->frame + 2))
			return false;
		n->frame++;
		*vec_push(&t->depths) = (uint16_t)(depth + 1);
	}
	return true;
}

static bool take_nodes(struct trace_tables *t, struct bytes *b)
{
	struct bytes peek = *b;
	size_t base, at;
	uint32_t ignored;

	if (!trace_tables_take_base(&peek, t->nodes.cnt, &base) || !fill_nodes(t, base))
		return false;
	at = t->nodes.cnt;
	return node_column_take(b, &ignored, &t->nodes) && t->nodes.cnt <= TRACE_IDS_MAX &&
	       check_nodes(t, at);
}

bool trace_tables_know(uint64_t section)
{
	return (section >= SECTION_FACTS && section <= SECTION_NODES) ||
	       section == SECTION_MAPPINGS || section == SECTION_LINKS ||
	       section == SECTION_SLICES || section == SECTION_EVENT_LABELS ||
	       section == SECTION_SERIES;
}

bool trace_tables_take(struct trace_tables *t, uint64_t section, struct bytes b)
{
	switch (section) {
	case SECTION_FACTS:
		return take_facts(t, &b);
	case SECTION_EVENTS:
		return take_events(t, &b);
	case SECTION_PROCESSES:
		return take_processes(t, &b);
	case SECTION_THREADS:
		return take_threads(t, &b);
	case SECTION_MODULES:
		return take_modules(t, &b);
	case SECTION_MAPPINGS:
		return take_mappings(t, &b);
	case SECTION_FRAMES:
		return take_frames(t, &b);
	case SECTION_NODES:
		return take_nodes(t, &b);
	case SECTION_LINKS:
		return wait_tables_take_links(t, &b);
	case SECTION_SLICES:
		return wait_tables_take_slices(t, &b);
	case SECTION_EVENT_LABELS:
		return latency_tables_take_labels(t, &b);
	case SECTION_SERIES:
		return latency_tables_take_series(t, &b);
	default:
		return false;
	}
}
