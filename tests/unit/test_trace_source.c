#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/trace_source.h"

#define PIPED_BYTES 300000 /* more than a pipe holds */

static char folder[] = "/tmp/test_trace_source.XXXXXX";

/* A child that writes into the pipe; it dies of SIGPIPE if its reader goes. */
static pid_t start_writer(const char *path)
{
	pid_t child = fork();

	if (child == 0) {
		FILE *pipe = fopen(path, "w");

		for (int i = 0; pipe && i < PIPED_BYTES; i++)
			putc('a' + i % 26, pipe);
		_exit(pipe && fclose(pipe) == 0 ? 0 : 1);
	}
	return child;
}

/* How often a reader of the watched pipe has gone; opening stands between, as equal
 * events in a row are told once. */
static int count_closes(int watch)
{
	struct inotify_event events[16];
	ssize_t got = read(watch, events, sizeof(events));
	int closes = 0;

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(events[0]); i++)
		closes += (events[i].mask & IN_CLOSE_NOWRITE) != 0;
	return closes;
}

static void a_named_pipe_is_opened_once_and_read_whole(void **state)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), status;
	struct trace_source source;
	struct err err = { 0 };
	char path[64], last;
	pid_t writer;

	(void)state;
	snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(inotify_add_watch(watch, path, IN_OPEN | IN_CLOSE_NOWRITE) >= 0);
	writer = start_writer(path);
	alarm(20); /* a reader that lost its writer would wait for ever */
	assert_int_equal(trace_source_open(&source, path, &err), 0);
	alarm(0);
	assert_int_equal(count_closes(watch), 1);
	assert_int_equal(source.len, PIPED_BYTES);
	assert_int_equal(trace_source_read(&source, PIPED_BYTES - 1, &last, 1), 1);
	assert_int_equal(last, 'a' + (PIPED_BYTES - 1) % 26);
	trace_source_close(&source);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	close(watch);
	unlink(path);
}

static void refuses_folders_and_what_is_not_there(void **state)
{
	struct trace_source source;
	struct err err = { 0 };
	char path[64];

	(void)state;
	assert_int_equal(trace_source_open(&source, folder, &err), -EISDIR);
	assert_non_null(strstr(err.text, folder));
	err_clear(&err);
	snprintf(path, sizeof(path), "%s/nothing", folder);
	assert_int_equal(trace_source_open(&source, path, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_pipe_is_opened_once_and_read_whole),
		cmocka_unit_test(refuses_folders_and_what_is_not_there),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
