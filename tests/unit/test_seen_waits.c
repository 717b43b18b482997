#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "collector/seen_waits.h"
#include "formats/trace_writer.h"
#include "tests/unit/scratch_file.h"

/*
 * A trace of one process: thread 12 was woken by thread 11, which was woken by a timer; it
 * spun for a while; and it was blocked at the end. Known threads that agree are true, and each
 * of them with one thing changed is not.
 */

#define MS 1000000ull

static const struct known_thread woken = {
	.kind = KNOWN_WAITS,
	.tgid = 10,
	.tid = 12,
	.waker_cnt = 2,
	.wakers = { 11, 0 },
	.cnt = 23,
	.ns = 230 * MS,
	.chained = 23,
	.name = "woken",
};

static const struct known_thread spinner = {
	.kind = KNOWN_SPINS, .tgid = 10, .tid = 13, .cnt = 40, .ns = 250 * MS, .on_ns = 250 * MS
};

static const struct known_thread stayed = {
	.kind = KNOWN_STAYS, .tgid = 10, .tid = 12, .ns = 600 * MS, .on_ns = 249 * MS
};

static uint32_t make_thread(struct trace_writer *w, uint32_t process, uint32_t tid)
{
	const struct trace_thread t = { .process = process, .tid = tid, .comm = "t" };

	return trace_writer_thread(w, &t);
}

static void put_waits(struct trace_writer *w, uint32_t event, uint32_t process, uint32_t waker)
{
	const struct trace_slice slice = { .start_ns = MS, .end_ns = 1000 * MS };
	const struct trace_link near = { .parent = TRACE_NONE,
					 .thread = waker,
					 .stack = TRACE_NONE,
					 .context = TRACE_CONTEXT_TASK };
	struct trace_link far = { .thread = TRACE_NONE,
				  .stack = TRACE_NONE,
				  .context = TRACE_CONTEXT_HARDIRQ };
	struct trace_wait_sum sum = { .event = event,
				      .slice = trace_writer_slice(w, &slice),
				      .process = process,
				      .stack = TRACE_NONE,
				      .state = TRACE_WAIT_INTERRUPTIBLE,
				      .cnt = 23,
				      .blocked_ns = 230 * MS,
				      .runnable_ns = MS,
				      .longest_ns = 11 * MS,
				      .link_ns = { 200 * MS, 30 * MS } };

	far.parent = trace_writer_link(w, &near);
	sum.chain = trace_writer_link(w, &far);
	trace_writer_wait_sum(w, &sum);
	sum = (struct trace_wait_sum){ .event = event,
				       .slice = sum.slice,
				       .process = process,
				       .stack = TRACE_NONE,
				       .chain = TRACE_NONE,
				       .state = TRACE_WAIT_INTERRUPTIBLE,
				       .flags = TRACE_WAIT_OPEN_END,
				       .cnt = 1,
				       .blocked_ns = 401 * MS,
				       .longest_ns = 401 * MS };
	trace_writer_wait_sum(w, &sum);
}

static void put_account(struct trace_writer *w, uint32_t thread, uint64_t gap_ns,
			uint64_t excess_ns)
{
	const struct trace_account account = { .thread = thread,
					       .from_ns = MS,
					       .to_ns = 501 * MS,
					       .on_ns = 249 * MS + excess_ns,
					       .runnable_ns = 251 * MS - gap_ns,
					       .gap_ns = gap_ns,
					       .switch_cnt = 40 };

	trace_writer_account(w, &account);
}

struct made {
	uint64_t lost, gap_ns, excess_ns; /* excess: an account that does not add up */
};

static void make_trace(const struct made *made)
{
	const struct trace_event event = { .name = "chain",
					   .source = "sched_switch",
					   .kind = TRACE_EVENT_WAIT,
					   .unit = TRACE_UNIT_NS };
	const struct trace_process process = {
		.tgid = 10, .comm = "p", .executable = "", .cgroup = "", .uid = TRACE_NONE
	};
	struct trace_writer *w;
	struct err err = { 0 };
	uint32_t event_id, process_id;

	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	event_id = trace_writer_event(w, &event);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	process_id = trace_writer_process(w, &process);
	put_waits(w, event_id, process_id, make_thread(w, process_id, 11));
	put_account(w, make_thread(w, process_id, 12), made->gap_ns, made->excess_ns);
	put_account(w, make_thread(w, process_id, 13), 0, 0);
	if (made->lost) {
		const struct trace_loss_count loss = { .event = event_id,
						       .loss = TRACE_LOSS_WAITS,
						       .count = made->lost };

		trace_writer_loss(w, &loss);
	}
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_COMMAND_ENDED, 1000 * MS, &err), 0);
	trace_writer_close(w);
}

/* Whether all is true; if not, the line that holds `word` says so. */
static bool judge(const struct made *made, const struct known_thread *known, size_t cnt,
		  const char *word)
{
	struct known_threads all = { 0 };
	struct seen_waits seen = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };
	const char *line;
	bool ok;

	for (size_t i = 0; i < cnt; i++)
		*vec_push(&all) = known[i];
	make_trace(made);
	assert_int_equal(seen_waits_read(&seen, &all, scratch_path, &err), 0);
	ok = seen_waits_judge(&seen, &out);
	line = strstr(buf_text(&out), word);
	assert_non_null(line);
	line = strchr(line, '\n');
	assert_non_null(line);
	assert_int_equal(!memcmp(line - 8, "NOT TRUE", 8), !ok);
	buf_release(&out);
	seen_waits_release(&seen);
	vec_release(&all);
	return ok;
}

static bool judge_one(const struct known_thread *known, const char *word)
{
	return judge(&(struct made){ 0 }, known, 1, word);
}

static void what_is_true_is_ok(void **state)
{
	const struct known_thread all[] = { woken, spinner, stayed };

	(void)state;
	assert_true(judge(&(struct made){ 0 }, all, 3, "accounts"));
}

static void counts_and_times_must_be_right(void **state)
{
	struct known_thread k = woken;

	(void)state;
	k.cnt = 24;
	assert_false(judge_one(&k, "woken"));
	k.cnt = 23;
	k.ns = 240 * MS;
	assert_false(judge_one(&k, "woken"));
	k.ns = 234 * MS;
	assert_true(judge_one(&k, "woken"));
	k.cnt = 0;
	k.ns = 0;
	assert_false(judge_one(&k, "woken"));
}

static void waits_that_another_ended_are_not_taken(void **state)
{
	struct known_thread k = woken;

	(void)state;
	k.wakers[0] = 14;
	assert_false(judge_one(&k, "saw 0 waits"));
	k.wakers[0] = 0;
	assert_false(judge_one(&k, "saw 0 waits"));
	k = woken;
	k.tgid = 9;
	assert_false(judge_one(&k, "saw 0 waits"));
}

static void wakers_must_be_in_order(void **state)
{
	struct known_thread k = woken;

	(void)state;
	k.wakers[1] = 14;
	assert_false(judge_one(&k, "before it 14 in 0"));
	k.chained = 0; /* none had begun in time */
	assert_true(judge_one(&k, "before it 14 in 0"));
}

static void spinners_are_runnable_and_not_blocked(void **state)
{
	struct known_thread k = spinner;

	(void)state;
	k.ns = 260 * MS;
	assert_false(judge_one(&k, "turns"));
	k.tid = 12;
	k.ns = 251 * MS;
	assert_true(judge_one(&k, "turns"));
	k.cnt = 0;
	k.ns = 0;
	assert_true(judge_one(&k, "accounts"));
}

static void what_is_blocked_at_the_end_is_as_long_as_the_rest(void **state)
{
	struct known_thread k = stayed;

	(void)state;
	k.ns = 580 * MS;
	assert_false(judge_one(&k, "saw 401.0 ms"));
	k.ns = 595 * MS;
	assert_true(judge_one(&k, "saw 401.0 ms"));
	k.ns = 580 * MS;
	k.on_ns = 229 * MS; /* it has lived on for 20 ms until it was blocked */
	assert_true(judge_one(&k, "saw 401.0 ms"));
}

static void lives_must_be_known_whole(void **state)
{
	struct known_thread k = woken;

	(void)state;
	assert_true(judge(&(struct made){ .gap_ns = MS }, &k, 1, "UNKNOWN IN PART"));
	assert_true(judge(&(struct made){ .gap_ns = MS / 2 }, &k, 1, "switch  ok"));
	assert_false(judge(&(struct made){ .excess_ns = 1 }, &k, 1, "accounts"));
	k.tid = 99;
	assert_false(judge_one(&k, "accounts"));
}

static void losses_are_not_true(void **state)
{
	(void)state;
	assert_false(judge(&(struct made){ .lost = 1 }, &woken, 1, "losses: 1"));
}

static void lines_of_known_threads_come_back(void **state)
{
	struct buf text = { 0 };
	struct known_thread back;

	(void)state;
	known_thread_text(&text, &woken);
	assert_true(known_thread_parse(buf_text(&text), &back));
	assert_memory_equal(&back, &woken, sizeof(back));
	assert_false(known_thread_parse("", &back));
	assert_false(known_thread_parse("1 2 3 3 4 5 6 7 8 9 10 too many wakers", &back));
	assert_false(known_thread_parse("9 2 3 1 4 5 6 7 8 9 10 no such kind", &back));
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_true_is_ok),
		cmocka_unit_test(counts_and_times_must_be_right),
		cmocka_unit_test(waits_that_another_ended_are_not_taken),
		cmocka_unit_test(wakers_must_be_in_order),
		cmocka_unit_test(spinners_are_runnable_and_not_blocked),
		cmocka_unit_test(what_is_blocked_at_the_end_is_as_long_as_the_rest),
		cmocka_unit_test(lives_must_be_known_whole),
		cmocka_unit_test(losses_are_not_true),
		cmocka_unit_test(lines_of_known_threads_come_back),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
