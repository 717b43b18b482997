#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "formats/name_table.h"
#include "tests/unit/wait_text.h"

/* Waits through a file: what was written is what is read. */

static struct trace_record next_of(struct trace_reader *r, enum trace_record_kind kind)
{
	struct trace_record record = { 0 };
	struct err err = { 0 };

	while (trace_reader_next(r, &record, &err) > 0)
		if (record.kind == kind)
			return record;
	fail_msg("no record of kind %d: %s", kind, err.text);
	return record;
}

static bool has_more(struct trace_reader *r)
{
	struct trace_record record;
	struct err err;

	return trace_reader_next(r, &record, &err) > 0;
}

#define LEAF(r, stack) trace_reader_frame(r, trace_reader_node(r, stack)->frame)->name

static void sums_come_back_with_their_chains(void **state)
{
	struct trace_reader *r =
		wait_text("slice 0 1000 0.5\n"
			  "sum web/10 interruptible main;read|vfs_read;schedule 3 30 2 12"
			  " < db/20/21 flush|wake_up 10 < [softirq] |net_rx 20\n"
			  "sum db/20 uninterruptible main|io_schedule 1 7.000001 1 8 open_end\n");
	struct trace_wait_sum s;
	const struct trace_link *link;

	(void)state;
	s = next_of(r, TRACE_RECORD_WAIT_SUM).wait_sum;
	assert_string_equal(trace_reader_process(r, s.process)->comm, "web");
	assert_int_equal(s.state, TRACE_WAIT_INTERRUPTIBLE);
	assert_string_equal(LEAF(r, s.stack), "schedule");
	assert_int_equal(s.cnt, 3);
	assert_int_equal(s.blocked_ns, 30000000);
	assert_int_equal(s.runnable_ns, 2000000);
	assert_int_equal(s.longest_ns, 12000000);
	assert_int_equal(s.link_ns[0], 10000000);
	assert_int_equal(s.link_ns[1], 20000000);
	assert_int_equal(s.link_ns[2], 0);
	link = trace_reader_link(r, s.chain);
	assert_int_equal(link->context, TRACE_CONTEXT_SOFTIRQ);
	assert_int_equal(link->thread, TRACE_NONE);
	assert_string_equal(LEAF(r, link->stack), "net_rx");
	link = trace_reader_link(r, link->parent);
	assert_int_equal(link->parent, TRACE_NONE);
	assert_int_equal(trace_reader_thread(r, link->thread)->tid, 21);
	assert_string_equal(LEAF(r, link->stack), "wake_up");
	assert_int_equal(trace_reader_slice(r, s.slice)->start_ns, WAIT_TEXT_START_NS);
	assert_int_equal(trace_reader_slice(r, s.slice)->end_ns, WAIT_TEXT_START_NS + 1000000000);
	assert_int_equal(trace_reader_slice(r, s.slice)->min_block_ns, 500000);

	s = next_of(r, TRACE_RECORD_WAIT_SUM).wait_sum;
	assert_string_equal(trace_reader_process(r, s.process)->comm, "db");
	assert_int_equal(s.chain, TRACE_NONE);
	assert_int_equal(s.flags, TRACE_WAIT_OPEN_END);
	assert_int_equal(s.blocked_ns, 7000001);
	assert_int_equal(s.longest_ns, 8000001);
	assert_false(has_more(r));
	trace_reader_close(r);
}

static void single_waits_keep_their_end_to_the_microsecond(void **state)
{
	struct trace_reader *r = wait_text(
		"wait web/10/11 stopped main|schedule 100.0005 5 1 longest\n"
		"wait web/10/11 stopped main|schedule 200 5.0001 1.5 3 < web/10/10 main 5.0001\n"
		"wait web/10/10 new - 1 0 1 drawn deeper\n");
	struct trace_wait w;

	(void)state;
	w = next_of(r, TRACE_RECORD_WAIT).wait;
	assert_int_equal(w.why, TRACE_WAIT_LONGEST);
	assert_int_equal(trace_reader_thread(r, w.thread)->tid, 11);
	assert_int_equal(w.start_ns, WAIT_TEXT_START_NS + 100000000);
	assert_int_equal(w.blocked_ns, 5000000);
	assert_int_equal(w.runnable_ns, 1000000);
	w = next_of(r, TRACE_RECORD_WAIT).wait;
	assert_int_equal(w.state, TRACE_WAIT_NEW);
	assert_int_equal(w.stack, TRACE_NONE);
	assert_int_equal(w.flags, TRACE_WAIT_DEEPER);
	w = next_of(r, TRACE_RECORD_WAIT).wait;
	assert_int_equal(w.why, TRACE_WAIT_LONGEST | TRACE_WAIT_DRAWN);
	assert_int_equal(w.start_ns, WAIT_TEXT_START_NS + 200000000 - 100);
	assert_int_equal(w.link_ns[0], 5000100);
	assert_false(has_more(r));
	trace_reader_close(r);
}

static void accounts_come_back(void **state)
{
	struct trace_reader *r = wait_text("account web/10/10 0 1000 10 5 985 0 12 3 1.5\n"
					   "account web/10/11 500 900 1 2 3 390 4 0 0\n");
	struct trace_account a;

	(void)state;
	a = next_of(r, TRACE_RECORD_ACCOUNT).account;
	assert_int_equal(trace_reader_thread(r, a.thread)->tid, 10);
	assert_int_equal(a.to_ns - a.from_ns, 1000000000);
	assert_int_equal(a.on_ns + a.runnable_ns + a.blocked_ns + a.gap_ns, 1000000000);
	assert_int_equal(a.on_ns, 10000000);
	assert_int_equal(a.switch_cnt, 12);
	assert_int_equal(a.short_cnt, 3);
	assert_int_equal(a.short_ns, 1500000);
	a = next_of(r, TRACE_RECORD_ACCOUNT).account;
	assert_int_equal(a.from_ns, WAIT_TEXT_START_NS + 500000000);
	assert_int_equal(a.on_ns, 1000000);
	assert_int_equal(a.gap_ns, 390000000);
	assert_false(has_more(r));
	trace_reader_close(r);
}

static void totals_say_waits_and_their_times(void **state)
{
	struct trace_reader *r = wait_text("slice 100 1000 0\n"
					   "sum web/10 1 - 3 30 2 12\n"
					   "sum web/10 2 - 2 5 0 3\n"
					   "wait web/10/10 1 - 990 5 1 longest\n"
					   "loss 11 7\n"
					   "loss 12 900\n");
	struct trace_totals said, t;

	(void)state;
	assert_true(trace_reader_recorded_totals(r, &said));
	t = *trace_reader_totals(r);
	assert_int_equal(t.wait_cnt, 5);
	assert_int_equal(t.wait_ns, 37000000);
	assert_int_equal(t.first_ns, WAIT_TEXT_START_NS + 100000000);
	assert_int_equal(t.last_ns, WAIT_TEXT_START_NS + 1000000000);
	assert_int_equal(t.lost[TRACE_LOSS_WAITS], 7);
	assert_int_equal(t.lost[TRACE_LOSS_WAIT_NS], 900);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

/* Naming writes another trailer, and leaves all else as it was. */
static void a_named_trace_says_the_same_of_waits(void **state)
{
	struct trace_reader *r =
		wait_text("slice 0 1000 0\n"
			  "sum web/10 1 main|sys 3 30 2 12 < db/20/21 flush|wake 30\n");
	struct name_table *names = name_table_new();
	char path[] = "/tmp/test_wait_records.XXXXXX";
	struct trace_reader *named = NULL;
	struct trace_wait_sum s;
	struct err err = { 0 };

	(void)state;
	close(mkstemp(path));
	assert_int_equal(name_table_write(names, r, path, &err), 0);
	assert_int_equal(trace_reader_open(&named, path, &err), 0);
	unlink(path);
	assert_true(trace_reader_is_clean(named));
	assert_int_equal(trace_reader_totals(named)->wait_cnt, 3);
	assert_int_equal(trace_reader_totals(named)->wait_ns, 32000000);
	s = next_of(named, TRACE_RECORD_WAIT_SUM).wait_sum;
	assert_int_equal(s.link_ns[0], 30000000);
	trace_reader_close(named);
	trace_reader_close(r);
	name_table_free(names);
}

static void groups_start_links_and_slices_again(void **state)
{
	static const char *const group = "slice 0 1000 0\n"
					 "sum web/10 1 a|b 1 3 0 3 < db/20/20 c 3\n"
					 "group\n";
	struct trace_reader *r;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", group, group);
	r = wait_text(text);
	for (unsigned i = 0; i < 2; i++) {
		struct trace_wait_sum s;

		next_of(r, TRACE_RECORD_KEY_FRAME);
		s = next_of(r, TRACE_RECORD_WAIT_SUM).wait_sum;
		assert_int_equal(s.chain, 0);
		assert_int_equal(s.slice, 0);
		assert_int_equal(trace_reader_link_cnt(r), 1);
		assert_int_equal(trace_reader_slice_cnt(r), 1);
	}
	trace_reader_close(r);
}

static void chains_end_at_their_limit(void **state)
{
	struct trace_reader *r;
	char text[1024] = "slice 0 1 0\nsum web/10 1 - 1 20 0 20";
	struct trace_wait_sum s;
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 0; i < TRACE_CHAIN_MAX; i++)
		strcat(text, " < db/20/20 c 2");
	r = wait_text(text);
	s = next_of(r, TRACE_RECORD_WAIT_SUM).wait_sum;
	assert_int_equal(trace_reader_link_cnt(r), TRACE_CHAIN_MAX);
	for (unsigned i = 0; i < TRACE_CHAIN_MAX; i++)
		sum += s.link_ns[i];
	assert_int_equal(sum, 20000000); /* the nearest link has what the others leave */
	assert_int_equal(s.link_ns[0], 6000000);
	trace_reader_close(r);
}

/* Sums of so many processes that the file grows; returns how many waits that is. */
static uint64_t put_many(struct trace_writer *w, unsigned at)
{
	const struct trace_slice slice = { 1000ull * at, 1000ull * at + 1000, 0 };
	char comm[32];
	struct trace_process process = { .comm = comm, .executable = "", .cgroup = "" };
	struct trace_wait_sum sum = { .stack = TRACE_NONE,
				      .chain = TRACE_NONE,
				      .state = TRACE_WAIT_INTERRUPTIBLE,
				      .cnt = 3,
				      .blocked_ns = 7,
				      .runnable_ns = 2 };
	uint64_t made = 0;
	struct err err = { 0 };

	sum.slice = trace_writer_slice(w, &slice);
	for (unsigned i = 0; i < 100; i++, made += sum.cnt) {
		snprintf(comm, sizeof(comm), "%x", (at * 100 + i) * 2654435761u);
		sum.process = trace_writer_process(w, &process);
		trace_writer_wait_sum(w, &sum);
	}
	trace_writer_flush(w, &err);
	return made;
}

static void waits_that_could_not_be_written_are_lost(void **state)
{
	const struct trace_event event = {
		.name = "offcpu", .source = "", .kind = TRACE_EVENT_WAIT, .unit = TRACE_UNIT_NS
	};
	const struct rlimit small = { 8192, RLIM_INFINITY };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const struct trace_totals *t;
	char path[] = "/tmp/test_wait_records.XXXXXX";
	struct trace_writer *w;
	struct err err = { 0 };
	uint64_t made = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(trace_writer_open(&w, path, NULL, &err), 0);
	trace_writer_event(w, &event);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (unsigned i = 0; i < 50; i++)
		made += put_many(w, i);
	setrlimit(RLIMIT_FSIZE, &all);
	t = trace_writer_totals(w);
	assert_true(t->wait_cnt > 0 && t->lost[TRACE_LOSS_WAITS] > 0);
	assert_int_equal(t->wait_cnt + t->lost[TRACE_LOSS_WAITS], made);
	assert_int_equal(t->wait_ns + t->lost[TRACE_LOSS_WAIT_NS], made * 3);
	trace_writer_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_come_back_with_their_chains),
		cmocka_unit_test(single_waits_keep_their_end_to_the_microsecond),
		cmocka_unit_test(accounts_come_back),
		cmocka_unit_test(totals_say_waits_and_their_times),
		cmocka_unit_test(a_named_trace_says_the_same_of_waits),
		cmocka_unit_test(groups_start_links_and_slices_again),
		cmocka_unit_test(chains_end_at_their_limit),
		cmocka_unit_test(waits_that_could_not_be_written_are_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
