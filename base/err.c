#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_KEPT 64 /* of a prefix; what is beyond gives way to the cause */

#define LONG_TEXT_MAX (2 * 4096 + ERR_TEXT_MAX) /* two paths, and what is said of them */
#define CUT "..."

/* What is too long loses its middle: it begins with where, and ends with why. */
static void keep_ends(struct err *err, const char *text)
{
	size_t len = strlen(text), ends = ERR_TEXT_MAX - sizeof(CUT);
	size_t tail = ends / 2, head = ends - tail;

	if (len < ERR_TEXT_MAX) {
		memcpy(err->text, text, len + 1);
		return;
	}
	memcpy(err->text, text, head);
	memcpy(err->text + head, CUT, strlen(CUT));
	memcpy(err->text + head + strlen(CUT), text + len - tail, tail + 1);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	char text[LONG_TEXT_MAX];
	va_list args;

	if (!err)
		return code;
	if (err->code)
		return err->code;
	err->code = code;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	keep_ends(err, text);
	return code;
}

void err_prefix(struct err *err, const char *fmt, ...)
{
	char cause[ERR_TEXT_MAX], prefix[ERR_TEXT_MAX];
	size_t kept, room;
	va_list args;
	int len;

	if (!err || !err->code)
		return;
	memcpy(cause, err->text, sizeof(cause));
	va_start(args, fmt);
	len = vsnprintf(prefix, sizeof(prefix), fmt, args);
	va_end(args);
	if (len < 0)
		return;
	kept = strlen(cause);
	room = kept + PREFIX_KEPT + 3 < sizeof(err->text) ? sizeof(err->text) - kept - 3
							  : PREFIX_KEPT;
	len = (int)strnlen(prefix, room);
	memcpy(err->text, prefix, (size_t)len);
	memcpy(err->text + len, ": ", 2);
	kept = strnlen(cause, sizeof(err->text) - (size_t)len - 3);
	memcpy(err->text + len + 2, cause, kept);
	err->text[(size_t)len + 2 + kept] = '\0';
}

void err_clear(struct err *err)
{
	err->code = 0;
	err->text[0] = '\0';
}
