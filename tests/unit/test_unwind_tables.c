#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "collector/unwind_replay.h"
#include "collector/unwind_tables.h"

/* This test itself is the process whose files are made tables of. */
#define CHECK 77
#define CHILD 900001 /* beyond pid_max of most machines */
#define PLENTY 2000000

struct machine {
	struct module_log *modules;
	struct task_log *tasks;
	struct unwind_tables *tables;
	struct process *self;
};

static struct machine machine_of(const struct unwind_arrays *arrays)
{
	struct machine m = { .modules = module_log_new() };

	m.tasks = task_log_new(m.modules);
	m.tables = unwind_tables_new(arrays, m.modules, m.tasks, "");
	task_log_read(m.tasks, (uint32_t)getpid());
	m.self = task_log_process(m.tasks, (uint32_t)getpid());
	return m;
}

static struct machine machine_with(uint32_t row_max, uint32_t mapping_max)
{
	return machine_of(&(struct unwind_arrays){ .row_max = row_max,
						   .block_max = 100000,
						   .rule_max = 5000,
						   .mapping_max = mapping_max,
						   .process_fd = -1 });
}

static void machine_release(struct machine *m)
{
	unwind_tables_free(m->tables);
	task_log_free(m->tasks);
	module_log_free(m->modules);
}

static const struct unwind_mapping *piece_at(const struct machine *m, struct unwind_process p,
					     uint64_t address)
{
	const struct unwind_mapping *v = unwind_tables_arrays(m->tables)->mappings + p.first;

	for (uint32_t i = 0; i < p.cnt; i++)
		if (address >= v[i].begin && address < v[i].end)
			return &v[i];
	return NULL;
}

static uint64_t our_code(void)
{
	return (uintptr_t)&our_code;
}

static uint64_t libc_code(void)
{
	return (uintptr_t)dlsym(RTLD_NEXT, "qsort");
}

static struct unwind_tables_counts counts_of(const struct machine *m)
{
	struct unwind_tables_counts counts;

	unwind_tables_counts(m->tables, &counts);
	return counts;
}

static void a_file_gets_its_rows_when_they_are_wanted(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	struct unwind_process before, after;

	(void)state;
	before = unwind_tables_process(m.tables, m.self, CHECK);
	assert_int_equal(before.check, CHECK);
	assert_int_equal(piece_at(&m, before, our_code())->kind, UNWIND_MAPPING_NO_TABLE);
	assert_true(unwind_tables_want(m.tables, m.self, our_code()));
	after = unwind_tables_process(m.tables, m.self, CHECK);
	assert_int_equal(piece_at(&m, after, our_code())->kind, UNWIND_MAPPING_TABLE);
	assert_int_equal(piece_at(&m, after, libc_code())->kind, UNWIND_MAPPING_NO_TABLE);
	assert_int_equal(counts_of(&m).module_cnt, 1);
	assert_true(counts_of(&m).row_cnt > 100);
	assert_false(unwind_tables_want(m.tables, m.self, our_code()));
	assert_false(unwind_tables_want(m.tables, m.self, 16));
	machine_release(&m);
}

static void copy_own_stack(uint64_t from, uint8_t *to, size_t *len)
{
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t got = 1;

	for (*len = 0; got > 0 && *len<ABI_COPY_MAX; *len += got> 0 ? (size_t)got : 0)
		got = pread(memory, to + *len, 4096 - (from + *len) % 4096, (off_t)(from + *len));
	close(memory);
}

/* Tables are made as the walk asks for them; a frame of its own in any case. */
static __attribute__((noinline)) enum unwind_end
walk_ourselves(struct machine *m, uint64_t frames[UNWIND_REPLAY_MAX], uint32_t *out_cnt)
{
	static uint8_t stack[ABI_COPY_MAX + 4096];
	uint64_t regs[UNWIND_REGISTER_CNT] = { 0 }, at;
	struct unwind_replay replay = {
		.arrays = unwind_tables_arrays(m->tables),
		.regs = regs,
		.stack = stack,
	};
	enum unwind_end end;
	ucontext_t here;

	getcontext(&here);
	regs[UNWIND_RSP] = (uint64_t)here.uc_mcontext.gregs[REG_RSP];
	regs[UNWIND_RBP] = (uint64_t)here.uc_mcontext.gregs[REG_RBP];
	regs[UNWIND_RBX] = (uint64_t)here.uc_mcontext.gregs[REG_RBX];
	regs[UNWIND_RIP] = (uint64_t)here.uc_mcontext.gregs[REG_RIP];
	copy_own_stack(regs[UNWIND_RSP], stack, &replay.len);
	do {
		replay.process = unwind_tables_process(m->tables, m->self, CHECK);
		end = unwind_replay(&replay, frames, out_cnt, &at);
	} while (end == UNWIND_END_NO_TABLE && unwind_tables_want(m->tables, m->self, at));
	return end;
}

static void our_own_stack_is_whole(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	uint64_t frames[UNWIND_REPLAY_MAX];
	uint32_t cnt;

	(void)state;
	assert_int_equal(walk_ourselves(&m, frames, &cnt), UNWIND_END_WHOLE);
	assert_true(cnt > 5);
	assert_in_range(frames[0], (uintptr_t)&walk_ourselves, (uintptr_t)&walk_ourselves + 2000);
	assert_in_range(frames[1], (uintptr_t)&our_own_stack_is_whole,
			(uintptr_t)&our_own_stack_is_whole + 2000);
	assert_true(unwind_tables_outermost(m.tables, m.self, frames[cnt - 1]));
	assert_false(unwind_tables_outermost(m.tables, m.self, frames[1]));
	assert_true(counts_of(&m).module_cnt >= 3); /* this program, cmocka, libc */
	machine_release(&m);
}

static void apply_fork(struct machine *m)
{
	struct perf_record r = { .type = PERF_RECORD_FORK, .pid = CHILD, .tid = CHILD };

	r.fork.parent_pid = r.fork.parent_tid = (uint32_t)getpid();
	task_log_apply(m->tasks, &r);
}

static void apply_map(struct machine *m, uint32_t tgid, uint64_t start)
{
	struct perf_record r = { .type = PERF_RECORD_MMAP2, .pid = tgid, .tid = tgid };

	r.map.start = start;
	r.map.len = 0x1000;
	r.map.path = "//anon";
	task_log_apply(m->tasks, &r);
}

/* The one below [vsyscall], which lies at the top of most machines' processes, too. */
static void each_mapping_is_found_from_its_first_to_its_last_address(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	uint64_t regs[UNWIND_REGISTER_CNT] = { 0 }, frames[UNWIND_REPLAY_MAX], at;
	struct unwind_replay replay = { .arrays = unwind_tables_arrays(m.tables), .regs = regs };
	const struct unwind_mapping *v;
	uint32_t cnt;

	(void)state;
	mappings_add(&m.self->mappings, &(struct mapping){ .start = 0xffffffffff600000,
							   .end = 0xffffffffff601000,
							   .module = MODULE_JIT });
	replay.process = unwind_tables_process(m.tables, m.self, CHECK);
	v = replay.arrays->mappings + replay.process.first;
	assert_true(replay.process.cnt > 2);
	for (uint32_t i = 0; i < replay.process.cnt; i++) {
		regs[UNWIND_RIP] = v[i].begin;
		assert_int_not_equal(unwind_replay(&replay, frames, &cnt, &at),
				     UNWIND_END_NO_MAPPING);
		regs[UNWIND_RIP] = v[i].end - 1;
		assert_int_not_equal(unwind_replay(&replay, frames, &cnt, &at),
				     UNWIND_END_NO_MAPPING);
	}
	machine_release(&m);
}

static void processes_with_the_same_mappings_share_them(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	struct unwind_process ours, theirs;
	struct process *child;

	(void)state;
	assert_true(unwind_tables_want(m.tables, m.self, our_code()));
	apply_fork(&m);
	child = task_log_process(m.tasks, CHILD);
	ours = unwind_tables_process(m.tables, m.self, CHECK);
	theirs = unwind_tables_process(m.tables, child, CHECK + 1);
	assert_int_equal(theirs.check, CHECK + 1);
	assert_int_equal(theirs.first, ours.first);
	assert_int_equal(theirs.cnt, ours.cnt);
	assert_int_equal(theirs.run, ours.run);
	apply_map(&m, CHILD, 0x10000);
	theirs = unwind_tables_process(m.tables, child, CHECK + 1);
	assert_int_not_equal(theirs.first, ours.first);
	assert_int_equal(theirs.cnt, ours.cnt + 1);
	assert_int_not_equal(theirs.run, ours.run);
	assert_int_equal(piece_at(&m, theirs, 0x10800)->kind, UNWIND_MAPPING_FRAME_POINTER);
	assert_null(piece_at(&m, ours, 0x10800));
	unwind_tables_forget(m.tables, (uint32_t)getpid());
	unwind_tables_settled(m.tables);
	unwind_tables_settled(m.tables);
	assert_int_equal(piece_at(&m, theirs, our_code())->kind, UNWIND_MAPPING_TABLE);
	machine_release(&m);
}

static bool is_published(int fd, uint32_t tgid)
{
	struct unwind_process found;

	return !bpf_map_lookup_elem(fd, &tgid, &found);
}

static void who_found_no_room_is_published_when_there_is_some(void **state)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "processes", sizeof(uint32_t),
				sizeof(struct unwind_process), 1, NULL);
	struct machine m;
	struct process *child;

	(void)state;
	if (fd < 0)
		skip(); /* without the right to make maps */
	m = machine_of(&(struct unwind_arrays){ .row_max = PLENTY,
						.block_max = 100000,
						.rule_max = 5000,
						.mapping_max = 10000,
						.process_fd = fd });
	apply_fork(&m);
	child = task_log_process(m.tasks, CHILD);
	unwind_tables_process(m.tables, m.self, CHECK);
	unwind_tables_process(m.tables, child, CHECK + 1);
	assert_true(is_published(fd, (uint32_t)getpid()));
	assert_false(is_published(fd, CHILD));
	unwind_tables_forget(m.tables, (uint32_t)getpid());
	assert_false(is_published(fd, (uint32_t)getpid()));
	unwind_tables_process(m.tables, child, CHECK + 1);
	assert_true(is_published(fd, CHILD));
	machine_release(&m);
	close(fd);
}

/* What is remembered of a run would else be taken for another one's in the same place. */
static void a_run_has_a_number_that_none_before_it_had(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	uint32_t before = unwind_tables_process(m.tables, m.self, CHECK).run;

	(void)state;
	assert_int_not_equal(before, 0);
	for (uint64_t i = 1; i <= 20; i++) {
		uint32_t now;

		apply_map(&m, m.self->tgid, i << 16);
		now = unwind_tables_process(m.tables, m.self, CHECK).run;
		assert_true(now > before);
		assert_int_equal(unwind_tables_process(m.tables, m.self, CHECK).run, now);
		before = now;
		unwind_tables_settled(m.tables);
	}
	machine_release(&m);
}

static void what_somebody_may_still_walk_by_is_not_written_to(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	struct unwind_process old = unwind_tables_process(m.tables, m.self, CHECK), now;
	size_t size = old.cnt * sizeof(struct unwind_mapping);
	struct unwind_mapping *seen = malloc(size);

	(void)state;
	memcpy(seen, unwind_tables_arrays(m.tables)->mappings + old.first, size);
	for (uint64_t i = 1; i <= 20; i++) {
		apply_map(&m, m.self->tgid, i << 16);
		now = unwind_tables_process(m.tables, m.self, CHECK);
		assert_true(now.first >= old.first + old.cnt || now.first + now.cnt <= old.first);
		if (i == 10)
			unwind_tables_settled(m.tables);
	}
	assert_memory_equal(unwind_tables_arrays(m.tables)->mappings + old.first, seen, size);
	free(seen);
	machine_release(&m);
}

/* As often as it likes, within what two of them need: what it had before is used again. */
static void a_process_that_changes_is_published_anew(void **state)
{
	struct machine m = machine_with(PLENTY, 400);
	struct unwind_process p;

	(void)state;
	unwind_tables_process(m.tables, m.self, CHECK);
	for (uint64_t i = 1; i <= 100; i++) {
		apply_map(&m, m.self->tgid, 0x10000 + (i % 9) * 0x2000);
		unwind_tables_settled(m.tables);
		p = unwind_tables_process(m.tables, m.self, CHECK);
		assert_non_null(piece_at(&m, p, 0x10000 + (i % 9) * 0x2000));
	}
	machine_release(&m);
}

static void rules_beyond_the_last_one_are_counted(void **state)
{
	struct machine m = machine_of(&(struct unwind_arrays){ .row_max = PLENTY,
							       .block_max = 100000,
							       .rule_max = 3,
							       .mapping_max = 1000,
							       .process_fd = -1 });
	const struct unwind_arrays *arrays = unwind_tables_arrays(m.tables);

	(void)state;
	assert_true(unwind_tables_want(m.tables, m.self, our_code()));
	assert_in_range(counts_of(&m).unruled_rows, 1, counts_of(&m).row_cnt);
	for (uint64_t i = 0; i < counts_of(&m).row_cnt; i++)
		assert_true(arrays->rows[i] >> UNWIND_BLOCK_BITS < 3);
	machine_release(&m);
}

static uint32_t rows_of(uint64_t address)
{
	struct machine m = machine_with(PLENTY, 10000);
	uint32_t cnt;

	assert_true(unwind_tables_want(m.tables, m.self, address));
	cnt = (uint32_t)counts_of(&m).row_cnt;
	machine_release(&m);
	return cnt;
}

struct reached {
	uint32_t row_cnt, block_cnt;
	int code;
};

static int reach(void *owner, uint32_t row_cnt, uint32_t block_cnt)
{
	struct reached *r = owner;

	r->row_cnt = row_cnt;
	r->block_cnt = block_cnt;
	return r->code;
}

static void rows_are_written_only_where_that_was_asked_for(void **state)
{
	struct reached reached = { 0 };
	struct machine m = machine_of(&(struct unwind_arrays){ .row_max = PLENTY,
							       .block_max = 100000,
							       .rule_max = 5000,
							       .mapping_max = 10000,
							       .process_fd = -1,
							       .reach = reach,
							       .owner = &reached });

	(void)state;
	reached.code = -ENOMEM;
	assert_false(unwind_tables_want(m.tables, m.self, our_code()));
	assert_int_equal(counts_of(&m).module_cnt, 0);
	reached.code = 0;
	assert_true(unwind_tables_want(m.tables, m.self, libc_code()));
	assert_true(reached.row_cnt >= counts_of(&m).row_cnt);
	assert_true(reached.block_cnt > 0);
	machine_release(&m);
}

static void what_finds_no_room_is_refused_and_counted_once(void **state)
{
	uint32_t rows = rows_of(our_code());
	struct machine m = machine_with(rows - 1, 10000);
	struct unwind_process p;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_false(unwind_tables_want(m.tables, m.self, our_code()));
	p = unwind_tables_process(m.tables, m.self, CHECK);
	assert_int_equal(piece_at(&m, p, our_code())->kind, UNWIND_MAPPING_NO_TABLE);
	assert_int_equal(counts_of(&m).refused_cnt, 1);
	assert_int_equal(counts_of(&m).refused_rows, rows);
	assert_int_equal(counts_of(&m).module_cnt, 0);
	machine_release(&m);
}

/* A child that has mapped this program and nothing else. */
static struct process *child_with_our_program(struct machine *m)
{
	const struct mapping *ours = task_log_mapping(m->tasks, m->self, our_code());
	struct perf_record r = { .type = PERF_RECORD_COMM, .pid = CHILD, .tid = CHILD };
	struct process *child;

	r.comm.name = "child";
	r.comm.exec = true;
	apply_fork(m);
	task_log_apply(m->tasks, &r);
	child = task_log_process(m->tasks, CHILD);
	mappings_add(&child->mappings, ours);
	return child;
}

static void rows_that_nobody_maps_make_room(void **state)
{
	struct machine m = machine_with(rows_of(libc_code()) + 10, 10000);
	struct process *child;

	(void)state;
	child = child_with_our_program(&m);
	assert_true(unwind_tables_want(m.tables, m.self, libc_code()));
	assert_false(unwind_tables_want(m.tables, child, our_code()));
	assert_int_equal(counts_of(&m).evicted_cnt, 0);
	assert_int_equal(counts_of(&m).refused_cnt, 1);
	unwind_tables_forget(m.tables, m.self->tgid);
	unwind_tables_forget(m.tables, CHILD);
	for (int i = 0; i < 50 && !unwind_tables_want(m.tables, child, our_code()); i++)
		unwind_tables_settled(m.tables);
	assert_int_equal(counts_of(&m).evicted_cnt, 1);
	assert_int_equal(counts_of(&m).module_cnt, 1);
	machine_release(&m);
}

static void what_the_task_log_forgot_is_forgotten(void **state)
{
	struct machine m = machine_with(PLENTY, 10000);
	struct perf_record r = { .type = PERF_RECORD_EXIT, .pid = CHILD, .tid = CHILD };
	struct unwind_process p;

	(void)state;
	apply_fork(&m);
	apply_map(&m, CHILD, 0x10000);
	p = unwind_tables_process(m.tables, task_log_process(m.tasks, CHILD), CHECK);
	task_log_apply(m.tasks, &r);
	for (int i = 0; i < 5; i++) {
		task_log_sweep(m.tasks);
		unwind_tables_settled(m.tables);
	}
	assert_null(task_log_find(m.tasks, CHILD));
	assert_int_equal(unwind_tables_process(m.tables, m.self, CHECK).first, p.first);
	machine_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_gets_its_rows_when_they_are_wanted),
		cmocka_unit_test(our_own_stack_is_whole),
		cmocka_unit_test(each_mapping_is_found_from_its_first_to_its_last_address),
		cmocka_unit_test(processes_with_the_same_mappings_share_them),
		cmocka_unit_test(who_found_no_room_is_published_when_there_is_some),
		cmocka_unit_test(a_run_has_a_number_that_none_before_it_had),
		cmocka_unit_test(what_somebody_may_still_walk_by_is_not_written_to),
		cmocka_unit_test(a_process_that_changes_is_published_anew),
		cmocka_unit_test(rules_beyond_the_last_one_are_counted),
		cmocka_unit_test(rows_are_written_only_where_that_was_asked_for),
		cmocka_unit_test(what_finds_no_room_is_refused_and_counted_once),
		cmocka_unit_test(rows_that_nobody_maps_make_room),
		cmocka_unit_test(what_the_task_log_forgot_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
