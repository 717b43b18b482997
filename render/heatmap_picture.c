#include "render/heatmap_picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "formats/trace_reader.h"
#include "render/command_words.h"
#include "render/heatmap.h"
#include "render/heatmap_layout.h"
#include "render/latency_by.h"
#include "render/latency_caption.h"
#include "render/latency_title.h"
#include "render/latency_words.h"
#include "render/picture_source.h"

#define MAX_COLUMNS 4096

static char *redraw_command(const struct heatmap *h, const struct picture_source *source,
			    const struct selection *s)
{
	const struct heatmap_request *request = &h->request;
	struct buf raw = { 0 };
	char *shown;

	command_put_render(&raw, "heatmap", source->path, h->event->name, s);
	if (request->by) {
		buf_puts(&raw, " --by ");
		command_put_word(&raw, request->by);
	}
	command_put_range(&raw, "--time", s->time, TRACE_UNIT_NS);
	command_put_range(&raw, "--latency", s->latency, h->event->unit);
	if (request->by_time)
		buf_puts(&raw, " --weight time");
	if (request->is_linear)
		buf_puts(&raw, " --axis linear");
	if (request->shade != HEATMAP_RANK)
		buf_printf(&raw, " --shade %s", request->shade == HEATMAP_SQRT ? "sqrt" : "linear");
	shown = text_visible_dup((const char *)raw.v, raw.len);
	buf_release(&raw);
	return shown;
}

static char *stacks_command(const struct heatmap *h, const struct picture_source *source,
			    const struct selection *s)
{
	struct buf raw = { 0 };
	char *shown;

	if (h->totals.stack_cnt)
		command_put_render(&raw, "flame", source->path, command_stacks_event(h->event), s);
	shown = text_visible_dup(buf_text(&raw), raw.len);
	buf_release(&raw);
	return shown;
}

/* What else there is stands in rows of its own. */
static void about_rows(struct caption *c, struct range shown, enum trace_unit unit)
{
	char text[LATENCY_RANGE_MAX];

	if (selection_range_is_all(shown))
		return;
	if (shown.last == UINT64_MAX)
		caption_about(c, "rows from %s on", latency_value_text(text, unit, shown.first));
	else
		caption_about(c, "rows of %s",
			      latency_range_text(text, unit, shown.first, shown.last));
}

static void note_columns(struct caption *c, const struct heatmap *h)
{
	const struct heatmap_columns *columns = &h->columns;
	char column[UNITS_TEXT_MAX], slice[UNITS_TEXT_MAX];

	units_duration(column, columns->column_ns);
	units_duration(slice, columns->slice_ns);
	if (columns->slice_ns && columns->slice_ns < columns->column_ns)
		caption_note(c, "a column is %s: whole slices of up to %s", column, slice);
	else
		caption_note(c, columns->slice_ns ? "a column is %s: a slice" : "a column is %s",
			     column);
	if (columns->cut_cnt)
		caption_note(c,
			     "%llu slices reach into the next column: they count where they "
			     "begin",
			     (unsigned long long)columns->cut_cnt);
}

static void note_rows(struct caption *c, const struct heatmap *h)
{
	static const char *const parts[] = { [1] = "an eighth of a power of two",
					     [2] = "a quarter of a power of two",
					     [4] = "half a power of two",
					     [8] = "a power of two" };
	char count[UNITS_TEXT_MAX];

	if (h->rows.bins_a_row)
		caption_note(c, "a row is %s", parts[h->rows.bins_a_row]);
	else
		caption_note(c, "rows are as high as the ranges of values that were counted");
	if (h->rows.is_broken)
		caption_note(c, "the axis is broken where no event lies for three decades or more");
	if (h->above_cnt)
		caption_note(c, "above what was asked for, in the row 'more': %s",
			     units_count(count, h->above_cnt));
	if (h->below_cnt)
		caption_note(c, "below it, in the row 'less': %s",
			     units_count(count, h->below_cnt));
}

static void note_singles(struct caption *c, const struct heatmap *h)
{
	char count[UNITS_TEXT_MAX];

	if (h->totals.stack_cnt && !h->totals.is_exact)
		caption_note(c, "%s event%s with stacks %s kept one by one",
			     units_count(count, h->totals.stack_cnt),
			     h->totals.stack_cnt == 1 ? "" : "s",
			     h->totals.stack_cnt == 1 ? "was" : "were");
}

static void caption_it(struct caption *c, const struct heatmap *h,
		       const struct picture_source *source, const struct selection *s,
		       const char *title)
{
	struct selection walked = *s;
	struct latency_caption what = { source->trace, &walked, &h->totals };
	char *made = title ? mem_dup(title, strlen(title))
			   : latency_title(source->trace, h->totals.event);

	walked.latency = (struct range){ 0 };
	c->title = text_visible_dup(made, strlen(made));
	free(made);
	if (h->by != LATENCY_BY_NONE)
		caption_about(c, "by %s", latency_by_text(h->event, h->by));
	about_rows(c, s->latency, h->event->unit);
	latency_caption_write(c, &what);
	if (!h->totals.kept_cnt)
		return;
	caption_note(c, "each event is counted where it ended");
	note_columns(c, h);
	note_rows(c, h);
	note_singles(c, h);
}

int heatmap_picture(struct scene *out, const struct picture_source *source,
		    const struct selection *selection, const struct heatmap_request *request,
		    const char *title, int32_t width, struct err *err)
{
	uint32_t col_max = heatmap_layout_columns(width);
	struct caption caption = { 0 };
	struct heatmap *h;
	int status = picture_source_check_latencies(source, err);

	if (status < 0)
		return status;
	h = mem_alloc(1, sizeof(*h));
	status = heatmap_read(h, source->trace, selection, request,
			      col_max < MAX_COLUMNS ? col_max : MAX_COLUMNS, err);
	if (status >= 0) {
		struct heatmap_options options = {
			.width = width,
			.redraw = redraw_command(h, source, selection),
			.command = stacks_command(h, source, selection),
		};

		caption_it(&caption, h, source, selection, title);
		heatmap_layout(out, h, &caption, &options);
		free((char *)options.redraw);
		free((char *)options.command);
		caption_release(&caption);
		heatmap_release(h);
	}
	free(h);
	return status < 0 ? status : 0;
}
