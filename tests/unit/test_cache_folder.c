#include <fcntl.h>
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

#include "base/cache_folder.h"
#include "base/mem.h"

static char root[64];

static struct cache_folder opened(uint64_t bytes_max)
{
	struct cache_folder c;
	char *dir = mem_printf("%s/made/in/passing", root);
	struct err err = { 0 };

	if (cache_folder_open(&c, "names", dir, bytes_max, &err))
		fail_msg("%s", err.text);
	free(dir);
	return c;
}

static void expect_file(const struct cache_folder *c, const char *file, const char *text)
{
	struct buf out = { 0 };
	bool is_there = cache_folder_read(c, file, 100, &out);

	assert_int_equal(is_there, text != NULL);
	if (text)
		assert_string_equal(buf_text(&out), text);
	buf_release(&out);
}

static void what_is_written_is_read_by_the_next_run(void **state)
{
	struct cache_folder c = opened(1000);

	(void)state;
	expect_file(&c, "a", NULL);
	cache_folder_write(&c, "a", "first", 5);
	cache_folder_write(&c, "a", "second", 6);
	cache_folder_close(&c);
	c = opened(1000);
	expect_file(&c, "a", "second");
	cache_folder_close(&c);
}

static void files_that_others_could_have_written_are_not_read(void **state)
{
	struct cache_folder c = opened(1000);

	(void)state;
	cache_folder_write(&c, "a", "mine", 4);
	assert_int_equal(fchmodat(c.fd, "a", 0620, 0), 0);
	expect_file(&c, "a", NULL);
	assert_int_equal(fchmodat(c.fd, "a", 0602, 0), 0);
	expect_file(&c, "a", NULL);
	assert_int_equal(fchmodat(c.fd, "a", 0644, 0), 0);
	expect_file(&c, "a", "mine");
	assert_int_equal(linkat(c.fd, "a", c.fd, "b", 0), 0);
	expect_file(&c, "a", NULL);
	assert_int_equal(symlinkat("a", c.fd, "link"), 0);
	assert_int_equal(unlinkat(c.fd, "b", 0), 0);
	expect_file(&c, "link", NULL);
	if (!fchownat(c.fd, "a", 12345, 12345, 0))
		expect_file(&c, "a", NULL);
	assert_int_equal(mkfifoat(c.fd, "pipe", 0600), 0);
	expect_file(&c, "pipe", NULL);
	cache_folder_close(&c);
}

static void file_beyond_the_limit_of_its_reader_is_not_read(void **state)
{
	struct cache_folder c = opened(1000);
	char text[101];

	(void)state;
	memset(text, 'x', sizeof(text));
	cache_folder_write(&c, "a", text, sizeof(text));
	expect_file(&c, "a", NULL);
	cache_folder_close(&c);
}

static void folder_that_others_may_write_is_no_cache(void **state)
{
	struct cache_folder c = opened(1000);
	char *dir = mem_printf("%s/made/in/passing", root);
	char *link = mem_printf("%s/link", root);
	struct err err = { 0 };

	(void)state;
	cache_folder_close(&c);
	assert_int_equal(symlink(dir, link), 0);
	assert_true(cache_folder_open(&c, "names", link, 1000, &err) < 0);
	cache_folder_close(&c);
	assert_int_equal(chmod(dir, 0777), 0);
	err = (struct err){ 0 };
	assert_true(cache_folder_open(&c, "names", dir, 1000, &err) < 0);
	assert_non_null(strstr(err.text, "others may write"));
	cache_folder_write(&c, "a", "x", 1);
	expect_file(&c, "a", NULL);
	cache_folder_close(&c);
	free(dir);
	free(link);
}

static void oldest_files_go_when_there_is_too_much(void **state)
{
	struct cache_folder c = opened(40);
	char name[] = "0";

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct timespec used[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };

		name[0] = (char)('0' + i);
		cache_folder_write(&c, name, "0123456789", 10);
		assert_int_equal(utimensat(c.fd, name, used, 0), 0);
	}
	expect_file(&c, "0", "0123456789"); /* and is now the one used last */
	cache_folder_close(&c);
	c = opened(40);
	expect_file(&c, "1", NULL);
	expect_file(&c, "2", NULL);
	expect_file(&c, "0", "0123456789");
	expect_file(&c, "3", "0123456789");
	expect_file(&c, "4", "0123456789");
	cache_folder_close(&c);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_cache_folder.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char *command = mem_printf("rm -rf %s", root);
	int bad = system(command);

	(void)state;
	free(command);
	return bad;
}

#define promise(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(what_is_written_is_read_by_the_next_run),
		promise(files_that_others_could_have_written_are_not_read),
		promise(file_beyond_the_limit_of_its_reader_is_not_read),
		promise(folder_that_others_may_write_is_no_cache),
		promise(oldest_files_go_when_there_is_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
