#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "symbolize/copy_answer.h"
#include "tests/unit/own_stack.h"

#define AT 0x10000ull

struct heard {
	size_t stack_cnt;
	size_t place_cnt;
	struct copy_place places[COPY_PLACES_MAX];
	enum trace_reason root;
};

static void hear(void *owner, size_t stack, const struct copy_place *places, size_t cnt,
		 enum trace_reason root)
{
	struct heard *h = owner;

	assert_int_equal(stack, h->stack_cnt++);
	h->place_cnt = cnt;
	h->root = root;
	memcpy(h->places, places, cnt * sizeof(places[0]));
}

static void is_taken_whole_or_not_at_all(void **state)
{
	static struct copy_place places[COPY_PLACES_MAX];
	static struct heard heard;
	const struct copy_answer_sink sink = { hear, &heard };
	struct own_mappings *own = own_mappings_new();
	struct copy_stack taken = { 0 };
	const struct copy_piece piece = own_piece(own, &taken, 1);
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	struct buf said = { 0 };
	size_t cnt;

	(void)state;
	OWN_STACK_TAKE(&taken, TRACE_COPY_BYTES_MAX);
	copy_unwind_run(&piece, &said);
	for (size_t len = 0; len < said.len; len++)
		assert_int_not_equal(copy_answer_read(said.v, len, &piece, &sink, NULL), 0);
	assert_int_equal(heard.stack_cnt, 0);
	assert_int_equal(copy_answer_read(said.v, said.len, &piece, &sink, NULL), 0);
	assert_int_equal(heard.stack_cnt, 1);
	assert_int_equal(copy_unwinder_walk(u, &taken, places, &cnt), heard.root);
	assert_int_equal(heard.place_cnt, cnt);
	for (size_t i = 0; i < cnt; i++) {
		assert_int_equal(heard.places[i].mapping, places[i].mapping);
		assert_int_equal(heard.places[i].address, places[i].address);
	}
	buf_u8(&said, 0);
	assert_int_not_equal(copy_answer_read(said.v, said.len, &piece, &sink, NULL), 0);
	buf_release(&said);
	copy_unwinder_free(u);
	free((void *)taken.bytes);
	own_mappings_free(own);
}

static void names_no_place_outside_of_its_mapping(void **state)
{
	static const uint8_t beyond[] = { TRACE_REASON_COPY_CUT, 1, 0, 0x80, 0x20 };
	static const uint8_t last[] = { TRACE_REASON_COPY_CUT, 1, 0, 0xff, 0x1f };
	static const uint8_t unknown[] = { TRACE_REASON_COPY_CUT, 1, 1, 0 };
	static const uint8_t reasonless[] = { 0, 0 };
	const struct trace_mapping mapping = { AT, AT + 0x1000, 0, 0 };
	const struct copy_piece piece = { .mappings = &mapping, .mapping_cnt = 1, .stack_cnt = 1 };
	static struct heard heard;
	const struct copy_answer_sink sink = { hear, &heard };

	(void)state;
	assert_int_equal(copy_answer_read(last, sizeof(last), &piece, &sink, NULL), 0);
	assert_int_equal(heard.places[0].address, AT + 0xfff);
	assert_int_not_equal(copy_answer_read(beyond, sizeof(beyond), &piece, &sink, NULL), 0);
	assert_int_not_equal(copy_answer_read(unknown, sizeof(unknown), &piece, &sink, NULL), 0);
	assert_int_not_equal(copy_answer_read(reasonless, 2, &piece, &sink, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_taken_whole_or_not_at_all),
		cmocka_unit_test(names_no_place_outside_of_its_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
