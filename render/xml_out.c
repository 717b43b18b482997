#include "render/xml_out.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

void xml_out_release(struct xml_out *x)
{
	buf_release(&x->buf);
}

void xml_out_raw(struct xml_out *x, const char *markup)
{
	buf_puts(&x->buf, markup);
}

void xml_out_start(struct xml_out *x, const char *element)
{
	buf_u8(&x->buf, '<');
	buf_puts(&x->buf, element);
}

static void start_value(struct xml_out *x, const char *name)
{
	buf_u8(&x->buf, ' ');
	buf_puts(&x->buf, name);
	buf_put(&x->buf, "=\"", 2);
}

void xml_out_attribute(struct xml_out *x, const char *name, const char *value)
{
	start_value(x, name);
	text_xml(&x->buf, value, strlen(value));
	buf_u8(&x->buf, '"');
}

static void put_digits(struct buf *out, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	buf_put(out, text + at, sizeof(text) - at);
}

/* 1250 -> 12.5, 5 -> .05, -300 -> -3 */
void xml_out_put_length(struct xml_out *x, int32_t length)
{
	uint32_t size = length < 0 ? 0u - (uint32_t)length : (uint32_t)length;
	uint32_t rest = size % 100;

	if (length < 0)
		buf_u8(&x->buf, '-');
	if (size >= 100 || !rest)
		put_digits(&x->buf, size / 100);
	if (!rest)
		return;
	buf_u8(&x->buf, '.');
	buf_u8(&x->buf, (uint8_t)('0' + rest / 10));
	if (rest % 10)
		buf_u8(&x->buf, (uint8_t)('0' + rest % 10));
}

void xml_out_length(struct xml_out *x, const char *name, int32_t length)
{
	start_value(x, name);
	xml_out_put_length(x, length);
	buf_u8(&x->buf, '"');
}

void xml_out_colour(struct xml_out *x, const char *name, uint32_t rgb)
{
	static const char digits[] = "0123456789abcdef";
	bool is_short = ((rgb >> 4) & 0x0f0f0f) == (rgb & 0x0f0f0f);

	start_value(x, name);
	buf_u8(&x->buf, '#');
	for (int shift = 20; shift >= 0; shift -= is_short ? 8 : 4)
		buf_u8(&x->buf, (uint8_t)digits[rgb >> shift & 15]);
	buf_u8(&x->buf, '"');
}

void xml_out_end(struct xml_out *x)
{
	buf_u8(&x->buf, '>');
}

void xml_out_end_empty(struct xml_out *x)
{
	buf_put(&x->buf, "/>", 2);
}

void xml_out_close(struct xml_out *x, const char *element)
{
	buf_put(&x->buf, "</", 2);
	buf_puts(&x->buf, element);
	buf_u8(&x->buf, '>');
}

void xml_out_text(struct xml_out *x, const char *text, size_t len)
{
	text_xml(&x->buf, text, len);
}

void xml_out_element(struct xml_out *x, const char *element, const char *text, size_t len)
{
	xml_out_start(x, element);
	xml_out_end(x);
	xml_out_text(x, text, len);
	xml_out_close(x, element);
}
