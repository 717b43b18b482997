#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/mem.h"
#include "symbolize/elf_identity.h"
#include "symbolize/module_file.h"
#include "tests/unit/made_elf.h"

/* A file system of our own below a temporary folder. */
static char root[64];

static char *at_root(const char *path)
{
	return mem_printf("%s%s", root, path);
}

static void make_folders(char *path)
{
	for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static void put_bytes(const char *where, const struct buf *bytes)
{
	char *path = at_root(where);
	FILE *file;

	make_folders(path);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes->v, 1, bytes->len, file), bytes->len);
	fclose(file);
	free(path);
}

static const struct made_symbol functions[] = { { "run", 0x1000, 0x10, STT_FUNC, STB_GLOBAL },
						{ 0 } };
#define CODE .offset = 0x1000, .address = 0x1000, .size = 0x100

/* Returns the CRC of the file. */
static uint32_t put_elf(const char *where, struct made_elf made)
{
	struct buf bytes = { 0 };
	uint32_t crc;

	made_elf_put(&bytes, &made);
	put_bytes(where, &bytes);
	crc = (uint32_t)crc32(0, bytes.v, (uInt)bytes.len);
	buf_release(&bytes);
	return crc;
}

/* The module is /lib/liba.so below the root, with this build ID ("": none). */
static void search(struct module_file *out, const char *build_id, const char *debug_dir)
{
	struct trace_module module = { .kind = TRACE_MODULE_FILE };
	char *path = at_root("/lib/liba.so");
	char *dir = at_root(debug_dir ? debug_dir : "");
	const char *dirs[] = { dir };

	module.path = path;
	module.build_id_len = (uint8_t)strlen(build_id);
	memcpy(module.build_id, build_id, module.build_id_len);
	module_file_open(out, &module, dirs, debug_dir ? 1 : 0);
	free(path);
	free(dir);
}

static void expect_path(const char *got, const char *where)
{
	char *path = where ? at_root(where) : NULL;

	if (!where) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, path);
	free(path);
}

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

static void debug_dir_may_be_a_copy_of_a_root_but_nothing_outside_it(void **state)
{
	char *below = mem_printf("/sysroot%s/lib/liba.so", root);
	char *link = at_root("/sysroot/outside");
	struct module_file f;
	struct trace_module module = { .kind = TRACE_MODULE_FILE, .path = "/outside/lib/liba.so" };
	char *dir = at_root("/sysroot");
	const char *dirs[] = { dir };

	(void)state;
	put_elf(below, (struct made_elf){ CODE, .symbols = functions, .build_id = "right!!!" });
	expect_found("right!!!", "/sysroot", below, NULL, NAME_REASON_NONE);
	put_elf("/lib/liba.so", (struct made_elf){ CODE, .symbols = functions });
	assert_int_equal(symlink(root, link), 0);
	module_file_open(&f, &module, dirs, 1);
	/* The link is taken as one inside the copy, which holds the same path. */
	assert_int_equal(f.fd >= 0, 1);
	module_file_close(&f);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../..", link), 0);
	module.path = "/outside/../../../../etc/passwd";
	module_file_open(&f, &module, dirs, 1);
	assert_int_equal(f.fd, -1);
	assert_null(f.other_path);
	module_file_close(&f);
	free(below);
	free(link);
	free(dir);
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

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_module_file.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(takes_the_file_at_the_path_if_the_build_id_is_the_same),
		promise(never_takes_another_build_and_says_which_it_was),
		promise(module_without_build_id_takes_what_is_at_its_path),
		promise(missing_file_is_a_reason),
		promise(debug_dir_goes_before_the_path),
		promise(debug_file_alone_is_enough),
		promise(debug_dir_may_be_a_copy_of_a_root_but_nothing_outside_it),
		promise(debug_link_is_followed_by_base_name_and_crc),
		promise(debug_link_to_another_build_is_not_followed),
		promise(fifo_folder_and_text_are_no_modules),
		promise(cut_or_damaged_headers_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
