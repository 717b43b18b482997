#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/command.h"

struct values {
	bool all;
};

static const struct option rows[] = {
	{ 'a', "all", NULL, OPTION_FLAG, offsetof(struct values, all), .help = "all" },
	{ 0 },
};

static const struct command record = {
	.manual = { .name = "record",
		    .summary = "s",
		    .synopsis = "",
		    .description = "d",
		    .options = rows },
};
static const struct command report = { .manual = { .name = "report" } };
static const struct command *const table[] = { &record, &report, NULL };

/* One of the standard streams, caught in a file. */
struct caught {
	int fd;
	int saved;
	char text[1024];
};

static void catch (struct caught *c, int fd)
{
	FILE *file = tmpfile();

	fflush(stdout);
	c->fd = fd;
	c->saved = dup(fd);
	dup2(fileno(file), fd);
	fclose(file);
}

static void release(struct caught *c)
{
	ssize_t len;

	fflush(stdout);
	lseek(c->fd, 0, SEEK_SET);
	len = read(c->fd, c->text, sizeof(c->text) - 1);
	c->text[len > 0 ? len : 0] = '\0';
	dup2(c->saved, c->fd);
	close(c->saved);
}

static void finds_commands_by_their_whole_name(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_ptr_equal(command_find(table, "record", &err), &record);
	assert_ptr_equal(command_find(table, "report", &err), &report);
	assert_int_equal(err.code, 0);
}

static void an_unknown_command_gets_the_nearest(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(command_find(table, "reocrd", &err));
	assert_string_equal(err.text, "unknown command 'reocrd'; did you mean 'record'?");
	err_clear(&err);
	assert_null(command_find(table, "zebra", &err));
	assert_string_equal(err.text, "unknown command 'zebra'; see 'profile help'");
	assert_null(command_find(table, "", NULL));
}

static void good_arguments_go_on(void **state)
{
	char all[] = "-a", *argv[] = { all };
	struct values values = { 0 };
	struct operands operands;
	int status = 99;

	(void)state;
	assert_true(command_parse(&record, 1, argv, &values, &operands, &status));
	assert_true(values.all);
	assert_int_equal(status, 99);
}

static void help_goes_to_stdout_and_is_good(void **state)
{
	char help[] = "--help", *argv[] = { help };
	struct values values = { 0 };
	struct operands operands;
	struct caught out;
	int status = 99;

	(void)state;
	catch (&out, STDOUT_FILENO);
	assert_false(command_parse(&record, 1, argv, &values, &operands, &status));
	release(&out);
	assert_int_equal(status, EXIT_GOOD);
	assert_memory_equal(out.text, "profile record: s\n", 18);
}

static void wrong_usage_goes_to_stderr_and_is_2(void **state)
{
	char wrong[] = "--al", *argv[] = { wrong };
	struct values values = { 0 };
	struct operands operands;
	struct caught out;
	int status = 99;

	(void)state;
	catch (&out, STDERR_FILENO);
	assert_false(command_parse(&record, 1, argv, &values, &operands, &status));
	release(&out);
	assert_int_equal(status, EXIT_USAGE);
	assert_string_equal(out.text, "profile: unknown option '--al'; did you mean '--all'?\n");
}

static void a_closed_pipe_is_not_talked_about(void **state)
{
	struct err broken = { .code = -EPIPE, .text = "standard output: cannot write" };
	struct err other = { .code = -EIO, .text = "x: cannot read" };
	struct caught out;

	(void)state;
	catch (&out, STDERR_FILENO);
	assert_int_equal(command_fail(&broken, EXIT_FAILED), EXIT_FAILED);
	assert_int_equal(command_fail(&other, EXIT_PROFILER), EXIT_PROFILER);
	release(&out);
	assert_string_equal(out.text, "profile: x: cannot read\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_commands_by_their_whole_name),
		cmocka_unit_test(an_unknown_command_gets_the_nearest),
		cmocka_unit_test(good_arguments_go_on),
		cmocka_unit_test(help_goes_to_stdout_and_is_good),
		cmocka_unit_test(wrong_usage_goes_to_stderr_and_is_2),
		cmocka_unit_test(a_closed_pipe_is_not_talked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
