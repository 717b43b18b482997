#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/cgroup.h"

static void assert_mount(const char *mounts, const char *expected)
{
	char *where = cgroup_mount_in(mounts);

	if (expected)
		assert_string_equal(where, expected);
	else
		assert_null(where);
	free(where);
}

static void finds_the_unified_hierarchy_wherever_it_is_mounted(void **state)
{
	(void)state;
	assert_mount("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "/sys/fs/cgroup");
	assert_mount("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
		     "x /mnt/a\\040b\\134 cgroup2 rw 0 0\n",
		     "/mnt/a b\\");
	assert_mount("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n", NULL);
	assert_mount("", NULL);
	assert_mount("cgroup2", NULL);
	assert_mount("\n\n  \n", NULL);
}

static void refuses_folders_that_are_no_cgroups(void **state)
{
	char *path = NULL;
	struct err err = { 0 };

	(void)state;
	assert_true(cgroup_resolve("/tmp", &path, &err) < 0);
	assert_null(path);
	assert_true(strlen(err.text) > 0);
	err_clear(&err);
	assert_true(cgroup_resolve("no-such-cgroup", &path, &err) < 0);
	assert_null(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_unified_hierarchy_wherever_it_is_mounted),
		cmocka_unit_test(refuses_folders_that_are_no_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
