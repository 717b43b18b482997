#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/frame_column.h"
#include "formats/node_column.h"
#include "formats/sample_column.h"
#include "formats/stack_trie.h"

static const struct trace_sample samples[] = {
	{ .time_ns = 5000000, .weight = 1, .cpu = 0, .event = 0, .thread = 3, .stack = 9 },
	{ .time_ns = 5000000, .weight = 1, .cpu = 0, .event = 0, .thread = 3, .stack = TRACE_NONE },
	{ .time_ns = 5001000, .weight = 7, .cpu = 0, .event = 0, .thread = 0, .stack = 0 },
	{ .time_ns = 4000000, .weight = 7, .cpu = 65535, .event = 0, .thread = 1, .stack = 8 },
	{ .time_ns = 18446744073709551000ull,
	  .weight = UINT64_MAX,
	  .cpu = 2,
	  .event = 5,
	  .thread = 1,
	  .stack = 9 },
};
#define SAMPLE_CNT (sizeof(samples) / sizeof(*samples))

static void samples_come_back(void **state)
{
	struct sample_column got = { 0 };
	struct buf out = { 0 };
	struct bytes b;

	(void)state;
	sample_column_put(&out, 4000, samples, SAMPLE_CNT);
	b = bytes_of(out.v, out.len);
	assert_true(sample_column_take(&b, 4000, &got));
	assert_int_equal(got.cnt, SAMPLE_CNT);
	for (size_t i = 0; i < SAMPLE_CNT; i++)
		assert_memory_equal(&got.v[i], &samples[i], sizeof(samples[i]));
	vec_release(&got);
	buf_release(&out);
}

static void samples_cut_short_are_refused_everywhere(void **state)
{
	struct buf out = { 0 };

	(void)state;
	sample_column_put(&out, 4000, samples, SAMPLE_CNT);
	for (size_t len = 0; len < out.len; len++) {
		struct sample_column got = { 0 };
		struct bytes b = bytes_of(out.v, len);

		assert_false(sample_column_take(&b, 4000, &got));
		vec_release(&got);
	}
	buf_release(&out);
}

static void refuses_times_beyond_64_bits(void **state)
{
	struct sample_column got = { 0 };
	struct buf out = { 0 };
	struct bytes b;

	(void)state;
	sample_column_put(&out, 4000, samples, SAMPLE_CNT);
	b = bytes_of(out.v, out.len);
	assert_false(sample_column_take(&b, UINT64_MAX, &got));
	vec_release(&got);
	buf_release(&out);
}

static void refuses_more_samples_than_bytes(void **state)
{
	struct sample_column got = { 0 };
	struct buf out = { 0 };
	struct bytes b;

	(void)state;
	buf_varint(&out, 1);
	buf_varint(&out, 0);
	buf_varint(&out, 0);
	buf_varint(&out, 1u << 30);
	b = bytes_of(out.v, out.len);
	assert_false(sample_column_take(&b, 0, &got));
	assert_int_equal(got.cnt, 0);
	vec_release(&got);
	buf_release(&out);
}

static void frames_come_back(void **state)
{
	static const struct trace_frame frames[] = {
		{ .kind = TRACE_FRAME_KERNEL, .module = 0, .offset = 0 },
		{ .kind = TRACE_FRAME_KERNEL, .module = 0, .offset = 0x100 },
		{ .kind = TRACE_FRAME_USER, .module = 2, .offset = UINT64_MAX },
		{ .kind = TRACE_FRAME_JIT,
		  .module = TRACE_NONE,
		  .name = "a\0b",
		  .name_len = 3,
		  .file = "x.js",
		  .line = 12 },
		{ .kind = TRACE_FRAME_LOST,
		  .module = TRACE_NONE,
		  .name = "",
		  .file = "",
		  .reason = TRACE_REASON_FAULT },
	};
	const size_t cnt = sizeof(frames) / sizeof(*frames);
	struct strtab *texts = strtab_new();
	struct frame_column got = { 0 };
	struct buf out = { 0 };
	uint32_t base;
	struct bytes b;

	(void)state;
	frame_column_put(&out, 77, frames, cnt);
	b = bytes_of(out.v, out.len);
	assert_true(frame_column_take(&b, texts, &base, &got));
	assert_int_equal(base, 77);
	assert_int_equal(got.cnt, cnt);
	for (size_t i = 0; i < cnt; i++) {
		assert_int_equal(got.v[i].kind, frames[i].kind);
		assert_int_equal(got.v[i].module, frames[i].module);
		assert_int_equal(got.v[i].reason, frames[i].reason);
		assert_true(got.v[i].offset == frames[i].offset);
		assert_int_equal(got.v[i].line, frames[i].line);
		assert_int_equal(got.v[i].name_len, frames[i].name_len);
	}
	assert_memory_equal(got.v[3].name, "a\0b", 4);
	assert_string_equal(got.v[3].file, "x.js");
	strtab_free(texts);
	vec_release(&got);
	buf_release(&out);
}

/* What a trie puts, read back: parents and frames must be those that went in. */
static void take_and_compare(struct stack_trie *t, struct node_column *all)
{
	struct buf out = { 0 };
	uint32_t frame_ids[200], base;
	struct bytes b;

	for (uint32_t i = 0; i < 200; i++)
		frame_ids[i] = 199 - i; /* the file has them the other way round */
	stack_trie_put(t, frame_ids, &out);
	b = bytes_of(out.v, out.len);
	assert_true(node_column_take(&b, &base, all));
	buf_release(&out);
	assert_int_equal(all->cnt, t->nodes.cnt);
	for (size_t i = 0; i < t->nodes.cnt; i++) {
		const struct trace_node *n = &t->nodes.v[i], *got = &all->v[t->file_ids.v[i]];

		assert_int_equal(got->frame, 199 - n->frame);
		assert_int_equal(got->parent,
				 n->parent == TRACE_NONE ? TRACE_NONE : t->file_ids.v[n->parent]);
		assert_true(got->parent == TRACE_NONE || got->parent < t->file_ids.v[i]);
	}
}

static void trees_that_grow_chunk_by_chunk_come_back(void **state)
{
	struct stack_trie t = { 0 };
	struct node_column all = { 0 };
	uint32_t seed = 1;

	(void)state;
	for (unsigned chunk = 0; chunk < 20; chunk++) {
		for (unsigned i = 0; i < 150; i++) {
			uint32_t parent;

			seed = seed * 1103515245 + 12345;
			parent = t.nodes.cnt ? (seed >> 8) % (uint32_t)(t.nodes.cnt + 1) : 0;
			stack_trie_intern(&t, parent == t.nodes.cnt ? TRACE_NONE : parent,
					  (seed >> 16) % 200);
		}
		if (stack_trie_is_fresh(&t))
			take_and_compare(&t, &all);
	}
	stack_trie_release(&t);
	vec_release(&all);
}

static bool takes_nodes(const char *pops, size_t cnt, const char *olds, size_t old_cnt)
{
	struct node_column got = { 0 };
	struct buf out = { 0 };
	uint32_t base;
	struct bytes b;
	bool good;

	buf_varint(&out, 5);
	buf_blob(&out, pops, cnt);
	buf_varint(&out, cnt);
	for (size_t i = 0; i < cnt; i++)
		buf_u8(&out, 1);
	buf_put(&out, olds, old_cnt);
	b = bytes_of(out.v, out.len);
	good = node_column_take(&b, &base, &got);
	vec_release(&got);
	buf_release(&out);
	return good;
}

static void refuses_nodes_with_impossible_parents(void **state)
{
	(void)state;
	assert_true(takes_nodes("\1\0\1\2", 4, "\5", 1)); /* old parent 4, below base 5 */
	assert_false(takes_nodes("\0", 1, "", 0));	  /* a child of nothing */
	assert_false(takes_nodes("\2", 1, "\1", 1));	  /* up where nothing is */
	assert_false(takes_nodes("\1", 1, "", 0));	  /* no old parent is named */
	assert_false(takes_nodes("\1", 1, "\6", 1));	  /* its own child */
	assert_false(takes_nodes("\1", 1, "\1\1", 2));	  /* one too many */
}

static void refuses_nodes_deeper_than_the_limit(void **state)
{
	char *pops = calloc(1, TRACE_DEPTH_MAX + 1);

	(void)state;
	pops[0] = 1;
	assert_true(takes_nodes(pops, TRACE_DEPTH_MAX, "\0", 1));
	assert_false(takes_nodes(pops, TRACE_DEPTH_MAX + 1, "\0", 1));
	free(pops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_come_back),
		cmocka_unit_test(samples_cut_short_are_refused_everywhere),
		cmocka_unit_test(refuses_times_beyond_64_bits),
		cmocka_unit_test(refuses_more_samples_than_bytes),
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(trees_that_grow_chunk_by_chunk_come_back),
		cmocka_unit_test(refuses_nodes_with_impossible_parents),
		cmocka_unit_test(refuses_nodes_deeper_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
