#include "collector/resolved_stack.h"

#include <string.h>

void resolved_stack_release(struct resolved_stack *s)
{
	vec_release(&s->frames);
	buf_release(&s->names);
}

void resolved_stack_clear(struct resolved_stack *s)
{
	s->frames.cnt = 0;
	buf_clear(&s->names);
}

void resolved_stack_add(struct resolved_stack *s, const struct resolved_frame *frame)
{
	*vec_push(&s->frames) = *frame;
}

void resolved_stack_add_lost(struct resolved_stack *s, enum trace_reason reason)
{
	*vec_push(&s->frames) =
		(struct resolved_frame){ .kind = RESOLVED_LOST, .reason = (uint16_t)reason };
}

void resolved_stack_add_named(struct resolved_stack *s, const struct trace_frame *named)
{
	*vec_push(&s->frames) = (struct resolved_frame){
		.kind = RESOLVED_NAMED,
		.module = named->line,
		.offset = s->names.len,
	};
	buf_put(&s->names, named->name, strnlen(named->name, named->name_len));
	buf_u8(&s->names, 0);
	buf_puts(&s->names, named->file);
	buf_u8(&s->names, 0);
}

uint32_t resolved_raw_module(struct trace_writer *writer, uint32_t process,
			     enum trace_module_kind kind)
{
	const struct trace_module record = {
		.kind = kind,
		.path = kind == TRACE_MODULE_JIT    ? "[jit]"
			: kind == TRACE_MODULE_COPY ? "[copies]"
						    : "[unmapped]",
		.process = process,
	};

	return trace_writer_module(writer, &record);
}

static void name_frame(const struct resolved_stack *s, const struct resolved_frame *f,
		       struct trace_frame *out)
{
	out->kind = TRACE_FRAME_JIT;
	out->name = (const char *)s->names.v + f->offset;
	out->name_len = strlen(out->name);
	out->file = out->name + out->name_len + 1;
	out->line = f->module;
}

static uint32_t put_frame(const struct resolved_stack *s, const struct resolved_frame *f,
			  const struct resolved_target *to, uint32_t process)
{
	struct trace_frame frame = {
		.kind = TRACE_FRAME_USER,
		.module = TRACE_NONE,
		.offset = f->offset,
		.name = "",
		.file = "",
	};

	switch ((enum resolved_kind)f->kind) {
	case RESOLVED_KERNEL:
		return kernel_log_frame(to->kernel, f->offset, f->is_caller, to->writer);
	case RESOLVED_FILE:
		frame.module = module_log_id(to->modules, f->module, NULL, to->writer);
		break;
	case RESOLVED_JIT:
		frame.kind = TRACE_FRAME_JIT;
		frame.module = resolved_raw_module(to->writer, process, TRACE_MODULE_JIT);
		break;
	case RESOLVED_UNMAPPED:
		frame.module = resolved_raw_module(to->writer, process, TRACE_MODULE_UNMAPPED);
		break;
	case RESOLVED_NAMED:
		frame.offset = 0;
		name_frame(s, f, &frame);
		break;
	case RESOLVED_LOST:
		frame.kind = TRACE_FRAME_LOST;
		frame.reason = f->reason;
		break;
	}
	return trace_writer_frame(to->writer, &frame);
}

uint32_t resolved_stack_put(const struct resolved_stack *s, const struct resolved_target *to,
			    uint32_t process, uint32_t parent)
{
	for (size_t i = 0; i < s->frames.cnt; i++)
		parent = trace_writer_node(to->writer, parent,
					   put_frame(s, &s->frames.v[i], to, process));
	return parent;
}

size_t resolved_stack_bytes(const struct resolved_stack *s)
{
	return sizeof(*s) + s->frames.cap * sizeof(*s->frames.v) + s->names.cap;
}
