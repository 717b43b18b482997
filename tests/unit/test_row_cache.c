#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/row_cache.h"
#include "collector/row_file.h"
#include "formats/checksum.h"
#include "tests/unit/made_rows.h"

#define CHECKSUM_AT 8
#define SUMMED_AT 16

static char folder[] = "/tmp/row_cache.XXXXXX";
static const uint8_t build_id[] = { 0xab, 0x01, 2, 3, 4, 5, 6, 7 };

static const char *cache_file(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/ab01020304050607.rows", folder);
	return path;
}

static struct unwind_rows some_rows(void)
{
	struct made_cfi m = { 0 };
	size_t cie = made_usual_cie(&m.eh_frame, false);

	for (uint32_t i = 0; i < 40; i++)
		made_fde(&m.eh_frame, false, cie, MADE_CODE + 150 * i, 100,
			 PROGRAM(0x50, 0x0e, (uint8_t)(16 + i % 7 * 8), 0x50, 0x86, 2));
	return rows_of(&m);
}

static void assert_same(const struct unwind_rows *a, const struct unwind_rows *b)
{
	assert_int_equal(a->start, b->start);
	assert_int_equal(a->row_cnt, b->row_cnt);
	assert_int_equal(a->rule_cnt, b->rule_cnt);
	assert_int_equal(a->block_cnt, b->block_cnt);
	assert_int_equal(a->fde_cnt, b->fde_cnt);
	assert_int_equal(a->segment_cnt, b->segment_cnt);
	assert_memory_equal(a->rows, b->rows, a->row_cnt * sizeof(*a->rows));
	assert_memory_equal(a->rules, b->rules, a->rule_cnt * sizeof(*a->rules));
	assert_memory_equal(a->blocks, b->blocks, (a->block_cnt + 1) * sizeof(*a->blocks));
	assert_memory_equal(a->segments, b->segments, a->segment_cnt * sizeof(*a->segments));
}

static void fill(void)
{
	struct row_cache *c = row_cache_open(folder);
	struct unwind_rows rows = some_rows();

	assert_string_equal(row_cache_why(c), "");
	row_cache_write(c, build_id, sizeof(build_id), &rows);
	unwind_rows_release(&rows);
	row_cache_close(c);
}

static bool is_read(void)
{
	struct row_cache *c = row_cache_open(folder);
	struct unwind_rows rows;
	bool is_there = row_cache_read(c, build_id, sizeof(build_id), &rows);

	if (is_there)
		unwind_rows_release(&rows);
	row_cache_close(c);
	return is_there;
}

static void what_was_written_is_read(void **state)
{
	struct unwind_rows rows = some_rows(), got;
	struct row_cache *c;

	(void)state;
	fill();
	c = row_cache_open(folder);
	assert_true(row_cache_read(c, build_id, sizeof(build_id), &got));
	assert_same(&rows, &got);
	assert_false(row_cache_read(c, build_id, sizeof(build_id) - 1, &got));
	unwind_rows_release(&got);
	unwind_rows_release(&rows);
	row_cache_close(c);
}

static void a_file_of_somebody_else_is_not_read(void **state)
{
	(void)state;
	fill();
	assert_true(is_read());
	chmod(cache_file(), 0666);
	assert_false(is_read());
	fill();
	assert_true(is_read());
	if (!chown(cache_file(), 12345, 12345))
		assert_false(is_read());
}

static void a_link_is_not_followed(void **state)
{
	char other[128];

	(void)state;
	fill();
	snprintf(other, sizeof(other), "%s/other", folder);
	rename(cache_file(), other);
	assert_int_equal(symlink("other", cache_file()), 0);
	assert_false(is_read());
	unlink(cache_file());
	rename(other, cache_file());
	assert_true(is_read());
}

static void without_a_folder_there_is_a_reason(void **state)
{
	struct row_cache *c = row_cache_open("");
	struct unwind_rows rows = some_rows();

	(void)state;
	assert_string_not_equal(row_cache_why(c), "");
	row_cache_write(c, build_id, sizeof(build_id), &rows);
	row_cache_close(c);
	chmod(folder, 0777);
	c = row_cache_open(folder);
	assert_non_null(strstr(row_cache_why(c), "others may write"));
	assert_false(row_cache_read(c, build_id, sizeof(build_id), &rows));
	unwind_rows_release(&rows);
	row_cache_close(c);
	chmod(folder, 0700);
}

/* ---- damage ---- */

static bool holds(const struct buf *file)
{
	uint8_t *exact = malloc(file->len + 1);
	struct unwind_rows rows;
	bool good;

	memcpy(exact, file->v, file->len);
	good = row_file_get(&rows, exact, file->len);
	if (good)
		unwind_rows_release(&rows);
	free(exact);
	return good;
}

static void put_some(struct buf *file)
{
	struct unwind_rows rows = some_rows();

	row_file_put(file, &rows);
	unwind_rows_release(&rows);
}

static void damage_is_seen(void **state)
{
	struct buf file = { 0 };
	size_t len;

	(void)state;
	put_some(&file);
	assert_true(holds(&file));
	for (size_t i = 0; i < file.len; i++) {
		file.v[i] ^= 0x10;
		assert_false(holds(&file));
		file.v[i] ^= 0x10;
	}
	len = file.len;
	for (file.len = 0; file.len < len; file.len++)
		assert_false(holds(&file));
	buf_u8(&file, 0);
	assert_false(holds(&file));
	buf_release(&file);
}

/* Somebody made the checksum right, too: what is read is safe to look up in. */
static void no_index_leads_outside(void **state)
{
	struct buf file = { 0 };
	struct unwind_rows rows;
	size_t len;
	uint64_t sum;

	(void)state;
	put_some(&file);
	len = file.len;
	srand(3);
	for (int round = 0; round < 20000; round++) {
		size_t at = SUMMED_AT + (size_t)rand() % (len - SUMMED_AT);
		uint8_t was = file.v[at];

		file.v[at] = (uint8_t)rand();
		sum = checksum_long(file.v + SUMMED_AT, len - SUMMED_AT, 0);
		memcpy(file.v + CHECKSUM_AT, &sum, sizeof(sum));
		if (row_file_get(&rows, file.v, len)) {
			for (uint64_t a = 0; a <= 2 * MADE_CODE_BYTES; a += 13)
				assert_in_range(unwind_rows_find(&rows, rows.start + a).kind, 0,
						UNWIND_LEAF);
			unwind_rows_release(&rows);
		}
		file.v[at] = was;
	}
	buf_release(&file);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(cache_file());
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_file_of_somebody_else_is_not_read),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(without_a_folder_there_is_a_reason),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(no_index_leads_outside),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
