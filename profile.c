#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/mem.h"
#include "collector/commands.h"
#include "formats/commands.h"
#include "formats/name_table.h"
#include "formats/stages.h"
#include "formats/trace_reader.h"
#include "render/commands.h"
#include "symbolize/commands.h"
#include "symbolize/symbolizer.h"

/*
 * The table of commands, in the order in which somebody needs them, and the one
 * place where the stages meet: whoever draws asks for names here and is given
 * those of the trace or, if it has none yet, those that symbolize finds.
 */
const struct command *const command_table[] = {
	&cmd_record, &cmd_render, &cmd_report, &cmd_symbolize, &cmd_export, &cmd_import,
	&cmd_info,   &cmd_list,	  &cmd_doctor, &cmd_selftest,  &cmd_help,   NULL,
};

static int names(struct trace_reader *r, struct name_table **out, struct err *err)
{
	if (trace_reader_has_names(r))
		return name_table_read(out, r, err);
	return symbolizer_names(r, out, err);
}

static const struct stages stages = { .names = names };

/* No memory is left to say it with: only what is already there is used. */
static void give_up(size_t size)
{
	fprintf(stderr, "profile: out of memory: %zu more bytes were needed\n", size);
	_exit(EXIT_PROFILER);
}

static void nothing(int signal_number)
{
	(void)signal_number;
}

/*
 * A reader that goes away is an error of that write (EPIPE), not the end of a
 * recording. A handler and not SIG_IGN, because exec() resets handlers: a command
 * that `record` launches starts with the signal as it should be.
 */
static void survive_closed_pipes(void)
{
	struct sigaction old, act = { .sa_handler = nothing, .sa_flags = SA_RESTART };

	if (!sigaction(SIGPIPE, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(SIGPIPE, &act, NULL);
}

/*
 * Files are mapped while they are read (base/io.h), so one that somebody cuts short
 * meanwhile ends here. SA_RESETHAND: any other cause happens again, and dumps core.
 */
static void file_shrank(int signal_number, siginfo_t *about, void *registers)
{
	static const char text[] = "profile: a file became shorter while it was read\n";

	(void)signal_number;
	(void)registers;
	if (about->si_code != BUS_ADRERR)
		return;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_PROFILER);
}

static void report_shrunk_files(void)
{
	struct sigaction act = { .sa_sigaction = file_shrank,
				 .sa_flags = SA_SIGINFO | SA_RESETHAND };

	sigaction(SIGBUS, &act, NULL);
}

static int run(const char *name, int argc, char **argv)
{
	struct err err = { 0 };
	const struct command *command = command_find(command_table, name, &err);

	if (!command)
		return command_fail(&err, EXIT_USAGE);
	return command->run(command, argc, argv, &stages);
}

int main(int argc, char **argv)
{
	const char *first = argc > 1 ? argv[1] : "help";

	mem_on_exhausted(give_up);
	survive_closed_pipes();
	report_shrunk_files();
	if (argc < 3 && (!strcmp(first, "--version") || !strcmp(first, "version"))) {
		puts("profile " PROFILE_VERSION);
		return command_done(EXIT_GOOD);
	}
	if (!strcmp(first, "--help") || !strcmp(first, "-h"))
		first = "help";
	if (argc > 1)
		return run(first, argc - 2, argv + 2);
	run(first, 0, argv);
	return EXIT_USAGE;
}
