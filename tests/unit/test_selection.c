#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>

#include <cmocka.h>

#include "base/buf.h"
#include "render/call_tree.h"
#include "render/selection.h"
#include "tests/unit/small_trace.h"

#define GROUPS 3
#define GROUP_SAMPLES 4 /* of the event cpu */

static struct trace_reader *trace;
static struct name_table *names;

static int open_trace(void **state)
{
	(void)state;
	trace = small_trace(GROUPS);
	names = small_names();
	return 0;
}

static int close_trace(void **state)
{
	(void)state;
	trace_reader_close(trace);
	name_table_free(names);
	return 0;
}

static void put_tree(struct buf *out, const struct call_tree *t, uint32_t node)
{
	for (uint32_t c = t->nodes[node].first_child; c != TRACE_NONE;
	     c = t->nodes[c].next_sibling) {
		const struct call_node *n = &t->nodes[c];

		buf_printf(out, "%*s%s %llu/%llu%s\n", n->depth - 1, "",
			   strtab_get(t->texts, n->name, NULL), (unsigned long long)n->self,
			   (unsigned long long)n->value, n->unnamed ? " unnamed" : "");
		put_tree(out, t, c);
	}
}

/* What the selection gathers, as text in out. */
static struct selection_totals gather(const struct selection *s, struct buf *out)
{
	struct strtab *texts = strtab_new();
	struct selection_totals totals = { 0 };
	struct call_tree tree;
	struct err err = { 0 };

	call_tree_init(&tree, texts);
	assert_int_equal(selection_gather(s, trace, names, &tree, &totals, &err), 0);
	assert_int_equal(tree.nodes[0].value, totals.kept_weight);
	put_tree(out, &tree, 0);
	call_tree_release(&tree);
	strtab_free(texts);
	selection_totals_release(&totals);
	return totals;
}

static void merges_stacks_of_all_groups_by_name(void **state)
{
	struct selection all = { 0 };
	struct buf text = { 0 };
	struct selection_totals t = gather(&all, &text);

	(void)state;
	assert_string_equal(buf_text(&text), "db 24/36\n"
					     " main 0/12\n"
					     "  [stack lost: busy] 12/12\n"
					     "web 0/9\n"
					     " main 0/9\n"
					     "  [libz.so.1.2.13] 0/6 unnamed\n"
					     "   sys_read 6/6\n"
					     "  deflate 0/3\n"
					     "   copy 3/3\n");
	assert_int_equal(t.kept_cnt, GROUPS * GROUP_SAMPLES);
	assert_int_equal(t.outside_cnt, 0);
	assert_int_equal(t.unnamed_weight, 0);
	assert_int_equal(t.lost_weight, 4 * GROUPS);
	buf_release(&text);
}

static void weighs_leaves_without_a_name(void **state)
{
	struct selection all = { 0 };
	struct name_table *named = names;
	struct buf text = { 0 };

	(void)state;
	names = name_table_new();
	assert_int_equal(gather(&all, &text).unnamed_weight, (1 + 2) * GROUPS);
	name_table_free(names);
	names = named;
	buf_release(&text);
}

static void counts_times_from_the_start_of_the_trace(void **state)
{
	/* From 1.2 s up to and with 2.1 s: three of the second group, one of the third. */
	struct selection s = { .time = { 1200000000, 2100000000 } };
	struct buf text = { 0 };
	struct selection_totals t = gather(&s, &text);

	(void)state;
	assert_int_equal(t.kept_cnt, 4);
	assert_int_equal(t.kept_weight, 2 + 4 + 8 + 1);
	assert_int_equal(t.kept_cnt + t.outside_cnt, GROUPS * GROUP_SAMPLES);
	assert_int_equal(t.kept_weight + t.outside_weight, 15 * GROUPS);
	buf_release(&text);
}

static void chooses_processes_by_glob_and_threads_by_id(void **state)
{
	struct selection process = { .process = "w?b" }, thread = { .thread = 11 };
	struct selection both = { .process = "db", .thread = 11 };
	struct buf text = { 0 };

	(void)state;
	assert_int_equal(gather(&process, &text).kept_weight, 3 * GROUPS);
	assert_int_equal(gather(&thread, &text).kept_weight, 2 * GROUPS);
	assert_int_equal(gather(&both, &text).kept_weight, 0);
	buf_release(&text);
}

static void takes_the_event_that_is_named(void **state)
{
	struct selection s = { .event = "page-faults" };
	struct buf text = { 0 };
	struct selection_totals t = gather(&s, &text);

	(void)state;
	assert_int_equal(t.kept_cnt, GROUPS);
	assert_string_equal(buf_text(&text), "web 0/48\n main 48/48\n");
	buf_release(&text);
}

static void refuses_events_without_samples(void **state)
{
	struct selection absent = { .event = "dns" }, wait = { .event = "offcpu" };
	struct err err = { 0 };
	uint32_t id = 77;

	(void)state;
	assert_int_equal(selection_event(&absent, trace, &id, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cpu, page-faults, offcpu"));
	err_clear(&err);
	assert_int_equal(selection_event(&wait, trace, &id, &err), -ENOTSUP);
	assert_int_equal(id, 77);
}

static void walks_the_same_samples_twice(void **state)
{
	struct selection s = { .process = "db" };
	struct selection_totals totals;
	struct trace_sample sample;
	struct err err = { 0 };

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct sample_walk w;
		uint64_t weight = 0;

		assert_int_equal(sample_walk_start(&w, trace, names, &s, &err), 0);
		while (sample_walk_next(&w, &sample, &err) > 0)
			weight += sample.weight;
		assert_int_equal(weight, 12 * GROUPS);
		assert_true(w.group_cnt >= GROUPS);
		sample_walk_end(&w, &totals);
		selection_totals_release(&totals);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_stacks_of_all_groups_by_name),
		cmocka_unit_test(weighs_leaves_without_a_name),
		cmocka_unit_test(counts_times_from_the_start_of_the_trace),
		cmocka_unit_test(chooses_processes_by_glob_and_threads_by_id),
		cmocka_unit_test(takes_the_event_that_is_named),
		cmocka_unit_test(refuses_events_without_samples),
		cmocka_unit_test(walks_the_same_samples_twice),
	};

	return cmocka_run_group_tests(tests, open_trace, close_trace);
}
