#include "render/command_words.h"

#include <string.h>

#include "base/text.h"
#include "render/selection.h"
#include "render/wait_drawing.h"

void command_put_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._-/:,=+@";

	if (word[0] && word[strspn(word, plain)] == '\0') {
		buf_puts(out, word);
		return;
	}
	buf_u8(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_u8(out, (uint8_t)*word);
	}
	buf_u8(out, '\'');
}

void command_put_render(struct buf *out, const char *view, const char *path, const char *event,
			const struct selection *s)
{
	buf_printf(out, "profile render %s ", view);
	command_put_word(out, path);
	buf_puts(out, " -e ");
	command_put_word(out, event);
	if (s->process) {
		buf_puts(out, " --process ");
		command_put_word(out, s->process);
	}
	if (s->thread)
		buf_printf(out, " --thread %u", s->thread);
}

/* In the largest unit that it is whole in. */
char *command_stacks(const char *path, const char *event, const struct selection *s)
{
	struct buf raw = { 0 };
	char *shown;

	command_put_render(&raw, "flame", path, event, s);
	shown = text_visible_dup((const char *)raw.v, raw.len);
	buf_release(&raw);
	return shown;
}

const char *command_stacks_event(const struct trace_event *event)
{
	return event->kind == TRACE_EVENT_WAIT ? wait_drawing_name(WAIT_DRAWING_OFFCPU)
					       : event->name;
}

static void put_value(struct buf *out, enum trace_unit unit, uint64_t value)
{
	static const char *const names[] = { "s", "ms", "us", "ns" };
	uint64_t size = 1000000000;
	int i = 0;

	if (unit == TRACE_UNIT_BYTES) {
		buf_printf(out, "%lluB", (unsigned long long)value);
		return;
	}
	for (; value % size; size /= 1000)
		i++;
	buf_printf(out, "%llu%s", (unsigned long long)(value / size), names[i]);
}

void command_put_range(struct buf *out, const char *option, struct range range,
		       enum trace_unit unit)
{
	if (selection_range_is_all(range))
		return;
	buf_printf(out, " %s ", option);
	if (range.first)
		put_value(out, unit, range.first);
	buf_puts(out, "..");
	if (range.last != UINT64_MAX)
		put_value(out, unit, range.last);
}
