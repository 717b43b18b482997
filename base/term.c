#include "base/term.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

#define COLUMNS_DEFAULT 80
#define COLUMNS_MIN 20
#define COLUMNS_MAX 1000
#define PROGRESS_AFTER_NS 1000000000ull
#define PROGRESS_EVERY_NS 100000000ull

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool is_dumb(void)
{
	const char *kind = getenv("TERM");

	return kind && !strcmp(kind, "dumb");
}

bool term_has_colour(FILE *stream)
{
	const char *force = getenv("CLICOLOR_FORCE");

	if (force && *force && strcmp(force, "0"))
		return true;
	return !is_set("NO_COLOR") && !is_dumb() && isatty(fileno(stream));
}

size_t term_columns(FILE *stream)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	uint64_t count = 0;

	if (columns && units_parse_count(columns, &count) && count >= COLUMNS_MIN)
		return count < COLUMNS_MAX ? count : COLUMNS_MAX;
	if (!ioctl(fileno(stream), TIOCGWINSZ, &size) && size.ws_col >= COLUMNS_MIN)
		return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
	return COLUMNS_DEFAULT;
}

const char *term_style(FILE *stream, enum term_style style)
{
	if (!term_has_colour(stream))
		return "";
	switch (style) {
	case TERM_PLAIN:
		return "\033[0m";
	case TERM_BOLD:
		return "\033[1m";
	case TERM_DIM:
		return "\033[2m";
	case TERM_GOOD:
		return "\033[32m";
	case TERM_BAD:
		return "\033[31m";
	case TERM_WARN:
		return "\033[33m";
	}
	return "";
}

void term_progress_start(struct term_progress *p, const char *what)
{
	*p = (struct term_progress){ .what = what, .started_ns = clock_now_ns() };
}

void term_progress_show(struct term_progress *p, uint64_t done, uint64_t total)
{
	char part[UNITS_TEXT_MAX];
	uint64_t now = clock_now_ns();

	if (now - p->started_ns < PROGRESS_AFTER_NS || now - p->shown_ns < PROGRESS_EVERY_NS)
		return;
	p->shown_ns = now;
	if (!isatty(STDERR_FILENO) || is_dumb())
		return;
	p->shown = true;
	if (total)
		units_percent(part, done, total);
	else
		units_count(part, done);
	fprintf(stderr, "\r\033[K%s: %s", p->what, part);
	fflush(stderr);
}

void term_progress_stop(struct term_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	*p = (struct term_progress){ 0 };
}

void term_say(const char *fmt, ...)
{
	struct buf line = { 0 };
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_puts(&line, "profile: ");
	text_visible(&line, text, strlen(text));
	buf_u8(&line, '\n');
	fwrite(line.v, 1, line.len, stderr);
	buf_release(&line);
}
