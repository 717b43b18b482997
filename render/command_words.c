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
