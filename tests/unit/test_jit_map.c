#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/jit_map.h"

static int file_with(const char *text, size_t len)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fflush(f);
	rewind(f);
	return fileno(f);
}

static void keeps_lines_that_hold_an_address(void **state)
{
	static const char map[] = "1000 10 first\n2000 20 second one\n3000 8 third\nnonsense\n"
				  "2010 8 second again\n4000\n5000 zz\n";
	const uint64_t addresses[] = { 0x0fff, 0x1000, 0x2017, 0x3008 };
	struct buf out = { 0 };

	(void)state;
	jit_map_read(file_with(map, strlen(map)), addresses, 4, &out);
	assert_string_equal(buf_text(&out),
			    "1000 10 first\n2000 20 second one\n2010 8 second again\n");
	buf_release(&out);
}

static void a_line_longer_than_any_buffer_is_passed_over(void **state)
{
	size_t len = 300000;
	char *map = malloc(len + 64);
	const uint64_t address = 0x1000;
	struct buf out = { 0 };
	int tail;

	(void)state;
	memset(map, 'x', len);
	memcpy(map, "1000 10 ", 8);
	tail = sprintf(map + len, "\n1000 10 good\n");
	jit_map_read(file_with(map, len + (size_t)tail), &address, 1, &out);
	assert_string_equal(buf_text(&out), "1000 10 good\n");
	buf_release(&out);
	free(map);
}

static struct jit_map_owner myself(char path[64])
{
	struct jit_map_owner owner;

	assert_true(jit_map_owner_read(&owner, (uint32_t)getpid()));
	snprintf(path, 64, "/tmp/perf-%u.map", owner.namespace_tgid);
	unlink(path);
	return owner;
}

static void opens_the_owners_regular_file(void **state)
{
	char path[64];
	struct jit_map_owner owner = myself(path);
	int fd;

	(void)state;
	close(open(path, O_CREAT | O_WRONLY, 0644));
	fd = jit_map_open(&owner);
	assert_true(fd >= 0);
	close(fd);
	owner.uid++;
	assert_int_equal(jit_map_open(&owner), -1);
	unlink(path);
}

static void refuses_links_pipes_and_second_names(void **state)
{
	char path[64], other[80];
	struct jit_map_owner owner = myself(path);

	(void)state;
	snprintf(other, sizeof(other), "%s.other", path);
	close(open(other, O_CREAT | O_WRONLY, 0644));
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(jit_map_open(&owner), -1);
	unlink(path);
	assert_int_equal(link(other, path), 0);
	assert_int_equal(jit_map_open(&owner), -1);
	unlink(path);
	unlink(other);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(jit_map_open(&owner), -1);
	unlink(path);
}

static void refuses_a_file_beyond_the_limit(void **state)
{
	char path[64];
	struct jit_map_owner owner = myself(path);
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)JIT_MAP_BYTES_MAX + 1), 0);
	close(fd);
	assert_int_equal(jit_map_open(&owner), -1);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_lines_that_hold_an_address),
		cmocka_unit_test(a_line_longer_than_any_buffer_is_passed_over),
		cmocka_unit_test(opens_the_owners_regular_file),
		cmocka_unit_test(refuses_links_pipes_and_second_names),
		cmocka_unit_test(refuses_a_file_beyond_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
