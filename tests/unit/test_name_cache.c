#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "formats/checksum.h"
#include "symbolize/name_answers.h"
#include "symbolize/name_cache.h"

static const uint8_t build_id[] = { 0xab, 0xcd, 0xef };
static char root[64];
static struct cache_folder folder;

#define OFFSETS(...)                                                                               \
	(const uint64_t[]){ __VA_ARGS__ }, sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)

/* What a child would say: odd offsets have two frames, the others none. */
static void put_answer(struct buf *out, const uint64_t *offsets, size_t cnt)
{
	struct answer a;

	answer_start(&a, out, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	for (size_t i = 0; i < cnt; i++) {
		char *name = mem_printf("f%llu", (unsigned long long)offsets[i]);
		struct name_frame frames[] = {
			{ TRACE_FRAME_INLINED, "inner", "a.c", 7 },
			{ TRACE_FRAME_USER, name, "b.c", (uint32_t)offsets[i] },
		};

		if (offsets[i] % 2)
			answer_frames(&a, frames, 2);
		else
			answer_unnamed(&a, NAME_REASON_NO_MATCH);
		free(name);
	}
	answer_end(&a);
}

static void take(struct name_answers *a, const uint64_t *offsets, size_t cnt)
{
	struct answer_summary summary;
	struct buf said = { 0 };

	put_answer(&said, offsets, cnt);
	assert_int_equal(name_answers_take(a, &summary, &said, offsets, cnt, NULL), 0);
	free(summary.why);
	buf_release(&said);
}

static void expect_known(const struct name_answers *a, const uint64_t *offsets, size_t cnt)
{
	assert_int_equal(a->known.cnt, cnt);
	for (size_t i = 0; i < cnt; i++) {
		enum name_reason reason;
		size_t frame_cnt;
		const struct name_frame *frames =
			name_answers_find(a, offsets[i], &frame_cnt, &reason);

		assert_int_equal(a->known.v[i].offset, offsets[i]);
		assert_int_equal(frame_cnt, offsets[i] % 2 ? 2 : 0);
		if (!frame_cnt)
			assert_int_equal(reason, NAME_REASON_NO_MATCH);
		else
			assert_int_equal(frames[1].line, (uint32_t)offsets[i]);
	}
}

static void answers_are_merged_in_the_order_of_offsets(void **state)
{
	struct name_answers a = { 0 };
	struct name_offsets missing = { 0 };

	(void)state;
	take(&a, OFFSETS(3, 10, 21));
	name_answers_missing(&a, OFFSETS(1, 3, 10, 11, 30), &missing);
	assert_int_equal(missing.cnt, 3);
	assert_int_equal(missing.v[0], 1);
	assert_int_equal(missing.v[1], 11);
	assert_int_equal(missing.v[2], 30);
	take(&a, missing.v, missing.cnt);
	expect_known(&a, OFFSETS(1, 3, 10, 11, 21, 30));
	vec_release(&missing);
	name_answers_release(&a);
}

static void module_has_a_name_or_the_reason_of_its_first_address(void **state)
{
	struct name_table *names = name_table_new();
	struct name_answers a = { 0 };
	enum name_reason reason;

	(void)state;
	take(&a, OFFSETS(2, 4, 5));
	name_table_module(names, &(struct trace_module){ .path = "x" }, NULL);
	assert_int_equal(name_answers_copy(&a, OFFSETS(2, 4), names, 0, &reason), 0);
	assert_int_equal(reason, NAME_REASON_NO_MATCH);
	assert_int_equal(name_answers_copy(&a, OFFSETS(4, 5), names, 0, &reason), 1);
	assert_int_equal(reason, NAME_REASON_NONE);
	assert_int_equal(name_table_cnt(names), 3);
	name_table_free(names);
	name_answers_release(&a);
}

static struct name_cache_key key_of(enum demangle_style style, int fd)
{
	struct name_cache_key key;

	name_cache_key_start(&key, build_id, sizeof(build_id), style);
	name_cache_key_add(&key, fd);
	return key;
}

static void write_some(struct name_cache_key *key)
{
	struct name_answers a = { 0 };

	take(&a, OFFSETS(1, 2, 0x7fffffff1));
	name_cache_write(&folder, key, &a);
	name_answers_release(&a);
}

static bool is_cached(struct name_cache_key key)
{
	struct name_answers a = { 0 };
	bool is_there = name_cache_read(&folder, &key, &a);

	if (is_there)
		expect_known(&a, OFFSETS(1, 2, 0x7fffffff1));
	else
		assert_int_equal(a.known.cnt, 0);
	name_answers_release(&a);
	name_cache_key_release(&key);
	return is_there;
}

static void what_was_written_comes_back(void **state)
{
	struct name_cache_key key = key_of(DEMANGLE_SHORT, -1);

	(void)state;
	assert_false(is_cached(key_of(DEMANGLE_SHORT, -1)));
	write_some(&key);
	assert_true(is_cached(key_of(DEMANGLE_SHORT, -1)));
	name_cache_key_release(&key);
}

static void other_style_file_or_build_has_other_names(void **state)
{
	struct name_cache_key key;
	char *path = mem_printf("%s/debug", root);
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	static const uint8_t other[] = { 0xab, 0xcd };

	(void)state;
	key = key_of(DEMANGLE_SHORT, fd);
	write_some(&key);
	name_cache_key_release(&key);
	assert_true(is_cached(key_of(DEMANGLE_SHORT, fd)));
	assert_false(is_cached(key_of(DEMANGLE_FULL, fd)));
	assert_false(is_cached(key_of(DEMANGLE_SHORT, -1)));
	key = key_of(DEMANGLE_SHORT, fd);
	key.build_id = other;
	key.build_id_len = sizeof(other);
	assert_false(is_cached(key));
	assert_int_equal(pwrite(fd, "more", 4, 0), 4);
	assert_false(is_cached(key_of(DEMANGLE_SHORT, fd)));
	close(fd);
	free(path);
}

static void module_without_build_id_is_never_cached(void **state)
{
	struct name_cache_key key;

	(void)state;
	name_cache_key_start(&key, build_id, 0, DEMANGLE_SHORT);
	write_some(&key);
	assert_false(is_cached(key));
}

#define MAGIC 0x32434e50u

/* A file of the cache with other bytes, and a checksum that fits them. */
static void put_back(const char *file, struct buf *bytes)
{
	bytes->len -= 8;
	buf_u64(bytes, checksum_long(bytes->v, bytes->len, MAGIC));
	cache_folder_write(&folder, file, bytes->v, bytes->len);
}

static void damaged_files_are_ignored_whatever_their_checksum_says(void **state)
{
	struct name_cache_key key = key_of(DEMANGLE_SHORT, -1);
	char file[64];
	struct buf bytes = { 0 };
	struct name_answers a = { 0 };
	size_t len;

	(void)state;
	write_some(&key);
	snprintf(file, sizeof(file), "abcdef-%08x",
		 checksum_short(key.bytes.v, key.bytes.len));
	assert_true(cache_folder_read(&folder, file, 10000, &bytes));
	bytes.v[bytes.len / 2] ^= 1;
	cache_folder_write(&folder, file, bytes.v, bytes.len);
	assert_false(name_cache_read(&folder, &key, &a));
	bytes.v[bytes.len / 2] ^= 1;
	for (size_t at = 0; at < bytes.len - 8; at++) {
		bytes.v[at] = (uint8_t)~bytes.v[at];
		put_back(file, &bytes);
		name_cache_read(&folder, &key, &a); /* believed or not, nothing bad happens */
		name_answers_release(&a);
		bytes.v[at] = (uint8_t)~bytes.v[at];
	}
	len = bytes.len;
	for (bytes.len = 8; bytes.len < len; bytes.len++) {
		struct buf cut = { 0 };

		buf_put(&cut, bytes.v, bytes.len);
		put_back(file, &cut);
		assert_false(name_cache_read(&folder, &key, &a));
		buf_release(&cut);
	}
	buf_release(&bytes);
	name_cache_key_release(&key);
}

static int make_root(void **state)
{
	char *dir;

	(void)state;
	strcpy(root, "/tmp/test_name_cache.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	dir = mem_printf("%s/names", root);
	cache_folder_open(&folder, "names", dir, 1 << 20, NULL);
	free(dir);
	return folder.fd < 0;
}

static int remove_root(void **state)
{
	char *command = mem_printf("rm -rf %s", root);
	int bad = system(command);

	(void)state;
	cache_folder_close(&folder);
	free(command);
	return bad;
}

#define promise(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(answers_are_merged_in_the_order_of_offsets),
		promise(module_has_a_name_or_the_reason_of_its_first_address),
		promise(what_was_written_comes_back),
		promise(other_style_file_or_build_has_other_names),
		promise(module_without_build_id_is_never_cached),
		promise(damaged_files_are_ignored_whatever_their_checksum_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
