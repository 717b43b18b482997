#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	if (err->code)
		return err->code;
	err->code = code;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

void err_prefix(struct err *err, const char *fmt, ...)
{
	char cause[ERR_TEXT_MAX];
	va_list args;
	int len;

	if (!err || !err->code)
		return;
	memcpy(cause, err->text, sizeof(cause));
	va_start(args, fmt);
	len = vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)len + 2 < sizeof(err->text)) {
		size_t room = sizeof(err->text) - (size_t)len - 2;
		size_t kept = strnlen(cause, room - 1);

		memcpy(err->text + len, ": ", 2);
		memcpy(err->text + len + 2, cause, kept);
		err->text[(size_t)len + 2 + kept] = '\0';
	}
}

void err_clear(struct err *err)
{
	err->code = 0;
	err->text[0] = '\0';
}
