#include "formats/folded_waits.h"

#include "base/idmap.h"
#include "base/sum.h"
#include "base/vec.h"
#include "formats/folded_lines.h"
#include "formats/trace_reader.h"
#include "formats/wait_stack.h"
#include "formats/wait_threshold.h"

/* What the accounts say of all processes of one name, and what is to be seen of it. */
struct own_time {
	uint32_t comm;
	uint64_t waited_ns, short_ns, kept_ns;
};

struct folding {
	struct trace_reader *reader;
	const struct folded_waits *which;
	struct folded_lines *lines;
	struct strtab *texts;
	struct stack_names *names;
	struct wait_stack *stack;
	struct idmap line_of; /* all that a line is made of, within a group */
	struct {
		VEC(struct shown_frame);
	} frames;
	struct wait_threshold threshold;
	uint32_t slice_cnt;  /* of the group, looked at */
	struct idmap own_of; /* (comm, 0) */
	struct {
		VEC(struct own_time);
	} owns;
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

	const char *comm = NULL;

	if (v[0].role == WAIT_ROLE_PROCESS)
		comm = strtab_get(f->texts, v[0].shown.name, NULL);
	f->frames.cnt = 0;
	for (size_t i = comm ? 1 : 0; i < cnt; i++)
		*vec_push(&f->frames) = folded_frame(&v[i]);
	return folded_lines_find(f->lines, comm, f->frames.v, f->frames.cnt, f->texts);
}

static uint32_t find_line(struct folding *f, const struct wait_place *place,
			  const struct wait_part *part)
{
	uint64_t who = (uint64_t)place->process << 32 | place->stack;
	uint64_t why = (uint64_t)place->chain << 32 | place->flags << 8 | part->link_max << 2 |
		       part->is_preempted << 1 | part->is_runnable;
	uint32_t line = idmap_find(&f->line_of, who, why);

	if (line == IDMAP_NONE) {
		line = make_line(f, place, part);
		idmap_set(&f->line_of, who, why, line);
	}
	return line;
}

static struct own_time *own_of(struct folding *f, uint32_t process)
{
	const char *comm = trace_reader_process(f->reader, process)->comm;
	uint32_t id = strtab_intern_text(f->texts, *comm ? comm : "[unknown]");
	uint32_t made = (uint32_t)f->owns.cnt, at = idmap_intern(&f->own_of, id, 0, made);

	if (at == made)
		*vec_push(&f->owns) = (struct own_time){ .comm = id };
	return &f->owns.v[at];
}

static void add_sum(struct folding *f, const struct trace_wait_sum *sum)
{
	struct wait_place place = wait_place_of_sum(sum);
	struct wait_part parts[WAIT_PARTS_MAX];
	size_t cnt = wait_parts(sum, f->which->way, f->which->weight, parts);
	struct own_time *own = own_of(f, sum->process);

	for (size_t i = 0; i < cnt; i++) {
		sum_clipped(&own->kept_ns, parts[i].ns);
		if (wait_stack_shows(f->which->way, &parts[i]))
			folded_lines_add(f->lines, find_line(f, &place, &parts[i]), parts[i].ns);
	}
}

static void add_account(struct folding *f, const struct trace_account *a)
{
	struct own_time *own = own_of(f, trace_reader_thread(f->reader, a->thread)->process);

	sum_clipped(&own->waited_ns, a->blocked_ns);
	sum_clipped(&own->waited_ns, a->runnable_ns);
	sum_clipped(&own->short_ns, a->short_ns);
}

static void add_own(struct folding *f, uint32_t comm, const char *text, uint64_t ns)
{
	struct shown_frame frame = { .name = strtab_intern_text(f->texts, text),
				     .kind = TRACE_FRAME_CONTEXT };

	if (ns)
		folded_lines_add(f->lines,
				 folded_lines_find(f->lines, strtab_get(f->texts, comm, NULL),
						   &frame, 1, f->texts),
				 ns);
}

/* The time that has no stacks. Waits that are in no sum, though they should be, are lost. */
static void add_owns(struct folding *f)
{
	struct buf name = { 0 };

	wait_threshold_put_name(&f->threshold, f->reader, &name);
	for (size_t i = 0; i < f->owns.cnt; i++) {
		const struct own_time *own = &f->owns.v[i];
		uint64_t known_ns = own->kept_ns;

		sum_clipped(&known_ns, own->short_ns);
		add_own(f, own->comm, buf_text(&name), own->short_ns);
		if (f->which->is_single && own->waited_ns > known_ns)
			add_own(f, own->comm, "[waits not kept one by one]",
				own->waited_ns - known_ns);
	}
	buf_release(&name);
}

static void restart(struct folding *f)
{
	stack_names_restart(f->names);
	if (f->line_of.cnt)
		idmap_clear(&f->line_of);
	f->slice_cnt = 0;
}

static void take_slices(struct folding *f)
{
	for (; f->slice_cnt < trace_reader_slice_cnt(f->reader); f->slice_cnt++)
		wait_threshold_take(&f->threshold, trace_reader_slice(f->reader, f->slice_cnt));
}

static void add_wait(struct folding *f, const struct trace_wait_sum *sum)
{
	if (sum->event == f->which->event)
		add_sum(f, sum);
}

static void add_record(struct folding *f, const struct trace_record *record)
{
	const struct folded_waits *which = f->which;

	if (which->holds && !which->holds(which->selection, record))
		return;
	if (record->kind == TRACE_RECORD_ACCOUNT) {
		add_account(f, &record->account);
	} else if (record->kind == TRACE_RECORD_WAIT && which->is_single) {
		struct trace_wait_sum sum = wait_as_sum(f->reader, &record->wait);

		add_wait(f, &sum);
	} else if (record->kind == TRACE_RECORD_WAIT_SUM && !which->is_single) {
		add_wait(f, &record->wait_sum);
	}
}

static int add_all(struct folding *f, struct err *err)
{
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(f->reader, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME)
			restart(f);
		take_slices(f);
		if (record.kind == TRACE_RECORD_ACCOUNT || record.kind == TRACE_RECORD_WAIT ||
		    record.kind == TRACE_RECORD_WAIT_SUM)
			add_record(f, &record);
	}
	take_slices(f);
	if (!got && f->which->way != WAIT_WAY_WAKEUP)
		add_owns(f);
	return got;
}

int folded_waits_add(struct folded_lines *lines, struct trace_reader *r,
		     const struct name_table *names, const struct folded_waits *which,
		     struct err *err)
{
	struct folding f = { .reader = r, .which = which, .lines = lines, .texts = strtab_new() };
	int got;

	f.names = stack_names_new(r, names, f.texts);
	f.stack = wait_stack_new(r, f.names, f.texts);
	got = add_all(&f, err);
	wait_stack_free(f.stack);
	stack_names_free(f.names);
	strtab_free(f.texts);
	idmap_release(&f.line_of);
	idmap_release(&f.own_of);
	vec_release(&f.frames);
	vec_release(&f.owns);
	return got;
}
