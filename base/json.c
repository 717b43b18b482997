#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

void json_start(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out, .first = true };
}

static void put_quoted(struct json *j, const char *s, size_t len)
{
	buf_u8(j->out, '"');
	text_json(j->out, s, len);
	buf_u8(j->out, '"');
}

static void next_line(struct json *j)
{
	buf_u8(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_puts(j->out, "  ");
}

/* What stands before every value: comma, indentation, key. */
static void begin(struct json *j, const char *key)
{
	if (!j->first)
		buf_u8(j->out, ',');
	if (j->depth)
		next_line(j);
	j->first = false;
	if (key) {
		put_quoted(j, key, strlen(key));
		buf_puts(j->out, ": ");
	}
}

static void open_bracket(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	buf_u8(j->out, (uint8_t)bracket);
	j->depth++;
	j->first = true;
}

void json_object(struct json *j, const char *key)
{
	open_bracket(j, key, '{');
}

void json_array(struct json *j, const char *key)
{
	open_bracket(j, key, '[');
}

void json_end(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first)
		next_line(j);
	buf_u8(j->out, (uint8_t)bracket);
	j->first = false;
	if (!j->depth)
		buf_u8(j->out, '\n');
}

void json_text(struct json *j, const char *key, const char *text)
{
	json_bytes(j, key, text, strlen(text));
}

void json_bytes(struct json *j, const char *key, const char *s, size_t len)
{
	begin(j, key);
	put_quoted(j, s, len);
}

void json_count(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	buf_printf(j->out, "%llu", (unsigned long long)value);
}

/* JSON has no infinity and no NaN: both are null. The program never sets a locale. */
void json_number(struct json *j, const char *key, double value, int digits)
{
	begin(j, key);
	if (isfinite(value))
		buf_printf(j->out, "%.*f", digits, value);
	else
		buf_puts(j->out, "null");
}

void json_flag(struct json *j, const char *key, bool value)
{
	begin(j, key);
	buf_puts(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	buf_puts(j->out, "null");
}
