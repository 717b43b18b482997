#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"

/* Each test works in a fresh folder and leaves it as the current one. */
static char folder[64];

static int enter_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/profile-test-XXXXXX");
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static unsigned entries(void)
{
	DIR *dir = opendir(".");
	unsigned cnt = 0;

	while (readdir(dir))
		cnt++;
	closedir(dir);
	return cnt - 2; /* . and .. */
}

static int leave_folder(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	closedir(dir);
	return chdir("/") || rmdir(folder);
}

static void put_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void assert_file(const char *name, const char *want)
{
	struct io_view view;

	assert_int_equal(io_view_open(&view, name, NULL), 0);
	assert_int_equal(view.len, strlen(want));
	if (view.len)
		assert_memory_equal(view.v, want, view.len);
	io_view_close(&view);
}

static int write_whole(const char *path, unsigned mode, const char *text, struct err *err)
{
	return io_write_file(path, mode, text, strlen(text), err);
}

static void a_file_appears_only_when_it_is_kept(void **state)
{
	struct io_output o;
	struct stat st;

	(void)state;
	assert_int_equal(io_output_open(&o, "out", 0600, NULL), 0);
	assert_int_equal(io_output_write(&o, "whole", 5, NULL), 0);
	assert_int_equal(stat("out", &st), -1);
	assert_int_equal(io_output_keep(&o, NULL), 0);
	assert_file("out", "whole");
	assert_int_equal(io_output_close(&o, NULL), 0);
	assert_file("out", "whole");
	assert_int_equal(entries(), 1);
}

static void nothing_is_left_when_it_is_not_kept(void **state)
{
	struct io_output o;

	(void)state;
	put_file("out", "old");
	assert_int_equal(io_output_open(&o, "out", 0600, NULL), 0);
	assert_int_equal(io_output_write(&o, "half", 4, NULL), 0);
	assert_int_equal(io_output_close(&o, NULL), 0);
	assert_file("out", "old");
	assert_int_equal(entries(), 1);
}

static void a_live_trace_grows_under_its_name(void **state)
{
	struct io_output o;

	(void)state;
	assert_int_equal(io_output_open(&o, "out", 0600, NULL), 0);
	assert_int_equal(io_output_write(&o, "head", 4, NULL), 0);
	assert_int_equal(io_output_keep(&o, NULL), 0);
	assert_file("out", "head");
	assert_int_equal(io_output_write(&o, "tail", 4, NULL), 0);
	assert_int_equal(io_output_keep(&o, NULL), 0);
	assert_int_equal(io_output_close(&o, NULL), 0);
	assert_file("out", "headtail");
	assert_int_equal(entries(), 1);
}

static void the_umask_narrows_the_mode_for_others_only(void **state)
{
	static const struct {
		unsigned mask, public;
	} cases[] = { { 0, 0644 }, { 022, 0644 }, { 027, 0640 }, { 077, 0600 }, { 0777, 0600 } };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		mode_t old = umask(cases[i].mask);

		assert_int_equal(write_whole("private", 0600, "x", NULL), 0);
		assert_int_equal(write_whole("public", 0644, "x", NULL), 0);
		umask(old);
		stat("private", &st);
		assert_int_equal(st.st_mode & 07777, 0600);
		stat("public", &st);
		assert_int_equal(st.st_mode & 07777, cases[i].public);
	}
}

static void a_link_is_replaced_and_its_target_kept(void **state)
{
	struct stat st;

	(void)state;
	put_file("precious", "untouched");
	assert_int_equal(symlink("precious", "out"), 0);
	assert_int_equal(write_whole("out", 0600, "new", NULL), 0);
	assert_file("precious", "untouched");
	assert_file("out", "new");
	assert_int_equal(lstat("out", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(write_whole("dangling", 0600, "new", NULL), 0);
	assert_int_equal(access("nowhere", F_OK), -1);
}

/*
 * Root runs these tests too, and a mistake may not cost the machine its /dev/null: no
 * output below /dev is kept before it is known to be the device itself.
 */
static void open_straight(struct io_output *o, const char *path)
{
	assert_int_equal(io_output_open(o, path, 0600, NULL), 0);
	if (o->beside)
		io_output_close(o, NULL);
	assert_non_null(o->path);
}

static void devices_are_written_straight(void **state)
{
	struct err err = { 0 };
	struct io_output o;
	struct stat st;

	(void)state;
	open_straight(&o, "/dev/null");
	assert_int_equal(io_output_write(&o, "gone", 4, NULL), 0);
	assert_int_equal(fstat(o.fd, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(io_output_keep(&o, NULL), 0);
	assert_int_equal(io_output_close(&o, NULL), 0);
	open_straight(&o, "/dev/full");
	assert_int_equal(io_output_write(&o, "x", 1, &err), -ENOSPC);
	assert_string_equal(err.text, "/dev/full: cannot write: No space left on device");
	assert_int_equal(io_output_close(&o, NULL), 0);
}

static void *read_pipe(void *out)
{
	int fd = open("pipe", O_RDONLY);

	if (read(fd, out, 4) != 4)
		memcpy(out, "none", 4);
	close(fd);
	return NULL;
}

static void pipes_are_written_straight(void **state)
{
	char got[4] = { 0 };
	pthread_t reader;
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_pipe, got), 0);
	assert_int_equal(write_whole("pipe", 0600, "text", NULL), 0);
	pthread_join(reader, NULL);
	assert_memory_equal(got, "text", 4);
	assert_int_equal(lstat("pipe", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

/* As `profile ... >file` with -o -, -o /dev/stdout or -o /dev/fd/1. */
static void stdout_is_written_by_each_of_its_names(void **state)
{
	static const char *const names[] = { "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" };
	bool straight;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		int fd = open("captured", O_RDWR | O_CREAT | O_TRUNC, 0600);
		int saved = dup(STDOUT_FILENO), status;
		struct io_output o = { 0 };

		fflush(stdout);
		dup2(fd, STDOUT_FILENO);
		printf("first ");
		status = io_output_open(&o, names[i], 0600, NULL);
		straight = !status && !o.beside;
		if (straight)
			status = io_output_write(&o, "second", 6, NULL);
		io_output_close(&o, NULL);
		printf(" third");
		fflush(stdout);
		dup2(saved, STDOUT_FILENO);
		close(saved);
		close(fd);
		assert_true(straight);
		assert_int_equal(status, 0);
		assert_file("captured", "first second third");
	}
}

static void failing_says_which_file_and_why(void **state)
{
	struct err err = { 0 };
	struct io_view view;
	struct io_output o;

	(void)state;
	assert_int_equal(io_view_open(&view, "none", &err), -ENOENT);
	assert_string_equal(err.text, "none: cannot open: No such file or directory");
	err_clear(&err);
	assert_int_equal(io_view_open(&view, ".", &err), -EISDIR);
	err_clear(&err);
	assert_int_equal(io_output_open(&o, "no/such/out", 0600, &err), -ENOENT);
	assert_string_equal(err.text,
			    "no/such/out: cannot open the folder: No such file or directory");
	err_clear(&err);
	assert_int_equal(mkdir("there", 0700), 0);
	assert_int_equal(io_output_open(&o, "there", 0600, &err), -EISDIR);
	err_clear(&err);
	assert_int_equal(io_output_open(&o, "there/", 0600, &err), -EISDIR);
	assert_int_equal(io_output_open(&o, "", 0600, NULL), -EISDIR);
	assert_int_equal(io_output_open(&o, "..", 0600, NULL), -EISDIR);
	assert_int_equal(entries(), 1);
}

static void views_hold_what_files_and_proc_hold(void **state)
{
	struct io_view view = { 0 };

	(void)state;
	put_file("empty", "");
	assert_int_equal(io_view_open(&view, "empty", NULL), 0);
	assert_int_equal(view.len, 0);
	io_view_close(&view);
	put_file("text", "text");
	assert_int_equal(io_view_open(&view, "text", NULL), 0);
	assert_true(view.mapped);
	assert_memory_equal(view.v, "text", 4);
	io_view_close(&view);
	assert_int_equal(io_view_open(&view, "/proc/self/maps", NULL), 0);
	assert_false(view.mapped);
	assert_true(view.len > 100);
	io_view_close(&view);
	io_view_close(&view);
	io_view_close(NULL);
}

static void texts_end_in_nul_and_have_a_limit(void **state)
{
	struct err err = { 0 };
	char *text = NULL;
	size_t len = 99;

	(void)state;
	put_file("text", "12345");
	assert_int_equal(io_read_text("text", 5, &text, &len, NULL), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "12345");
	free(text);
	text = NULL;
	assert_int_equal(io_read_text("text", 4, &text, &len, &err), -EFBIG);
	assert_null(text);
	assert_int_equal(len, 5);
	assert_string_equal(err.text, "text: more than 4 bytes");
	assert_int_equal(io_read_text("/dev/zero", 1 << 20, &text, &len, NULL), -EFBIG);
}

static void large_files_are_written_whole(void **state)
{
	size_t len = (size_t)5 << 20;
	char *text = mem_alloc(len + 1, 1);

	(void)state;
	memset(text, 'x', len);
	assert_int_equal(write_whole("large", 0600, text, NULL), 0);
	assert_file("large", text);
	free(text);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_file_appears_only_when_it_is_kept),
		IN_FOLDER(nothing_is_left_when_it_is_not_kept),
		IN_FOLDER(a_live_trace_grows_under_its_name),
		IN_FOLDER(the_umask_narrows_the_mode_for_others_only),
		IN_FOLDER(a_link_is_replaced_and_its_target_kept),
		IN_FOLDER(devices_are_written_straight),
		IN_FOLDER(pipes_are_written_straight),
		IN_FOLDER(stdout_is_written_by_each_of_its_names),
		IN_FOLDER(failing_says_which_file_and_why),
		IN_FOLDER(views_hold_what_files_and_proc_hold),
		IN_FOLDER(texts_end_in_nul_and_have_a_limit),
		IN_FOLDER(large_files_are_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
