#include "formats/stack_quality.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sum.h"
#include "base/units.h"
#include "formats/name_table.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"

_Static_assert(TRACE_REASON_CNT <= 16, "kernel_cuts has a bit for each");

/* What is known of a stack that ends in a node, coming from its root. */
enum sort {
	SORT_OPEN = 1,	/* nothing but frames of context so far */
	SORT_NO_USER,	/* it began in the kernel */
	SORT_WHOLE,	/* it has a user stack, whose root is there */
	SORT_LOST_ROOT, /* the root is lost, and nothing stands above it yet */
	SORT_CUT,
};

#define REASONS_TOLD 2 /* in one line */

void stack_quality_start(struct stack_quality *q, const struct trace_reader *r,
			 const struct name_table *t)
{
	*q = (struct stack_quality){ .reader = r, .table = t, .texts = strtab_new() };
	q->applies = !*trace_reader_fact(r, TRACE_FACT_IMPORTED_FROM);
	q->names = stack_names_new(r, t, q->texts);
	q->is_by_frame_pointer = !strcmp(trace_reader_fact(r, TRACE_FACT_UNWIND), "fp");
}

void stack_quality_restart(struct stack_quality *q)
{
	q->verdicts.cnt = 0;
	stack_names_restart(q->names);
}

static int compare_cuts(const void *a, const void *b)
{
	const struct stack_cut *x = a, *y = b;

	if (x->cnt != y->cnt)
		return x->cnt > y->cnt ? -1 : 1;
	if (x->reason != y->reason)
		return x->reason < y->reason ? -1 : 1;
	return strcmp(x->module, y->module);
}

void stack_quality_end(struct stack_quality *q)
{
	size_t kept = 0;

	stack_names_free(q->names);
	q->names = NULL;
	q->reader = NULL;
	q->table = NULL;
	vec_release(&q->verdicts);
	idmap_release(&q->cut_of);
	if (q->cuts.cnt)
		qsort(q->cuts.v, q->cuts.cnt, sizeof(*q->cuts.v), compare_cuts);
	while (kept < q->cuts.cnt && q->cuts.v[kept].cnt)
		kept++;
	q->cuts.cnt = kept;
}

void stack_quality_release(struct stack_quality *q)
{
	stack_names_free(q->names);
	vec_release(&q->verdicts);
	idmap_release(&q->cut_of);
	vec_release(&q->cuts);
	if (q->texts)
		strtab_free(q->texts);
	*q = (struct stack_quality){ 0 };
}

/* The verdict on stacks that are cut there. */
static struct stack_verdict cut_at(struct stack_quality *q, enum trace_reason reason,
				   uint32_t module)
{
	uint32_t next = (uint32_t)q->cuts.cnt;
	uint32_t cut = idmap_intern(&q->cut_of, reason, module, next);

	if (cut == next)
		*vec_push(&q->cuts) =
			(struct stack_cut){ .reason = reason,
					    .module = strtab_get(q->texts, module, NULL) };
	return (struct stack_verdict){ .sort = SORT_CUT, .cut = cut };
}

/* What the module of a node's outermost frame is called; 0 where none is there. */
static uint32_t module_of_node(struct stack_quality *q, uint32_t node)
{
	size_t cnt;
	const struct shown_frame *f = stack_names_node(q->names, node, &cnt);

	while (cnt && f->kind == TRACE_FRAME_LOST) {
		f++;
		cnt--;
	}
	if (!cnt || f->module)
		return cnt ? f->module : 0;
	if (f->kind == TRACE_FRAME_JIT)
		return strtab_intern_text(q->texts, "[jit]");
	return f->reason ? strtab_intern_text(q->texts, "[unknown]") : 0;
}

static bool is_copied(const struct stack_quality *q, const struct trace_frame *f)
{
	return f->module != TRACE_NONE &&
	       trace_reader_module(q->reader, f->module)->kind == TRACE_MODULE_COPY;
}

/* The module was in a chunk that is missing: it may have been anything, copies too. */
static bool is_damaged(const struct stack_quality *q, const struct trace_frame *f)
{
	return f->module != TRACE_NONE && trace_reader_module(q->reader, f->module)->process == 0;
}

/* How unwinding of the copy ended; 0: well. */
static enum trace_reason copy_root(const struct stack_quality *q, const struct trace_frame *f)
{
	const struct trace_module *module = trace_reader_module(q->reader, f->module);
	enum trace_reason root = TRACE_REASON_NOT_UNWOUND;
	uint32_t in_table = name_table_module_find(
		q->table, module, trace_reader_process(q->reader, module->process));
	size_t cnt;

	if (in_table != TRACE_NONE)
		name_table_find_copy(q->table, in_table, f->offset, &cnt, &root);
	return root;
}

static struct stack_verdict judge_root(struct stack_quality *q, uint32_t node,
				       const struct trace_frame *f)
{
	enum trace_reason reason = 0;

	switch (f->kind) {
	case TRACE_FRAME_KERNEL:
		return (struct stack_verdict){ .sort = SORT_NO_USER };
	case TRACE_FRAME_LOST:
		return (struct stack_verdict){ .sort = SORT_LOST_ROOT,
					       .reason = (uint8_t)f->reason };
	case TRACE_FRAME_WAKER:
	case TRACE_FRAME_CONTEXT:
		return (struct stack_verdict){ .sort = SORT_OPEN };
	default:
		break;
	}
	if (is_damaged(q, f))
		reason = TRACE_REASON_DAMAGED;
	else if (is_copied(q, f))
		reason = copy_root(q, f);
	return reason ? cut_at(q, reason, module_of_node(q, node))
		      : (struct stack_verdict){ .sort = SORT_WHOLE };
}

/* No user frame stands above the lost root: who was lost, the kernel or the user? */
static struct stack_verdict judge_lost(struct stack_quality *q, enum trace_reason reason)
{
	if (reason == TRACE_REASON_TOO_DEEP)
		return (struct stack_verdict){ .sort = SORT_NO_USER, .kernel_cuts = 1u << reason };
	return cut_at(q, reason, 0);
}

/* The verdict without what the frame itself says of the kernel's side. */
static struct stack_verdict judge_above(struct stack_quality *q, uint32_t node,
					const struct trace_frame *f, struct stack_verdict parent)
{
	if (parent.sort == SORT_OPEN)
		return judge_root(q, node, f);
	if (parent.sort != SORT_LOST_ROOT)
		return parent;
	if (f->kind == TRACE_FRAME_KERNEL || f->kind == TRACE_FRAME_LOST)
		return judge_lost(q, parent.reason);
	return cut_at(q, parent.reason, module_of_node(q, node));
}

static struct stack_verdict judge_node(struct stack_quality *q, uint32_t node)
{
	const struct trace_node *n = trace_reader_node(q->reader, node);
	const struct trace_frame *f = trace_reader_frame(q->reader, n->frame);
	struct stack_verdict parent = { .sort = SORT_OPEN }, verdict;

	if (n->parent != TRACE_NONE)
		parent = q->verdicts.v[n->parent];
	verdict = judge_above(q, node, f, parent);
	if (parent.sort != SORT_OPEN && f->kind == TRACE_FRAME_LOST)
		verdict.kernel_cuts |= (uint16_t)(1u << f->reason);
	return verdict;
}

/* Parents come before their children. */
static struct stack_verdict verdict_of(struct stack_quality *q, uint32_t node)
{
	while (q->verdicts.cnt <= node) {
		struct stack_verdict v = judge_node(q, (uint32_t)q->verdicts.cnt);

		*vec_push(&q->verdicts) = v;
	}
	return q->verdicts.v[node];
}

void stack_quality_add(struct stack_quality *q, uint32_t stack)
{
	stack_quality_add_many(q, stack, 1);
}

void stack_quality_add_many(struct stack_quality *q, uint32_t stack, uint64_t cnt)
{
	struct stack_verdict v;

	if (stack == TRACE_NONE || !q->applies)
		return;
	v = verdict_of(q, stack);
	if (v.sort == SORT_LOST_ROOT)
		v = judge_lost(q, v.reason);
	sum_clipped(&q->kernel_cut_cnt, v.kernel_cuts ? cnt : 0);
	for (unsigned i = 1; v.kernel_cuts >> i; i++)
		sum_clipped(&q->kernel_cut[i], v.kernel_cuts >> i & 1 ? cnt : 0);
	if (v.sort != SORT_WHOLE && v.sort != SORT_CUT)
		return;
	sum_clipped(&q->stack_cnt, cnt);
	if (v.sort == SORT_WHOLE) {
		sum_clipped(&q->whole_cnt, cnt);
		return;
	}
	sum_clipped(&q->cuts.v[v.cut].cnt, cnt);
	sum_clipped(&q->cut[q->cuts.v[v.cut].reason], cnt);
}

/* The reason that cut most, of those that come behind `before` (0: of all); 0: there is none. */
static unsigned next_reason(const struct stack_quality *q, unsigned before)
{
	unsigned best = 0;

	for (unsigned i = 1; i < TRACE_REASON_CNT; i++) {
		bool is_left = !before || q->cut[i] < q->cut[before] ||
			       (q->cut[i] == q->cut[before] && i > before);

		if (is_left && q->cut[i] && (!best || q->cut[i] > q->cut[best]))
			best = i;
	}
	return best;
}

static void put_reason(struct buf *out, const struct stack_quality *q, unsigned reason)
{
	char share[UNITS_TEXT_MAX];

	buf_printf(out, "%s %s", trace_reason_text((enum trace_reason)reason),
		   units_percent(share, q->cut[reason], q->stack_cnt));
	for (size_t i = 0; i < q->cuts.cnt; i++) {
		const struct stack_cut *cut = &q->cuts.v[i];

		if (cut->reason != reason)
			continue;
		if (*cut->module && cut->cnt == q->cut[reason])
			buf_printf(out, " (%s)", cut->module);
		else if (*cut->module && cut->cnt > q->cut[reason] / 2)
			buf_printf(out, " (mostly %s)", cut->module);
		return;
	}
}

void stack_quality_put_whole(struct buf *out, const struct stack_quality *q)
{
	const char *verb = q->is_by_frame_pointer ? "look" : "are";
	char share[UNITS_TEXT_MAX];

	if (!q->stack_cnt)
		return;
	if (q->whole_cnt == q->stack_cnt)
		buf_printf(out, "all user stacks %s whole", verb);
	else
		buf_printf(out, "%s of user stacks %s whole",
			   units_percent(share, q->whole_cnt, q->stack_cnt), verb);
	if (q->is_by_frame_pointer)
		buf_puts(out, " (frame pointers do not show every cut)");
}

void stack_quality_put_cuts(struct buf *out, const struct stack_quality *q)
{
	unsigned reason = 0, told = 0;

	while (told < REASONS_TOLD && (reason = next_reason(q, reason)) != 0) {
		buf_puts(out, told++ ? ", " : "stacks cut: ");
		put_reason(out, q, reason);
	}
	if (reason && next_reason(q, reason))
		buf_puts(out, " and others");
}

void stack_quality_put_json(struct json *j, const struct stack_quality *q, size_t rows)
{
	if (!q->applies)
		return;
	json_object(j, "user_stacks");
	json_count(j, "count", q->stack_cnt);
	json_count(j, "whole", q->whole_cnt);
	json_flag(j, "by_frame_pointer", q->is_by_frame_pointer);
	json_array(j, "cut");
	for (size_t i = 0; i < q->cuts.cnt && i < rows; i++) {
		json_object(j, NULL);
		json_text(j, "reason", trace_reason_text(q->cuts.v[i].reason));
		json_text(j, "module", q->cuts.v[i].module);
		json_count(j, "count", q->cuts.v[i].cnt);
		json_text(j, "remedy", stack_cut_remedy(q, &q->cuts.v[i]));
		json_end(j, '}');
	}
	json_end(j, ']');
	json_end(j, '}');
}

/* What it holds in the place of a frame pointer may lead anywhere. */
static bool is_of_runtime(const struct stack_cut *cut)
{
	return !strcmp(cut->module, "[jit]");
}

static const char *frame_pointer_remedy(const struct stack_quality *q, const struct stack_cut *cut)
{
	if (is_of_runtime(cut))
		return "the runtime's code keeps no frame pointer; a JVM's does with "
		       "-XX:+PreserveFramePointer";
	if (q->is_by_frame_pointer)
		return "it keeps no frame pointer; record with --unwind auto";
	return "it has neither an unwind table nor a frame pointer there; build it with "
	       "-fasynchronous-unwind-tables or -fno-omit-frame-pointer";
}

const char *stack_cut_remedy(const struct stack_quality *q, const struct stack_cut *cut)
{
	switch (cut->reason) {
	case TRACE_REASON_NO_FRAME_POINTER:
		return frame_pointer_remedy(q, cut);
	case TRACE_REASON_FAULT:
	case TRACE_REASON_STUCK:
		return is_of_runtime(cut) ? frame_pointer_remedy(q, cut) : "";
	case TRACE_REASON_NO_TABLE:
		return "its tables had no room, or its file could not be read; a larger "
		       "--unwind-mem gives them room";
	case TRACE_REASON_NOT_UNWOUND:
		return "the stacks were copied; 'profile symbolize' unwinds them";
	case TRACE_REASON_UNSUPPORTED:
		return "a rule that only a copy of the stack can serve; record with --unwind copy";
	case TRACE_REASON_COPY_CUT:
		return is_of_runtime(cut)
			       ? "deeper than what was copied (a larger --copy-size takes more), "
				 "or "
				 "code of a runtime that keeps no frame pointer"
			       : "the stacks are deeper than what was copied; a larger --copy-size "
				 "takes more";
	default:
		return "";
	}
}
