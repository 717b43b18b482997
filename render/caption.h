#ifndef RENDER_CAPTION_H
#define RENDER_CAPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"
#include "formats/stack_quality.h"
#include "render/measure.h"
#include "render/selection.h"

struct scene;
struct trace_reader;

/*
 * What a picture says beside itself, so that it still tells the truth after it has
 * been torn from its trace: what was measured, where, when, how much, and what is
 * missing. Texts are visible text (base/text.h).
 */
struct caption {
	char *title;
	struct {
		VEC(char *); /* under the title: "12.3 s of CPU", "linux 6.18", ... */
	} about;
	bool is_outside; /* there are samples, but none in what was selected */
	struct {
		VEC(char *); /* at the foot: losses, unknowns, damage; one sentence each */
	} notes;
};

void caption_release(struct caption *c);

/* Formatted, then made visible. */
void caption_about(struct caption *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void caption_note(struct caption *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What a trace and a selection of it have to say; read it once the walk has ended. */
void caption_of_trace(struct caption *c, const struct trace_reader *r, const struct measure *m,
		      const struct selection *s, const struct selection_totals *totals);

/* The parts of it that pictures of waits have, too: whose time it is, what was selected, on
 * which machine and when; how whole the stacks are; how the recording ended; and one loss of
 * those that are not of single records, if there is one. */
void caption_about_recording(struct caption *c, const struct trace_reader *r,
			     const struct selection *s);
void caption_note_stacks(struct caption *c, const struct stack_quality *q);
void caption_note_ending(struct caption *c, const struct trace_reader *r);
void caption_note_loss(struct caption *c, const struct trace_totals *totals, enum trace_loss loss);

/* Losses that only pictures of waits have to speak of (render/wait_caption.h); likewise of
 * latencies (render/latency_caption.h). */
bool caption_is_of_waits(enum trace_loss loss);
bool caption_is_of_latencies(enum trace_loss loss);

/* A sentence, without its period, on a recording that did not end as it should; nothing of
 * one that did. */
void caption_put_ending(struct buf *out, const struct trace_reader *r);

/* Every sample that was taken, kept or lost: the whole that a loss is a share of. */
uint64_t caption_taken_cnt(const struct trace_totals *totals);

/* What stands where nothing can be drawn. */
const char *caption_nothing(const struct caption *c);

/* How a trace's event is measured. */
struct measure measure_of_event(const struct trace_event *event);

/* Draws title and about; returns the y below. Likewise the notes, from y downwards. */
int32_t caption_draw_head(const struct caption *c, struct scene *s);
int32_t caption_draw_notes(const struct caption *c, struct scene *s, int32_t y);

/* One more note, on lines of its own. */
int32_t caption_draw_note(struct scene *s, int32_t y, const char *note);

/* Fills the scene's title and the first lines of its description. */
void caption_describe(const struct caption *c, struct scene *s);

#endif
