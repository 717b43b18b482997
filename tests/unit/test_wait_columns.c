#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/chunk.h"
#include "formats/link_column.h"
#include "formats/trace_layout.h"
#include "formats/wait_column.h"
#include "formats/wait_entries.h"
#include "formats/wait_sum_column.h"
#include "tests/unit/spec_block.h"

/* Sections of waits as bytes and back: what is specified, and what is refused. */

#define MS 1000000ull

static const struct trace_link example_links[] = {
	{ .parent = TRACE_NONE, .thread = 1, .stack = 4, .context = TRACE_CONTEXT_TASK },
	{ .parent = 0, .thread = TRACE_NONE, .stack = 2, .context = TRACE_CONTEXT_SOFTIRQ },
};

static const struct trace_slice example_slice = { .start_ns = 5000 * MS,
						  .end_ns = 6000 * MS,
						  .min_block_ns = 1 * MS };

static const struct linked_sum example_sums[] = {
	{ .sum = { .event = 0,
		   .slice = 0,
		   .process = 0,
		   .stack = 7,
		   .chain = 1,
		   .state = TRACE_WAIT_INTERRUPTIBLE,
		   .cnt = 3,
		   .blocked_ns = 30 * MS,
		   .runnable_ns = 2 * MS,
		   .longest_ns = 12 * MS,
		   .link_ns = { 10 * MS, 20 * MS } },
	  .link_cnt = 2 },
	{ .sum = { .event = 0,
		   .slice = 0,
		   .process = 2,
		   .stack = TRACE_NONE,
		   .chain = TRACE_NONE,
		   .state = TRACE_WAIT_NEW,
		   .flags = TRACE_WAIT_OPEN_START,
		   .cnt = 1,
		   .blocked_ns = 0,
		   .runnable_ns = 125000,
		   .longest_ns = 125000 } },
};

static const struct linked_wait example_wait = {
	.wait = { .event = 0,
		  .thread = 1,
		  .stack = 7,
		  .chain = 1,
		  .state = TRACE_WAIT_INTERRUPTIBLE,
		  .why = TRACE_WAIT_LONGEST,
		  .start_ns = 5100 * MS,
		  .blocked_ns = 11 * MS,
		  .runnable_ns = 1 * MS,
		  .link_ns = { 4 * MS, 7 * MS } },
	.link_cnt = 2,
};

static const struct trace_account example_account = { .thread = 1,
						      .from_ns = 5000 * MS,
						      .to_ns = 6000 * MS,
						      .on_ns = 700 * MS,
						      .runnable_ns = 23 * MS,
						      .blocked_ns = 270 * MS,
						      .gap_ns = 7 * MS,
						      .switch_cnt = 60,
						      .short_cnt = 5,
						      .short_ns = 500000 };
#define EXAMPLE_FIRST_US 5000000

/* All sections of waits, as a chunk and a trailer have them. */
static void put_example(struct buf *out)
{
	const struct trace_totals totals = { .wait_cnt = 4, .wait_ns = 32125000 };
	const struct trace_account none = { 0 };
	struct buf content = { 0 };

	link_column_put(&content, 0, example_links, 2);
	chunk_section_put(out, SECTION_LINKS, true, &content);
	buf_clear(&content);
	buf_varint(&content, 0);
	entry_put_slice(&content, &example_slice);
	chunk_section_put(out, SECTION_SLICES, true, &content);
	buf_clear(&content);
	wait_sum_column_put(&content, example_sums, 2);
	chunk_section_put(out, SECTION_WAIT_SUMS, true, &content);
	buf_clear(&content);
	wait_column_put(&content, EXAMPLE_FIRST_US, &example_wait, 1);
	chunk_section_put(out, SECTION_WAITS, true, &content);
	buf_clear(&content);
	entry_put_account(&content, &example_account, &none);
	chunk_section_put(out, SECTION_ACCOUNTS, true, &content);
	buf_clear(&content);
	entry_put_wait_totals(&content, &totals);
	chunk_section_put(out, SECTION_WAIT_TOTALS, true, &content);
	buf_release(&content);
}

static void sections_are_as_specified(void **state)
{
	struct buf block = { 0 }, content = { 0 };

	(void)state;
	put_example(&content);
	spec_block("waits", &block);
	assert_int_equal(block.len, content.len);
	assert_memory_equal(block.v, content.v, content.len);
	buf_release(&block);
	buf_release(&content);
}

static bool take_sums(const struct buf *content, struct wait_sum_column *out)
{
	struct bytes b = bytes_of(content->v, content->len);

	return wait_sum_column_take(&b, out);
}

static bool take_waits(const struct buf *content, uint64_t first_us, struct wait_column *out)
{
	struct bytes b = bytes_of(content->v, content->len);

	return wait_column_take(&b, first_us, out);
}

/* Field by field: between them there may be anything. */
static void expect_sum(const struct linked_sum *got, const struct linked_sum *want)
{
	const struct trace_wait_sum *a = &got->sum, *b = &want->sum;

	assert_int_equal(got->link_cnt, want->link_cnt);
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->slice, b->slice);
	assert_int_equal(a->process, b->process);
	assert_int_equal(a->stack, b->stack);
	assert_int_equal(a->chain, b->chain);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->cnt, b->cnt);
	assert_int_equal(a->blocked_ns, b->blocked_ns);
	assert_int_equal(a->runnable_ns, b->runnable_ns);
	assert_int_equal(a->longest_ns, b->longest_ns);
	assert_memory_equal(a->link_ns, b->link_ns, sizeof(a->link_ns));
}

static void expect_wait(const struct linked_wait *got, const struct linked_wait *want)
{
	const struct trace_wait *a = &got->wait, *b = &want->wait;

	assert_int_equal(got->link_cnt, want->link_cnt);
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->thread, b->thread);
	assert_int_equal(a->stack, b->stack);
	assert_int_equal(a->chain, b->chain);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->why, b->why);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->blocked_ns, b->blocked_ns);
	assert_int_equal(a->runnable_ns, b->runnable_ns);
	assert_memory_equal(a->link_ns, b->link_ns, sizeof(a->link_ns));
}

static void columns_come_back(void **state)
{
	struct wait_sum_column sums = { 0 };
	struct wait_column waits = { 0 };
	struct buf content = { 0 };

	(void)state;
	wait_sum_column_put(&content, example_sums, 2);
	assert_true(take_sums(&content, &sums));
	assert_int_equal(sums.cnt, 2);
	expect_sum(&sums.v[0], &example_sums[0]);
	expect_sum(&sums.v[1], &example_sums[1]);
	buf_clear(&content);
	wait_column_put(&content, EXAMPLE_FIRST_US, &example_wait, 1);
	assert_true(take_waits(&content, EXAMPLE_FIRST_US, &waits));
	assert_int_equal(waits.cnt, 1);
	expect_wait(&waits.v[0], &example_wait);
	vec_release(&sums);
	vec_release(&waits);
	buf_release(&content);
}

/* Whether a sum with so-and-so much is taken. */
static bool is_taken(struct linked_sum s)
{
	struct wait_sum_column sums = { 0 };
	struct buf content = { 0 };
	bool taken;

	wait_sum_column_put(&content, &s, 1);
	taken = take_sums(&content, &sums);
	vec_release(&sums);
	buf_release(&content);
	return taken;
}

static void sums_that_make_no_sense_are_refused(void **state)
{
	struct linked_sum s = example_sums[0];

	(void)state;
	assert_true(is_taken(s));
	s.sum.state = 0;
	assert_false(is_taken(s));
	s.sum.state = TRACE_WAIT_STATE_CNT;
	assert_false(is_taken(s));
	s = example_sums[0];
	s.sum.flags = TRACE_WAIT_FLAGS;
	assert_true(is_taken(s));
	s = example_sums[0];
	s.sum.link_ns[1] = s.sum.blocked_ns + 1;
	assert_false(is_taken(s));
	s = example_sums[0];
	s.sum.longest_ns = s.sum.blocked_ns + s.sum.runnable_ns + 1;
	assert_false(is_taken(s));
	s = example_sums[0];
	s.sum.blocked_ns = UINT64_MAX;
	assert_false(is_taken(s));
	s = example_sums[0];
	s.sum.cnt = 0; /* as written: one less than none */
	assert_false(is_taken(s));
	s = example_sums[0];
	s.sum.event = TRACE_EVENTS_MAX;
	assert_false(is_taken(s));
}

/* The mark of the first sum, two bytes behind the one run. */
#define MARK_AT 4

static void chains_longer_than_the_limit_are_refused(void **state)
{
	struct linked_sum s = example_sums[0];
	struct wait_sum_column sums = { 0 };
	struct buf content = { 0 };

	(void)state;
	s.link_cnt = TRACE_CHAIN_MAX;
	wait_sum_column_put(&content, &s, 1);
	assert_int_equal(content.v[MARK_AT + 1], TRACE_CHAIN_MAX);
	assert_true(take_sums(&content, &sums));
	content.v[MARK_AT + 1]++;
	buf_varint(&content, 0); /* the time of one more link */
	assert_false(take_sums(&content, &sums));
	vec_release(&sums);
	buf_release(&content);
}

static void every_truncation_is_refused(void **state)
{
	struct buf content = { 0 };

	(void)state;
	wait_column_put(&content, EXAMPLE_FIRST_US, &example_wait, 1);
	for (size_t len = 0; len < content.len; len++) {
		struct bytes b = bytes_of(content.v, len);
		struct wait_column waits = { 0 };

		assert_false(wait_column_take(&b, EXAMPLE_FIRST_US, &waits));
		vec_release(&waits);
	}
	buf_release(&content);
}

static void a_wait_is_one_and_has_a_reason_to_be_kept(void **state)
{
	struct linked_wait w = example_wait;
	struct wait_column waits = { 0 };
	struct buf content = { 0 };

	(void)state;
	w.wait.why = 0;
	wait_column_put(&content, EXAMPLE_FIRST_US, &w, 1);
	assert_false(take_waits(&content, EXAMPLE_FIRST_US, &waits));
	buf_clear(&content);
	w.wait.why = TRACE_WAIT_WHYS + 1;
	wait_column_put(&content, EXAMPLE_FIRST_US, &w, 1);
	assert_false(take_waits(&content, EXAMPLE_FIRST_US, &waits));
	buf_clear(&content);
	wait_column_put(&content, EXAMPLE_FIRST_US, &example_wait, 1);
	assert_false(take_waits(&content, UINT64_MAX / 1000, &waits)); /* it ends beyond time */
	vec_release(&waits);
	buf_release(&content);
}

static void numbers_are_made_to_fit_before_they_are_written(void **state)
{
	struct linked_sum s = example_sums[0];

	(void)state;
	s.sum.link_ns[0] = 1;
	s.sum.link_ns[1] = 40 * MS; /* more than was blocked */
	s.sum.link_ns[2] = 7;	    /* there is no such link */
	s.sum.longest_ns = UINT64_MAX;
	s.sum.runnable_ns = UINT64_MAX;
	linked_sum_settle(&s);
	assert_int_equal(s.sum.link_ns[0], 0);
	assert_int_equal(s.sum.link_ns[1], 30 * MS);
	assert_int_equal(s.sum.link_ns[2], 0);
	assert_true(s.sum.runnable_ns == UINT64_MAX - 30 * MS);
	assert_true(s.sum.longest_ns == UINT64_MAX);
	s = example_sums[1];
	s.sum.longest_ns = 1; /* of one wait, it is all of it */
	linked_sum_settle(&s);
	assert_int_equal(s.sum.longest_ns, 125000);
}

static bool is_link_taken(struct trace_link link, uint32_t base)
{
	struct link_column links = { 0 };
	struct buf content = { 0 };
	struct bytes b;
	uint32_t got;
	bool taken;

	link_column_put(&content, base, &link, 1);
	b = bytes_of(content.v, content.len);
	taken = link_column_take(&b, &got, &links);
	vec_release(&links);
	buf_release(&content);
	return taken;
}

static void links_that_make_no_sense_are_refused(void **state)
{
	struct trace_link link = example_links[1];

	(void)state;
	assert_true(is_link_taken(link, 1));
	link.context = 0;
	assert_false(is_link_taken(link, 1));
	link.context = TRACE_CONTEXT_CNT;
	assert_false(is_link_taken(link, 1));
	link = example_links[1];
	link.parent = 1; /* itself, written as none */
	assert_true(is_link_taken(link, 1));
	link.parent = 2; /* one that comes later */
	assert_false(is_link_taken(link, 1));
	assert_false(is_link_taken(example_links[0], TRACE_LINKS_MAX + 1));
}

static void expect_account(const struct trace_account *got, const struct trace_account *want)
{
	assert_int_equal(got->thread, want->thread);
	assert_int_equal(got->from_ns, want->from_ns);
	assert_int_equal(got->to_ns, want->to_ns);
	assert_int_equal(got->on_ns, want->on_ns);
	assert_int_equal(got->runnable_ns, want->runnable_ns);
	assert_int_equal(got->blocked_ns, want->blocked_ns);
	assert_int_equal(got->gap_ns, want->gap_ns);
	assert_int_equal(got->switch_cnt, want->switch_cnt);
	assert_int_equal(got->short_cnt, want->short_cnt);
	assert_int_equal(got->short_ns, want->short_ns);
}

static bool is_account_taken(struct trace_account a)
{
	const struct trace_account none = { 0 };
	struct buf content = { 0 };
	struct trace_account got;
	struct bytes b;
	bool taken;

	entry_put_account(&content, &a, &none);
	b = bytes_of(content.v, content.len);
	taken = entry_take_account(&b, &none, &got);
	if (taken)
		expect_account(&got, &a);
	buf_release(&content);
	return taken;
}

static void accounts_may_be_out_but_not_beyond_numbers(void **state)
{
	struct trace_account a = example_account;

	(void)state;
	assert_true(is_account_taken(a));
	a.on_ns += 12345; /* it does not add up to its time: said as it is */
	assert_true(is_account_taken(a));
	a.on_ns = 0;
	assert_true(is_account_taken(a));
	a = example_account;
	a.blocked_ns = UINT64_MAX;
	assert_false(is_account_taken(a));
	a = example_account;
	a.to_ns = a.from_ns - 1;
	assert_false(is_account_taken(a));
	a = example_account;
	a.thread = TRACE_ENTRIES_MAX;
	assert_false(is_account_taken(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_as_specified),
		cmocka_unit_test(columns_come_back),
		cmocka_unit_test(sums_that_make_no_sense_are_refused),
		cmocka_unit_test(chains_longer_than_the_limit_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_wait_is_one_and_has_a_reason_to_be_kept),
		cmocka_unit_test(numbers_are_made_to_fit_before_they_are_written),
		cmocka_unit_test(links_that_make_no_sense_are_refused),
		cmocka_unit_test(accounts_may_be_out_but_not_beyond_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
