#include "symbolize/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

/*
 * libiberty hands its output over piece by piece. The first piece too many leaves it
 * by a jump, so that a name made to grow without end costs no more than its first
 * 4 KiB. (Its callback forms keep everything on the stack, so nothing leaks by that.)
 */

#define MANGLED_MAX 4096

struct demangling {
	struct buf *out;
	size_t start; /* length of out before */
	jmp_buf too_long;
};

static void take_piece(const char *piece, size_t len, void *arg)
{
	struct demangling *d = arg;

	if (len > DEMANGLED_MAX - (d->out->len - d->start))
		longjmp(d->too_long, 1);
	buf_put(d->out, piece, len);
}

/* False leaves out as it was. */
static bool try_rust(struct buf *out, const char *name)
{
	struct demangling d = { .out = out, .start = out->len };

	if (!setjmp(d.too_long) && rust_demangle_callback(name, DMGL_NO_OPTS, take_piece, &d) &&
	    d.out->len > d.start)
		return true;
	d.out->len = d.start;
	return false;
}

static bool try_cplus(struct buf *out, const char *name, enum demangle_style style)
{
	struct demangling d = { .out = out, .start = out->len };
	int options = DMGL_ANSI | (style == DEMANGLE_FULL ? DMGL_PARAMS : 0);

	if (!setjmp(d.too_long) && cplus_demangle_v3_callback(name, options, take_piece, &d) &&
	    d.out->len > d.start)
		return true;
	d.out->len = d.start;
	return false;
}

/* What a compiler appended, without LLVM's hash. */
static void put_suffix(struct buf *out, const char *suffix)
{
	const char *hash = strstr(suffix, ".llvm.");
	const char *rest;

	if (!hash) {
		buf_puts(out, suffix);
		return;
	}
	buf_put(out, suffix, (size_t)(hash - suffix));
	rest = hash + strlen(".llvm.");
	buf_puts(out, rest + strspn(rest, "0123456789"));
}

void demangle_name(struct buf *out, const char *name, size_t len, enum demangle_style style)
{
	char mangled[MANGLED_MAX + 1];
	const char *suffix = memchr(name, '.', len);
	size_t start = out->len;

	if (style == DEMANGLE_NONE || len < 3 || len > MANGLED_MAX || name[0] != '_' ||
	    !strchr("ZRG", name[1])) {
		buf_put(out, name, len);
		return;
	}
	memcpy(mangled, name, len);
	mangled[len] = '\0';
	if (try_rust(out, mangled))
		return;
	if (suffix)
		mangled[suffix - name] = '\0';
	if (!try_cplus(out, mangled, style)) {
		out->len = start;
		buf_put(out, name, len);
		return;
	}
	if (suffix) {
		memcpy(mangled, suffix, len - (size_t)(suffix - name));
		mangled[len - (size_t)(suffix - name)] = '\0';
		put_suffix(out, mangled);
	}
}
