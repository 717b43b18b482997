#include "collector/probe_spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collector/probe_setup.h"

#define TEXT_MAX 512 /* bytes; names of C++ functions are long */
#define PLACES "CATEGORY:NAME..CATEGORY:NAME"

/* One of the words that a probe begins with, and what stands behind it. */
struct form {
	const char *word;
	enum probe_kind kind; /* 0: latency:A..B */
	bool is_latency;
	const char *usage, *example;
};

/* The longer of two that begin alike comes first. */
static const struct form forms[] = {
	{ "latency:uprobe:", PROBE_UPROBE, true, "latency:uprobe:FILE:FUNCTION",
	  "latency:uprobe:c:fsync" },
	{ "latency:kprobe:", PROBE_KPROBE, true, "latency:kprobe:FUNCTION",
	  "latency:kprobe:vfs_read" },
	{ "latency:", 0, true, "latency:" PLACES,
	  "latency:syscalls:sys_enter_futex..syscalls:sys_exit_futex" },
	{ "tracepoint:", PROBE_TRACEPOINT, false, "tracepoint:CATEGORY:NAME",
	  "tracepoint:kmem:kmalloc@bytes_alloc/bytes" },
	{ "kprobe:", PROBE_KPROBE, false, "kprobe:FUNCTION", "kprobe:vfs_read" },
	{ "uprobe:", PROBE_UPROBE, false, "uprobe:FILE:FUNCTION", "uprobe:c:malloc@arg1/bytes" },
	{ "usdt:", PROBE_USDT, false, "usdt:FILE:PROVIDER:NAME", "usdt:c:libc:memory_sbrk_more" },
};

static const struct form *form_of(const char *text)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strncmp(text, forms[i].word, strlen(forms[i].word)))
			return &forms[i];
	return NULL;
}

bool probe_spec_is(const char *text)
{
	return form_of(text) != NULL;
}

/* A part of the text that is being taken apart. */
struct part {
	const char *v;
	size_t len;
};

static struct part part_of(const char *begin, const char *end)
{
	return (struct part){ begin, (size_t)(end - begin) };
}

static char *part_dup(struct part p)
{
	return mem_dup(p.v, p.len);
}

static bool part_is(struct part p, const char *text)
{
	return p.len == strlen(text) && !memcmp(p.v, text, p.len);
}

/* Where the last such character of it is; NULL: there is none. */
static const char *part_find_last(struct part p, char c)
{
	return p.len ? memrchr(p.v, c, p.len) : NULL;
}

static int complain(const struct form *f, const char *text, struct err *err, const char *what)
{
	return err_set(err, -EINVAL, "%s: %s; write %s, such as %s", text, what, f->usage,
		       f->example);
}

/* Names of tracepoints are those of folders, too. */
static bool is_tracepoint_name(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!isalnum((unsigned char)p.v[i]) && p.v[i] != '_' && p.v[i] != '-')
			return false;
	return p.len > 0;
}

static bool is_without(struct part p, const char *marks)
{
	for (size_t i = 0; i < p.len; i++)
		if (!isgraph((unsigned char)p.v[i]) || strchr(marks, p.v[i]))
			return false;
	return p.len > 0;
}

/* Of fields, providers, functions of the kernel: nothing that is written here, or cannot be
 * seen. */
static bool is_name(struct part p)
{
	return is_without(p, ":@#/");
}

/* Of Go they have the path of their package: net/http.(*Server).Serve. */
static bool is_function_name(struct part p)
{
	return is_without(p, ":@#") && *p.v != '/';
}

static bool is_file(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (iscntrl((unsigned char)p.v[i]))
			return false;
	return p.len > 0;
}

static const char *take_tracepoint(struct probe_place *out, struct part p)
{
	const char *colon = p.len ? memchr(p.v, ':', p.len) : NULL;
	struct part group, name;

	if (!colon)
		return "a tracepoint is a category and a name";
	group = part_of(p.v, colon);
	name = part_of(colon + 1, p.v + p.len);
	if (!is_tracepoint_name(group) || !is_tracepoint_name(name))
		return "categories and names of tracepoints are letters, digits, _ and -";
	out->kind = PROBE_TRACEPOINT;
	out->group = part_dup(group);
	out->name = part_dup(name);
	return NULL;
}

static const char *take_function(struct probe_place *out, struct part p)
{
	if (!is_name(p))
		return p.len ? "that is no name of a function" : "the function is missing";
	out->kind = PROBE_KPROBE;
	out->name = part_dup(p);
	return NULL;
}

/* Paths may have colons, and names behind them have none. */
static const char *take_file(struct probe_place *out, struct part p, bool with_provider)
{
	const char *name = part_find_last(p, ':');
	const char *group = name;

	if (name && with_provider)
		group = part_find_last(part_of(p.v, name), ':');
	if (!group)
		return with_provider ? "file, provider or name is missing"
				     : "the file or the function is missing";
	if (!is_file(part_of(p.v, group)))
		return "the file has no name that could be one";
	if (with_provider
		    ? !is_name(part_of(name + 1, p.v + p.len)) || !is_name(part_of(group + 1, name))
		    : !is_function_name(part_of(name + 1, p.v + p.len)))
		return "behind the file stands no name that could be one";
	out->kind = with_provider ? PROBE_USDT : PROBE_UPROBE;
	out->file = part_dup(part_of(p.v, group));
	out->name = part_dup(part_of(name + 1, p.v + p.len));
	if (with_provider)
		out->group = part_dup(part_of(group + 1, name));
	return NULL;
}

static const char *take_pair(struct probe_spec *out, struct part p)
{
	const char *dots = p.len ? memmem(p.v, p.len, "..", 2) : NULL;
	const char *wrong;

	if (!dots)
		return "the two tracepoints stand apart by \"..\"";
	wrong = take_tracepoint(&out->begin, part_of(p.v, dots));
	return wrong ? wrong : take_tracepoint(&out->end, part_of(dots + 2, p.v + p.len));
}

static const char *take_place(struct probe_spec *out, const struct form *f, struct part p)
{
	switch (f->kind) {
	case PROBE_TRACEPOINT:
		return take_tracepoint(&out->begin, p);
	case PROBE_KPROBE:
		return take_function(&out->begin, p);
	case PROBE_UPROBE:
		return take_file(&out->begin, p, false);
	case PROBE_USDT:
		return take_file(&out->begin, p, true);
	}
	return take_pair(out, p);
}

/* Registers have numbers, and only tracepoints have names for what they carry. */
static const char *check_field(const struct probe_spec *s, struct part p)
{
	bool is_arg = p.len == 4 && !memcmp(p.v, "arg", 3) && p.v[3] >= '1' && p.v[3] <= '6';
	bool is_usdt_arg = s->begin.kind == PROBE_USDT && p.len >= 4 && p.len <= 5 &&
			   !memcmp(p.v, "arg", 3) && p.v[3] >= '1' && p.v[3] <= '9' &&
			   (p.len == 4 || (p.v[3] == '1' && p.v[4] >= '0' && p.v[4] <= '2'));

	if (!is_name(p))
		return "the field is missing";
	if (s->begin.kind == PROBE_TRACEPOINT || is_arg || is_usdt_arg)
		return NULL;
	if (part_is(p, "ret"))
		return s->is_latency ? NULL : "only a latency knows what a function returned (ret)";
	return s->is_latency ? "the field is one of arg1 to arg6, or ret"
			     : "the field is one of arg1 to arg6 (usdt: arg12)";
}

static const char *take_unit(struct probe_spec *out, struct part p)
{
	if (part_is(p, "bytes"))
		out->unit = TRACE_UNIT_BYTES;
	else if (part_is(p, "ns"))
		out->unit = TRACE_UNIT_NS;
	else if (part_is(p, "events"))
		out->unit = TRACE_UNIT_EVENTS;
	else
		return "the unit is one of bytes, ns, events";
	return NULL;
}

static const char *take_weight(struct probe_spec *out, struct part p)
{
	const char *slash = p.len ? memchr(p.v, '/', p.len) : NULL;
	struct part field = slash ? part_of(p.v, slash) : p;
	const char *wrong = check_field(out, field);

	if (wrong)
		return wrong;
	if (out->weight)
		return "there are two weights";
	out->weight = part_dup(field);
	out->unit = TRACE_UNIT_EVENTS;
	return slash ? take_unit(out, part_of(slash + 1, p.v + p.len)) : NULL;
}

static const char *take_key(struct probe_spec *out, struct part p, bool joins)
{
	const char *wrong = check_field(out, p);

	if (wrong)
		return wrong;
	if (!out->is_latency)
		return "samples have no keys (#); their stacks tell them apart";
	if (out->key)
		return "there are two keys";
	if (joins && !out->end.name)
		return "entry and return of a function belong together without ##";
	out->key = part_dup(p);
	out->joins_by_key = joins;
	return NULL;
}

/* What stands behind the place: @FIELD/UNIT, #FIELD, ##FIELD. */
static const char *take_options(struct probe_spec *out, const char *at)
{
	const char *wrong = NULL;

	while (*at && !wrong) {
		bool joins = at[0] == '#' && at[1] == '#';
		const char *field = at + 1 + joins;
		struct part p = part_of(field, field + strcspn(field, "@#"));

		wrong = *at == '@' ? take_weight(out, p) : take_key(out, p, joins);
		at = p.v + p.len;
	}
	return wrong;
}

/* Options begin behind the last colon: files may have any character in their names. */
static const char *options_of(const char *text)
{
	const char *colon = strrchr(text, ':');

	return colon + strcspn(colon, "@#");
}

int probe_spec_parse(struct probe_spec *out, const char *text, struct err *err)
{
	const struct form *f = form_of(text);
	struct probe_spec s = { 0 };
	const char *options, *wrong;

	if (!f)
		return err_set(err, -EINVAL,
			       "%s: no probe; those are tracepoint:, kprobe:, uprobe:, usdt: and "
			       "latency:",
			       text);
	if (strlen(text) > TEXT_MAX)
		return err_set(err, -EINVAL, "%.60s...: longer than %d bytes", text, TEXT_MAX);
	options = options_of(text);
	s.is_latency = f->is_latency;
	s.unit = f->is_latency ? TRACE_UNIT_NS : TRACE_UNIT_EVENTS;
	wrong = options < text + strlen(f->word)
			? "the place is missing"
			: take_place(&s, f, part_of(text + strlen(f->word), options));
	if (!wrong)
		wrong = take_options(&s, options);
	if (wrong) {
		probe_spec_release(&s);
		return complain(f, text, err, wrong);
	}
	s.text = mem_dup(text, strlen(text));
	*out = s;
	return 0;
}

static void place_release(struct probe_place *p)
{
	free(p->file);
	free(p->group);
	free(p->name);
}

void probe_spec_release(struct probe_spec *p)
{
	if (!p)
		return;
	free(p->text);
	place_release(&p->begin);
	place_release(&p->end);
	free(p->weight);
	free(p->key);
	*p = (struct probe_spec){ 0 };
}

int probe_spec_probe(const struct probe_spec *p, const char **out_source, struct err *err)
{
	struct probe_setup setup;
	int code = probe_setup_make(&setup, p, err);

	if (code)
		return code;
	if (out_source)
		*out_source = probe_setup_source(&setup);
	probe_setup_release(&setup);
	return 0;
}
