#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/stack_quality.h"
#include "tests/unit/quality_trace.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/wait_text.h"

static void take(struct stack_quality *q, const struct name_table *names)
{
	struct trace_record record;
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	stack_quality_start(q, r, names);
	while (trace_reader_next(r, &record, &err) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME)
			stack_quality_restart(q);
		else if (record.kind == TRACE_RECORD_SAMPLE)
			stack_quality_add(q, record.sample.stack);
	}
	stack_quality_end(q);
	trace_reader_close(r);
}

static void judge(struct stack_quality *q, unsigned groups, const char *unwind, bool named)
{
	struct name_table *names = named ? quality_names(groups) : name_table_new();
	struct err err = { 0 };

	assert_int_equal(quality_write(scratch_path, groups, unwind, &err), 0);
	take(q, names);
	name_table_free(names);
}

static void check_sums(const struct stack_quality *q)
{
	uint64_t by_reason[TRACE_REASON_CNT] = { 0 }, all = q->whole_cnt;

	for (size_t i = 0; i < q->cuts.cnt; i++)
		by_reason[q->cuts.v[i].reason] += q->cuts.v[i].cnt;
	for (unsigned i = 0; i < TRACE_REASON_CNT; i++) {
		assert_int_equal(by_reason[i], q->cut[i]);
		all += q->cut[i];
	}
	assert_int_equal(all, q->stack_cnt);
}

static void expect_cut(const struct stack_quality *q, enum trace_reason reason, const char *module,
		       uint64_t cnt)
{
	for (size_t i = 0; i < q->cuts.cnt; i++)
		if (q->cuts.v[i].reason == reason && !strcmp(q->cuts.v[i].module, module)) {
			assert_int_equal(q->cuts.v[i].cnt, cnt);
			return;
		}
	fail_msg("nothing is cut in '%s' for reason %d", module, reason);
}

static void every_user_stack_is_whole_or_cut_for_its_reason(void **state)
{
	struct stack_quality q;

	(void)state;
	judge(&q, 1, "auto", true);
	check_sums(&q);
	assert_int_equal(q.stack_cnt, QUALITY_STACKS);
	assert_int_equal(q.whole_cnt, QUALITY_WHOLE);
	assert_int_equal(q.cuts.cnt, 6);
	expect_cut(&q, TRACE_REASON_NO_FRAME_POINTER, "[jit]", 5);
	expect_cut(&q, TRACE_REASON_NO_FRAME_POINTER, "libz.so.1", 1);
	expect_cut(&q, TRACE_REASON_NO_TABLE, "app", 2);
	expect_cut(&q, TRACE_REASON_COLLISION, "", 4);
	expect_cut(&q, TRACE_REASON_COPY_CUT, "libz.so.1", 1);
	expect_cut(&q, TRACE_REASON_NOT_UNWOUND, "", 1);
	assert_int_equal(q.cut[TRACE_REASON_TOO_DEEP], 0);
	assert_int_equal(q.kernel_cut_cnt, 2);
	assert_int_equal(q.kernel_cut[TRACE_REASON_TOO_DEEP], 2);
	assert_int_equal(q.cuts.v[0].cnt, 5);
	stack_quality_release(&q);
}

static void copies_without_names_are_not_unwound(void **state)
{
	struct stack_quality q;

	(void)state;
	judge(&q, 1, "auto", false);
	check_sums(&q);
	assert_int_equal(q.stack_cnt, QUALITY_STACKS);
	assert_int_equal(q.whole_cnt, 80);
	expect_cut(&q, TRACE_REASON_NOT_UNWOUND, "", QUALITY_COPIED);
	stack_quality_release(&q);
}

static void groups_add_up(void **state)
{
	struct stack_quality q;

	(void)state;
	judge(&q, 3, "auto", true);
	check_sums(&q);
	assert_int_equal(q.stack_cnt, 3 * QUALITY_STACKS);
	assert_int_equal(q.whole_cnt, 3 * QUALITY_WHOLE);
	assert_int_equal(q.cuts.cnt, 6);
	expect_cut(&q, TRACE_REASON_NO_FRAME_POINTER, "[jit]", 15);
	stack_quality_release(&q);
}

static void expect_lines(const struct stack_quality *q, const char *whole, const char *cuts)
{
	struct buf text = { 0 };

	stack_quality_put_whole(&text, q);
	assert_string_equal(buf_text(&text), whole);
	buf_clear(&text);
	stack_quality_put_cuts(&text, q);
	assert_string_equal(buf_text(&text), cuts);
	buf_release(&text);
}

static void one_line_tells_the_most_frequent_cuts(void **state)
{
	struct stack_quality q;

	(void)state;
	judge(&q, 1, "auto", true);
	expect_lines(&q, "85.7 % of user stacks are whole",
		     "stacks cut: no frame pointer 6.1 % (mostly [jit]), stack stores full 4.1 % "
		     "and others");
	stack_quality_release(&q);
}

static void frame_pointers_promise_less(void **state)
{
	struct stack_quality q = { .stack_cnt = 10, .whole_cnt = 10, .is_by_frame_pointer = true };

	(void)state;
	expect_lines(&q, "all user stacks look whole (frame pointers do not show every cut)", "");
	q.is_by_frame_pointer = false;
	expect_lines(&q, "all user stacks are whole", "");
	judge(&q, 1, "fp", true);
	assert_true(q.is_by_frame_pointer);
	stack_quality_release(&q);
}

static void nothing_is_said_where_nothing_is_known(void **state)
{
	struct trace_writer *w;
	struct quality_writer writer = { .time_ns = 1 };
	struct name_table *names = name_table_new();
	struct stack_quality q;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	quality_heads(w, "");
	trace_writer_fact(w, TRACE_FACT_IMPORTED_FROM, "folded");
	writer.w = w;
	quality_group(&writer);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_IMPORTED, 0, &err), 0);
	trace_writer_close(w);
	take(&q, names);
	assert_false(q.applies);
	assert_int_equal(q.stack_cnt, 0);
	expect_lines(&q, "", "");
	stack_quality_release(&q);
	name_table_free(names);
}

/* Both sides of a stack may miss a part, and for the same reason. */
static void each_side_of_a_stack_counts_its_own_cuts(void **state)
{
	const struct trace_frame too_deep = { .kind = TRACE_FRAME_LOST,
					      .reason = TRACE_REASON_TOO_DEEP,
					      .module = TRACE_NONE,
					      .name = "",
					      .file = "" };
	struct quality_writer q = { .time_ns = 5000000000 };
	struct name_table *names = name_table_new();
	struct stack_quality quality;
	struct err err = { 0 };
	uint32_t node;

	(void)state;
	assert_int_equal(trace_writer_open(&q.w, scratch_path, NULL, &err), 0);
	quality_heads(q.w, "auto");
	assert_int_equal(trace_writer_publish(q.w, &err), 0);
	quality_start_group(&q);
	node = quality_node(&q, quality_lost(&q, TRACE_REASON_TOO_DEEP), &quality_app, 0x100);
	node = trace_writer_node(q.w, node, trace_writer_frame(q.w, &too_deep));
	quality_samples(&q, 3, q.app_thread, quality_node(&q, node, &quality_kernel, 0x20));
	assert_int_equal(trace_writer_finish(q.w, TRACE_STOP_SIGNAL, 0, &err), 0);
	trace_writer_close(q.w);
	take(&quality, names);
	assert_int_equal(quality.cut[TRACE_REASON_TOO_DEEP], 3);
	assert_int_equal(quality.kernel_cut[TRACE_REASON_TOO_DEEP], 3);
	assert_int_equal(quality.kernel_cut_cnt, 3);
	stack_quality_release(&quality);
	name_table_free(names);
}

/* The chunk that told of the modules is lost: nobody knows what stood at the root. */
static void damaged_roots_are_not_called_whole(void **state)
{
	static const uint8_t damage = 0x55;
	struct trace_writer *w;
	struct quality_writer q = { .time_ns = 5000000000 };
	struct name_table *names = name_table_new();
	struct stack_quality quality;
	struct err err = { 0 };
	uint32_t node;
	uint64_t at;
	FILE *f;

	(void)state;
	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	quality_heads(w, "auto");
	assert_int_equal(trace_writer_publish(w, &err), 0);
	q.w = w;
	quality_start_group(&q);
	at = trace_writer_bytes(w);
	trace_writer_module(w, &quality_app);
	assert_int_equal(trace_writer_flush(w, &err), 0);
	node = quality_node(&q, TRACE_NONE, &quality_app, 0x100);
	quality_samples(&q, 3, q.app_thread, node);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_SIGNAL, 0, &err), 0);
	trace_writer_close(w);
	f = fopen(scratch_path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)at + 16, SEEK_SET), 0);
	assert_int_equal(fwrite(&damage, 1, 1, f), 1);
	assert_int_equal(fclose(f), 0);
	take(&quality, names);
	assert_int_equal(quality.stack_cnt, 3);
	assert_int_equal(quality.cut[TRACE_REASON_DAMAGED], 3);
	stack_quality_release(&quality);
	name_table_free(names);
}

static void remedies_are_those_that_help(void **state)
{
	struct stack_cut cut = { .reason = TRACE_REASON_NO_FRAME_POINTER, .module = "[jit]" };
	struct stack_quality q = { 0 };

	(void)state;
	assert_non_null(strstr(stack_cut_remedy(&q, &cut), "PreserveFramePointer"));
	cut.reason = TRACE_REASON_FAULT;
	assert_non_null(strstr(stack_cut_remedy(&q, &cut), "PreserveFramePointer"));
	cut.reason = TRACE_REASON_COPY_CUT;
	assert_non_null(strstr(stack_cut_remedy(&q, &cut), "keeps no frame pointer"));
	cut.module = "libz.so.1";
	assert_null(strstr(stack_cut_remedy(&q, &cut), "keeps no frame pointer"));
	cut.reason = TRACE_REASON_FAULT;
	assert_string_equal(stack_cut_remedy(&q, &cut), "");
	cut.reason = TRACE_REASON_NO_FRAME_POINTER;
	assert_non_null(strstr(stack_cut_remedy(&q, &cut), "-fasynchronous-unwind-tables"));
	q.is_by_frame_pointer = true;
	assert_non_null(strstr(stack_cut_remedy(&q, &cut), "--unwind auto"));
	cut.reason = TRACE_REASON_NOT_UNWOUND;
	assert_non_null(strstr(stack_cut_remedy(&q, &cut), "profile symbolize"));
	cut.reason = TRACE_REASON_OTHER;
	assert_string_equal(stack_cut_remedy(&q, &cut), "");
}

/* The waits of a sum count as that many samples. */
static void sums_of_waits_count_as_many(void **state)
{
	struct trace_reader *r = wait_text("slice 0 1 0\n"
					   "sum a/1 1 main|sys 30 1 0 1\n"
					   "sum b/2 1 !;main|sys 12 1 0 1\n"
					   "sum c/3 1 main|!;sys 5 1 0 1\n"
					   "sum d/4 new - 7 0 1 1\n"
					   "sum k/5 1 |thread 9 1 0 1\n");
	struct name_table *names = name_table_new();
	struct trace_record record;
	struct stack_quality q;
	struct err err = { 0 };

	(void)state;
	stack_quality_start(&q, r, names);
	while (trace_reader_next(r, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_WAIT_SUM)
			stack_quality_add_many(&q, record.wait_sum.stack, record.wait_sum.cnt);
	stack_quality_end(&q);
	check_sums(&q);
	assert_int_equal(q.stack_cnt, 47);
	assert_int_equal(q.whole_cnt, 35);
	assert_int_equal(q.cut[TRACE_REASON_FAULT], 12);
	assert_int_equal(q.kernel_cut_cnt, 5);
	stack_quality_release(&q);
	name_table_free(names);
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_user_stack_is_whole_or_cut_for_its_reason),
		cmocka_unit_test(copies_without_names_are_not_unwound),
		cmocka_unit_test(groups_add_up),
		cmocka_unit_test(one_line_tells_the_most_frequent_cuts),
		cmocka_unit_test(frame_pointers_promise_less),
		cmocka_unit_test(nothing_is_said_where_nothing_is_known),
		cmocka_unit_test(each_side_of_a_stack_counts_its_own_cuts),
		cmocka_unit_test(damaged_roots_are_not_called_whole),
		cmocka_unit_test(remedies_are_those_that_help),
		cmocka_unit_test(sums_of_waits_count_as_many),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
