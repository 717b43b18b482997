#include "render/subsecond_picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "formats/trace_reader.h"
#include "render/command_words.h"
#include "render/picture_source.h"
#include "render/subsecond_bins.h"
#include "render/subsecond_layout.h"

#define SECOND_NS 1000000000ull

/* A selected part is drawn alone, from the second in which it begins. */
static uint64_t first_second(const struct selection *s)
{
	return s->time.first / SECOND_NS;
}

static int count_samples(struct subsecond_bins *b, const struct picture_source *source,
			 const struct selection *selection, uint32_t col_max,
			 struct selection_totals *out, struct err *err)
{
	uint64_t first = first_second(selection);
	struct sample_walk walk;
	struct trace_sample sample;
	int status = sample_walk_start(&walk, source->trace, source->names, selection, err);

	if (status < 0)
		return status;
	subsecond_bins_init(b, walk.totals.start_ns + first * SECOND_NS, col_max, SUBSECOND_ROWS);
	while ((status = sample_walk_next(&walk, &sample, err)) > 0)
		subsecond_bins_add(b, sample.time_ns, sample.weight);
	sample_walk_end(&walk, out);
	if (status < 0) {
		subsecond_bins_release(b);
		selection_totals_release(out);
	}
	return status;
}

static void caption_it(struct caption *c, const struct picture_source *source,
		       const struct selection *selection, const struct selection_totals *totals,
		       const struct subsecond_bins *b, const char *title)
{
	const struct trace_event *event = trace_reader_event(source->trace, totals->event);
	struct measure measure = measure_of_event(event);
	char *made = title ? mem_dup(title, strlen(title))
			   : mem_printf("%s, second by second",
					strcmp(event->name, "cpu") != 0 ? event->name : "CPU time");
	struct buf outside = { 0 };

	c->title = text_visible_dup(made, strlen(made));
	free(made);
	caption_of_trace(c, source->trace, &measure, selection, totals);
	if (b->col_seconds > 1)
		caption_note(c, "each column is the sum of %llu seconds",
			     (unsigned long long)b->col_seconds);
	measure_text(&outside, &measure, b->outside);
	if (b->outside)
		caption_note(c, "not drawn, from before the start: %s", buf_text(&outside));
	buf_release(&outside);
}

int subsecond_picture(struct scene *out, const struct picture_source *source,
		      const struct selection *selection, const char *title, int32_t width,
		      struct err *err)
{
	struct subsecond_bins bins;
	struct selection_totals totals = { 0 };
	struct caption caption = { 0 };

	if (!picture_source_has_times(source))
		return err_set(err, -EINVAL, "%s: folded stacks have no times; record a trace",
			       source->path);
	int status = count_samples(&bins, source, selection, subsecond_layout_columns(width),
				   &totals, err);
	if (status < 0)
		return status;
	const struct trace_event *event = trace_reader_event(source->trace, totals.event);
	struct measure measure = measure_of_event(event);
	char *command = command_stacks(source->path, event->name, selection);
	struct subsecond_options options = {
		.width = width,
		.first = first_second(selection),
		.cpu_cnt = (uint32_t)trace_reader_fact_number(source->trace, TRACE_FACT_CPU_CNT),
		.command = command,
	};

	caption_it(&caption, source, selection, &totals, &bins, title);
	subsecond_layout(out, &bins, &measure, &caption, &options);
	caption_release(&caption);
	subsecond_bins_release(&bins);
	selection_totals_release(&totals);
	free(command);
	return 0;
}
