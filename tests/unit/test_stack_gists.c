#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "render/stack_gists.h"
#include "tests/unit/small_trace.h"

static const struct trace_module libc = { .kind = TRACE_MODULE_FILE,
					  .path = "/usr/lib/libc.so.6",
					  .process = TRACE_NONE };
static const struct trace_module program = { .kind = TRACE_MODULE_FILE,
					     .path = "/usr/bin/db",
					     .process = TRACE_NONE };

/* Functions by their offsets: names[] in the order of the enumeration. */
enum {
	MAIN = 1,
	WORK,
	TAKE,
	LIBC_START,
	MUTEX_LOCK,
	LOCK_WAIT,
	SYSCALL,
	FUTEX,
	SCHEDULE,
	SCHED,
	IRQ,
	SOFTIRQS,
	NET_RX,
	WAKE,
	FUTEX_WAKE,
	KTHREAD,
	WRITEBACK
};
static const char *const names[] = {
	[MAIN] = "main",
	[WORK] = "work",
	[TAKE] = "worker_take",
	[LIBC_START] = "__libc_start_main",
	[MUTEX_LOCK] = "pthread_mutex_lock",
	[LOCK_WAIT] = "__lll_lock_wait",
	[SYSCALL] = "do_syscall_64",
	[FUTEX] = "futex_wait_queue",
	[SCHEDULE] = "schedule",
	[SCHED] = "__schedule",
	[IRQ] = "common_interrupt",
	[SOFTIRQS] = "handle_softirqs",
	[NET_RX] = "net_rx_action",
	[WAKE] = "try_to_wake_up",
	[FUTEX_WAKE] = "futex_wake",
	[KTHREAD] = "kthread",
	[WRITEBACK] = "wb_workfn",
};

/* Stacks by functions, root first, 0 at the end: one of each sample, and how it is to read. */
static const struct {
	uint8_t functions[12];
	enum gist_of of;
	const char *gist; /* kernel, entry, caller */
} cases[] = {
	{ { LIBC_START, MAIN, WORK, TAKE, MUTEX_LOCK, LOCK_WAIT, SYSCALL, FUTEX, SCHEDULE, SCHED },
	  GIST_OF_BLOCKED,
	  "futex_wait_queue pthread_mutex_lock worker_take" },
	/* The same from elsewhere is the same place. */
	{ { LIBC_START, MAIN, TAKE, MUTEX_LOCK, LOCK_WAIT, SYSCALL, FUTEX, SCHEDULE, SCHED },
	  GIST_OF_BLOCKED,
	  "futex_wait_queue pthread_mutex_lock worker_take" },
	/* In the program itself nothing was entered. */
	{ { LIBC_START, MAIN, WORK, TAKE, FUTEX, SCHEDULE },
	  GIST_OF_BLOCKED,
	  "futex_wait_queue worker_take work" },
	/* Preempted: nothing in the kernel tells. */
	{ { LIBC_START, MAIN, WORK, SYSCALL, SCHEDULE }, GIST_OF_BLOCKED, "- work main" },
	{ { MAIN }, GIST_OF_BLOCKED, "- main -" },
	{ { MUTEX_LOCK, LOCK_WAIT }, GIST_OF_BLOCKED, "- __lll_lock_wait pthread_mutex_lock" },
	{ { KTHREAD, WRITEBACK, SCHEDULE, SCHED }, GIST_OF_BLOCKED, "wb_workfn - kthread" },
	{ { SCHEDULE, SCHED }, GIST_OF_BLOCKED, "schedule - -" },
	{ { MAIN, TAKE, SYSCALL, FUTEX_WAKE, WAKE }, GIST_OF_WAKER, "futex_wake worker_take main" },
	{ { MAIN, WORK, IRQ, SOFTIRQS, NET_RX, FUTEX_WAKE, WAKE },
	  GIST_OF_INTERRUPT,
	  "net_rx_action - -" },
	{ { IRQ, SOFTIRQS }, GIST_OF_INTERRUPT, "handle_softirqs - -" },
	{ { IRQ, FUTEX_WAKE, WAKE }, GIST_OF_INTERRUPT, "futex_wake - -" },
	{ { 0 }, GIST_OF_BLOCKED, "- - -" },
};
#define CASE_CNT (sizeof(cases) / sizeof(cases[0]))

static const struct trace_module *module_of(uint8_t function)
{
	return function >= SYSCALL ? &small_kernel : function >= LIBC_START ? &libc : &program;
}

static void write_cases(struct small_writer *s)
{
	for (size_t i = 0; i < CASE_CNT; i++) {
		uint32_t node = TRACE_NONE;

		for (const uint8_t *f = cases[i].functions; *f; f++)
			node = small_addressed(s, node, module_of(*f), *f);
		small_sample(s, s->cpu, small_thread(s, 10, 10, "db"), node, 1, 1 + i);
	}
}

static struct name_table *name_all(void)
{
	struct name_table *t = name_table_new();

	for (uint8_t f = MAIN; f <= WRITEBACK; f++) {
		bool is_kernel = f >= SYSCALL;
		struct name_frame frame = { is_kernel ? TRACE_FRAME_KERNEL : TRACE_FRAME_USER,
					    names[f], "", 0 };

		name_table_add(t, name_table_module(t, module_of(f), NULL), f, &frame, 1, 0);
	}
	return t;
}

static const char *name_or_dash(struct strtab *texts, uint32_t id)
{
	return id ? strtab_get(texts, id, NULL) : "-";
}

static void a_stack_is_told_by_three_functions(void **state)
{
	struct trace_reader *r = small_trace_of(2, write_cases);
	struct name_table *table = name_all();
	struct strtab *texts = strtab_new();
	struct stack_gists g;
	struct trace_record record;
	uint32_t ids[CASE_CNT];
	size_t at = 0;

	(void)state;
	stack_gists_start(&g, r, table, texts);
	while (trace_reader_next(r, &record, NULL) > 0) {
		size_t i = at % CASE_CNT;
		struct stack_gist gist;
		uint32_t id;
		char text[128];

		if (record.kind == TRACE_RECORD_KEY_FRAME)
			stack_gists_restart(&g);
		if (record.kind != TRACE_RECORD_SAMPLE)
			continue;
		id = stack_gists_id(&g, record.sample.stack, cases[i].of);
		gist = stack_gists_get(&g, id);
		snprintf(text, sizeof(text), "%s %s %s", name_or_dash(texts, gist.kernel),
			 name_or_dash(texts, gist.entry), name_or_dash(texts, gist.caller));
		assert_string_equal(text, cases[i].gist);
		/* In the second group ids are as they were. */
		assert_true(at < CASE_CNT || ids[i] == id);
		ids[i] = id;
		at++;
	}
	assert_int_equal(at, 2 * CASE_CNT);
	assert_int_equal(ids[0], ids[1]);
	stack_gists_release(&g);
	strtab_free(texts);
	name_table_free(table);
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_is_told_by_three_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
