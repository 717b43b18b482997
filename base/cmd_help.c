#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/command.h"
#include "base/io.h"
#include "base/manual.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/vec.h"

/*
 * The command about the commands. All it says is made from command_table, so a
 * command that is in the program is in its help, its man pages and its completions.
 */

struct help_options {
	const char *man_pages;
	const char *completion;
};

static const struct option rows[] = {
	{ 0, "man-pages", "DIR", OPTION_TEXT, offsetof(struct help_options, man_pages),
	  .help = "write the man page of every command into this folder" },
	{ 0, "completion", "SHELL", OPTION_CHOICE, offsetof(struct help_options, completion),
	  .choices = "bash|zsh|fish", .help = "print the completion script for this shell" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile help record", "all that record can do" },
	{ "profile help --completion bash > /etc/bash_completion.d/profile",
	  "complete commands and options in bash" },
	{ NULL, NULL },
};

struct manuals {
	VEC(const struct manual *);
};

static void collect(struct manuals *out)
{
	for (const struct command *const *c = command_table; *c; c++)
		*vec_push(out) = &(*c)->manual;
}

static int write_page(const char *folder, const char *name, struct buf *text, struct err *err)
{
	char *path = mem_printf("%s/%s.1", folder, name);
	int status = io_write_file(path, 0644, text->v, text->len, err);

	free(path);
	buf_clear(text);
	return status;
}

static int write_pages(const char *folder, const struct manuals *all, struct err *err)
{
	struct buf text = { 0 };
	int status;

	manual_page(&text, NULL, all->v, all->cnt);
	status = write_page(folder, "profile", &text, err);
	for (size_t i = 0; !status && i < all->cnt; i++) {
		char *name = mem_printf("profile-%s", all->v[i]->name);

		manual_page(&text, all->v[i], all->v, all->cnt);
		status = write_page(folder, name, &text, err);
		free(name);
	}
	buf_release(&text);
	return status;
}

/* The text that was asked for; an unknown command is -EINVAL. */
static int make_text(struct buf *out, const struct help_options *options,
		     const struct operands *operands, const struct manuals *all, struct err *err)
{
	size_t columns = term_columns(stdout);

	if (operands->cnt > 1)
		return err_set(err, -EINVAL, "help tells of one command, but got '%s' and '%s'",
			       operands->v[0], operands->v[1]);
	if (options->completion) {
		manual_completion(out, options->completion, all->v, all->cnt);
	} else if (operands->cnt) {
		const struct command *c = command_find(command_table, operands->v[0], err);

		if (!c)
			return -EINVAL;
		manual_help(out, &c->manual, columns);
	} else {
		manual_overview(out, all->v, all->cnt, columns);
	}
	return 0;
}

static int show(const struct help_options *options, const struct operands *operands,
		const struct manuals *all)
{
	struct err err = { 0 };
	struct buf text = { 0 };
	int status = EXIT_GOOD;

	if (options->man_pages) {
		if (write_pages(options->man_pages, all, &err))
			status = command_fail(&err, EXIT_FAILED);
	} else if (make_text(&text, options, operands, all, &err)) {
		status = command_fail(&err, EXIT_USAGE);
	} else {
		fwrite(text.v, 1, text.len, stdout);
		status = command_done(EXIT_GOOD);
	}
	buf_release(&text);
	return status;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct help_options options = { 0 };
	struct operands operands;
	struct manuals all = { 0 };
	int status;

	(void)stages;
	if (!command_parse(self, argc, argv, &options, &operands, &status))
		return status;
	if ((options.man_pages != NULL) + (options.completion != NULL) + (operands.cnt > 0) > 1) {
		struct err err = { 0 };

		err_set(&err, -EINVAL,
			"a COMMAND, --man-pages and --completion exclude each other");
		return command_fail(&err, EXIT_USAGE);
	}
	collect(&all);
	status = show(&options, &operands, &all);
	vec_release(&all);
	return status;
}

const struct command cmd_help = {
	.manual = {
		.name = "help",
		.summary = "show what the commands do",
		.synopsis = "[COMMAND] | --man-pages DIR | --completion SHELL",
		.description =
			"Without a command, lists the commands. The man pages and the completion "
			"scripts are made from the same tables as the texts shown here and as the "
			"commands themselves, so they never say something else.",
		.options = rows,
		.examples = examples,
		.see_also = "profile(1)",
	},
	.run = run,
};
