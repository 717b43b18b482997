#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "formats/name_table.h"
#include "render/flame_picture.h"
#include "render/flame_text.h"
#include "render/picture_source.h"
#include "render/wait_picture.h"
#include "render/wait_tree.h"
#include "render/wait_wall.h"
#include "tests/unit/wait_trace.h"

static struct picture_source source;
static struct selection everything;
/* Of the last picture. */
static struct buf text, notes;
static uint64_t total_ns;

static void open_waits_and(const char *way, const char *target, bool with_samples,
			   void (*also)(struct wait_writer *t))
{
	char path[] = "/tmp/wait_trace.XXXXXX";
	struct err err = { 0 };
	int fd = mkstemp(path);

	close(fd);
	source = (struct picture_source){ .path = "waits", .names = name_table_new() };
	assert_int_equal(wait_trace_write(path, way, target, with_samples, also, &err), 0);
	assert_int_equal(trace_reader_open(&source.trace, path, &err), 0);
	unlink(path);
}

static void open_waits(const char *way, const char *target, bool with_samples)
{
	open_waits_and(way, target, with_samples, NULL);
}

static int close_waits(void **state)
{
	(void)state;
	name_table_free(source.names);
	trace_reader_close(source.trace);
	buf_release(&text);
	buf_release(&notes);
	text = notes = (struct buf){ 0 };
	return 0;
}

/* The tree as folded stacks, in `text`, and all that the caption says, in `notes`. */
static void draw(struct wait_request request, const struct selection *selection, bool reversed)
{
	struct flame_picture p;
	struct err err = { 0 };

	if (!request.weight)
		request.weight = WAIT_WEIGHT_FULL;
	assert_int_equal(wait_picture_open(&p, &source, selection, &request, NULL, &err), 0);
	if (reversed)
		flame_picture_reverse(&p);
	buf_clear(&text);
	buf_clear(&notes);
	flame_text_folded(&text, &p.tree, &p.measure);
	buf_printf(&notes, "%s\n", p.caption.title);
	for (size_t i = 0; i < p.caption.about.cnt; i++)
		buf_printf(&notes, "%s\n", p.caption.about.v[i]);
	for (size_t i = 0; i < p.caption.notes.cnt; i++)
		buf_printf(&notes, "%s\n", p.caption.notes.v[i]);
	total_ns = p.tree.nodes[0].value;
	flame_picture_close(&p);
}

static void assert_says(const char *sentence)
{
	if (!strstr(buf_text(&notes), sentence))
		fail_msg("'%s' is not in:\n%s", sentence, buf_text(&notes));
}

static void assert_silent(const char *words)
{
	if (strstr(buf_text(&notes), words))
		fail_msg("'%s' is in:\n%s", words, buf_text(&notes));
}

static void offcpu_parts_blocked_from_runnable_and_leaves_nothing_out(void **state)
{
	(void)state;
	open_waits("offcpu", "command web and its children", false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &everything, false);
	assert_string_equal(buf_text(&text), "cron;main;nanosleep 9998000\n"
					     "cron;main;nanosleep;[runnable] 1000\n"
					     "db;[waits below 1 ms to 2 ms] 100000\n"
					     "db;serve;io_schedule 2000000\n"
					     "kworker;worker_thread 10000000\n"
					     "web;[waits below 1 ms to 2 ms] 650000\n"
					     "web;main;ask;futex;schedule 5250000\n"
					     "web;main;ask;futex;schedule;[runnable] 500000\n"
					     "web;main;pool;futex;schedule 9000000\n"
					     "web;main;work;[preempted] 1000000\n");
	assert_silent("left out");
	assert_says("waits of 1 ms or more");
	assert_says("the threshold rose to 2 ms");
	assert_says("1.50 s more of waiting has no record; render -e wall shows whose");
}

static void a_whole_system_is_drawn_without_sleepers_and_kernel_threads(void **state)
{
	(void)state;
	open_waits("offcpu", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &everything, false);
	assert_string_equal(buf_text(&text), "db;[waits below 1 ms to 2 ms] 100000\n"
					     "db;serve;io_schedule 2000000\n"
					     "web;[waits below 1 ms to 2 ms] 650000\n"
					     "web;main;ask;futex;schedule 5250000\n"
					     "web;main;ask;futex;schedule;[runnable] 500000\n"
					     "web;main;work;[preempted] 1000000\n");
	/* cron's 9.999 s and the 9 s of a worker in the pool of web. */
	assert_says("left out: 19.0 s of idle sleepers (--with-idle shows them), 10.0 s of kernel "
		    "threads (--with-kernel)");
}

static void what_is_left_out_comes_back_when_asked_for(void **state)
{
	struct selection web = { .process = "web" };

	(void)state;
	open_waits("offcpu", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU, .with_idle = true },
	     &everything, false);
	assert_non_null(strstr(buf_text(&text), "cron;main;nanosleep 9998000"));
	assert_non_null(strstr(buf_text(&text), "pool"));
	assert_null(strstr(buf_text(&text), "kworker"));
	/* An idle state is a sleeper's, too. */
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU, .with_kernel = true },
	     &everything, false);
	assert_null(strstr(buf_text(&text), "kworker"));
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU,
				    .with_kernel = true,
				    .with_idle = true },
	     &everything, false);
	assert_non_null(strstr(buf_text(&text), "kworker;worker_thread 10000000"));
	assert_silent("left out");
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &web, false);
	assert_non_null(strstr(buf_text(&text), "pool"));
	assert_silent("left out");
}

static void a_filter_is_a_choice_but_a_list_of_cpus_is_none(void **state)
{
	(void)state;
	open_waits("offcpu", "all processes, on CPUs 0, 1", false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &everything, false);
	assert_says("left out");
	close_waits(state);
	open_waits("offcpu", "all processes, cgroup /web.slice", false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &everything, false);
	assert_silent("left out");
}

static void a_wakeup_stands_on_its_waker(void **state)
{
	(void)state;
	open_waits("wakeup", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WAKEUP }, &everything, false);
	assert_string_equal(buf_text(&text), "[softirq];blk_done;wake_up;db 2000000\n"
					     "[waker unknown];web 250000\n"
					     "db;serve;reply;futex;wake_up;web 5000000\n");
	assert_says("nobody was seen to end 3.5 % of the blocked time");
}

#define DB "db;[waits below 1 ms to 2 ms] 100000\n"
#define WEB "web;[waits below 1 ms to 2 ms] 650000\n"
#define ASK "web;main;ask;-;futex;schedule"
#define BY_DB ASK ";--;wake_up;futex;-;reply;serve;db"
#define BY_DISK BY_DB ";--;wake_up;blk_done;[softirq]"

static void offwake_joins_the_wait_and_its_waker(void **state)
{
	(void)state;
	open_waits("offwake", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFWAKE }, &everything, false);
	assert_string_equal(buf_text(&text), DB
			    "db;serve;-;io_schedule;--;wake_up;blk_done;[softirq] 2000000\n" WEB ASK
			    ";--;[waker unknown] 250000\n" BY_DB " 5000000\n" ASK
			    ";[runnable] 500000\n"
			    "web;main;work;[preempted] 1000000\n");
	assert_says("750 ms of it without stacks");
}

static void a_full_chain_has_all_of_its_wait(void **state)
{
	(void)state;
	open_waits("chain", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_CHAIN }, &everything, false);
	assert_string_equal(buf_text(&text), DB
			    "db;serve;-;io_schedule;--;wake_up;blk_done;[softirq] 2000000\n" WEB ASK
			    ";--;[waker unknown] 250000\n" BY_DB " 1000000\n" BY_DISK
			    " 4000000\n" ASK ";[runnable] 500000\n"
			    "web;main;work;[preempted] 1000000\n");
	assert_says("chains of wakers (full)\n");
}

static void split_parts_add_up_to_the_blocked_time(void **state)
{
	uint64_t full_ns;

	(void)state;
	open_waits("chain", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_CHAIN }, &everything, false);
	full_ns = total_ns;
	draw((struct wait_request){ .drawing = WAIT_DRAWING_CHAIN, .weight = WAIT_WEIGHT_SPLIT },
	     &everything, false);
	/* 3 s of the long chain and the 1 s of the short one are db's own. */
	assert_string_equal(buf_text(&text), DB
			    "db;serve;-;io_schedule;--;wake_up;blk_done;[softirq] 2000000\n" WEB ASK
			    ";--;[waker unknown] 250000\n" BY_DB " 4000000\n" BY_DISK
			    " 1000000\n" ASK ";[runnable] 500000\n"
			    "web;main;work;[preempted] 1000000\n");
	assert_int_equal(total_ns, full_ns);
	assert_int_equal(total_ns, (2000 + 5250 + 500 + 1000 + 750) * WAIT_TRACE_MS);
	assert_says("chains of wakers (split)\n");
}

/* From the leaf, `--` of link 1 and of link 2 would meet if only their names counted. */
static void frames_of_other_roles_never_merge(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	struct call_frame f = { .name = strtab_intern_text(texts, "--"),
				.kind = TRACE_FRAME_CONTEXT,
				.role = CALL_ROLE(WAIT_ROLE_SEPARATOR, 1) };
	uint32_t first, second, third;

	(void)state;
	call_tree_init(&t, texts);
	first = call_tree_frame(&t, 0, &f);
	f.role = CALL_ROLE(WAIT_ROLE_SEPARATOR, 2);
	second = call_tree_frame(&t, 0, &f);
	f.role = CALL_ROLE(WAIT_ROLE_WAKER_NAME, 2);
	third = call_tree_frame(&t, 0, &f);
	assert_true(first != second && second != third && first != third);
	assert_int_equal(call_tree_frame(&t, 0, &f), third);
	call_tree_add_at(&t, first, 1);
	call_tree_finish(&t);
	assert_int_equal(t.nodes[0].value, 1);
	call_tree_release(&t);
	strtab_free(texts);
}

static void reversed_links_stay_apart(void **state)
{
	(void)state;
	open_waits("chain", "command web", false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_CHAIN }, &everything, true);
	/* What the disk ended itself, and what it ended by waking db, are two places. */
	assert_non_null(strstr(buf_text(&text),
			       "[softirq];blk_done;wake_up;--;io_schedule;-;serve;db 2000000\n"));
	assert_non_null(strstr(buf_text(&text), "[softirq];blk_done;wake_up;--;db;serve;reply"));
}

static void wall_time_is_conserved(void **state)
{
	(void)state;
	open_waits("chain", "command web", false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WALL }, &everything, false);
	assert_string_equal(buf_text(&text), "cron;[blocked];main;nanosleep 9998000\n"
					     "cron;[on CPU] 1000\n"
					     "cron;[runnable] 1000\n"
					     "db;[blocked];serve;io_schedule 2000000\n"
					     "db;[on CPU] 7900000\n"
					     "db;[waits below 1 ms to 2 ms] 100000\n"
					     "kworker;[blocked];worker_thread 10000000\n"
					     "web;[blocked];main;ask;futex;schedule 5250000\n"
					     "web;[blocked];main;pool;futex;schedule 9000000\n"
					     "web;[gap: a switch was not seen] 100000\n"
					     "web;[on CPU] 2000000\n"
					     "web;[runnable] 1500000\n"
					     "web;[waits below 1 ms to 2 ms] 650000\n"
					     "web;[waits not kept] 1500000\n");
	assert_int_equal(total_ns, 5 * 10000 * WAIT_TRACE_MS);
	assert_says("50.0 s of 5 threads");
	assert_says("no CPU samples were taken: time on a CPU has no stacks");
}

static void a_program_that_became_another_is_not_thought_to_lack_waits(void **state)
{
	struct selection cc = { .process = "cc" };

	(void)state;
	open_waits_and("chain", NULL, false, wait_trace_exec);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WALL }, &cc, false);
	/* The second that it waited as a shell is no part of it. */
	assert_string_equal(buf_text(&text), "cc;[blocked];main 2000000\n"
					     "cc;[on CPU] 7000000\n");
	assert_silent("no record");
}

static void an_account_without_a_name_is_its_pids(void **state)
{
	(void)state;
	open_waits_and("chain", NULL, false, wait_trace_gone);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WALL }, &everything, false);
	assert_non_null(strstr(buf_text(&text), "gone;[blocked];main 3000000\n"
						"gone;[on CPU] 7000000\n"));
	assert_null(strstr(buf_text(&text), "[unknown]"));
}

static void samples_share_out_the_time_on_a_cpu(void **state)
{
	(void)state;
	open_waits("chain", "command web", true);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WALL }, &everything, false);
	/* 30 and 10 samples of web share its 2 s; nobody else was met on a CPU. */
	assert_non_null(strstr(buf_text(&text), "web;[on CPU];main;ask;futex 500000\n"
						"web;[on CPU];main;work 1500000\n"));
	assert_non_null(strstr(buf_text(&text), "db;[on CPU] 7900000\n"));
	assert_int_equal(total_ns, 5 * 10000 * WAIT_TRACE_MS);
	assert_says("its stacks share it by 2 samples of cpu");
}

static void the_wall_of_a_whole_system_is_that_of_who_works(void **state)
{
	(void)state;
	open_waits("chain", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WALL }, &everything, false);
	assert_null(strstr(buf_text(&text), "cron"));
	assert_null(strstr(buf_text(&text), "kworker"));
	assert_null(strstr(buf_text(&text), "pool"));
	/* db and web, less what web's worker slept. */
	assert_int_equal(total_ns, (30000 - 9000) * WAIT_TRACE_MS);
	assert_says("left out: 19.0 s of idle sleepers (--with-idle shows them), 10.0 s of kernel "
		    "threads (--with-kernel)");
}

static void one_thread_is_what_was_kept_one_by_one(void **state)
{
	struct selection thread = { .thread = 10 };

	(void)state;
	open_waits("chain", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &thread, false);
	assert_string_equal(buf_text(&text), "web;[waits below 1 ms to 2 ms] 600000\n"
					     "web;[waits not kept one by one] 7450000\n"
					     "web;main;ask;futex;schedule 250000\n"
					     "web;main;work;[preempted] 100000\n");
	assert_says("only thread 10");
	assert_says("a sample: the waits that were kept one by one");
	draw((struct wait_request){ .drawing = WAIT_DRAWING_WALL }, &thread, false);
	assert_int_equal(total_ns, 10000 * WAIT_TRACE_MS);
}

static void latency_chooses_among_single_waits(void **state)
{
	struct selection s = { .latency = { 200 * WAIT_TRACE_MS, 300 * WAIT_TRACE_MS } };

	(void)state;
	open_waits("chain", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &s, false);
	assert_string_equal(buf_text(&text), "web;main;ask;futex;schedule 250000\n");
	assert_says("only waits of 200 ms to 300 ms");
	assert_says("a sample:");
	/* Single waits count where they end. */
	s.time = (struct range){ 3200 * WAIT_TRACE_MS, 3300 * WAIT_TRACE_MS };
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &s, false);
	assert_int_equal(total_ns, 250 * WAIT_TRACE_MS);
	s.time = (struct range){ 3000 * WAIT_TRACE_MS, 3200 * WAIT_TRACE_MS };
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &s, false);
	assert_int_equal(total_ns, 0);
}

static void time_takes_whole_slices_and_says_so(void **state)
{
	struct selection s = { .time = { 1000 * WAIT_TRACE_MS, 2000 * WAIT_TRACE_MS } };

	(void)state;
	open_waits("chain", NULL, false);
	draw((struct wait_request){ .drawing = WAIT_DRAWING_OFFCPU }, &s, false);
	assert_string_equal(buf_text(&text), "web;main;ask;futex;schedule 5250000\n"
					     "web;main;ask;futex;schedule;[runnable] 500000\n");
	assert_says("in 5.00 s\n");
	assert_says("waits are summed in slices of time: these end from 0 s to 5 s");
	assert_silent("rose"); /* in the other slice */
}

/* Walks all waits of the trace into a tree of at most so many nodes; the sum of it. */
static void gather_at_most(uint32_t node_max, uint64_t frames_max)
{
	struct wait_request request = { .drawing = WAIT_DRAWING_CHAIN,
					.weight = WAIT_WEIGHT_SPLIT };
	struct measure measure = { .unit = TRACE_UNIT_NS };
	struct strtab *texts = strtab_new();
	struct trace_wait_sum sum;
	struct wait_totals totals;
	struct call_tree tree;
	struct wait_walk walk;
	struct wait_tree t;
	struct err err = { 0 };

	call_tree_init(&tree, texts);
	assert_int_equal(
		wait_walk_start(&walk, source.trace, source.names, &everything, &request, &err), 0);
	wait_tree_start(&t, &tree, source.trace, source.names, &request);
	t.node_max = node_max;
	t.frames_left = frames_max;
	while (wait_walk_next(&walk, &sum, &err) > 0)
		wait_tree_add(&t, &walk, &sum);
	wait_tree_end(&t);
	wait_walk_end(&walk, &totals);
	wait_totals_release(&totals);
	call_tree_finish(&tree);
	buf_clear(&text);
	flame_text_folded(&text, &tree, &measure);
	total_ns = tree.nodes[0].value;
	call_tree_release(&tree);
	strtab_free(texts);
}

static void a_tree_that_is_full_still_has_all_time(void **state)
{
	uint64_t all_ns;

	(void)state;
	open_waits("chain", "command web and its children", false);
	gather_at_most(WAIT_TREE_NODES_MAX, WAIT_TREE_FRAMES_MAX);
	all_ns = total_ns;
	assert_null(strstr(buf_text(&text), "too many"));
	gather_at_most(2, WAIT_TREE_FRAMES_MAX);
	assert_int_equal(total_ns, all_ns);
	assert_non_null(strstr(buf_text(&text), "kworker;[too many stacks to draw] 10000000\n"));
	gather_at_most(WAIT_TREE_NODES_MAX, 1);
	assert_int_equal(total_ns, all_ns);
	assert_non_null(strstr(buf_text(&text), "kworker;[too many stacks to draw] 10000000\n"));
}

static void assert_refused(enum wait_drawing drawing, struct selection s, int code,
			   const char *words)
{
	struct wait_request request = { .drawing = drawing, .weight = WAIT_WEIGHT_FULL };
	struct flame_picture p;
	struct err err = { 0 };

	assert_int_equal(wait_picture_open(&p, &source, &s, &request, NULL, &err), code);
	assert_non_null(strstr(err.text, words));
}

static void says_what_was_not_recorded(void **state)
{
	(void)state;
	open_waits("offcpu", NULL, false);
	assert_refused(WAIT_DRAWING_CHAIN, everything, -ENOTSUP, "record -e chain");
	assert_refused(WAIT_DRAWING_WALL, (struct selection){ .time = { 1, 2000 * WAIT_TRACE_MS } },
		       -EINVAL, "leave out --time and --latency");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_TRACE(f) cmocka_unit_test_teardown(f, close_waits)
		WITH_TRACE(offcpu_parts_blocked_from_runnable_and_leaves_nothing_out),
		WITH_TRACE(a_whole_system_is_drawn_without_sleepers_and_kernel_threads),
		WITH_TRACE(what_is_left_out_comes_back_when_asked_for),
		WITH_TRACE(a_filter_is_a_choice_but_a_list_of_cpus_is_none),
		WITH_TRACE(a_wakeup_stands_on_its_waker),
		WITH_TRACE(offwake_joins_the_wait_and_its_waker),
		WITH_TRACE(a_full_chain_has_all_of_its_wait),
		WITH_TRACE(split_parts_add_up_to_the_blocked_time),
		cmocka_unit_test(frames_of_other_roles_never_merge),
		WITH_TRACE(reversed_links_stay_apart),
		WITH_TRACE(wall_time_is_conserved),
		WITH_TRACE(a_program_that_became_another_is_not_thought_to_lack_waits),
		WITH_TRACE(an_account_without_a_name_is_its_pids),
		WITH_TRACE(samples_share_out_the_time_on_a_cpu),
		WITH_TRACE(the_wall_of_a_whole_system_is_that_of_who_works),
		WITH_TRACE(one_thread_is_what_was_kept_one_by_one),
		WITH_TRACE(latency_chooses_among_single_waits),
		WITH_TRACE(time_takes_whole_slices_and_says_so),
		WITH_TRACE(a_tree_that_is_full_still_has_all_time),
		WITH_TRACE(says_what_was_not_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
