#include "render/latency_tree.h"

#include "base/buf.h"
#include "formats/stack_names.h"
#include "formats/trace_reader.h"
#include "render/call_tree.h"
#include "render/latency_kept.h"

#define NO_STACK "[no stack was taken]"

static uint32_t place_process(struct call_tree *tree, const char *comm)
{
	uint32_t name = strtab_intern_text(tree->texts, *comm ? comm : "[unknown]");

	return call_tree_child(tree, 0, name, 0, TRACE_FRAME_USER, !*comm);
}

static uint32_t place_stack(struct call_tree *tree, struct stack_names *names, uint32_t node,
			    uint32_t stack)
{
	size_t cnt;
	const struct shown_frame *f;

	if (stack == TRACE_NONE)
		return call_tree_child(tree, node, strtab_intern_text(tree->texts, NO_STACK), 0,
				       TRACE_FRAME_LOST, false);
	f = stack_names_stack(names, stack, &cnt);
	for (size_t i = 0; i < cnt; i++)
		node = call_tree_child(tree, node, f[i].name, f[i].module, f[i].kind,
				       f[i].reason != NAME_REASON_NONE);
	return node;
}

/* "[sda, write]": kernel frames end where events are hooked, whatever they were. */
static uint32_t place_labels(struct call_tree *tree, const struct trace_reader *r, uint32_t node,
			     uint32_t series)
{
	const char *const *labels = trace_reader_series(r, series)->labels;
	struct buf name = { 0 };

	for (size_t i = 0; i < TRACE_LABELS_MAX; i++)
		if (*labels[i])
			buf_printf(&name, "%s%s", name.len ? ", " : "[", labels[i]);
	if (name.len) {
		buf_u8(&name, ']');
		node = call_tree_child(tree, node, strtab_intern_text(tree->texts, buf_text(&name)),
				       0, TRACE_FRAME_CONTEXT, false);
	}
	buf_release(&name);
	return node;
}

int latency_tree_gather(struct call_tree *tree, struct latency_kept *singles,
			const struct name_table *table, bool by_count, struct err *err)
{
	struct stack_names *names = stack_names_new(singles->reader, table, tree->texts);
	uint32_t group = singles->group_cnt;
	struct trace_latency one;
	int got;

	while ((got = latency_kept_next(singles, &one, err)) > 0) {
		uint32_t node;

		if (singles->group_cnt != group)
			stack_names_restart(names);
		group = singles->group_cnt;
		node = place_process(tree, latency_process(&one, singles->reader));
		node = place_stack(tree, names, node, one.stack);
		node = place_labels(tree, singles->reader, node, one.series);
		call_tree_add_at(tree, node, by_count ? 1 : one.value);
	}
	stack_names_free(names);
	if (!got)
		call_tree_finish(tree);
	return got;
}
