#include "render/report_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/strtab.h"
#include "base/text.h"
#include "base/units.h"

#define TITLE_MAX 256
#define WORDS_COLUMNS_MIN 24

static void put_ends(struct buf *out, const char *text, size_t len, size_t all, size_t columns)
{
	size_t head = (columns - 2) * 2 / 3, tail = all - (columns - 2 - head);
	size_t place = 0, step;

	for (size_t at = 0; at < len; at += step, place++) {
		text_code_point(text + at, len - at, &step);
		if (place == head)
			buf_puts(out, "..");
		if (place < head || place >= tail)
			buf_put(out, text + at, step);
	}
}

void page_put_cut(const struct page *p, const char *text, size_t len, size_t columns)
{
	struct buf shown = { 0 };
	const char *v;
	size_t all;

	text_visible(&shown, text, len);
	v = (const char *)shown.v;
	all = text_columns(v, shown.len);
	if (all <= columns || columns < 8)
		buf_put(p->out, v, shown.len);
	else
		put_ends(p->out, v, shown.len, all, columns);
	buf_release(&shown);
}

void page_put_name(const struct page *p, uint32_t id, size_t columns, bool pad)
{
	size_t len, width;
	const char *name = strtab_get(p->texts, id, &len);

	page_put_cut(p, name, len, columns);
	if (!pad)
		return;
	for (width = text_columns(name, len); width < columns; width++)
		buf_u8(p->out, ' ');
}

void page_put_wrapped(const struct page *p, const char *text, size_t column, size_t indent)
{
	bool fresh = true; /* no word stands in this line yet */

	for (size_t len; *text; text += len, text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (!fresh && column + 1 + len > p->columns) {
			buf_printf(p->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!fresh) {
			buf_u8(p->out, ' ');
			column++;
		}
		buf_put(p->out, text, len);
		column += text_columns(text, len);
		fresh = false;
	}
	buf_u8(p->out, '\n');
}

void page_put_rest(const struct page *p, struct buf *line, size_t used)
{
	size_t left = p->columns > used + WORDS_COLUMNS_MIN ? p->columns - used : WORDS_COLUMNS_MIN;

	page_put_cut(p, (const char *)line->v, line->len, left);
	buf_u8(p->out, '\n');
	buf_release(line);
}

void page_put_title(const struct page *p, const char *fmt, ...)
{
	char title[TITLE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(title, sizeof(title), fmt, args);
	va_end(args);
	buf_printf(p->out, "\n%s%s%s\n", p->bold, title, p->plain);
}

void page_put_more(const struct page *p, size_t cnt, size_t indent)
{
	char count[UNITS_TEXT_MAX];

	buf_printf(p->out, "%*sand %s more\n", (int)indent, "", units_count(count, cnt));
}
