#include "collector/copy_log.h"

#include <string.h>

void copy_log_release(struct copy_log *log)
{
	idmap_release(&log->mappings);
	vec_release(&log->rows);
}

static uint32_t module_of(struct copy_log *log, const struct copy_log_entry *entry,
			  const struct mapping *m)
{
	struct module_place place = { entry->tgid, m->start, m->end };

	if (m->module == MODULE_JIT)
		return resolved_raw_module(log->to.writer, entry->process, TRACE_MODULE_JIT);
	return module_log_id(log->to.modules, m->module, &place, log->to.writer);
}

static uint32_t mappings_id(struct copy_log *log, const struct copy_log_entry *entry)
{
	uint32_t id = idmap_find(&log->mappings, entry->tgid, entry->maps_version);
	struct trace_mappings record = { .process = entry->process };

	if (id != IDMAP_NONE)
		return id;
	log->rows.cnt = 0;
	for (size_t i = 0; i < entry->mappings->cnt; i++) {
		const struct mapping *m = &entry->mappings->v[i];

		*vec_push(&log->rows) = (struct trace_mapping){
			.start = m->start,
			.end = m->end,
			.file_offset = m->file_offset,
			.module = module_of(log, entry, m),
		};
	}
	record.v = log->rows.v;
	record.cnt = (uint32_t)log->rows.cnt;
	id = trace_writer_mappings(log->to.writer, &record);
	idmap_set(&log->mappings, entry->tgid, entry->maps_version, id);
	return id;
}

uint32_t copy_log_put(struct copy_log *log, const struct copy_log_entry *entry)
{
	const struct abi_copy *copy = entry->copy;
	struct trace_writer *writer = log->to.writer;
	struct trace_frame frame = { .kind = TRACE_FRAME_USER, .name = "", .file = "" };
	struct trace_copy record = {
		.id = ++log->last_id,
		.why = entry->why,
		.register_cnt = UNWIND_REGISTER_CNT,
		.registers = (const uint64_t *)copy->regs,
		.bytes = copy->bytes,
		.len = copy->len,
	};

	if (log->group != trace_writer_group(writer)) {
		log->group = trace_writer_group(writer);
		idmap_clear(&log->mappings);
	}
	record.mappings = mappings_id(log, entry);
	record.module = resolved_raw_module(writer, entry->process, TRACE_MODULE_COPY);
	trace_writer_copy(writer, &record);
	frame.module = record.module;
	frame.offset = record.id;
	return trace_writer_node(writer, TRACE_NONE, trace_writer_frame(writer, &frame));
}

struct code_range {
	uint64_t low, high;
};

/* From the first to the last byte of a runtime's code; empty without any. */
static struct code_range jit_range(const struct process *p)
{
	struct code_range range = { .low = UINT64_MAX };

	for (size_t i = 0; i < p->mappings.cnt; i++) {
		const struct mapping *m = &p->mappings.v[i];

		if (m->module != MODULE_JIT)
			continue;
		range.low = range.low == UINT64_MAX ? m->start : range.low;
		range.high = m->end;
	}
	return range;
}

static void want_name(struct stack_resolver *r, struct process *p, const struct code_range *range,
		      uint64_t address)
{
	const struct mapping *m;

	if (address < range->low || address >= range->high)
		return;
	m = task_log_mapping(r->tasks, p, address);
	if (m && m->module == MODULE_JIT)
		jit_log_want(r->jit, p, address, r->time_ns);
}

/* Each word that leads into the runtime's code is taken for a return address. */
void copy_log_want_names(struct stack_resolver *r, struct process *p, const struct abi_copy *copy)
{
	struct code_range range = jit_range(p);
	uint64_t word;

	want_name(r, p, &range, copy->regs[UNWIND_RIP]);
	for (uint64_t at = -copy->regs[UNWIND_RSP] % sizeof(word);
	     range.high && at + sizeof(word) <= copy->len; at += sizeof(word)) {
		memcpy(&word, copy->bytes + at, sizeof(word));
		want_name(r, p, &range, word - 1);
	}
}
