#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "collector/launch.h"

static const struct launch_options plain;

/* Runs a command through the door; its exit status. */
static int status_of_command(char **argv)
{
	struct launch l;
	int status;

	assert_int_equal(launch_prepare(&l, argv, &plain, NULL), 0);
	assert_int_equal(launch_start(&l, argv[0], NULL), 0);
	while (!launch_poll(&l))
		usleep(1000);
	status = launch_exit_status(&l);
	launch_release(&l);
	return status;
}

static int status_of(const char *line)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };

	return status_of_command(argv);
}

static int prepare_error(char *name, struct err *err)
{
	char *argv[] = { name, NULL };
	struct launch l;

	*err = (struct err){ 0 };
	return launch_prepare(&l, argv, &plain, err);
}

static void hands_on_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(status_of("exit 0"), 0);
	assert_int_equal(status_of("exit 7"), 7);
	assert_int_equal(status_of("exit 127"), 127);
}

static void adds_128_to_the_signal_that_killed(void **state)
{
	(void)state;
	assert_int_equal(status_of("kill -SEGV $$"), 128 + SIGSEGV);
	assert_int_equal(status_of("kill -KILL $$"), 128 + SIGKILL);
}

static void names_a_command_that_is_not_there(void **state)
{
	struct err err;

	(void)state;
	unsetenv("SUDO_UID");
	assert_int_equal(prepare_error((char *)"no-such-command-at-all", &err), -ENOENT);
	assert_string_equal(err.text, "no-such-command-at-all: no such command in PATH");
	assert_int_equal(prepare_error((char *)"/no/such/file", &err), -ENOENT);
	assert_int_equal(prepare_error((char *)"", &err), -ENOENT);
}

static void names_a_file_that_cannot_be_executed(void **state)
{
	char path[] = "/tmp/profile-test-launch-XXXXXX";
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(prepare_error(path, &err), -EACCES);
	assert_int_equal(prepare_error((char *)"/tmp", &err), -EISDIR);
	close(fd);
	unlink(path);
}

static void tells_a_file_in_path_that_is_not_executable_from_none(void **state)
{
	char folder[] = "/tmp/profile-test-launch-XXXXXX";
	char *before = strdup(getenv("PATH")), *path;
	struct err err;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_true(asprintf(&path, "%s/profile-test-command", folder) > 0);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	assert_true(fd >= 0);
	setenv("PATH", folder, 1);
	assert_int_equal(prepare_error((char *)"profile-test-command", &err), -EACCES);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	setenv("PATH", before, 1);
	unlink(path);
	rmdir(folder);
	free(path);
	free(before);
}

/* Fit to execute by its mode, but nothing that the kernel could load: only exec itself finds
 * that out. (An empty script is run by the shell, as execvp does.) */
static void reports_a_failed_exec(void **state)
{
	static const char script[] = "#!/no/such/interpreter\n";
	char path[] = "/tmp/profile-test-launch-XXXXXX";
	char *argv[] = { path, NULL };
	struct err err = { 0 };
	struct launch l;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, script, sizeof(script) - 1), (ssize_t)sizeof(script) - 1);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	assert_int_equal(launch_prepare(&l, argv, &plain, NULL), 0);
	assert_int_equal(launch_start(&l, path, &err), -ENOEXEC);
	assert_non_null(strstr(err.text, "interpreter"));
	launch_release(&l);
	unlink(path);
}

static void does_not_run_before_it_is_let_go(void **state)
{
	char path[] = "/tmp/profile-test-launch-XXXXXX";
	char *argv[] = { (char *)"rm", path, NULL };
	struct launch l;
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	assert_int_equal(launch_prepare(&l, argv, &plain, NULL), 0);
	usleep(20000);
	assert_int_equal(access(path, F_OK), 0);
	launch_release(&l);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void starts_with_no_signal_blocked(void **state)
{
	/* Not by way of a shell: shells unblock signals themselves. */
	char *argv[] = { (char *)"grep", (char *)"-q", (char *)"^SigBlk:.*0000000000000000$",
			 (char *)"/proc/self/status", NULL };
	sigset_t all, before;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	assert_int_equal(status_of_command(argv), 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void leaves_no_pipe_open_in_the_command(void **state)
{
	/* Of the pipes and files at our end none may be there behind stderr. */
	char line[256];
	int highest = dup(2);

	(void)state;
	close(highest);
	snprintf(line, sizeof(line),
		 "for fd in $(seq %d %d); do test ! -e /proc/$$/fd/$fd || exit 1; done", highest,
		 highest + 3);
	assert_int_equal(status_of(line), 0);
}

static void releases_what_was_never_there(void **state)
{
	struct launch l = { 0 };

	(void)state;
	launch_release(&l);
	launch_release(NULL);
	assert_false(launch_poll(&l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_on_exit_statuses),
		cmocka_unit_test(adds_128_to_the_signal_that_killed),
		cmocka_unit_test(names_a_command_that_is_not_there),
		cmocka_unit_test(names_a_file_that_cannot_be_executed),
		cmocka_unit_test(tells_a_file_in_path_that_is_not_executable_from_none),
		cmocka_unit_test(reports_a_failed_exec),
		cmocka_unit_test(does_not_run_before_it_is_let_go),
		cmocka_unit_test(starts_with_no_signal_blocked),
		cmocka_unit_test(leaves_no_pipe_open_in_the_command),
		cmocka_unit_test(releases_what_was_never_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
