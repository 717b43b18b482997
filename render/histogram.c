#include "render/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/command_words.h"
#include "render/latency_by.h"
#include "render/latency_caption.h"
#include "render/latency_title.h"
#include "render/picture_source.h"
#include "render/value_axis.h"

static int gather(struct histogram *h, struct trace_reader *r, const struct selection *selection,
		  struct err *err)
{
	struct latency_walk walk;
	struct latency_cell cell;
	int got = latency_walk_start(&walk, r, selection, err);

	if (got < 0)
		return got;
	while ((got = latency_walk_next(&walk, &cell, err)) > 0) {
		latency_values_add(&h->all, cell.bin, cell.cnt, cell.sum);
		if (h->by != LATENCY_BY_NONE)
			latency_groups_add(&h->groups, latency_by_cell(&cell, h->by), cell.bin,
					   cell.cnt, cell.sum);
	}
	latency_walk_end(&walk, &h->totals);
	latency_groups_finish(&h->groups, h->request.by_time);
	return got;
}

static int start(struct histogram *h, const struct picture_source *source,
		 const struct selection *selection, struct err *err)
{
	const struct trace_event *event;
	uint32_t id;
	int status = picture_source_check_latencies(source, err);

	if (status >= 0)
		status = latency_event_find(source->trace, selection->event, &id, err);
	if (status < 0)
		return status;
	event = trace_reader_event(source->trace, id);
	h->unit = event->unit;
	return latency_by_find(event, h->request.by, &h->by, err);
}

static void caption_it(struct histogram *h, const struct picture_source *source,
		       const struct selection *selection, const char *title)
{
	struct latency_caption what = { .reader = source->trace,
					.selection = selection,
					.totals = &h->totals };
	char *made = title ? NULL : latency_title(source->trace, h->totals.event);

	if (!title)
		title = made;
	h->caption.title = text_visible_dup(title, strlen(title));
	free(made);
	latency_caption_write(&h->caption, &what);
}

static char *redraw_command(const struct histogram *h, const struct picture_source *source,
			    const struct selection *selection)
{
	const struct trace_event *event = trace_reader_event(source->trace, h->totals.event);
	struct buf raw = { 0 };
	char *shown;

	command_put_render(&raw, "histogram", source->path, event->name, selection);
	if (h->request.by) {
		buf_puts(&raw, " --by ");
		command_put_word(&raw, h->request.by);
	}
	command_put_range(&raw, "--time", selection->time, TRACE_UNIT_NS);
	command_put_range(&raw, "--latency", selection->latency, h->unit);
	buf_puts(&raw, h->request.by_time ? " --weight time" : "");
	buf_puts(&raw, h->request.is_linear ? " --axis linear" : "");
	shown = text_visible_dup(buf_text(&raw), raw.len);
	buf_release(&raw);
	return shown;
}

/* What of the selection stays as it is. */
static char *stacks_command(const struct histogram *h, const struct picture_source *source,
			    const struct selection *selection)
{
	const struct trace_event *event = trace_reader_event(source->trace, h->totals.event);
	struct buf raw = { 0 };
	char *shown;

	if (h->totals.stack_cnt) {
		command_put_render(&raw, "flame", source->path, command_stacks_event(event),
				   selection);
		command_put_range(&raw, "--time", selection->time, TRACE_UNIT_NS);
	}
	shown = text_visible_dup(buf_text(&raw), raw.len);
	buf_release(&raw);
	return shown;
}

int histogram_make(struct histogram *out, const struct picture_source *source,
		   const struct selection *selection, const struct histogram_request *request,
		   const char *title, struct err *err)
{
	int status;

	*out = (struct histogram){ .request = *request };
	status = start(out, source, selection, err);
	if (status < 0)
		return status;
	latency_groups_start(&out->groups);
	status = gather(out, source->trace, selection, err);
	if (status < 0) {
		histogram_release(out);
		return status;
	}
	caption_it(out, source, selection, title);
	out->redraw = redraw_command(out, source, selection);
	out->command = stacks_command(out, source, selection);
	return 0;
}

void histogram_release(struct histogram *h)
{
	latency_groups_release(&h->groups);
	caption_release(&h->caption);
	free(h->redraw);
	free(h->command);
}

static bool has_others(const struct histogram *h)
{
	return h->groups.v.cnt > HISTOGRAM_GROUPS;
}

size_t histogram_group_cnt(const struct histogram *h)
{
	if (h->by == LATENCY_BY_NONE || !h->groups.v.cnt)
		return 1;
	return has_others(h) ? HISTOGRAM_GROUPS : h->groups.v.cnt;
}

void histogram_group(const struct histogram *h, size_t group, struct buf *out_name,
		     struct latency_values *out)
{
	char count[UNITS_TEXT_MAX];

	if (h->by == LATENCY_BY_NONE || !h->groups.v.cnt) {
		*out = h->all;
		return;
	}
	*out = (struct latency_values){ 0 };
	if (has_others(h) && group == HISTOGRAM_GROUPS - 1) {
		latency_groups_rest(&h->groups, group, out);
		buf_printf(out_name, "[%s others]", units_count(count, h->groups.v.cnt - group));
		return;
	}
	const char *name = latency_groups_name(&h->groups, group);

	text_visible(out_name, name, strlen(name));
	latency_groups_values(&h->groups, group, out);
}

static void add_bin(struct histogram_bar *bar, const struct latency_values *v, uint32_t bin)
{
	bar->last = latency_bin_last(bin);
	sum_clipped(&bar->cnt, v->cnt[bin]);
	sum_clipped(&bar->sum, v->sum[bin]);
}

void histogram_bars_make(struct histogram_bars *out, const struct latency_values *v,
			 const struct value_axis *axis, int32_t least)
{
	uint32_t bin = latency_bin_of(axis->first), end = latency_bin_of(axis->last);

	while (bin <= end) {
		struct histogram_bar bar = { .first = latency_bin_first(bin) };
		int32_t to;

		bar.x = value_axis_at(axis, bar.first);
		do {
			add_bin(&bar, v, bin++);
			to = bar.last == UINT64_MAX ? axis->length
						    : value_axis_at(axis, bar.last + 1);
		} while (bin <= end && to - bar.x < least);
		bar.width = to - bar.x;
		if (bar.cnt)
			*vec_push(out) = bar;
	}
}
