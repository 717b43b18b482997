#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "collector/proc_files.h"

static void a_comm_may_look_like_the_fields_behind_it(void **state)
{
	struct proc_identity id = { 0 };

	(void)state;
	assert_true(proc_stat_parse("42 (a) R 1 (b) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 "
				    "1 0 9876 1 2 3",
				    &id));
	assert_string_equal(id.comm, "a) R 1 (b");
	assert_int_equal(id.parent_tgid, 7);
	assert_int_equal(id.start_ticks, 9876);
}

static void refuses_a_cut_line(void **state)
{
	struct proc_identity id;

	(void)state;
	assert_false(proc_stat_parse("", &id));
	assert_false(proc_stat_parse("42 (a", &id));
	assert_false(proc_stat_parse("42 )a( R 1", &id));
	assert_false(proc_stat_parse("42 (a) R 7 42", &id));
}

static void finds_the_unified_hierarchy(void **state)
{
	struct buf out = { 0 };

	(void)state;
	proc_cgroup_parse("12:cpu:/a\n1:name=systemd:/b\n0::/system.slice/x.service\n", &out);
	assert_string_equal(buf_text(&out), "/system.slice/x.service");
	buf_clear(&out);
	proc_cgroup_parse("1:cpu:/a\n", &out);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void a_path_is_the_rest_of_the_line(void **state)
{
	const char *at =
		"00400000-00401000 r-xp 00001000 08:01 42       /a/libssl.so.3 X (deleted)\n"
		"nonsense\n"
		"7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    [vsyscall]";
	struct proc_mapping m;

	(void)state;
	assert_true(proc_mapping_next(&at, &m));
	assert_int_equal(m.start, 0x400000);
	assert_int_equal(m.end, 0x401000);
	assert_int_equal(m.file_offset, 0x1000);
	assert_int_equal(m.inode, 42);
	assert_true(m.executable);
	assert_int_equal(m.path_len, strlen("/a/libssl.so.3 X (deleted)"));
	assert_memory_equal(m.path, "/a/libssl.so.3 X (deleted)", m.path_len);
	assert_true(proc_mapping_next(&at, &m));
	assert_int_equal(m.path_len, 0);
	assert_true(proc_mapping_next(&at, &m));
	assert_int_equal(m.path_len, strlen("[vsyscall]"));
	assert_false(proc_mapping_next(&at, &m));
}

static void reads_this_very_process(void **state)
{
	struct proc_identity id;
	char comm[64];

	(void)state;
	assert_true(proc_identity_read((uint32_t)getpid(), &id));
	assert_int_equal(id.parent_tgid, getppid());
	assert_int_equal(id.uid, getuid());
	assert_true(proc_comm_read((uint32_t)getpid(), (uint32_t)getpid(), comm));
	assert_string_equal(comm, id.comm);
	assert_false(proc_identity_read(0x7fffffff, &id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comm_may_look_like_the_fields_behind_it),
		cmocka_unit_test(refuses_a_cut_line),
		cmocka_unit_test(finds_the_unified_hierarchy),
		cmocka_unit_test(a_path_is_the_rest_of_the_line),
		cmocka_unit_test(reads_this_very_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
