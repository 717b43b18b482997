#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/flame_pack.h"
#include "render/palette.h"

/* The reader of the other side: what flame.js does, in C. */
struct unpacked {
	char names[64][128];
	unsigned families[64];
	unsigned modules[64];
	size_t name_cnt;
	struct {
		unsigned depth;
		unsigned name;
		uint64_t self;
	} boxes[4096];
	size_t box_cnt;
};

static uint64_t number(const char **p)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 5) {
		uint64_t digit = (uint64_t)(strchr(digits, *(*p)++) - digits);

		value |= (digit & 31) << shift;
		if (digit < 32)
			return value;
	}
}

static const char *line_after(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	assert_non_null(at);
	return strchr(at + 1, '\n') + 1;
}

static void unpack(struct unpacked *u, const char *text)
{
	const char *p = line_after(text, "\nnames ");
	unsigned depth = 1;

	u->name_cnt = strtoul(strstr(text, "\nnames ") + 7, NULL, 10);
	assert_true(u->name_cnt < 64);
	for (size_t i = 1; i <= u->name_cnt; i++) {
		size_t shared = number(&p);

		u->families[i] = (unsigned)number(&p);
		number(&p);
		u->modules[i] = (unsigned)number(&p);
		size_t len = strcspn(p, "\n");
		memcpy(u->names[i], u->names[i - 1], shared);
		memcpy(u->names[i] + shared, p, len);
		u->names[i][shared + len] = '\0';
		p += len + 1;
	}
	p = line_after(p, "tree");
	for (u->box_cnt = 0; *p != '\n'; u->box_cnt++) {
		uint64_t step = number(&p);

		depth -= (unsigned)(step >> 1);
		u->boxes[u->box_cnt].depth = depth++;
		u->boxes[u->box_cnt].name = (unsigned)number(&p);
		u->boxes[u->box_cnt].self = step & 1 ? number(&p) : 0;
	}
}

static void pack(struct buf *out, const char *folded, size_t budget, uint64_t *out_least)
{
	struct measure measure = { .unit = TRACE_UNIT_SAMPLES };
	struct strtab *texts = strtab_new();
	uint64_t bad_cnt, bad_line;
	struct flame_sizes sizes;
	struct call_tree t;

	call_tree_init(&t, texts);
	call_tree_add_folded(&t, folded, strlen(folded), &bad_cnt, &bad_line);
	call_tree_finish(&t);
	flame_sizes_count(&sizes, &t, flame_pack_max_frames(budget));
	*out_least = flame_pack(out, &t, &sizes, &measure, budget);
	flame_sizes_release(&sizes);
	call_tree_release(&t);
	strtab_free(texts);
}

static void what_is_packed_comes_out_again(void **state)
{
	static struct unpacked u;
	struct buf out = { 0 };
	uint64_t least;

	(void)state;
	pack(&out, "main;parse_line 3\nmain;parse_word;read_[k] 40\nmain 1\nidle 1000000000000\n",
	     1 << 20, &least);
	unpack(&u, buf_text(&out));
	assert_int_equal(least, 1);
	assert_int_equal(u.name_cnt, 5);
	assert_string_equal(u.names[1], "idle");
	assert_string_equal(u.names[2], "main");
	assert_string_equal(u.names[3], "parse_line");
	assert_string_equal(u.names[4], "parse_word");
	assert_string_equal(u.names[5], "read");
	assert_int_equal(u.families[5], PALETTE_KERNEL);
	assert_int_equal(u.families[4], PALETTE_USER);
	assert_int_equal(u.box_cnt, 5);
	assert_int_equal(u.boxes[0].self, 1000000000000);
	assert_int_equal(u.boxes[1].name, 2);
	assert_int_equal(u.boxes[1].depth, 1);
	assert_int_equal(u.boxes[1].self, 1);
	assert_int_equal(u.boxes[2].depth, 2);
	assert_int_equal(u.boxes[2].self, 3);
	assert_int_equal(u.boxes[3].depth, 2);
	assert_int_equal(u.boxes[4].depth, 3);
	assert_int_equal(u.boxes[4].self, 40);
	buf_release(&out);
}

static char *wide_tree(void)
{
	struct buf text = { 0 };

	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "all;f%d %d\n", i % 50, 1 + (i % 50) * (i % 50));
	buf_text(&text);
	return (char *)text.v;
}

static void stays_within_any_budget_and_keeps_the_sum(void **state)
{
	char *folded = wide_tree();

	(void)state;
	for (size_t budget = 3000; budget < 5000; budget += 100) {
		static struct unpacked u;
		struct buf out = { 0 };
		uint64_t least, sum = 0;

		pack(&out, folded, budget, &least);
		assert_true(out.len <= budget);
		if (least) {
			unpack(&u, buf_text(&out));
			for (size_t i = 0; i < u.box_cnt; i++)
				sum += u.boxes[i].self;
			assert_int_equal(sum,
					 2000 + 40 * 40425); /* 40 times the squares below 50 */
		}
		buf_release(&out);
	}
	free(folded);
}

static void nothing_is_packed_where_nothing_fits(void **state)
{
	struct buf out = { 0 };
	uint64_t least = 99;

	(void)state;
	pack(&out, "a 1\n", 10, &least);
	assert_int_equal(out.len, 0);
	assert_int_equal(least, 0);
	buf_release(&out);
}

static void names_stay_text(void **state)
{
	struct buf out = { 0 };
	uint64_t least;

	(void)state;
	pack(&out, "</metadata><script>x</script>;a\x01\xff&\"b 1\n", 1 << 16, &least);
	assert_null(strstr(buf_text(&out), "<"));
	assert_non_null(strstr(buf_text(&out), "a\\x01\\xff&amp;&quot;b"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_out_again),
		cmocka_unit_test(stays_within_any_budget_and_keeps_the_sum),
		cmocka_unit_test(nothing_is_packed_where_nothing_fits),
		cmocka_unit_test(names_stay_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
