#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include "base/err.h"
#include "base/options.h"

/*
 * A command of the program: its manual (options and texts) and what runs it.
 * Each cmd_NAME.c defines one, `const struct command cmd_NAME`; profile.c is
 * the table of them. The stages know nothing of one another: what a command needs
 * of another stage comes in struct stages (formats/stages.h), filled by profile.c.
 */
struct stages;

/* Exit statuses, beside those of a recorded command. */
enum exit_status {
	EXIT_GOOD = 0,
	EXIT_FAILED = 1, /* what was asked for did not work */
	EXIT_USAGE = 2,
	EXIT_DISK_FULL = 3,
	EXIT_PROFILER = 125, /* record: the profiler failed, not the command */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

struct command {
	struct manual manual;
	/* argv holds what stands behind the command's name. Returns the exit status. */
	int (*run)(const struct command *self, int argc, char **argv, const struct stages *stages);
};

/* The program's commands, NULL behind the last; the program defines it (profile.c). */
extern const struct command *const command_table[];

/* The command of that name in a table, or NULL and one sentence with the nearest name. */
const struct command *command_find(const struct command *const *table, const char *name,
				   struct err *err);

/* `profile help`, and where every other command's texts come out. */
extern const struct command cmd_help;

/*
 * Parses into values (zeroed by the caller). True: go on. False: *out_status is the exit
 * status, and the user has been told: help on stdout, or what is wrong on stderr.
 */
bool command_parse(const struct command *self, int argc, char **argv, void *values,
		   struct operands *out, int *out_status);

/* Says "profile: <sentence>" on stderr and returns status. */
int command_fail(const struct err *err, int status);

/* Flushes stdout and checks it: status, or EXIT_FAILED if what was printed got lost. */
int command_done(int status);

#endif
