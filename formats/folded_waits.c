#include "formats/folded_waits.h"

#include "base/idmap.h"
#include "base/vec.h"
#include "formats/folded_lines.h"
#include "formats/wait_stack.h"

struct folding {
	const struct folded_waits *which;
	struct folded_lines *lines;
	struct strtab *texts;
	struct stack_names *names;
	struct wait_stack *stack;
	struct idmap line_of; /* all that a line is made of, within a group */
	struct {
		VEC(struct shown_frame);
	} frames;
};

/* In a folded line a waker's frame is told from the others by its kind alone. */
static struct shown_frame folded_frame(const struct wait_frame *f)
{
	struct shown_frame shown = f->shown;

	if (f->role == WAIT_ROLE_WAKER_KERNEL || f->role == WAIT_ROLE_WAKER_USER ||
	    f->role == WAIT_ROLE_WAKER_NAME)
		shown.kind = TRACE_FRAME_WAKER;
	return shown;
}

static uint32_t make_line(struct folding *f, const struct wait_place *place,
			  const struct wait_part *part)
{
	size_t cnt;
	const struct wait_frame *v = wait_stack_frames(f->stack, place, f->which->way, part, &cnt);

	f->frames.cnt = 0;
	for (size_t i = 1; i < cnt; i++)
		*vec_push(&f->frames) = folded_frame(&v[i]);
	return folded_lines_find(f->lines, strtab_get(f->texts, v[0].shown.name, NULL), f->frames.v,
				 f->frames.cnt, f->texts);
}

static uint32_t find_line(struct folding *f, const struct wait_place *place,
			  const struct wait_part *part)
{
	uint64_t who = (uint64_t)place->process << 32 | place->stack;
	uint64_t why = (uint64_t)place->chain << 32 | place->flags << 8 | part->link_max << 1 |
		       part->is_runnable;
	uint32_t line = idmap_find(&f->line_of, who, why);

	if (line == IDMAP_NONE) {
		line = make_line(f, place, part);
		idmap_set(&f->line_of, who, why, line);
	}
	return line;
}

static void add_sum(struct folding *f, const struct trace_wait_sum *sum)
{
	struct wait_place place = wait_place_of_sum(sum);
	struct wait_part parts[WAIT_PARTS_MAX];
	size_t cnt = wait_parts(sum, f->which->way, f->which->weight, parts);

	for (size_t i = 0; i < cnt; i++)
		folded_lines_add(f->lines, find_line(f, &place, &parts[i]), parts[i].ns);
}

int folded_waits_add(struct folded_lines *lines, struct trace_reader *r,
		     const struct name_table *names, const struct folded_waits *which,
		     struct err *err)
{
	struct folding f = { .which = which, .lines = lines, .texts = strtab_new() };
	struct trace_record record;
	int got;

	f.names = stack_names_new(r, names, f.texts);
	f.stack = wait_stack_new(r, f.names, f.texts);
	while ((got = trace_reader_next(r, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME) {
			stack_names_restart(f.names);
			if (f.line_of.cnt)
				idmap_clear(&f.line_of);
		} else if (record.kind == TRACE_RECORD_WAIT_SUM &&
			   record.wait_sum.event == which->event) {
			add_sum(&f, &record.wait_sum);
		}
	}
	wait_stack_free(f.stack);
	stack_names_free(f.names);
	strtab_free(f.texts);
	idmap_release(&f.line_of);
	vec_release(&f.frames);
	return got;
}
