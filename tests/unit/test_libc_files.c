#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/libc_files.h"

static void knows_c_libraries_by_their_names(void **state)
{
	(void)state;
	assert_true(libc_files_is("/usr/lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(libc_files_is("/lib/libc.so.6 (deleted)"));
	assert_true(libc_files_is("/lib64/libc-2.31.so"));
	assert_true(libc_files_is("/lib/ld-musl-x86_64.so.1"));
	assert_false(libc_files_is("/usr/lib/libcap.so.2"));
	assert_false(libc_files_is("/usr/lib/libc.so.60"));
	assert_false(libc_files_is("/libc.so.6/other"));
	assert_false(libc_files_is("/usr/lib/libc-client.so"));
	assert_false(libc_files_is(""));
	assert_false(libc_files_is(" (deleted)"));
}

static void finds_no_more_than_there_is_room_for(void **state)
{
	struct libc_files files;

	(void)state;
	libc_files_find(&files);
	assert_true(files.cnt < LIBC_FILES_MAX);
	libc_files_release(&files);
	assert_int_equal(files.cnt, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_c_libraries_by_their_names),
		cmocka_unit_test(finds_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
