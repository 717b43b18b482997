#ifndef TESTS_UNIT_ELF_TREE_H
#define TESTS_UNIT_ELF_TREE_H

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
#include "symbolize/module_file.h"
#include "tests/unit/made_elf.h"

/* A file system of our own below a temporary folder. */
static char root[64];

static inline char *at_root(const char *path)
{
	return mem_printf("%s%s", root, path);
}

static inline void make_folders(char *path)
{
	for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static inline void put_bytes(const char *where, const struct buf *bytes)
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
static inline uint32_t put_elf(const char *where, struct made_elf made)
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
static inline void search(struct module_file *out, const char *build_id, const char *debug_dir)
{
	struct trace_module module = { .kind = TRACE_MODULE_FILE };
	char *path = at_root("/lib/liba.so");
	char *dir = at_root(debug_dir ? debug_dir : "");
	const char *dirs[] = { dir };

	module.path = path;
	module.build_id_len = (uint8_t)strlen(build_id);
	memcpy(module.build_id, build_id, module.build_id_len);
	module_file_open(
		out, &module,
		&(struct module_places){ (const char *const *)&path, 1, dirs, debug_dir ? 1 : 0 });
	free(path);
	free(dir);
}

static inline void expect_path(const char *got, const char *where)
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

static inline void put_symlink(const char *where, const char *to)
{
	char *path = at_root(where);

	make_folders(path);
	assert_int_equal(symlink(to, path), 0);
	free(path);
}

static inline int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_module_file.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static inline int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

#endif
