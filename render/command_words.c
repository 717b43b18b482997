#include "render/command_words.h"

#include <string.h>

#include "render/selection.h"

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

static void put_value(struct buf *out, enum trace_unit unit, uint64_t value)
{
	buf_printf(out, "%llu%s", (unsigned long long)value, unit == TRACE_UNIT_BYTES ? "B" : "ns");
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
