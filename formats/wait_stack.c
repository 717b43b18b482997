#include "formats/wait_stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

struct wait_stack {
	const struct trace_reader *reader;
	struct stack_names *names;
	struct strtab *texts;
	struct {
		VEC(struct wait_frame);
	} frames;
};

struct wait_stack *wait_stack_new(const struct trace_reader *r, struct stack_names *names,
				  struct strtab *texts)
{
	struct wait_stack *s = mem_alloc(1, sizeof(*s));

	s->reader = r;
	s->names = names;
	s->texts = texts;
	return s;
}

void wait_stack_free(struct wait_stack *s)
{
	if (!s)
		return;
	vec_release(&s->frames);
	free(s);
}

static void push_text(struct wait_stack *s, const char *text, enum trace_frame_kind kind,
		      enum wait_role role, uint32_t link)
{
	struct wait_frame *f = vec_push(&s->frames);

	*f = (struct wait_frame){ .role = role, .link = link };
	f->shown.name = strtab_intern_text(s->texts, text);
	f->shown.kind = kind;
	f->shown.in_table = TRACE_NONE;
}

static void push_separator(struct wait_stack *s, const char *text, uint32_t link)
{
	push_text(s, text, TRACE_FRAME_CONTEXT, WAIT_ROLE_SEPARATOR, link);
}

static void push_name(struct wait_stack *s, const char *comm, enum wait_role role, uint32_t link)
{
	push_text(s, *comm ? comm : "[unknown]", TRACE_FRAME_USER, role, link);
}

static void push_frame(struct wait_stack *s, const struct shown_frame *shown, enum wait_role role,
		       uint32_t link)
{
	*vec_push(&s->frames) = (struct wait_frame){ .shown = *shown, .role = role, .link = link };
}

/*
 * Where the kernel's frames begin. What is lost of them lies right below them; alone there,
 * it is the user stack that was lost.
 */
static size_t kernel_start(const struct shown_frame *v, size_t cnt)
{
	size_t at = 0;

	while (at < cnt && v[at].kind != TRACE_FRAME_KERNEL)
		at++;
	if (at < cnt && at > 1 && v[at - 1].kind == TRACE_FRAME_LOST)
		at--;
	return at;
}

static void push_blocked(struct wait_stack *s, uint32_t stack)
{
	size_t cnt, kernel;
	const struct shown_frame *v = stack_names_stack(s->names, stack, &cnt);

	kernel = kernel_start(v, cnt);
	for (size_t i = 0; i < kernel; i++)
		push_frame(s, &v[i], WAIT_ROLE_BLOCKED_USER, 0);
	if (kernel && kernel < cnt)
		push_separator(s, "-", 0);
	for (size_t i = kernel; i < cnt; i++)
		push_frame(s, &v[i], WAIT_ROLE_BLOCKED_KERNEL, 0);
}

/* Leaf first: what did the waking stands next to what was woken. */
static void push_waker_stack(struct wait_stack *s, uint32_t stack, uint32_t link)
{
	size_t cnt, kernel;
	const struct shown_frame *v = stack_names_stack(s->names, stack, &cnt);

	kernel = kernel_start(v, cnt);
	for (size_t i = cnt; i-- > kernel;)
		push_frame(s, &v[i], WAIT_ROLE_WAKER_KERNEL, link);
	if (kernel && kernel < cnt)
		push_separator(s, "-", link);
	for (size_t i = kernel; i-- > 0;)
		push_frame(s, &v[i], WAIT_ROLE_WAKER_USER, link);
}

static const char *context_name(const struct trace_link *link)
{
	switch (link->context) {
	case TRACE_CONTEXT_SOFTIRQ:
		return "[softirq]";
	case TRACE_CONTEXT_HARDIRQ:
		return "[hardirq]";
	case TRACE_CONTEXT_NMI:
		return "[nmi]";
	case TRACE_CONTEXT_IDLE:
		return "[idle]";
	case TRACE_CONTEXT_LOST:
		return "[waker lost]";
	default:
		return link->thread == TRACE_NONE ? "[waker unknown]" : NULL;
	}
}

static void push_end(struct wait_stack *s, const char *text, uint32_t link)
{
	push_text(s, text, TRACE_FRAME_CONTEXT, WAIT_ROLE_CONTEXT, link);
}

static void push_link(struct wait_stack *s, const struct trace_link *link, uint32_t number)
{
	const char *context = context_name(link);

	push_separator(s, "--", number);
	push_waker_stack(s, link->stack, number);
	if (link->thread != TRACE_NONE)
		push_name(s, trace_reader_thread(s->reader, link->thread)->comm,
			  WAIT_ROLE_WAKER_NAME, number);
	if (context)
		push_end(s, context, number);
}

/* What stands where nobody is known to have ended the wait. */
static const char *unknown_waker(uint32_t flags, enum wait_way way)
{
	if (flags & TRACE_WAIT_WAKER_UNKNOWN)
		return "[waker unknown]";
	if (flags & TRACE_WAIT_OPEN_END)
		return "[not woken]";
	return way == WAIT_WAY_WAKEUP ? "[waker unknown]" : NULL;
}

static void push_wakers(struct wait_stack *s, const struct wait_place *place, enum wait_way way,
			uint32_t link_max)
{
	const struct trace_link *links[TRACE_CHAIN_MAX];
	uint32_t cnt = wait_chain_links(s->reader, place->chain, links);
	const char *unknown = cnt ? NULL : unknown_waker(place->flags, way);

	for (uint32_t i = 0; i < cnt && i < link_max; i++)
		push_link(s, links[i], i + 1);
	if (unknown) {
		push_separator(s, "--", 1);
		push_end(s, unknown, 1);
	} else if (cnt && cnt <= link_max && place->flags & TRACE_WAIT_DEEPER &&
		   way == WAIT_WAY_CHAIN) {
		push_separator(s, "--", cnt);
		push_end(s, "[deeper]", cnt);
	}
}

static void turn_over(struct wait_stack *s)
{
	for (size_t i = 0, k = s->frames.cnt; i + 1 < k; i++) {
		struct wait_frame f = s->frames.v[i];

		s->frames.v[i] = s->frames.v[--k];
		s->frames.v[k] = f;
	}
}

bool wait_stack_shows(enum wait_way way, const struct wait_part *part)
{
	return way != WAIT_WAY_WAKEUP || !part->is_runnable;
}

const struct wait_frame *wait_stack_frames(struct wait_stack *s, const struct wait_place *place,
					   enum wait_way way, const struct wait_part *part,
					   size_t *out_cnt)
{
	const struct trace_process *process = trace_reader_process(s->reader, place->process);

	s->frames.cnt = 0;
	push_name(s, process->comm, WAIT_ROLE_PROCESS, 0);
	if (way != WAIT_WAY_WAKEUP)
		push_blocked(s, place->stack);
	if (part->is_runnable)
		push_text(s, part->is_preempted ? "[preempted]" : "[runnable]", TRACE_FRAME_CONTEXT,
			  WAIT_ROLE_RUNNABLE, 0);
	else if (way != WAIT_WAY_OFFCPU)
		push_wakers(s, place, way, part->link_max);
	if (way == WAIT_WAY_WAKEUP)
		turn_over(s);
	*out_cnt = s->frames.cnt;
	return s->frames.v;
}
