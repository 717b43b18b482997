#include "base/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/manual.h"
#include "base/term.h"
#include "base/vec.h"

const struct command *command_find(const struct command *const *table, const char *name,
				   struct err *err)
{
	struct {
		VEC(const char *);
	} names = { 0 };
	const struct command *const *c = table;
	const char *nearest;

	for (; *c && strcmp((*c)->manual.name, name) != 0; c++)
		*vec_push(&names) = (*c)->manual.name;
	nearest = *c ? NULL : options_nearest(name, names.v, names.cnt);
	vec_release(&names);
	if (nearest)
		err_set(err, -EINVAL, "unknown command '%s'; did you mean '%s'?", name, nearest);
	else if (!*c)
		err_set(err, -EINVAL, "unknown command '%s'; see 'profile help'", name);
	return *c;
}

static int show_help(const struct command *self)
{
	struct buf text = { 0 };

	manual_help(&text, &self->manual, term_columns(stdout));
	fwrite(text.v, 1, text.len, stdout);
	buf_release(&text);
	return command_done(EXIT_GOOD);
}

bool command_parse(const struct command *self, int argc, char **argv, void *values,
		   struct operands *out, int *out_status)
{
	struct err err = { 0 };
	int status = options_parse(&self->manual, argc, argv, values, out, &err);

	if (status >= 0)
		return true;
	options_release(&self->manual, values);
	*out_status = status == -ECANCELED ? show_help(self) : command_fail(&err, EXIT_USAGE);
	return false;
}

/* Whoever closed the pipe we write to knows that there is no reader: nothing to say. */
int command_fail(const struct err *err, int status)
{
	if (err->code != -EPIPE)
		term_say("%s", err->text);
	return status;
}

int command_done(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno != EPIPE)
		term_say("standard output: cannot write: %s", strerror(errno));
	return status ? status : EXIT_FAILED;
}
