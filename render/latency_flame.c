#include "render/latency_flame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/latency_caption.h"
#include "render/latency_title.h"
#include "render/latency_kept.h"
#include "render/latency_tree.h"
#include "render/latency_words.h"
#include "render/picture_source.h"

static void note_part(struct caption *c, const struct latency_kept *s)
{
	char all[UNITS_TEXT_MAX], kept[UNITS_TEXT_MAX], with[UNITS_TEXT_MAX];
	bool is_cut = !selection_range_is_all(s->selection->time) ||
		      !selection_range_is_all(s->selection->latency);
	struct buf among = { 0 };

	units_count(with, s->stack_cnt);
	latency_kept_put_among(&among, s->reader);
	if (latency_kept_are_all(s))
		caption_note(c, "each event was kept one by one, %s with a stack", with);
	else
		caption_note(c,
			     "widths are of those events that were kept one by one: %s of %s%s, %s "
			     "with a stack; %s",
			     units_count(kept, s->kept_cnt), is_cut ? "about " : "",
			     units_count(all, s->totals.kept_cnt), with, buf_text(&among));
	buf_release(&among);
}

static void caption_it(struct flame_picture *p, const struct latency_kept *s, bool by_count,
		       const char *title)
{
	struct latency_caption what = { .reader = s->reader,
					.selection = s->selection,
					.totals = &s->totals,
					.is_of_singles = true,
					.is_part = !latency_kept_are_all(s) };
	char *event = latency_title(s->reader, s->totals.event);
	char *made = title ? mem_dup(title, strlen(title)) : mem_printf("%s, by stack", event);
	struct buf drawn = { 0 };

	p->caption.title = text_visible_dup(made, strlen(made));
	free(event);
	free(made);
	measure_text(&drawn, &p->measure, p->tree.nodes[0].value);
	if (what.is_part)
		caption_about(&p->caption, "drawn: %s%s kept one by one", buf_text(&drawn),
			      by_count ? "" : " of events");
	buf_release(&drawn);
	note_part(&p->caption, s);
	latency_caption_write(&p->caption, &what);
	p->caption.is_outside = !s->kept_cnt && (s->totals.kept_cnt || s->totals.outside_cnt);
}

static int gather(struct flame_picture *p, struct latency_kept *s,
		  const struct picture_source *source, bool by_count, const char *title,
		  struct err *err)
{
	const struct trace_event *event = trace_reader_event(s->reader, s->totals.event);
	int status;

	p->measure = measure_of_event(event);
	p->measure.noun = NULL;
	if (by_count)
		p->measure.unit = TRACE_UNIT_EVENTS;
	status = latency_tree_gather(&p->tree, s, source->names, by_count, err);
	if (status >= 0)
		caption_it(p, s, by_count, title);
	return status;
}

int latency_flame_open(struct flame_picture *out, const struct picture_source *source,
		       const struct selection *selection, bool by_count, const char *title,
		       struct err *err)
{
	struct flame_picture p = { .texts = strtab_new() };
	struct latency_kept singles;
	int status = latency_kept_start(&singles, source->trace, selection, err);

	call_tree_init(&p.tree, p.texts);
	if (status >= 0)
		status = gather(&p, &singles, source, by_count, title, err);
	if (status < 0) {
		flame_picture_close(&p);
		return status;
	}
	*out = p;
	return 0;
}
