#include "formats/stack_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"
#include "formats/module_name.h"

#define NOT_MADE UINT32_MAX

/* Few bytes can say that a copied stack has very many frames: so many are kept, or those of
 * one node, and made again when they are asked for again. */
#define KEPT_FRAMES_MAX ((size_t)1 << 20)
#define STACK_FRAMES_MAX (TRACE_DEPTH_MAX * NAME_FRAMES_MAX + 1) /* and a lost one */

/* Where the shown frames of one frame stand in `pool`. */
struct made {
	uint32_t first;
	uint32_t cnt; /* NOT_MADE, or at least 1 */
};

struct module_names {
	struct module_name called;
	uint32_t in_table; /* id in the name table; TRACE_NONE: it has nothing of it */
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
	} modules;		/* by module id of the group */
	struct idmap of_table;	/* (id in the name table, 0) to module id of the group */
	uint32_t of_table_next; /* module that is not in there yet */
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
	s->of_table_next = 0;
	if (s->of_table.cnt)
		idmap_clear(&s->of_table);
}

void stack_names_free(struct stack_names *s)
{
	if (!s)
		return;
	vec_release(&s->frames);
	vec_release(&s->modules);
	idmap_release(&s->of_table);
	vec_release(&s->pool);
	vec_release(&s->stack);
	vec_release(&s->nodes);
	free(s);
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
	names->called = module_name_of(s->texts, module);
	names->made = true;
	return names;
}

static uint32_t intern_file(struct strtab *texts, const char *file)
{
	return file && *file ? strtab_intern_text(texts, file) : 0;
}

/* The module of the group that a place of a copied stack lies in; TRACE_NONE: it was lost. */
static uint32_t module_of_table(struct stack_names *s, uint32_t in_table)
{
	uint32_t cnt = trace_reader_module_cnt(s->reader), id;

	for (; s->of_table_next < cnt; s->of_table_next++) {
		id = module_of(s, s->of_table_next)->in_table;
		if (id != TRACE_NONE)
			idmap_intern(&s->of_table, id, 0, s->of_table_next);
	}
	id = idmap_find(&s->of_table, in_table, 0);
	return id == IDMAP_NONE ? TRACE_NONE : id;
}

/* What stops a walk leaves the frames below it whole: that is a cut, not a loss. */
static const char *lost_verb(enum trace_reason reason)
{
	switch (reason) {
	case TRACE_REASON_TOO_DEEP:
	case TRACE_REASON_NO_FRAME_POINTER:
	case TRACE_REASON_NO_TABLE:
	case TRACE_REASON_NO_MAPPING:
	case TRACE_REASON_UNSUPPORTED:
	case TRACE_REASON_STUCK:
	case TRACE_REASON_COPY_CUT:
		return "cut";
	default:
		return "lost";
	}
}

static struct shown_frame lost_frame(struct stack_names *s, const struct trace_frame *f)
{
	struct shown_frame shown = { .kind = TRACE_FRAME_LOST, .in_table = TRACE_NONE };
	struct buf b = { 0 };

	if (f->reason == TRACE_REASON_NOT_UNWOUND) {
		shown.name = strtab_intern_text(s->texts, "[stack copied, not unwound]");
		return shown;
	}
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
		.in_table = TRACE_NONE,
	};

	shown.name = unknown;
	if (f->name_len)
		shown.name = strtab_intern(s->texts, f->name, f->name_len);
	if (shown.name == unknown)
		shown.reason = NAME_REASON_NO_SYMBOLS;
	return shown;
}

/* A place in code: a module as it is called, and where its names are. */
struct place {
	struct module_name called;
	uint32_t in_table;
	uint64_t offset;
};

/* The function that was called is of the frame's own kind; what it inlined is not. */
static struct shown_frame named_frame(struct stack_names *s, const struct trace_frame *f,
				      const struct name_frame *name, const struct place *place)
{
	bool inlined = name->kind == TRACE_FRAME_INLINED;

	return (struct shown_frame){
		.name = strtab_intern_text(s->texts, name->function),
		.module = place->called.short_name,
		.file = intern_file(s->texts, name->file),
		.line = name->line,
		.in_table = place->in_table,
		.kind = inlined || name->kind == TRACE_FRAME_JIT ? name->kind : f->kind,
	};
}

static void push_place(struct stack_names *s, const struct trace_frame *f,
		       const struct place *place)
{
	const struct name_frame *names = NULL;
	enum name_reason reason = NAME_REASON_NO_FILE;
	size_t cnt = 0;

	if (place->in_table != TRACE_NONE)
		names = name_table_find(s->table, place->in_table, place->offset, &cnt, &reason);
	if (!cnt)
		*vec_push(&s->pool) = (struct shown_frame){
			.name = place->called.fallback,
			.module = place->called.short_name,
			.in_table = place->in_table,
			.kind = f->kind,
			.reason = reason != NAME_REASON_NONE ? reason : NAME_REASON_NO_MATCH,
		};
	while (cnt-- > 0)
		*vec_push(&s->pool) = named_frame(s, f, &names[cnt], place);
}

static void push_addressed(struct stack_names *s, const struct trace_frame *f)
{
	const struct module_names *module = module_of(s, f->module);
	struct place place = { module->called, module->in_table, f->offset };

	push_place(s, f, &place);
}

static void push_copied_place(struct stack_names *s, const struct name_place *found)
{
	uint32_t module = module_of_table(s, found->module);
	struct trace_frame f = { .kind = found->kind };
	struct place place = { .in_table = found->module, .offset = found->offset };

	if (module != TRACE_NONE)
		place.called = module_of(s, module)->called;
	else
		place.called.fallback = strtab_intern_text(s->texts, "[unknown]");
	push_place(s, &f, &place);
}

/* All that unwinding found in a copy of the stack, root first. */
static void push_copied(struct stack_names *s, const struct trace_frame *f)
{
	uint32_t module = module_of(s, f->module)->in_table;
	enum trace_reason root = TRACE_REASON_NOT_UNWOUND;
	const struct name_place *places = NULL;
	size_t cnt = 0;

	if (module != TRACE_NONE)
		places = name_table_find_copy(s->table, module, f->offset, &cnt, &root);
	if (root)
		*vec_push(&s->pool) =
			lost_frame(s, &(struct trace_frame){ .reason = root, .name = "" });
	while (cnt-- > 0)
		push_copied_place(s, &places[cnt]);
}

static bool is_copied(const struct stack_names *s, const struct trace_frame *f)
{
	return trace_reader_module(s->reader, f->module)->kind == TRACE_MODULE_COPY;
}

static struct made make_frame(struct stack_names *s, uint32_t id)
{
	const struct trace_frame *f = trace_reader_frame(s->reader, id);
	struct made made = { .first = (uint32_t)s->pool.cnt };

	if (f->kind == TRACE_FRAME_LOST)
		*vec_push(&s->pool) = lost_frame(s, f);
	else if (f->module == TRACE_NONE)
		*vec_push(&s->pool) = given_frame(s, f);
	else if (is_copied(s, f))
		push_copied(s, f);
	else
		push_addressed(s, f);
	made.cnt = (uint32_t)s->pool.cnt - made.first;
	return made;
}

const struct shown_frame *stack_names_node(struct stack_names *s, uint32_t node, size_t *out_cnt)
{
	uint32_t frame = trace_reader_node(s->reader, node)->frame;

	if (s->pool.cnt > KEPT_FRAMES_MAX)
		s->pool.cnt = s->frames.cnt = 0;
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

		if (cnt > STACK_FRAMES_MAX - s->stack.cnt)
			break;
		vec_reserve(&s->stack, cnt);
		memcpy(&s->stack.v[s->stack.cnt], frames, cnt * sizeof(*frames));
		s->stack.cnt += cnt;
	}
	*out_cnt = s->stack.cnt;
	return s->stack.v;
}
