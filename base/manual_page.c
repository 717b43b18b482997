#include "base/manual.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/*
 * mdoc(7) source. Two things must be hidden from it: what looks like a request (a
 * dot or a quote at the start of a line, a backslash anywhere) and, on lines that
 * are macros, words that could be macro names themselves. So every text from a
 * table passes through put_text() or put_words().
 */

/* Pages are made from the tables, so their date is that of the tables' words: a
 * constant, for the same bytes from every build. */
#define MANUAL_DATE "November 20, 2026"

/* Beyond this the source itself is hard to read, and mandoc says so. */
#define LINE_MAX_COLUMNS 76

static void put_char(struct buf *out, char c)
{
	switch (c) {
	case '\\':
		buf_puts(out, "\\e");
		break;
	case '-':
		buf_puts(out, "\\-");
		break;
	case '"':
		buf_puts(out, "\\(dq");
		break;
	case '~':
		buf_puts(out, "\\(ti");
		break;
	case '^':
		buf_puts(out, "\\(ha");
		break;
	case '`':
		buf_puts(out, "\\(ga");
		break;
	default:
		buf_u8(out, (uint8_t)c);
	}
}

static void put_bytes(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_char(out, text[i]);
}

/* Blanks in front of the next word; true if a blank line is among them. */
static bool skip_blanks(const char **text)
{
	size_t len = strspn(*text, " \n");
	const char *line_end = memchr(*text, '\n', len);
	bool parted = line_end && memchr(line_end + 1, '\n', len - (size_t)(line_end + 1 - *text));

	*text += len;
	return parted;
}

static bool ends_sentence(const char *word, size_t len, const char *next)
{
	return strchr(".?!", word[len - 1]) && isupper((unsigned char)next[strspn(next, " \n")]);
}

/* Text lines: each sentence begins one, and a blank line parts paragraphs. */
static void put_text(struct buf *out, const char *text)
{
	size_t line = 0;

	skip_blanks(&text);
	while (*text) {
		size_t len = strcspn(text, " \n");
		bool last;

		if (line && line + 1 + len > LINE_MAX_COLUMNS) {
			buf_u8(out, '\n');
			line = 0;
		} else if (line) {
			buf_u8(out, ' ');
		}
		if (!line && (*text == '.' || *text == '\''))
			buf_puts(out, "\\&");
		put_bytes(out, text, len);
		line += len + 1;
		last = ends_sentence(text, len, text + len);
		text += len;
		if (skip_blanks(&text) && *text) {
			buf_puts(out, "\n.Pp\n");
			line = 0;
		} else if (last && *text) {
			buf_u8(out, '\n');
			line = 0;
		}
	}
	buf_u8(out, '\n');
}

/* A table's text, which has neither capital nor full stop, as a sentence. */
static void put_sentence(struct buf *out, const char *text, char stop)
{
	struct buf sentence = { 0 };

	buf_puts(&sentence, text);
	if (sentence.len && sentence.v[sentence.len - 1] != '.') {
		sentence.v[0] = (uint8_t)toupper(sentence.v[0]);
		buf_u8(&sentence, (uint8_t)stop);
	}
	put_text(out, buf_text(&sentence));
	buf_release(&sentence);
}

/* Arguments of a macro: each word guarded, so that none is taken for a macro. */
static void put_words(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (len)
			buf_puts(out, " \\&");
		put_bytes(out, text, len);
		text += len + strspn(text + len, " ");
	}
}

static void put_macro(struct buf *out, const char *macro, const char *words)
{
	buf_puts(out, macro);
	put_words(out, words);
	buf_u8(out, '\n');
}

static void put_head(struct buf *out, const char *name, const char *summary)
{
	buf_puts(out, ".Dd " MANUAL_DATE "\n.Dt ");
	for (const char *p = name; *p; p++)
		buf_u8(out, (uint8_t)toupper((unsigned char)*p));
	buf_puts(out, " 1\n.Os\n.Sh NAME\n");
	buf_printf(out, ".Nm %s\n", name);
	put_macro(out, ".Nd", summary);
}

static void put_option_label(struct buf *out, const struct option *o)
{
	buf_puts(out, ".It");
	if (o->letter)
		buf_printf(out, " Fl %c%s", o->letter, o->name ? " ," : "");
	if (o->name) {
		buf_puts(out, " Fl \\-");
		put_bytes(out, o->name, strlen(o->name));
	}
	if (o->value) {
		buf_puts(out, " Ar");
		put_words(out, o->value);
	}
	buf_u8(out, '\n');
}

static void put_choices(struct buf *out, const char *choices)
{
	buf_puts(out, "One of");
	while (*choices) {
		size_t len = strcspn(choices, "|");

		buf_puts(out, "\n.Cm \\&");
		put_bytes(out, choices, len);
		choices += len;
		if (*choices) {
			buf_puts(out, " ,");
			choices++;
		}
	}
	buf_puts(out, " .\n");
}

static void put_option(struct buf *out, const struct option *o)
{
	put_option_label(out, o);
	put_sentence(out, o->help, '.');
	if (o->choices)
		put_choices(out, o->choices);
	if (o->fallback) {
		buf_puts(out, "The default is\n.Cm");
		put_words(out, o->fallback);
		buf_puts(out, " .\n");
	}
}

static void put_options(struct buf *out, const struct manual *m)
{
	static const struct option help = { 'h', "help", .help = "show a short form of this page" };

	buf_puts(out, ".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (const struct option *o = m->options; o && o->kind; o++)
		put_option(out, o);
	put_option(out, &help);
	buf_puts(out, ".El\n");
}

static void put_exits(struct buf *out, const struct exit_row *exits)
{
	static const struct exit_row usual[] = {
		{ "0", "it worked" },
		{ "1", "what was asked for did not work" },
		{ "2", "wrong usage" },
		{ NULL, NULL },
	};

	buf_puts(out, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
	for (const struct exit_row *e = exits ? exits : usual; e->status; e++) {
		put_macro(out, ".It", e->status);
		put_sentence(out, e->means, '.');
	}
	buf_puts(out, ".El\n");
}

static void put_examples(struct buf *out, const struct example *examples)
{
	if (!examples)
		return;
	buf_puts(out, ".Sh EXAMPLES\n");
	for (const struct example *e = examples; e->command; e++) {
		if (e != examples)
			buf_puts(out, ".Pp\n");
		put_sentence(out, e->says, ':');
		put_macro(out, ".Dl", e->command);
	}
}

struct reference {
	const char *name;
	size_t len;
	char section;
};

static int compare_references(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;
	size_t shorter = x->len < y->len ? x->len : y->len;
	int order = x->section - y->section;

	if (!order)
		order = memcmp(x->name, y->name, shorter);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* "profile-render(1), perf(1)" as cross references, by section and name as is usual. */
static void put_see_also(struct buf *out, const char *list)
{
	struct {
		VEC(struct reference);
	} all = { 0 };

	for (; *list; list += strspn(list, ", ")) {
		size_t len = strcspn(list, "(");

		if (!list[len])
			break;
		*vec_push(&all) =
			(struct reference){ .name = list, .len = len, .section = list[len + 1] };
		list += strcspn(list, ",");
	}
	qsort(all.v, all.cnt, sizeof(*all.v), compare_references);
	buf_puts(out, ".Sh SEE ALSO\n");
	for (size_t i = 0; i < all.cnt; i++)
		buf_printf(out, ".Xr %.*s %c%s\n", (int)all.v[i].len, all.v[i].name,
			   all.v[i].section, i + 1 < all.cnt ? " ," : "");
	vec_release(&all);
}

static void put_command_page(struct buf *out, const struct manual *m)
{
	struct buf name = { 0 };

	buf_printf(&name, "profile-%s", m->name);
	put_head(out, buf_text(&name), m->summary);
	buf_release(&name);
	buf_printf(out, ".Sh SYNOPSIS\n.Nm profile Cm %s\n", m->name);
	if (*m->synopsis)
		put_text(out, m->synopsis);
	buf_puts(out, ".Sh DESCRIPTION\n");
	put_text(out, m->description);
	put_options(out, m);
	put_exits(out, m->exits);
	put_examples(out, m->examples);
	put_see_also(out, m->see_also ? m->see_also : "profile(1)");
}

static void put_overview_page(struct buf *out, const struct manual *const *commands, size_t cnt)
{
	struct buf see_also = { 0 };

	put_head(out, "profile", "show where the time goes");
	buf_puts(out, ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar argument ...\n"
		      ".Nm\n.Fl \\-version\n"
		      ".Sh DESCRIPTION\n"
		      "A recording is one trace file.\n"
		      "Every picture is drawn from it, later, anywhere, without privileges.\n"
		      "The commands:\n"
		      ".Bl -tag -width symbolize\n");
	for (size_t i = 0; i < cnt; i++) {
		buf_printf(out, ".It Cm %s\n", commands[i]->name);
		put_sentence(out, commands[i]->summary, '.');
	}
	buf_puts(out, ".El\n"
		      ".Sh FILES\n.Bl -tag -width Ds\n.It Pa profile.data\n"
		      "the trace that is written and read when none is named\n.El\n");
	put_exits(out, NULL);
	buf_puts(out, ".Sh EXAMPLES\n"
		      "Record the whole machine for ten seconds, then draw it:\n"
		      ".Dl profile record \\-d 10s\n.Dl profile render\n");
	for (size_t i = 0; i < cnt; i++)
		buf_printf(&see_also, "%sprofile-%s(1)", i ? ", " : "", commands[i]->name);
	put_see_also(out, buf_text(&see_also));
	buf_release(&see_also);
}

void manual_page(struct buf *out, const struct manual *m, const struct manual *const *commands,
		 size_t cnt)
{
	if (m)
		put_command_page(out, m);
	else
		put_overview_page(out, commands, cnt);
}
