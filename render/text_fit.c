#include "render/text_fit.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "render/scene.h"

#define JOINT " · "
#define JOINT_COLUMNS 3

size_t text_fit_columns(int32_t width, int32_t font_size)
{
	if (width <= 0)
		return 0;
	return (size_t)(width / SCENE_COLUMN(font_size));
}

/* Code points that fonts draw two columns wide: CJK, Hangul, full-width forms, emoji. */
static bool is_wide(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf },   { 0xac00, 0xd7a3 },
		     { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
		     { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } };

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (code >= wide[i].first && code <= wide[i].last)
			return true;
	return false;
}

/* The longest beginning of s that takes at most `columns` when shown. */
static size_t beginning(const char *s, size_t len, size_t columns)
{
	size_t at = 0;

	while (at < len) {
		size_t step;

		uint32_t code = text_code_point(s + at, len - at, &step);
		size_t wide = is_wide(code) ? 2 : text_columns(s + at, step);

		if (wide > columns)
			break;
		columns -= wide;
		at += step;
	}
	return at;
}

void text_fit(struct buf *out, const char *s, size_t len, size_t columns)
{
	size_t whole = beginning(s, len, columns);

	if (whole == len) {
		text_visible(out, s, len);
		return;
	}
	if (columns < TEXT_FIT_MIN)
		return;
	text_visible(out, s, beginning(s, len, columns - 2));
	buf_puts(out, "..");
}

/* Where a line ends that goes on in a next one, at its last blank; len: it does not. */
static size_t line_end(const char *s, size_t len, size_t columns)
{
	size_t at = beginning(s, len, columns);

	if (at == len)
		return len;
	while (at && s[at] != ' ')
		at--;
	return at ? at : len;
}

/* What its last line takes. */
static size_t put_part(struct buf *out, const char *s, size_t len, size_t columns)
{
	for (size_t lines = 1; lines < TEXT_FIT_LINES; lines++) {
		size_t end = line_end(s, len, columns);

		if (end == len)
			break;
		text_fit(out, s, end, columns);
		buf_u8(out, '\n');
		s += end + 1;
		len -= end + 1;
	}
	text_fit(out, s, len, columns);
	return text_columns(s, len);
}

void text_fit_lines(struct buf *out, const char *const *parts, size_t cnt, size_t columns)
{
	size_t used = 0;

	for (size_t i = 0; i < cnt; i++) {
		size_t len = strlen(parts[i]);
		size_t wide = text_columns(parts[i], len);

		if (used && used + JOINT_COLUMNS + wide > columns) {
			buf_u8(out, '\n');
			used = 0;
		}
		if (used) {
			buf_puts(out, JOINT);
			used += JOINT_COLUMNS;
		}
		used += put_part(out, parts[i], len, columns);
	}
}
