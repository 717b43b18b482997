#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*exhausted)(size_t size);

void mem_on_exhausted(void (*handler)(size_t size))
{
	exhausted = handler;
}

static void fail(size_t size)
{
	if (exhausted)
		exhausted(size);
	abort();
}

void *mem_alloc(size_t cnt, size_t size)
{
	void *mem = calloc(cnt ? cnt : 1, size ? size : 1);

	if (!mem)
		fail(size && cnt > SIZE_MAX / size ? SIZE_MAX : cnt * size);
	return mem;
}

void *mem_resize(void *mem, size_t cnt, size_t size)
{
	void *bigger = NULL;
	size_t bytes;

	if (__builtin_mul_overflow(cnt, size, &bytes))
		fail(SIZE_MAX);
	bigger = realloc(mem, bytes ? bytes : 1);
	if (!bigger)
		fail(bytes);
	return bigger;
}

char *mem_dup(const char *bytes, size_t len)
{
	char *copy = mem_resize(NULL, len + 1, 1);

	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		fail(strlen(fmt));
	va_end(args);
	return text;
}
