#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/elf_identity.h"
#include "tests/unit/elf_tree.h"

/* Both NULL: nothing is found, for this reason. */
static void expect_found(const char *build_id, const char *debug_dir, const char *file,
			 const char *debug, enum name_reason reason)
{
	struct module_file f;

	search(&f, build_id, debug_dir);
	expect_path(f.path, file);
	expect_path(f.debug_path, debug);
	assert_int_equal(f.fd >= 0, file != NULL);
	assert_int_equal(f.debug_fd >= 0, debug != NULL);
	assert_int_equal(f.reason, reason);
	module_file_close(&f);
}

static void takes_the_file_at_the_path_if_the_build_id_is_the_same(void **state)
{
	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!" });
	expect_found("right!!!", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
}

static void never_takes_another_build_and_says_which_it_was(void **state)
{
	struct module_file f;

	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "other" });
	search(&f, "right!!!", NULL);
	assert_int_equal(f.fd, -1);
	assert_int_equal(f.reason, NAME_REASON_OTHER_BUILD);
	expect_path(f.other_path, "/lib/liba.so");
	assert_string_equal(f.other_build_id, "6f74686572");
	module_file_close(&f);
	put_elf("/lib/liba.so", (struct made_elf){ CODE, .symbols = functions });
	expect_found("right!!!", NULL, NULL, NULL, NAME_REASON_OTHER_BUILD);
}

static void module_without_build_id_takes_what_is_at_its_path(void **state)
{
	(void)state;
	put_elf("/lib/liba.so", (struct made_elf){ CODE, .symbols = functions, .build_id = "any" });
	expect_found("", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
}

static void missing_file_is_a_reason(void **state)
{
	(void)state;
	expect_found("right!!!", NULL, NULL, NULL, NAME_REASON_NO_FILE);
	expect_found("right!!!", "/nowhere", NULL, NULL, NAME_REASON_NO_FILE);
	expect_found("", NULL, NULL, NULL, NAME_REASON_NO_FILE);
}

static void debug_dir_goes_before_the_path(void **state)
{
	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .build_id = "right!!!" });
	put_elf("/debug/.build-id/72/69676874212121.debug",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!",
				   .is_debug_file = true });
	expect_found("right!!!", "/debug", "/lib/liba.so",
		     "/debug/.build-id/72/69676874212121.debug", NAME_REASON_NONE);
	put_elf("/debug/.build-id/72/69676874212121",
		(struct made_elf){ CODE, .exports = functions, .build_id = "right!!!" });
	expect_found("right!!!", "/debug", "/debug/.build-id/72/69676874212121",
		     "/debug/.build-id/72/69676874212121.debug", NAME_REASON_NONE);
}

static void debug_file_alone_is_enough(void **state)
{
	(void)state;
	put_elf("/debug/.build-id/72/69676874212121.debug",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!",
				   .is_debug_file = true });
	expect_found("right!!!", "/debug", NULL, "/debug/.build-id/72/69676874212121.debug",
		     NAME_REASON_NONE);
}

static void unlink_at_root(const char *where)
{
	char *path = at_root(where);

	assert_int_equal(unlink(path), 0);
	free(path);
}

/* Whether a module without build ID, mapped from one of two paths, is found below D. */
static bool is_below(const char *debug_dir, const char *path, const char *other_path)
{
	struct trace_module module = { .kind = TRACE_MODULE_FILE, .path = path };
	const char *paths[] = { path, other_path };
	char *dir = at_root(debug_dir);
	struct module_file f;
	bool is_found;

	module_file_open(
		&f, &module,
		&(struct module_places){ paths, other_path ? 2 : 1, (const char *const *)&dir, 1 });
	is_found = f.fd >= 0;
	assert_null(f.other_path);
	module_file_close(&f);
	free(dir);
	return is_found;
}

static void debug_dir_may_be_a_copy_of_a_root(void **state)
{
	char *below = mem_printf("/sysroot%s/lib/liba.so", root);

	(void)state;
	put_elf(below, (struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!" });
	expect_found("right!!!", "/sysroot", below, NULL, NAME_REASON_NONE);
	/* A link is taken as one inside the copy, which holds the same path. */
	put_symlink("/sysroot/link", root);
	assert_true(is_below("/sysroot", "/link/lib/liba.so", NULL));
	free(below);
}

static void put_link_traps(void)
{
	put_elf("/outside/lib/liba.so", (struct made_elf){ CODE, .symbols = functions });
	put_elf("/sysroot/lib/libb.so", (struct made_elf){ CODE, .symbols = functions });
	put_symlink("/sysroot/beside", "../outside");
	put_symlink("/sysroot/above", "..");
	put_symlink("/sysroot/lib/libc.so", "../../outside/lib/liba.so");
}

static void path_below_a_debug_dir_does_not_leave_it(void **state)
{
	(void)state;
	put_link_traps();
	assert_true(is_below("/sysroot", "/lib/libb.so", NULL));
	assert_false(is_below("/sysroot", "/beside/lib/liba.so", NULL));
	assert_false(is_below("/sysroot", "/above/outside/lib/liba.so", NULL));
	assert_false(is_below("/sysroot", "/lib/libc.so", NULL));
	assert_false(is_below("/sysroot", "/../outside/lib/liba.so", NULL));
	assert_false(is_below("/sysroot", "/../lib/libb.so", NULL));
	assert_false(is_below("/sysroot", "/lib/../lib/libb.so", NULL));
}

static void file_is_looked_for_at_each_of_its_paths(void **state)
{
	(void)state;
	put_link_traps();
	assert_true(is_below("/sysroot", "/gone/libb.so", "/lib/libb.so"));
	assert_true(is_below("/sysroot", "/lib/libb.so", "/gone/libb.so"));
	assert_false(is_below("/sysroot", "/gone/libb.so", "/gone/liba.so"));
}

static void build_id_below_a_debug_dir_does_not_lead_out_of_it(void **state)
{
	static const struct made_elf made = { CODE, .symbols = functions, .build_id = "right!!!",
					      .is_debug_file = true };

	(void)state;
	put_elf("/outside/liba.debug", made);
	put_symlink("/debug/.build-id/72/69676874212121.debug", "../../../outside/liba.debug");
	expect_found("right!!!", "/debug", NULL, NULL, NAME_REASON_NO_FILE);
	put_elf("/debug/liba.debug", made);
	put_symlink("/debug/.build-id/72/69676874212121", "../../liba.debug");
	expect_found("right!!!", "/debug", NULL, "/debug/.build-id/72/69676874212121",
		     NAME_REASON_NONE);
}

static void debug_link_below_a_debug_dir_does_not_lead_out_of_it(void **state)
{
	const struct made_elf debug = { CODE, .symbols = functions, .is_debug_file = true };
	char *outside = mem_printf("%s/lib/liba.debug", root + strlen("/tmp"));
	char *inside = mem_printf("/debug%s/lib/liba.debug", root);
	uint32_t crc = put_elf(outside, debug);

	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .debug_link = "liba.debug",
				   .debug_link_crc = crc });
	put_symlink("/debug/tmp", "..");
	expect_found("", "/debug", "/lib/liba.so", NULL, NAME_REASON_NONE);
	unlink_at_root("/debug/tmp");
	put_elf(inside, debug);
	expect_found("", "/debug", "/lib/liba.so", inside, NAME_REASON_NONE);
	free(outside);
	free(inside);
}

/* What is beside a file below D is below D, too. */
static void debug_link_beside_a_file_in_a_debug_dir_stays_there(void **state)
{
	const struct made_elf debug = { CODE, .symbols = functions, .is_debug_file = true };
	uint32_t crc = put_elf("/outside/liba.debug", debug);
	struct made_elf file = { CODE, .exports = functions, .debug_link = "liba.debug",
				 .debug_link_crc = crc };
	char *below = mem_printf("/sysroot%s/lib/liba.so", root);
	char *beside = mem_printf("/sysroot%s/lib/liba.debug", root);
	char *target = at_root("/outside/liba.debug");

	(void)state;
	put_elf(below, file);
	put_symlink(beside, target);
	expect_found("", "/sysroot", below, NULL, NAME_REASON_NONE);
	unlink_at_root(beside);
	put_elf(beside, debug);
	expect_found("", "/sysroot", below, beside, NAME_REASON_NONE);
	free(below);
	free(beside);
	free(target);
}

/* As in a container whose filter does not know the call. */
static void forbid_openat2(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static void without_openat2_no_link_is_followed(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	put_link_traps();
	pid = fork();
	if (!pid) {
		forbid_openat2();
		_exit(!is_below("/sysroot", "/lib//libb.so", NULL) ||
		      is_below("/sysroot", "/beside/lib/liba.so", NULL) ||
		      is_below("/sysroot", "/above/sysroot/lib/libb.so", NULL) ||
		      is_below("/sysroot", "/lib/libc.so", NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void debug_link_is_followed_by_base_name_and_crc(void **state)
{
	const struct made_elf debug = { CODE, .symbols = functions, .is_debug_file = true };
	uint32_t crc = put_elf("/lib/.debug/liba.debug", debug);

	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .debug_link = "liba.debug",
				   .debug_link_crc = crc });
	expect_found("", NULL, "/lib/liba.so", "/lib/.debug/liba.debug", NAME_REASON_NONE);
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .debug_link = "liba.debug",
				   .debug_link_crc = crc + 1 });
	expect_found("", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .debug_link = ".debug/liba.debug",
				   .debug_link_crc = crc });
	expect_found("", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
}

static void debug_link_to_another_build_is_not_followed(void **state)
{
	uint32_t crc = put_elf("/lib/liba.debug",
			       (struct made_elf){ CODE, .symbols = functions, .build_id = "other",
						  .is_debug_file = true });

	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .build_id = "right!!!",
				   .debug_link = "liba.debug", .debug_link_crc = crc });
	expect_found("right!!!", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
}

static const struct made_elf leaning = { CODE, .build_id = "right!!!", .is_debug_file = true,
					 .has_dwarf = true };

static void file_with_symbols_but_no_dwarf_takes_a_debug_file_too(void **state)
{
	(void)state;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!" });
	put_elf("/lib/.debug/liba.debug", leaning);
	expect_found("right!!!", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!",
				   .debug_link = "liba.debug" });
	expect_found("right!!!", NULL, "/lib/liba.so", "/lib/.debug/liba.debug", NAME_REASON_NONE);
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!",
				   .debug_link = "liba.debug", .has_dwarf = true });
	expect_found("right!!!", NULL, "/lib/liba.so", NULL, NAME_REASON_NONE);
}

static void fifo_folder_and_text_are_no_modules(void **state)
{
	struct buf text = { 0 };
	char *path = at_root("/lib/liba.so");

	(void)state;
	make_folders(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_found("", NULL, NULL, NULL, NAME_REASON_NO_FILE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_found("", NULL, NULL, NULL, NAME_REASON_NO_FILE);
	assert_int_equal(rmdir(path), 0);
	buf_puts(&text, "#!/bin/sh\n");
	put_bytes("/lib/liba.so", &text);
	expect_found("", NULL, NULL, NULL, NAME_REASON_NO_FILE);
	buf_release(&text);
	free(path);
}

/* As module_file reads a file, but from memory, for there are many. */
static bool has_right_build_id(const struct buf *bytes, size_t len)
{
	struct elf_source source = { .fd = -1, .bytes = bytes->v, .len = len };
	struct elf_identity id;

	return elf_identity_read(&id, &source) && id.build_id_len == 8 &&
	       !memcmp(id.build_id, "right!!!", 8);
}

static void cut_or_damaged_headers_are_not_believed(void **state)
{
	const size_t sections_bytes = MADE_SECTION_CNT * sizeof(Elf64_Shdr);
	struct buf whole = { 0 };

	(void)state;
	made_elf_put(&whole,
		     &(struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!" });
	assert_true(has_right_build_id(&whole, whole.len));
	for (size_t len = 1; len < whole.len - sections_bytes; len++)
		assert_false(has_right_build_id(&whole, len));
	for (size_t at = 0; at < whole.len; at++) {
		uint8_t kept = whole.v[at];
		bool in_note = at >= 0x200 && at < 0x200 + 24;

		whole.v[at] = (uint8_t)~kept;
		if (in_note)
			assert_false(has_right_build_id(&whole, whole.len));
		else
			has_right_build_id(&whole, whole.len);
		whole.v[at] = kept;
	}
	buf_release(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(takes_the_file_at_the_path_if_the_build_id_is_the_same),
		promise(never_takes_another_build_and_says_which_it_was),
		promise(module_without_build_id_takes_what_is_at_its_path),
		promise(missing_file_is_a_reason),
		promise(debug_dir_goes_before_the_path),
		promise(debug_file_alone_is_enough),
		promise(debug_dir_may_be_a_copy_of_a_root),
		promise(path_below_a_debug_dir_does_not_leave_it),
		promise(file_is_looked_for_at_each_of_its_paths),
		promise(build_id_below_a_debug_dir_does_not_lead_out_of_it),
		promise(debug_link_below_a_debug_dir_does_not_lead_out_of_it),
		promise(debug_link_beside_a_file_in_a_debug_dir_stays_there),
		promise(without_openat2_no_link_is_followed),
		promise(debug_link_is_followed_by_base_name_and_crc),
		promise(debug_link_to_another_build_is_not_followed),
		promise(file_with_symbols_but_no_dwarf_takes_a_debug_file_too),
		promise(fifo_folder_and_text_are_no_modules),
		promise(cut_or_damaged_headers_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
