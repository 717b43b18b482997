#include "collector/jit_names.h"

static void write_map(struct stack_resolver *resolver, const struct task_ids *ids, uint32_t tgid)
{
	struct process *p = task_log_process(ids->tasks, tgid);
	struct trace_jit_map map;
	struct buf text = { 0 };

	jit_log_take(resolver->jit, tgid, &text);
	if (text.len) {
		map = (struct trace_jit_map){
			.module = resolved_raw_module(ids->writer, task_ids_process(ids, p),
						      TRACE_MODULE_JIT),
			.text = (const char *)text.v,
			.len = text.len,
		};
		trace_writer_jit_map(ids->writer, &map);
	}
	buf_release(&text);
}

void jit_names_write(struct stack_resolver *resolver, const struct task_ids *ids, uint32_t tgid)
{
	if (tgid) {
		if (jit_log_has(resolver->jit, tgid) && task_log_is_over(ids->tasks, tgid))
			write_map(resolver, ids, tgid);
		return;
	}
	while ((tgid = jit_log_next(resolver->jit)))
		write_map(resolver, ids, tgid);
}
