#include "base/manual.h"

#include <string.h>

/*
 * Completions are scripts that hold the tables: as the first word the commands,
 * behind "-" the options of that command, behind an option its choices or, if it
 * takes one, files; elsewhere the words that the command knows, and files.
 */

static const struct option help_row = { 'h', "help", .kind = OPTION_FLAG, .help = "show help" };

/* Walks the options of a command and, last, --help. */
static const struct option *next_option(const struct manual *m, const struct option *o)
{
	if (!o)
		return m->options && m->options->kind ? m->options : &help_row;
	if (o == &help_row)
		return NULL;
	return o[1].kind ? o + 1 : &help_row;
}

static bool takes_value(const struct option *o)
{
	return o->value || o->kind == OPTION_CHOICE;
}

/* Whether a file can be the value: said by what the manual calls it. */
static bool takes_file(const struct option *o)
{
	static const char *const names[] = { "FILE", "PATH", "DIR", "OUT", "TRACE" };

	for (size_t i = 0; o->value && i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(o->value, names[i]))
			return true;
	return false;
}

/* A word or sentence in single quotes as fish reads them. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_u8(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_puts(out, "\\'");
		else
			buf_u8(out, (uint8_t)*text);
	}
	buf_u8(out, '\'');
}

static void put_words(struct buf *out, const char *choices)
{
	for (; *choices; choices++)
		buf_u8(out, *choices == '|' ? ' ' : (uint8_t)*choices);
}

/* ---- bash ---- */

static void bash_option_words(struct buf *out, const struct manual *m)
{
	for (const struct option *o = NULL; (o = next_option(m, o));) {
		if (o->letter)
			buf_printf(out, "-%c ", o->letter);
		if (o->name)
			buf_printf(out, "--%s ", o->name);
	}
}

static void bash_pattern(struct buf *out, const struct manual *m, const struct option *o)
{
	if (o->letter)
		buf_printf(out, "\t%s:-%c%s", m->name, o->letter, o->name ? "|" : "");
	else
		buf_puts(out, "\t");
	if (o->name)
		buf_printf(out, "%s:--%s", m->name, o->name);
	buf_puts(out, ")\n");
}

static void bash_choices(struct buf *out, const struct manual *m)
{
	for (const struct option *o = NULL; (o = next_option(m, o));) {
		if (!takes_value(o))
			continue;
		bash_pattern(out, m, o);
		if (o->choices) {
			buf_puts(out, "\t\twords='");
			put_words(out, o->choices);
			buf_puts(out, "' ;;\n");
		} else if (takes_file(o)) {
			buf_puts(out, "\t\tCOMPREPLY=($(compgen -f -- \"$word\")); return ;;\n");
		} else {
			buf_puts(out, "\t\treturn ;;\n");
		}
	}
}

/* Behind "-" the options; else what the first operand may be, and files. */
static void bash_operands(struct buf *out, const struct manual *m)
{
	buf_printf(out, "\t%s:-*)\n\t\twords='", m->name);
	bash_option_words(out, m);
	buf_puts(out, "' ;;\n");
	if (!m->words)
		return;
	buf_printf(out, "\t%s:*)\n\t\twords='", m->name);
	put_words(out, m->words);
	buf_puts(out, "' ;;\n");
}

static void bash_commands(struct buf *out, const struct manual *const *commands, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		buf_printf(out, "%s%s", i ? " " : "", commands[i]->name);
}

static void complete_bash(struct buf *out, const struct manual *const *commands, size_t cnt)
{
	buf_puts(out, "# bash completion for profile\n"
		      "_profile()\n{\n"
		      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\tlocal command=${COMP_WORDS[1]} words=\n"
		      "\tCOMPREPLY=()\n"
		      "\tif [ \"$word\" = = ]; then\n"
		      "\t\tword=\n"
		      "\telif [ \"$before\" = = ]; then\n"
		      "\t\tbefore=${COMP_WORDS[COMP_CWORD-2]}\n"
		      "\tfi\n"
		      "\tif [ \"$COMP_CWORD\" -eq 1 ] ||\n"
		      "\t\t{ [ \"$command:$COMP_CWORD\" = help:2 ] && [ \"${word#-}\" = \"$word\" "
		      "]; }; then\n"
		      "\t\tCOMPREPLY=($(compgen -W '");
	bash_commands(out, commands, cnt);
	buf_puts(out, "' -- \"$word\"))\n"
		      "\t\treturn\n\tfi\n"
		      "\tcase \"$command:$before\" in\n");
	for (size_t i = 0; i < cnt; i++)
		bash_choices(out, commands[i]);
	buf_puts(out, "\tesac\n"
		      "\tif [ -n \"$words\" ]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tcase \"$command:$word\" in\n");
	for (size_t i = 0; i < cnt; i++)
		bash_operands(out, commands[i]);
	buf_puts(out, "\tesac\n"
		      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
		      "\t[ \"${word#-}\" != \"$word\" ] ||\n"
		      "\t\tCOMPREPLY+=($(compgen -f -- \"$word\"))\n"
		      "}\n"
		      "complete -o filenames -F _profile profile\n");
}

/* ---- zsh ---- */

/* Inside a specification of _arguments, brackets and colons have a meaning. */
static void zsh_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'') {
			buf_puts(out, "'\\''");
			continue;
		}
		if (strchr("[]:\\", *text))
			buf_u8(out, '\\');
		buf_u8(out, (uint8_t)*text);
	}
}

static void zsh_spec(struct buf *out, const struct option *o, const char *dashes, const char *name,
		     size_t name_len)
{
	buf_printf(out, " \\\n\t\t\t'%s%s%.*s", o->kind == OPTION_LIST ? "*" : "", dashes,
		   (int)name_len, name);
	if (takes_value(o))
		buf_puts(out, dashes[1] ? "=" : "+");
	buf_puts(out, "[");
	zsh_text(out, o->help);
	buf_puts(out, "]");
	if (takes_value(o)) {
		buf_puts(out, ":");
		zsh_text(out, o->value ? o->value : "value");
		buf_puts(out, ":");
		if (o->choices) {
			buf_puts(out, "(");
			put_words(out, o->choices);
			buf_puts(out, ")");
		} else {
			buf_puts(out, takes_file(o) ? "_files" : " ");
		}
	}
	buf_puts(out, "'");
}

static void zsh_command(struct buf *out, const struct manual *m)
{
	buf_printf(out, "\t%s)\n\t\t_arguments -s", m->name);
	for (const struct option *o = NULL; (o = next_option(m, o));) {
		if (o->letter)
			zsh_spec(out, o, "-", &o->letter, 1);
		if (o->name)
			zsh_spec(out, o, "--", o->name, strlen(o->name));
	}
	if (m->words) {
		buf_puts(out, " \\\n\t\t\t'1:word: _alternative \"words:word:(");
		put_words(out, m->words);
		buf_puts(out, ")\" \"files:file:_files\"'");
	}
	buf_printf(out, " \\\n\t\t\t'*:file:%s'\n\t\t;;\n",
		   m->stops_at_operand ? "_normal" : "_files");
}

static void complete_zsh(struct buf *out, const struct manual *const *commands, size_t cnt)
{
	buf_puts(out, "#compdef profile\n"
		      "# zsh completion for profile\n"
		      "_profile() {\n"
		      "\tlocal -a commands\n"
		      "\tcommands=(\n");
	for (size_t i = 0; i < cnt; i++) {
		buf_printf(out, "\t\t'%s:", commands[i]->name);
		zsh_text(out, commands[i]->summary);
		buf_puts(out, "'\n");
	}
	buf_puts(out, "\t)\n"
		      "\tif (( CURRENT == 2 )) ||\n"
		      "\t\t[[ $words[2] = help && CURRENT -eq 3 && $words[3] != -* ]]; then\n"
		      "\t\t_describe command commands\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tshift words\n"
		      "\t(( CURRENT-- ))\n"
		      "\tcase $words[1] in\n");
	for (size_t i = 0; i < cnt; i++)
		zsh_command(out, commands[i]);
	buf_puts(out, "\tesac\n}\n_profile \"$@\"\n");
}

/* ---- fish ---- */

static void fish_option(struct buf *out, const struct manual *m, const struct option *o)
{
	buf_printf(out, "complete -c profile -n '__fish_seen_subcommand_from %s'", m->name);
	if (o->letter)
		buf_printf(out, " -s %c", o->letter);
	if (o->name)
		buf_printf(out, " -l %s", o->name);
	if (o->choices) {
		buf_puts(out, " -x -a '");
		put_words(out, o->choices);
		buf_puts(out, "'");
	} else if (takes_value(o)) {
		buf_puts(out, takes_file(o) ? " -r" : " -x");
	}
	buf_puts(out, " -d ");
	put_quoted(out, o->help);
	buf_u8(out, '\n');
}

static void complete_fish(struct buf *out, const struct manual *const *commands, size_t cnt)
{
	buf_puts(out, "# fish completion for profile\n");
	for (size_t i = 0; i < cnt; i++) {
		buf_printf(out, "complete -c profile -f -n __fish_use_subcommand -a %s -d ",
			   commands[i]->name);
		put_quoted(out, commands[i]->summary);
		buf_puts(out, "\ncomplete -c profile -f -n '__fish_seen_subcommand_from help' -a ");
		buf_printf(out, "%s\n", commands[i]->name);
	}
	for (size_t i = 0; i < cnt; i++) {
		for (const struct option *o = NULL; (o = next_option(commands[i], o));)
			fish_option(out, commands[i], o);
		if (!commands[i]->words)
			continue;
		buf_printf(out, "complete -c profile -n '__fish_seen_subcommand_from %s' -a '",
			   commands[i]->name);
		put_words(out, commands[i]->words);
		buf_puts(out, "'\n");
	}
}

bool manual_completion(struct buf *out, const char *shell, const struct manual *const *commands,
		       size_t cnt)
{
	if (!strcmp(shell, "bash"))
		complete_bash(out, commands, cnt);
	else if (!strcmp(shell, "zsh"))
		complete_zsh(out, commands, cnt);
	else if (!strcmp(shell, "fish"))
		complete_fish(out, commands, cnt);
	else
		return false;
	return true;
}
