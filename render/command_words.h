#ifndef RENDER_COMMAND_WORDS_H
#define RENDER_COMMAND_WORDS_H

#include "base/buf.h"
#include "base/options.h"
#include "formats/trace.h"

struct selection;

/* Commands that pictures print, to be pasted into a shell. */

/* A word for a shell: as it is, or in quotes. */
void command_put_word(struct buf *out, const char *word);

/* "profile render VIEW TRACE -e EVENT", and what of a selection stays the same in every picture
 * of it: --process and --thread. */
void command_put_render(struct buf *out, const char *view, const char *path, const char *event,
			const struct selection *s);

/* What draws a flame graph of the same, but for times and values: visible text that the caller
 * frees. */
char *command_stacks(const char *path, const char *event, const struct selection *s);

/* What -e has to be for a flame graph of an event's stacks. */
const char *command_stacks_event(const struct trace_event *event);

/* " --latency 1ms..2500us", " --latency 4096B..", exactly; nothing of a range that leaves nothing
 * out. */
void command_put_range(struct buf *out, const char *option, struct range range,
		       enum trace_unit unit);

#endif
