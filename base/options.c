#include "base/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"

#define NEAREST_WORD_MAX 64

struct parser {
	const struct manual *manual;
	void *values;
	struct err *err;
	char **argv;
	int argc;
	int at;			   /* the next argument */
	struct text_list operands; /* of argv, in order */
	struct text_list others;
	bool announced; /* "--" was met */
};

/* ---- nearest ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make b of a. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = last[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = least(now[j], least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

const char *options_nearest(const char *word, const char *const *names, size_t cnt)
{
	size_t len = strlen(word), best = (len + 2) / 3 + 1;
	const char *nearest = NULL;

	if (!len || len > NEAREST_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < cnt; i++) {
		size_t name_len = strlen(names[i]), distance;

		if (name_len > NEAREST_WORD_MAX)
			continue;
		distance = edit_distance(word, len, names[i], name_len);
		if (len >= 2 && name_len > len && !strncmp(word, names[i], len))
			distance = 1; /* the beginning of a name */
		if (distance < best && distance < name_len) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

/* ---- values ---- */

static bool has_value(const struct option *o)
{
	return o->kind != OPTION_FLAG && (o->kind != OPTION_ACCEPTED || o->value);
}

static void *field_of(const struct parser *p, const struct option *o)
{
	return (char *)p->values + o->field;
}

/* As users write it: "--name", or "-x" where there is no long form. */
static void spell(const struct option *o, char out[NEAREST_WORD_MAX])
{
	if (o->name)
		snprintf(out, NEAREST_WORD_MAX, "--%s", o->name);
	else
		snprintf(out, NEAREST_WORD_MAX, "-%c", o->letter);
}

static int bad_value(struct parser *p, const struct option *o, const char *text, const char *want)
{
	char name[NEAREST_WORD_MAX];

	spell(o, name);
	return err_set(p->err, -EINVAL, "%s: '%s' is not %s", name, text, want);
}

static int unknown_choice(struct parser *p, const struct option *o, const char *text)
{
	char name[NEAREST_WORD_MAX];
	struct buf choices = { 0 };
	int status;

	for (const char *c = o->choices; *c; c++) {
		if (*c == '|')
			buf_puts(&choices, ", ");
		else
			buf_u8(&choices, (uint8_t)*c);
	}
	spell(o, name);
	status = err_set(p->err, -EINVAL, "%s: '%s' is none of %s", name, text, buf_text(&choices));
	buf_release(&choices);
	return status;
}

/* The text is kept, not the choice: it stands in argv or in the table, and both last. */
static int set_choice(struct parser *p, const struct option *o, const char *text)
{
	size_t len = strlen(text);
	const char *at = o->choices;

	while (at) {
		const char *bar = strchr(at, '|');
		size_t choice_len = bar ? (size_t)(bar - at) : strlen(at);

		if (choice_len == len && !memcmp(at, text, len)) {
			*(const char **)field_of(p, o) = text;
			return 0;
		}
		at = bar ? bar + 1 : NULL;
	}
	return unknown_choice(p, o, text);
}

/* The first value that a user gives takes the place of the default. */
static int add_to_list(struct parser *p, const struct option *o, char *text)
{
	struct text_list *list = field_of(p, o);

	if (list->cnt == 1 && list->v[0] == o->fallback)
		list->cnt = 0;
	while (text) {
		char *comma = strchr(text, ',');

		if (comma)
			*comma = '\0';
		if (!*text)
			return bad_value(p, o, "", "a value; a list is written A,B,C");
		*vec_push(list) = text;
		text = comma ? comma + 1 : NULL;
	}
	return 0;
}

static int set_range(struct parser *p, const struct option *o, const char *text)
{
	struct range *range = field_of(p, o);
	bool is_time = o->kind == OPTION_RANGE;
	bool is_good = is_time ? units_parse_range(text, &range->first, &range->last)
			       : units_parse_values(text, &range->first, &range->last);

	if (!is_good)
		return bad_value(p, o, text,
				 is_time ? "a range; write it as 1.5s..3s, 10ms.. or ..2m, the "
					   "less first"
					 : "a range; write it as 10ms.., 1ms..5ms or 4KiB..64KiB, "
					   "the less first");
	range->is_zero = !range->last;
	if (is_time && range->is_zero)
		return bad_value(p, o, text, "a range that ends after 0");
	return 0;
}

static int set_number(struct parser *p, const struct option *o, const char *text)
{
	static const struct {
		bool (*parse)(const char *text, uint64_t *out);
		const char *want;
	} kinds[] = {
		[OPTION_COUNT] = { units_parse_count, "a count; write it as 99 or 10k" },
		[OPTION_DURATION] = { units_parse_duration,
				      "a duration; write it as 10s, 250ms or 2m" },
		[OPTION_SIZE] = { units_parse_size, "a size; write it as 512KiB or 64MiB" },
	};
	uint64_t *number = field_of(p, o);

	if (!kinds[o->kind].parse(text, number))
		return bad_value(p, o, text, kinds[o->kind].want);
	return *number || !o->not_zero ? 0 : bad_value(p, o, text, "more than 0");
}

static int set_value(struct parser *p, const struct option *o, char *text)
{
	switch (o->kind) {
	case OPTION_TEXT:
		*(const char **)field_of(p, o) = text;
		return 0;
	case OPTION_LIST:
		return add_to_list(p, o, text);
	case OPTION_COUNT:
	case OPTION_DURATION:
	case OPTION_SIZE:
		return set_number(p, o, text);
	case OPTION_RANGE:
	case OPTION_VALUES:
		return set_range(p, o, text);
	case OPTION_CHOICE:
		return set_choice(p, o, text);
	case OPTION_ACCEPTED:
	case OPTION_FLAG:
		return 0;
	}
	return 0;
}

static void set_default(struct parser *p, const struct option *o)
{
	int status = 0;

	if (o->kind == OPTION_RANGE || o->kind == OPTION_VALUES)
		*(struct range *)field_of(p, o) = (struct range){ .last = UINT64_MAX };
	if (!o->fallback)
		return;
	if (o->kind == OPTION_LIST) {
		assert(!strchr(o->fallback, ','));
		*vec_push((struct text_list *)field_of(p, o)) = o->fallback;
		return;
	}
	status = set_value(p, o, (char *)o->fallback);
	assert(!status); /* a default that its own option refuses is our mistake */
	(void)status;
}

/* ---- arguments ---- */

static const struct option *find_name(const struct manual *m, const char *name, size_t len)
{
	for (const struct option *o = m->options; o && o->kind; o++)
		if (o->name && strlen(o->name) == len && !memcmp(o->name, name, len))
			return o;
	return NULL;
}

static const struct option *find_letter(const struct manual *m, char letter)
{
	for (const struct option *o = m->options; o && o->kind; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

static int unknown_name(struct parser *p, const char *name, size_t len)
{
	struct {
		VEC(const char *);
	} names = { 0 };
	char word[NEAREST_WORD_MAX + 2];
	const char *nearest;

	*vec_push(&names) = "help";
	for (const struct option *o = p->manual->options; o && o->kind; o++)
		if (o->name)
			*vec_push(&names) = o->name;
	snprintf(word, sizeof(word), "%.*s", (int)least(len, NEAREST_WORD_MAX + 1), name);
	nearest = options_nearest(word, names.v, names.cnt);
	vec_release(&names);
	if (nearest)
		return err_set(p->err, -EINVAL, "unknown option '--%s'; did you mean '--%s'?", word,
			       nearest);
	return err_set(p->err, -EINVAL, "unknown option '--%s'; see 'profile help %s'", word,
		       p->manual->name);
}

static int unknown_letter(struct parser *p, char letter)
{
	unsigned char byte = (unsigned char)letter;
	char other = (char)(islower(byte) ? toupper(byte) : tolower(byte));

	if (find_letter(p->manual, other))
		return err_set(p->err, -EINVAL, "unknown option '-%c'; did you mean '-%c'?", letter,
			       other);
	return err_set(p->err, -EINVAL, "unknown option '-%c'; see 'profile help %s'", letter,
		       p->manual->name);
}

static int missing_value(struct parser *p, const struct option *o)
{
	char name[NEAREST_WORD_MAX];

	spell(o, name);
	return err_set(p->err, -EINVAL, "%s needs a value (%s)", name, o->value ? o->value : "?");
}

static int set_flag(struct parser *p, const struct option *o)
{
	if (o->kind == OPTION_FLAG)
		*(bool *)field_of(p, o) = true;
	return 0;
}

/* The value behind the option, or else the next argument. */
static int take_value(struct parser *p, const struct option *o, char *attached)
{
	if (attached)
		return set_value(p, o, attached);
	if (p->at == p->argc)
		return missing_value(p, o);
	*vec_push(&p->others) = p->argv[p->at];
	return set_value(p, o, p->argv[p->at++]);
}

static int take_long(struct parser *p, char *name)
{
	char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *o = find_name(p->manual, name, len);

	if (!o && len == 4 && !memcmp(name, "help", 4))
		return -ECANCELED;
	if (!o)
		return unknown_name(p, name, len);
	if (has_value(o))
		return take_value(p, o, equals ? equals + 1 : NULL);
	if (equals)
		return err_set(p->err, -EINVAL, "--%s takes no value, but got '%s'", o->name,
			       equals + 1);
	return set_flag(p, o);
}

/* "-aU", "-F99", "-aF99": flags up to the first letter that takes a value. */
static int take_letters(struct parser *p, char *letters)
{
	for (; *letters; letters++) {
		const struct option *o = find_letter(p->manual, *letters);
		int status;

		if (!o && *letters == 'h')
			return -ECANCELED;
		if (!o)
			return unknown_letter(p, *letters);
		if (has_value(o))
			return take_value(p, o, letters[1] ? letters + 1 : NULL);
		status = set_flag(p, o);
		if (status)
			return status;
	}
	return 0;
}

static void take_rest(struct parser *p)
{
	while (p->at < p->argc)
		*vec_push(&p->operands) = p->argv[p->at++];
}

static int take_arguments(struct parser *p)
{
	while (p->at < p->argc) {
		char *argument = p->argv[p->at++];
		int status = 0;

		if (argument[0] != '-' || !argument[1]) {
			*vec_push(&p->operands) = argument;
			if (p->manual->stops_at_operand)
				take_rest(p);
			continue;
		}
		*vec_push(&p->others) = argument;
		if (!strcmp(argument, "--")) {
			p->announced = true;
			take_rest(p);
		} else if (argument[1] == '-') {
			status = take_long(p, argument + 2);
		} else {
			status = take_letters(p, argument + 1);
		}
		if (status)
			return status;
	}
	return 0;
}

/* Puts the options before the operands; every argument is in one of the lists. */
static void reorder(struct parser *p, struct operands *out)
{
	size_t at = 0;

	for (size_t i = 0; i < p->others.cnt; i++)
		p->argv[at++] = (char *)p->others.v[i];
	*out = (struct operands){ .v = p->argv + at,
				  .cnt = p->operands.cnt,
				  .announced = p->announced };
	for (size_t i = 0; i < p->operands.cnt; i++)
		p->argv[at++] = (char *)p->operands.v[i];
	assert(at == (size_t)p->argc);
}

int options_parse(const struct manual *m, int argc, char **argv, void *values, struct operands *out,
		  struct err *err)
{
	struct parser p = { .manual = m, .values = values, .err = err, .argv = argv, .argc = argc };
	int status;

	for (const struct option *o = m->options; o && o->kind; o++)
		set_default(&p, o);
	status = take_arguments(&p);
	if (!status)
		reorder(&p, out);
	vec_release(&p.operands);
	vec_release(&p.others);
	return status;
}

void options_release(const struct manual *m, void *values)
{
	for (const struct option *o = m->options; o && o->kind; o++)
		if (o->kind == OPTION_LIST)
			vec_release((struct text_list *)((char *)values + o->field));
}
