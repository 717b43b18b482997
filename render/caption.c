#include "render/caption.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "formats/trace_reader.h"
#include "render/picture.h"
#include "render/scene.h"
#include "render/text_fit.h"

void caption_release(struct caption *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->about.cnt; i++)
		free(c->about.v[i]);
	for (size_t i = 0; i < c->notes.cnt; i++)
		free(c->notes.v[i]);
	vec_release(&c->about);
	vec_release(&c->notes);
	free(c->title);
}

static char *visible_printf(const char *fmt, va_list args)
{
	char raw[1024];
	struct buf shown = { 0 };
	int len = vsnprintf(raw, sizeof(raw), fmt, args);

	if (len < 0)
		len = 0;
	text_visible(&shown, raw, (size_t)len < sizeof(raw) ? (size_t)len : sizeof(raw) - 1);
	char *text = mem_dup((const char *)shown.v, shown.len);
	buf_release(&shown);
	return text;
}

void caption_about(struct caption *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	*vec_push(&c->about) = visible_printf(fmt, args);
	va_end(args);
}

void caption_note(struct caption *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	*vec_push(&c->notes) = visible_printf(fmt, args);
	va_end(args);
}

struct measure measure_of_event(const struct trace_event *event)
{
	return (struct measure){ .unit = event->unit,
				 .frequency_hz = event->frequency_hz,
				 .period_ns = event->period_ns,
				 .noun = event->name };
}

/* The moment of the recording's start, in UTC. */
static void about_date(struct caption *c, const struct trace_reader *r)
{
	uint64_t ns = trace_reader_fact_number(r, TRACE_FACT_CLOCK_REALTIME_NS);
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc;
	char text[64];

	if (!ns || !gmtime_r(&seconds, &utc))
		return;
	if (strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &utc))
		caption_about(c, "%s", text);
}

/* Release only: "6.18.44 #1 SMP ..." is too long for a caption. */
static void about_machine(struct caption *c, const struct trace_reader *r)
{
	const char *host = trace_reader_fact(r, TRACE_FACT_HOST);
	const char *kernel = trace_reader_fact(r, TRACE_FACT_KERNEL);
	const char *arch = trace_reader_fact(r, TRACE_FACT_ARCH);
	uint64_t cpus = trace_reader_fact_number(r, TRACE_FACT_CPU_CNT);

	if (*host)
		caption_about(c, "%s", host);
	if (*kernel)
		caption_about(c, "Linux %.*s%s%s", (int)strcspn(kernel, " "), kernel,
			      *arch ? " " : "", arch);
	if (cpus)
		caption_about(c, cpus == 1 ? "%llu CPU" : "%llu CPUs", (unsigned long long)cpus);
}

static void about_selection(struct caption *c, const struct selection *s)
{
	char first[UNITS_TEXT_MAX], last[UNITS_TEXT_MAX];

	if (s->time.first && s->time.last == UINT64_MAX)
		caption_about(c, "only from %s", units_duration(first, s->time.first));
	else if (s->time.last && s->time.last != UINT64_MAX)
		caption_about(c, "only %s to %s", units_duration(first, s->time.first),
			      units_duration(last, s->time.last));
	if (s->process)
		caption_about(c, "only processes %s", s->process);
	if (s->thread)
		caption_about(c, "only thread %u", s->thread);
}

static void note_losses(struct caption *c, const struct trace_totals *totals, uint64_t sample_cnt)
{
	uint64_t lost = 0;
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];

	for (int i = 1; i < TRACE_LOSS_CNT; i++)
		if (trace_loss_is_samples(i))
			lost += totals->lost[i];
	for (int i = 1; i < TRACE_LOSS_CNT; i++) {
		if (!totals->lost[i])
			continue;
		units_count(count, totals->lost[i]);
		if (trace_loss_is_samples(i))
			caption_note(c, "%s samples lost (%s): %s", count,
				     units_percent(share, totals->lost[i], sample_cnt + lost),
				     trace_loss_text(i));
		else
			caption_note(c, "%s: %s", trace_loss_text(i), count);
	}
	if (!lost)
		caption_note(c, "no samples lost");
}

static void note_quality(struct caption *c, const struct trace_reader *r,
			 const struct selection_totals *totals)
{
	enum trace_stop stop = trace_reader_totals(r)->stop;
	char share[UNITS_TEXT_MAX];

	if (totals->unnamed_weight)
		caption_note(c, "%s of the samples end in a frame without a name",
			     units_percent(share, totals->unnamed_weight, totals->kept_weight));
	if (totals->lost_weight)
		caption_note(c, "%s of the samples lack a part of their stack",
			     units_percent(share, totals->lost_weight, totals->kept_weight));
	if (!trace_reader_is_clean(r))
		caption_note(c, "the trace was cut short or damaged: this is what could be read");
	else if (stop == TRACE_STOP_DISK_FULL || stop == TRACE_STOP_ERROR)
		caption_note(c, "recording stopped early: %s", trace_stop_text(stop));
}

/* How much of the recording the selection takes: what it asks for may reach beyond. */
static uint64_t selected_ns(const struct selection *s, uint64_t recorded_ns)
{
	uint64_t last = s->time.last && s->time.last < recorded_ns ? s->time.last : recorded_ns;

	return last > s->time.first ? last - s->time.first : 0;
}

void caption_of_trace(struct caption *c, const struct trace_reader *r, const struct measure *m,
		      const struct selection *s, const struct selection_totals *totals)
{
	const struct trace_event *event = trace_reader_event(r, totals->event);
	const struct trace_totals *all = trace_reader_totals(r);
	const char *target = trace_reader_fact(r, TRACE_FACT_TARGET);
	uint64_t end = all->end_ns ? all->end_ns : all->last_ns;
	struct buf text = { 0 };
	char took[UNITS_TEXT_MAX];

	measure_total(&text, m, totals->kept_weight);
	caption_about(c, "%s", buf_text(&text));
	buf_release(&text);
	uint64_t took_ns = selected_ns(s, end > totals->start_ns ? end - totals->start_ns : 0);
	if (took_ns)
		caption_about(c, "in %s", units_duration(took, took_ns));
	if (strcmp(event->source, event->name) != 0)
		caption_about(c, "event %s (%s)", event->name, event->source);
	else
		caption_about(c, "event %s", event->name);
	if (*target)
		caption_about(c, "%s", target);
	about_selection(c, s);
	about_machine(c, r);
	about_date(c, r);
	note_losses(c, all, all->sample_cnt);
	note_quality(c, r, totals);
}

static int32_t draw_lines(struct scene *s, int32_t y, const char *lines, size_t len)
{
	struct scene_type type = { .size = PICTURE_SMALL,
				   .anchor = SCENE_START,
				   .paint = scene_tone(SCENE_TONE_DIM) };

	while (len) {
		const char *end = memchr(lines, '\n', len);
		size_t line = end ? (size_t)(end - lines) : len;

		y += PICTURE_LINE;
		scene_text(s, PICTURE_MARGIN, y, &type, lines, line);
		lines += line + (end != NULL);
		len -= line + (end != NULL);
	}
	return y;
}

static int32_t draw_parts(struct scene *s, int32_t y, char *const *parts, size_t cnt)
{
	size_t columns = text_fit_columns(s->width - 2 * PICTURE_MARGIN, PICTURE_SMALL);
	struct buf lines = { 0 };

	text_fit_lines(&lines, (const char *const *)parts, cnt, columns);
	y = draw_lines(s, y, (const char *)lines.v, lines.len);
	buf_release(&lines);
	return y;
}

int32_t caption_draw_head(const struct caption *c, struct scene *s)
{
	struct scene_type type = { .size = PICTURE_LARGE,
				   .anchor = SCENE_START,
				   .bold = true,
				   .paint = scene_tone(SCENE_TONE_INK) };
	size_t columns = text_fit_columns(s->width - 2 * PICTURE_MARGIN, PICTURE_LARGE);
	struct buf title = { 0 };
	int32_t y = PICTURE_MARGIN + PICTURE_LARGE;

	text_fit(&title, c->title, strlen(c->title), columns);
	scene_text(s, PICTURE_MARGIN, y, &type, (const char *)title.v, title.len);
	buf_release(&title);
	return draw_parts(s, y + PICTURE_LINE / 4, c->about.v, c->about.cnt) + PICTURE_LINE / 2;
}

int32_t caption_draw_notes(const struct caption *c, struct scene *s, int32_t y)
{
	return draw_parts(s, y, c->notes.v, c->notes.cnt);
}

void caption_describe(const struct caption *c, struct scene *s)
{
	buf_puts(&s->title, c->title);
	for (size_t i = 0; i < c->about.cnt; i++)
		buf_printf(&s->description, "%s%s", i ? "; " : "", c->about.v[i]);
	for (size_t i = 0; i < c->notes.cnt; i++)
		buf_printf(&s->description, "\n%s", c->notes.v[i]);
}
