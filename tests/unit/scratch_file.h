#ifndef TESTS_UNIT_SCRATCH_FILE_H
#define TESTS_UNIT_SCRATCH_FILE_H

#include <stdlib.h>
#include <unistd.h>

/*
 * One file that all tests of a program write and read again: there before the first of
 * them, gone after the last one. Its name, scratch_path, is not kind to shells.
 *
 *	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
 */
static char scratch_path[] = "/tmp/profile's test.XXXXXX";

static inline int scratch_make(void **state)
{
	int fd = mkstemp(scratch_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static inline int scratch_remove(void **state)
{
	(void)state;
	return unlink(scratch_path);
}

#endif
