#include "formats/stack_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"

#define NOT_MADE UINT32_MAX

/* Where the shown frames of one frame stand in `pool`. */
struct made {
	uint32_t first;
	uint32_t cnt; /* NOT_MADE, or at least 1 */
};

struct module_names {
	uint32_t in_table;   /* id in the name table; TRACE_NONE: it has nothing of it */
	uint32_t short_name; /* id in texts */
	uint32_t fallback;   /* what an address without a name is called; id in texts */
	bool made;
};

struct stack_names {
	const struct trace_reader *reader;
	const struct name_table *table;
	struct strtab *texts;
	struct {
		VEC(struct made);
	} frames; /* by frame id of the group */
	struct {
		VEC(struct module_names);
	} modules; /* by module id of the group */
	struct {
		VEC(struct shown_frame);
	} pool, stack;
	struct {
		VEC(uint32_t);
	} nodes;
};

struct stack_names *stack_names_new(const struct trace_reader *r, const struct name_table *t,
				    struct strtab *texts)
{
	struct stack_names *s = mem_alloc(1, sizeof(*s));

	s->reader = r;
	s->table = t;
	s->texts = texts;
	return s;
}

void stack_names_restart(struct stack_names *s)
{
	s->frames.cnt = 0;
	s->modules.cnt = 0;
	s->pool.cnt = 0;
}

void stack_names_free(struct stack_names *s)
{
	if (!s)
		return;
	vec_release(&s->frames);
	vec_release(&s->modules);
	vec_release(&s->pool);
	vec_release(&s->stack);
	vec_release(&s->nodes);
	free(s);
}

static uint32_t intern_printf(struct strtab *texts, const char *before, const char *text,
			      size_t len, const char *after)
{
	struct buf b = { 0 };
	uint32_t id;

	buf_puts(&b, before);
	buf_put(&b, text, len);
	buf_puts(&b, after);
	id = strtab_intern(texts, (const char *)b.v, b.len);
	buf_release(&b);
	return id;
}

/* The last part of a path, without what the kernel says of deleted files. */
static const char *file_name(const char *path, size_t *out_len)
{
	static const char deleted[] = " (deleted)";
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name), deleted_len = sizeof(deleted) - 1;

	if (len > deleted_len && !strcmp(name + len - deleted_len, deleted))
		len -= deleted_len;
	*out_len = len;
	return name;
}

static void name_module(struct stack_names *s, const struct trace_module *module,
			struct module_names *out)
{
	const char *name = module->path;
	size_t len = strlen(name);

	switch (module->kind) {
	case TRACE_MODULE_KERNEL:
		out->short_name = out->fallback = strtab_intern_text(s->texts, "[kernel]");
		return;
	case TRACE_MODULE_VDSO:
		out->short_name = out->fallback = strtab_intern_text(s->texts, "[vdso]");
		return;
	case TRACE_MODULE_JIT:
		out->short_name = out->fallback = strtab_intern_text(s->texts, "[jit]");
		return;
	case TRACE_MODULE_UNMAPPED:
	case TRACE_MODULE_COPY:
		out->short_name = 0;
		out->fallback = strtab_intern_text(s->texts, "[unknown]");
		return;
	case TRACE_MODULE_FILE:
		name = file_name(module->path, &len);
		break;
	case TRACE_MODULE_KERNEL_MODULE:
	case TRACE_MODULE_BPF:
		break;
	}
	out->short_name = strtab_intern(s->texts, name, len);
	out->fallback = len && name[0] == '[' ? out->short_name
					      : intern_printf(s->texts, "[", len ? name : "unknown",
							      len ? len : 7, "]");
}

static const struct module_names *module_of(struct stack_names *s, uint32_t id)
{
	const struct trace_module *module = trace_reader_module(s->reader, id);
	const struct trace_process *owner = NULL;
	struct module_names *names;

	while (s->modules.cnt <= id)
		*vec_push(&s->modules) = (struct module_names){ 0 };
	names = &s->modules.v[id];
	if (names->made)
		return names;
	if (module->process != TRACE_NONE)
		owner = trace_reader_process(s->reader, module->process);
	names->in_table = name_table_module_find(s->table, module, owner);
	name_module(s, module, names);
	names->made = true;
	return names;
}

static uint32_t intern_file(struct strtab *texts, const char *file)
{
	return file && *file ? strtab_intern_text(texts, file) : 0;
}

/* What stops a walk leaves the frames below it whole: that is a cut, not a loss. */
static const char *lost_verb(enum trace_reason reason)
{
	bool is_cut = reason == TRACE_REASON_TOO_DEEP || reason == TRACE_REASON_NO_FRAME_POINTER;

	return is_cut ? "cut" : "lost";
}

static struct shown_frame lost_frame(struct stack_names *s, const struct trace_frame *f)
{
	struct shown_frame shown = { .kind = TRACE_FRAME_LOST };
	struct buf b = { 0 };

	buf_puts(&b, "[");
	if (f->name_len)
		buf_put(&b, f->name, f->name_len);
	else
		buf_puts(&b, "stack");
	buf_printf(&b, " %s: %s]", lost_verb(f->reason), trace_reason_text(f->reason));
	shown.name = strtab_intern(s->texts, (const char *)b.v, b.len);
	buf_release(&b);
	return shown;
}

/* An imported "[unknown]" is no name either. */
static struct shown_frame given_frame(struct stack_names *s, const struct trace_frame *f)
{
	uint32_t unknown = strtab_intern_text(s->texts, "[unknown]");
	struct shown_frame shown = {
		.kind = f->kind,
		.file = intern_file(s->texts, f->file),
		.line = f->line,
	};

	shown.name = unknown;
	if (f->name_len)
		shown.name = strtab_intern(s->texts, f->name, f->name_len);
	if (shown.name == unknown)
		shown.reason = NAME_REASON_NO_SYMBOLS;
	return shown;
}

/* The function that was called is of the frame's own kind; what it inlined is not. */
static struct shown_frame named_frame(struct stack_names *s, const struct trace_frame *f,
				      const struct name_frame *name, uint32_t module)
{
	bool inlined = name->kind == TRACE_FRAME_INLINED;

	return (struct shown_frame){
		.name = strtab_intern_text(s->texts, name->function),
		.module = module,
		.file = intern_file(s->texts, name->file),
		.line = name->line,
		.kind = inlined || name->kind == TRACE_FRAME_JIT ? name->kind : f->kind,
	};
}

static void push_addressed(struct stack_names *s, const struct trace_frame *f)
{
	const struct module_names *module = module_of(s, f->module);
	const struct name_frame *names = NULL;
	enum name_reason reason = NAME_REASON_NO_FILE;
	size_t cnt = 0;

	if (module->in_table != TRACE_NONE)
		names = name_table_find(s->table, module->in_table, f->offset, &cnt, &reason);
	if (!cnt)
		*vec_push(&s->pool) = (struct shown_frame){
			.name = module->fallback,
			.module = module->short_name,
			.kind = f->kind,
			.reason = reason != NAME_REASON_NONE ? reason : NAME_REASON_NO_MATCH,
		};
	while (cnt-- > 0)
		*vec_push(&s->pool) = named_frame(s, f, &names[cnt], module->short_name);
}

static struct made make_frame(struct stack_names *s, uint32_t id)
{
	const struct trace_frame *f = trace_reader_frame(s->reader, id);
	struct made made = { .first = (uint32_t)s->pool.cnt };

	if (f->kind == TRACE_FRAME_LOST)
		*vec_push(&s->pool) = lost_frame(s, f);
	else if (f->module == TRACE_NONE)
		*vec_push(&s->pool) = given_frame(s, f);
	else
		push_addressed(s, f);
	made.cnt = (uint32_t)s->pool.cnt - made.first;
	return made;
}

const struct shown_frame *stack_names_node(struct stack_names *s, uint32_t node, size_t *out_cnt)
{
	uint32_t frame = trace_reader_node(s->reader, node)->frame;

	while (s->frames.cnt <= frame)
		*vec_push(&s->frames) = (struct made){ .cnt = NOT_MADE };
	if (s->frames.v[frame].cnt == NOT_MADE) {
		struct made made = make_frame(s, frame);

		s->frames.v[frame] = made;
	}
	*out_cnt = s->frames.v[frame].cnt;
	return &s->pool.v[s->frames.v[frame].first];
}

const struct shown_frame *stack_names_stack(struct stack_names *s, uint32_t node, size_t *out_cnt)
{
	s->nodes.cnt = 0;
	s->stack.cnt = 0;
	for (; node != TRACE_NONE && s->nodes.cnt < TRACE_DEPTH_MAX;
	     node = trace_reader_node(s->reader, node)->parent)
		*vec_push(&s->nodes) = node;
	for (size_t i = s->nodes.cnt; i-- > 0;) {
		size_t cnt;
		const struct shown_frame *frames = stack_names_node(s, s->nodes.v[i], &cnt);

		vec_reserve(&s->stack, cnt);
		memcpy(&s->stack.v[s->stack.cnt], frames, cnt * sizeof(*frames));
		s->stack.cnt += cnt;
	}
	*out_cnt = s->stack.cnt;
	return s->stack.v;
}

uint32_t stack_names_module(struct stack_names *s, uint32_t module, enum name_reason *out_reason,
			    const char **out_note)
{
	const struct module_names *names = module_of(s, module);

	*out_note = NULL;
	*out_reason = NAME_REASON_NO_FILE;
	if (names->in_table != TRACE_NONE)
		*out_reason = name_table_module_reason(s->table, names->in_table, out_note);
	if (!*out_note)
		*out_note = "";
	return names->fallback;
}
