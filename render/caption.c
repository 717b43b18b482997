#include "render/caption.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sum.h"
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
	int len = vsnprintf(raw, sizeof(raw), fmt, args);

	if (len < 0)
		len = 0;
	return text_visible_dup(raw, (size_t)len < sizeof(raw) ? (size_t)len : sizeof(raw) - 1);
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

uint64_t caption_taken_cnt(const struct trace_totals *totals)
{
	uint64_t taken = totals->sample_cnt;

	for (int i = 1; i < TRACE_LOSS_CNT; i++)
		if (trace_loss_is_samples(i))
			sum_clipped(&taken, totals->lost[i]);
	return taken;
}

bool caption_is_of_waits(enum trace_loss loss)
{
	return loss >= TRACE_LOSS_WAITS && loss <= TRACE_LOSS_ACCOUNTS;
}

bool caption_is_of_latencies(enum trace_loss loss)
{
	return loss >= TRACE_LOSS_LATENCIES && loss <= TRACE_LOSS_COARSE;
}

void caption_note_loss(struct caption *c, const struct trace_totals *totals, enum trace_loss loss)
{
	char count[UNITS_TEXT_MAX];

	if (totals->lost[loss])
		caption_note(c, "%s: %s", trace_loss_text(loss),
			     units_count(count, totals->lost[loss]));
}

static void note_losses(struct caption *c, const struct trace_totals *totals)
{
	uint64_t taken = caption_taken_cnt(totals);
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];

	for (int i = 1; i < TRACE_LOSS_CNT; i++) {
		if (!totals->lost[i] || caption_is_of_waits(i) || caption_is_of_latencies(i))
			continue;
		if (trace_loss_is_samples(i))
			caption_note(
				c, "%s sample%s lost (%s): %s", units_count(count, totals->lost[i]),
				totals->lost[i] == 1 ? "" : "s",
				units_percent(share, totals->lost[i], taken), trace_loss_text(i));
		else
			caption_note_loss(c, totals, i);
	}
	if (taken == totals->sample_cnt)
		caption_note(c, "no samples lost");
}

void caption_put_ending(struct buf *out, const struct trace_reader *r)
{
	enum trace_stop stop = trace_reader_totals(r)->stop;

	if (!trace_reader_is_clean(r))
		buf_puts(out, "the trace was cut short or damaged: this is what could be read");
	else if (stop == TRACE_STOP_DISK_FULL || stop == TRACE_STOP_ERROR)
		buf_printf(out, "recording stopped early: %s", trace_stop_text(stop));
}

const char *caption_nothing(const struct caption *c)
{
	return c->is_outside ? "nothing was recorded of what was selected" : "nothing was recorded";
}

void caption_note_stacks(struct caption *c, const struct stack_quality *q)
{
	struct buf stacks = { 0 };

	stack_quality_put_whole(&stacks, q);
	if (stacks.len)
		caption_note(c, "%s", buf_text(&stacks));
	buf_clear(&stacks);
	stack_quality_put_cuts(&stacks, q);
	if (stacks.len)
		caption_note(c, "%s", buf_text(&stacks));
	buf_release(&stacks);
}

void caption_note_ending(struct caption *c, const struct trace_reader *r)
{
	struct buf ending = { 0 };

	caption_put_ending(&ending, r);
	if (ending.len)
		caption_note(c, "%s", buf_text(&ending));
	buf_release(&ending);
}

static void note_quality(struct caption *c, const struct trace_reader *r,
			 const struct selection_totals *totals)
{
	char share[UNITS_TEXT_MAX];

	if (totals->unnamed_weight)
		caption_note(c, "%s of the samples end in a frame without a name",
			     units_percent(share, totals->unnamed_weight, totals->kept_weight));
	caption_note_stacks(c, &totals->quality);
	if (totals->quality.kernel_cut_cnt)
		caption_note(
			c, "%s of the samples lack a part of their kernel stack",
			units_percent(share, totals->quality.kernel_cut_cnt, totals->kept_cnt));
	if (totals->lost_weight && !trace_reader_has_times(r))
		caption_note(c, "%s of the samples lack a part of their stack",
			     units_percent(share, totals->lost_weight, totals->kept_weight));
	caption_note_ending(c, r);
}

void caption_about_recording(struct caption *c, const struct trace_reader *r,
			     const struct selection *s)
{
	const char *target = trace_reader_fact(r, TRACE_FACT_TARGET);

	if (*target)
		caption_about(c, "%s", target);
	about_selection(c, s);
	about_machine(c, r);
	about_date(c, r);
}

void caption_of_trace(struct caption *c, const struct trace_reader *r, const struct measure *m,
		      const struct selection *s, const struct selection_totals *totals)
{
	const struct trace_event *event = trace_reader_event(r, totals->event);
	uint64_t took_ns = selection_covers_ns(s, r);
	struct buf text = { 0 };
	char took[UNITS_TEXT_MAX];

	measure_total(&text, m, totals->kept_weight);
	caption_about(c, "%s", buf_text(&text));
	buf_release(&text);
	if (took_ns)
		caption_about(c, "in %s", units_duration(took, took_ns));
	if (strcmp(event->source, event->name) != 0)
		caption_about(c, "event %s (%s)", event->name, event->source);
	else
		caption_about(c, "event %s", event->name);
	caption_about_recording(c, r, s);
	note_losses(c, trace_reader_totals(r));
	note_quality(c, r, totals);
	c->is_outside = !totals->kept_cnt && totals->outside_cnt;
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

static int32_t draw_parts(struct scene *s, int32_t y, const char *const *parts, size_t cnt)
{
	size_t columns = text_fit_columns(s->width - 2 * PICTURE_MARGIN, PICTURE_SMALL);
	struct buf lines = { 0 };

	text_fit_lines(&lines, parts, cnt, columns);
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
	return draw_parts(s, y + PICTURE_LINE / 4, (const char *const *)c->about.v, c->about.cnt) +
	       PICTURE_LINE / 2;
}

int32_t caption_draw_notes(const struct caption *c, struct scene *s, int32_t y)
{
	return draw_parts(s, y, (const char *const *)c->notes.v, c->notes.cnt);
}

int32_t caption_draw_note(struct scene *s, int32_t y, const char *note)
{
	return draw_parts(s, y, &note, 1);
}

void caption_describe(const struct caption *c, struct scene *s)
{
	buf_puts(&s->title, c->title);
	for (size_t i = 0; i < c->about.cnt; i++)
		buf_printf(&s->description, "%s%s", i ? "; " : "", c->about.v[i]);
	for (size_t i = 0; i < c->notes.cnt; i++)
		buf_printf(&s->description, "\n%s", c->notes.v[i]);
}
