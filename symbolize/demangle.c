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

/*
 * The end of what is mangled in a Rust name; the rest is a suffix, which the callback
 * passes over in silence. Legacy: behind the hash. v0 has no '.' of its own.
 */
static const char *rust_end(const char *name)
{
	const char *at = name;
	const char *end = NULL;

	if (name[1] == 'R')
		return name + strcspn(name, ".");
	while ((at = strstr(at, "17h"))) {
		at += strlen("17h");
		if (strspn(at, "0123456789abcdef") >= 16 && at[16] == 'E')
			end = at + 17;
	}
	return end ? end : name + strlen(name);
}

/* The length of an ".llvm.HASH" at the start of a text; 0: there is none. */
static size_t llvm_hash_len(const char *text, size_t len)
{
	static const char mark[] = ".llvm.";
	size_t at = sizeof(mark) - 1;

	if (len <= at || memcmp(text, mark, at))
		return 0;
	while (at < len && text[at] && strchr("0123456789ABCDEF@", text[at]))
		at++;
	return at > sizeof(mark) - 1 && (at == len || text[at] == '.') ? at : 0;
}

/* A text without LLVM's hashes. */
static void put_without_hash(struct buf *out, const char *text, size_t len)
{
	size_t kept = 0;

	for (size_t at = 0; at < len;) {
		size_t hash_len = llvm_hash_len(text + at, len - at);

		if (!hash_len) {
			at++;
			continue;
		}
		buf_put(out, text + kept, at - kept);
		at += hash_len;
		kept = at;
	}
	buf_put(out, text + kept, len - kept);
}

void demangle_name(struct buf *out, const char *name, size_t len, enum demangle_style style)
{
	char mangled[MANGLED_MAX + 1];
	const char *suffix = memchr(name, '.', len);
	size_t start = out->len;

	if (style == DEMANGLE_NONE) {
		buf_put(out, name, len);
		return;
	}
	if (len < 3 || len > MANGLED_MAX || name[0] != '_' || !strchr("ZRG", name[1])) {
		put_without_hash(out, name, len);
		return;
	}
	memcpy(mangled, name, len);
	mangled[len] = '\0';
	if (try_rust(out, mangled)) {
		const char *end = rust_end(mangled);

		put_without_hash(out, end, strlen(end));
		return;
	}
	if (suffix)
		mangled[suffix - name] = '\0';
	if (!try_cplus(out, mangled, style)) {
		out->len = start;
		put_without_hash(out, name, len);
		return;
	}
	if (suffix)
		put_without_hash(out, suffix, len - (size_t)(suffix - name));
}
