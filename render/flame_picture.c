#include "render/flame_picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/picture_source.h"

/* What a file is called, without the folders that hold it. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static char *shown(const char *text)
{
	return text_visible_dup(text, strlen(text));
}

static char *title_of_trace(const struct trace_reader *r, const struct trace_event *event)
{
	const char *command = trace_reader_fact(r, TRACE_FACT_COMMAND);
	const char *what = strcmp(event->name, "cpu") != 0 ? event->name : "CPU time";
	char *raw = mem_printf(*command ? "%s of %s" : "%s", what, base_name(command));
	char *out = shown(raw);

	free(raw);
	return out;
}

static int gather_trace(struct flame_picture *p, const struct picture_source *source,
			const struct selection *selection, struct err *err)
{
	struct selection_totals totals = { 0 };
	int status =
		selection_gather(selection, source->trace, source->names, &p->tree, &totals, err);

	if (status < 0)
		return status;
	const struct trace_event *event = trace_reader_event(source->trace, totals.event);

	p->measure = measure_of_event(event);
	p->caption.title = title_of_trace(source->trace, event);
	caption_of_trace(&p->caption, source->trace, &p->measure, selection, &totals);
	selection_totals_release(&totals);
	return 0;
}

static int gather_folded(struct flame_picture *p, const struct picture_source *source,
			 const struct selection *selection, struct err *err)
{
	uint64_t bad_cnt, bad_line;
	char count[UNITS_TEXT_MAX];
	struct buf total = { 0 };
	int status = picture_source_fold(source, selection, &p->tree, &bad_cnt, &bad_line, err);

	if (status < 0)
		return status;
	p->measure = (struct measure){ .unit = TRACE_UNIT_SAMPLES };
	p->caption.title =
		shown(strcmp(source->path, "-") != 0 ? base_name(source->path) : "Folded stacks");
	measure_total(&total, &p->measure, p->tree.nodes[0].value);
	caption_about(&p->caption, "%s", buf_text(&total));
	caption_about(&p->caption, "from folded stacks");
	buf_release(&total);
	if (bad_cnt)
		caption_note(&p->caption, "%s lines are not folded stacks, line %llu the first",
			     units_count(count, bad_cnt), (unsigned long long)bad_line);
	return 0;
}

int flame_picture_open(struct flame_picture *out, const struct picture_source *source,
		       const struct selection *selection, const char *title, struct err *err)
{
	struct flame_picture p = { .texts = strtab_new() };
	int status;

	call_tree_init(&p.tree, p.texts);
	if (source->trace)
		status = gather_trace(&p, source, selection, err);
	else
		status = gather_folded(&p, source, selection, err);
	if (status < 0) {
		flame_picture_close(&p);
		return status;
	}
	if (title) {
		free(p.caption.title);
		p.caption.title = shown(title);
	}
	*out = p;
	return 0;
}

void flame_picture_close(struct flame_picture *p)
{
	if (!p)
		return;
	call_tree_release(&p->tree);
	if (p->texts)
		strtab_free(p->texts);
	caption_release(&p->caption);
}

/* Adds the path from `node` upwards, its own value at the far end. */
static void add_upwards(struct call_tree *to, const struct call_tree *from, uint32_t node)
{
	uint64_t value = from->nodes[node].self;
	uint32_t at = 0;

	for (; node; node = from->nodes[node].parent) {
		struct call_frame frame = call_node_frame(&from->nodes[node]);

		at = call_tree_frame(to, at, &frame);
	}
	call_tree_add_at(to, at, value);
}

void flame_picture_reverse(struct flame_picture *p)
{
	struct call_tree turned;

	call_tree_init(&turned, p->texts);
	for (uint32_t i = 1; i < p->tree.node_cnt; i++)
		if (p->tree.nodes[i].self)
			add_upwards(&turned, &p->tree, i);
	call_tree_finish(&turned);
	call_tree_release(&p->tree);
	p->tree = turned;
	caption_note(&p->caption, "merged from the leaf: each frame's callers lie beyond it");
}
