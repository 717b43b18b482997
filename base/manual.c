#include "base/manual.h"

#include <string.h>

#include "base/text.h"

/*
 * The terminal's texts. A label stands at the left, what it means in a column of
 * its own; a label too long for that has its meaning on the next line:
 *
 *	  -d, --duration TIME     stop after this long
 *	      --min-block DURATION
 *	                          ...
 */
#define LABEL_INDENT 2
#define MEANING_COLUMN 26
#define COLUMNS_MIN 50
#define COLUMNS_MAX 100

static void put_blanks(struct buf *out, size_t cnt)
{
	while (cnt--)
		buf_u8(out, ' ');
}

/* Words of text up to its end or a blank line, from column `at`, later lines indented. */
static const char *put_paragraph(struct buf *out, const char *text, size_t at, size_t indent,
				 size_t columns)
{
	bool starts = true;

	while (*text && strncmp(text, "\n\n", 2) != 0) {
		size_t blank = strspn(text, " \n"), len;

		if (blank && !strncmp(text + blank - 1, "\n\n", 2))
			break;
		text += blank;
		len = strcspn(text, " \n");
		if (!starts && at + 1 + text_columns(text, len) > columns) {
			buf_u8(out, '\n');
			put_blanks(out, indent);
			at = indent;
			starts = true;
		}
		if (!starts && len) {
			buf_u8(out, ' ');
			at++;
		}
		buf_put(out, text, len);
		at += text_columns(text, len);
		starts = starts && !len;
		text += len;
	}
	buf_u8(out, '\n');
	return text + strspn(text, "\n");
}

static void put_paragraphs(struct buf *out, const char *text, size_t columns)
{
	while (text && *text) {
		buf_u8(out, '\n');
		text = put_paragraph(out, text, 0, 0, columns);
	}
}

/* One row of a table of labels; `label` is cleared. */
static void put_row(struct buf *out, struct buf *label, const char *meaning, size_t columns)
{
	size_t at = LABEL_INDENT + label->len;

	put_blanks(out, LABEL_INDENT);
	buf_put(out, label->v, label->len);
	if (at + 1 >= MEANING_COLUMN) {
		buf_u8(out, '\n');
		at = 0;
	}
	put_blanks(out, MEANING_COLUMN - at);
	put_paragraph(out, meaning, MEANING_COLUMN, MEANING_COLUMN, columns);
	buf_clear(label);
}

static void put_option(struct buf *out, const struct option *o, size_t columns)
{
	struct buf label = { 0 }, meaning = { 0 };

	if (o->letter)
		buf_printf(&label, "-%c%s", o->letter, o->name ? ", " : "");
	else
		buf_puts(&label, "    ");
	if (o->name)
		buf_printf(&label, "--%s", o->name);
	if (o->value)
		buf_printf(&label, " %s", o->value);
	buf_puts(&meaning, o->help);
	if (o->choices)
		buf_printf(&meaning, ": %s", o->choices);
	if (o->fallback)
		buf_printf(&meaning, " (default: %s)", o->fallback);
	put_row(out, &label, buf_text(&meaning), columns);
	buf_release(&label);
	buf_release(&meaning);
}

static void put_options(struct buf *out, const struct manual *m, size_t columns)
{
	static const struct option help = { 'h', "help", .help = "show this text" };

	buf_puts(out, "\nOptions:\n");
	for (const struct option *o = m->options; o && o->kind; o++)
		put_option(out, o, columns);
	put_option(out, &help, columns);
}

static void put_examples(struct buf *out, const struct manual *m, size_t columns)
{
	if (!m->examples)
		return;
	buf_puts(out, "\nExamples:\n");
	for (const struct example *e = m->examples; e->command; e++) {
		buf_printf(out, "  %s\n      ", e->command);
		put_paragraph(out, e->says, 6, 6, columns);
	}
}

static void put_exits(struct buf *out, const struct manual *m, size_t columns)
{
	struct buf label = { 0 };

	if (!m->exits)
		return;
	buf_puts(out, "\nExit status:\n");
	for (const struct exit_row *e = m->exits; e->status; e++) {
		buf_puts(&label, e->status);
		put_row(out, &label, e->means, columns);
	}
	buf_release(&label);
}

static size_t bounded(size_t columns)
{
	return columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
}

void manual_help(struct buf *out, const struct manual *m, size_t columns)
{
	columns = bounded(columns);
	buf_printf(out, "profile %s: %s\n\nUsage:\n  profile %s", m->name, m->summary, m->name);
	if (*m->synopsis)
		buf_printf(out, " %s", m->synopsis);
	buf_u8(out, '\n');
	put_examples(out, m, columns);
	put_paragraphs(out, m->description, columns);
	put_options(out, m, columns);
	put_exits(out, m, columns);
	if (m->see_also)
		buf_printf(out, "\nSee also: %s\n", m->see_also);
}

void manual_overview(struct buf *out, const struct manual *const *commands, size_t cnt,
		     size_t columns)
{
	struct buf label = { 0 };

	columns = bounded(columns);
	buf_puts(out, "profile shows where the time goes.\n\n"
		      "Start here:\n"
		      "  profile record -d 10s       record this machine for ten seconds\n"
		      "  profile render              draw what was recorded\n"
		      "  profile report              or read it in the terminal\n"
		      "\nCommands:\n");
	for (size_t i = 0; i < cnt; i++) {
		buf_puts(&label, commands[i]->name);
		put_row(out, &label, commands[i]->summary, columns);
	}
	buf_release(&label);
	buf_puts(out, "\n'profile help COMMAND' tells more of one; 'profile --version' says which "
		      "this is.\n");
}
