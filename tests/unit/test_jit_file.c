#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/jit_file.h"

static struct jit_owner myself(char path[64])
{
	struct jit_owner owner;

	assert_true(jit_owner_read(&owner, (uint32_t)getpid()));
	snprintf(path, 64, "/tmp/perf-%u.map", owner.namespace_tgid);
	unlink(path);
	return owner;
}

static void opens_the_owners_regular_file(void **state)
{
	char path[64];
	struct jit_owner owner = myself(path);
	int fd;

	(void)state;
	close(open(path, O_CREAT | O_WRONLY, 0644));
	fd = jit_file_open_map(&owner);
	assert_true(fd >= 0);
	close(fd);
	owner.uid++;
	assert_int_equal(jit_file_open_map(&owner), -1);
	unlink(path);
}

static void refuses_links_pipes_and_second_names(void **state)
{
	char path[64], other[80];
	struct jit_owner owner = myself(path);

	(void)state;
	snprintf(other, sizeof(other), "%s.other", path);
	close(open(other, O_CREAT | O_WRONLY, 0644));
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(jit_file_open_map(&owner), -1);
	unlink(path);
	assert_int_equal(link(other, path), 0);
	assert_int_equal(jit_file_open_map(&owner), -1);
	unlink(path);
	unlink(other);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(jit_file_open_map(&owner), -1);
	unlink(path);
}

static void refuses_a_file_beyond_the_limit(void **state)
{
	char path[64];
	struct jit_owner owner = myself(path);
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)JIT_MAP_BYTES_MAX + 1), 0);
	close(fd);
	assert_int_equal(jit_file_open_map(&owner), -1);
	unlink(path);
}

static void a_dump_is_found_by_its_mapping_and_trusted_like_a_map(void **state)
{
	char path[] = "/tmp/test_jit_file.XXXXXX", map[64], other[48];
	struct jit_owner owner = myself(map);
	int made = mkstemp(path), fd;
	uint64_t at;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(ftruncate(made, 4096), 0);
	at = (uint64_t)(uintptr_t)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, made, 0);
	fd = jit_file_open_dump(&owner, at, at + 4096);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(jit_file_open_dump(&owner, at, at + 8192), -1);
	snprintf(other, sizeof(other), "%s.other", path);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(jit_file_open_dump(&owner, at, at + 4096), -1);
	unlink(path);
	unlink(other);
	fd = jit_file_open_dump(&owner, at, at + 4096);
	assert_true(fd >= 0); /* removed, but mapped */
	close(fd);
	owner.uid++;
	assert_int_equal(jit_file_open_dump(&owner, at, at + 4096), -1);
	munmap((void *)(uintptr_t)at, 4096);
	close(made);
}

static void a_dump_is_known_by_its_name(void **state)
{
	(void)state;
	assert_true(jit_file_is_dump("/home/a b/.debug/jit/jit-12.dump"));
	assert_true(jit_file_is_dump("jit-x.dump"));
	assert_false(jit_file_is_dump("/tmp/jit-12.dump/lib.so"));
	assert_false(jit_file_is_dump("/tmp/jit-.dum"));
	assert_false(jit_file_is_dump("/tmp/jit-.dump"));
	assert_false(jit_file_is_dump(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_the_owners_regular_file),
		cmocka_unit_test(refuses_links_pipes_and_second_names),
		cmocka_unit_test(refuses_a_file_beyond_the_limit),
		cmocka_unit_test(a_dump_is_found_by_its_mapping_and_trusted_like_a_map),
		cmocka_unit_test(a_dump_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
