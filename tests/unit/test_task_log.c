#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector/task_log.h"

#define PARENT 900001 /* beyond pid_max of most machines, so /proc knows none of them */
#define CHILD 900002
#define SECOND_THREAD 900003

struct logs {
	struct module_log *modules;
	struct task_log *tasks;
};

static struct logs logs_new(void)
{
	struct logs l = { .modules = module_log_new() };

	l.tasks = task_log_new(l.modules);
	return l;
}

static void logs_free(struct logs *l)
{
	task_log_free(l->tasks);
	module_log_free(l->modules);
}

static void fork_process(struct logs *l, uint32_t parent, uint32_t child)
{
	struct perf_record r = {
		.type = PERF_RECORD_FORK, .pid = child, .tid = child, .time_ns = 1000
	};

	r.fork.parent_pid = r.fork.parent_tid = parent;
	task_log_apply(l->tasks, &r);
}

static void fork_thread(struct logs *l, uint32_t pid, uint32_t tid)
{
	struct perf_record r = { .type = PERF_RECORD_FORK, .pid = pid, .tid = tid };

	r.fork.parent_pid = r.fork.parent_tid = pid;
	task_log_apply(l->tasks, &r);
}

static void exec(struct logs *l, uint32_t pid, const char *comm)
{
	struct perf_record r = { .type = PERF_RECORD_COMM, .pid = pid, .tid = pid };

	r.comm.name = comm;
	r.comm.exec = true;
	task_log_apply(l->tasks, &r);
}

static void map(struct logs *l, uint32_t pid, uint64_t start, const char *path)
{
	struct perf_record r = { .type = PERF_RECORD_MMAP2, .pid = pid, .tid = pid };

	r.map.start = start;
	r.map.len = 0x1000;
	r.map.inode = 7;
	r.map.path = path;
	task_log_apply(l->tasks, &r);
}

static void exit_thread(struct logs *l, uint32_t pid, uint32_t tid)
{
	struct perf_record r = { .type = PERF_RECORD_EXIT, .pid = pid, .tid = tid };

	task_log_apply(l->tasks, &r);
}

static const char *path_at(struct logs *l, uint32_t pid, uint64_t address)
{
	struct process *p = task_log_process(l->tasks, pid);
	const struct mapping *m = task_log_mapping(l->tasks, p, address);

	return m ? module_log_path(l->modules, m->module) : "nothing";
}

static void a_program_has_the_mappings_since_its_exec(void **state)
{
	struct logs l = logs_new();

	(void)state;
	exec(&l, PARENT, "first");
	map(&l, PARENT, 0x1000, "/bin/first");
	exec(&l, PARENT, "second");
	map(&l, PARENT, 0x5000, "/bin/second");
	assert_string_equal(path_at(&l, PARENT, 0x1000), "nothing");
	assert_string_equal(path_at(&l, PARENT, 0x5fff), "/bin/second");
	assert_int_equal(task_log_process(l.tasks, PARENT)->generation, 2);
	assert_string_equal(task_log_process(l.tasks, PARENT)->comm, "second");
	logs_free(&l);
}

static void the_first_file_after_an_exec_is_the_program(void **state)
{
	struct logs l = logs_new();
	struct process *p;

	(void)state;
	exec(&l, PARENT, "prog");
	map(&l, PARENT, 0x1000, "[vdso]");
	map(&l, PARENT, 0x2000, "/bin/prog");
	map(&l, PARENT, 0x3000, "/lib/ld.so");
	p = task_log_process(l.tasks, PARENT);
	assert_string_equal(task_log_text(l.tasks, p->executable), "/bin/prog");
	logs_free(&l);
}

static void a_child_has_the_mappings_of_its_parent_as_they_were(void **state)
{
	struct logs l = logs_new();

	(void)state;
	exec(&l, PARENT, "prog");
	map(&l, PARENT, 0x1000, "/bin/prog");
	fork_process(&l, PARENT, CHILD);
	map(&l, PARENT, 0x8000, "/lib/later.so");
	assert_string_equal(path_at(&l, CHILD, 0x1000), "/bin/prog");
	assert_string_equal(path_at(&l, CHILD, 0x8000), "nothing");
	assert_int_equal(task_log_process(l.tasks, CHILD)->parent_tgid, PARENT);
	assert_int_equal(task_log_process(l.tasks, CHILD)->start_ns, 1000);
	logs_free(&l);
}

static void a_pid_that_is_born_again_has_nothing_of_the_old_one(void **state)
{
	struct logs l = logs_new();

	(void)state;
	exec(&l, CHILD, "old");
	map(&l, CHILD, 0x1000, "/bin/old");
	exec(&l, PARENT, "parent");
	map(&l, PARENT, 0x2000, "/bin/parent");
	fork_process(&l, PARENT, CHILD);
	assert_string_equal(path_at(&l, CHILD, 0x1000), "nothing");
	assert_string_equal(path_at(&l, CHILD, 0x2000), "/bin/parent");
	assert_int_equal(task_log_process(l.tasks, CHILD)->generation, 0);
	logs_free(&l);
}

static void a_thread_has_the_name_of_the_one_that_made_it_until_it_changes(void **state)
{
	struct logs l = logs_new();
	struct perf_record r = { .type = PERF_RECORD_FORK, .pid = PARENT, .tid = SECOND_THREAD };
	struct process *p;

	(void)state;
	exec(&l, PARENT, "prog");
	r.fork.parent_pid = r.fork.parent_tid = PARENT;
	task_log_apply(l.tasks, &r);
	p = task_log_process(l.tasks, PARENT);
	assert_string_equal(task_log_thread(l.tasks, p, SECOND_THREAD)->comm, "prog");
	r = (struct perf_record){ .type = PERF_RECORD_COMM, .pid = PARENT, .tid = SECOND_THREAD };
	r.comm.name = "worker";
	task_log_apply(l.tasks, &r);
	assert_string_equal(task_log_thread(l.tasks, p, SECOND_THREAD)->comm, "worker");
	assert_string_equal(task_log_thread(l.tasks, p, PARENT)->comm, "prog");
	logs_free(&l);
}

static void what_exited_is_kept_for_one_more_sweep(void **state)
{
	struct logs l = logs_new();

	(void)state;
	exec(&l, PARENT, "prog");
	map(&l, PARENT, 0x1000, "/bin/prog");
	exit_thread(&l, PARENT, PARENT);
	task_log_sweep(l.tasks);
	assert_string_equal(path_at(&l, PARENT, 0x1000), "/bin/prog");
	task_log_sweep(l.tasks);
	assert_string_equal(path_at(&l, PARENT, 0x1000), "nothing");
	logs_free(&l);
}

static void sweeping_keeps_who_is_alive(void **state)
{
	struct logs l = logs_new();

	(void)state;
	for (uint32_t pid = PARENT; pid < PARENT + 100; pid++) {
		exec(&l, pid, "prog");
		map(&l, pid, 0x1000, "/bin/prog");
		if (pid % 3)
			exit_thread(&l, pid, pid);
	}
	for (int i = 0; i < 3; i++)
		task_log_sweep(l.tasks);
	for (uint32_t pid = PARENT; pid < PARENT + 100; pid++)
		assert_string_equal(path_at(&l, pid, 0x1000), pid % 3 ? "nothing" : "/bin/prog");
	logs_free(&l);
}

static void each_change_of_mappings_is_a_version_of_its_own(void **state)
{
	struct logs l = logs_new();
	uint64_t first, child;

	(void)state;
	exec(&l, PARENT, "prog");
	first = task_log_process(l.tasks, PARENT)->maps_version;
	fork_process(&l, PARENT, CHILD);
	child = task_log_process(l.tasks, CHILD)->maps_version;
	map(&l, PARENT, 0x1000, "/bin/prog");
	assert_int_not_equal(first, child);
	assert_int_not_equal(task_log_process(l.tasks, PARENT)->maps_version, first);
	assert_int_not_equal(task_log_process(l.tasks, PARENT)->maps_version, child);
	logs_free(&l);
}

static void who_was_there_before_is_read_from_proc(void **state)
{
	struct logs l = logs_new();
	uint32_t self = (uint32_t)getpid();
	struct process *p = task_log_process(l.tasks, self);
	const struct mapping *m;

	(void)state;
	m = task_log_mapping(l.tasks, p,
			     (uint64_t)(uintptr_t)who_was_there_before_is_read_from_proc);
	assert_non_null(m);
	assert_non_null(strstr(module_log_path(l.modules, m->module), "test_task_log"));
	assert_int_equal(p->parent_tgid, getppid());
	assert_non_null(strstr(task_log_text(l.tasks, p->executable), "test_task_log"));
	logs_free(&l);
}

static void a_first_thread_whose_place_another_takes_by_exec_is_alive(void **state)
{
	struct logs l = logs_new();

	(void)state;
	exec(&l, PARENT, "first");
	exit_thread(&l, PARENT, PARENT);
	exec(&l, PARENT, "second");
	map(&l, PARENT, 0x1000, "/bin/second");
	for (int i = 0; i < 3; i++)
		task_log_sweep(l.tasks);
	assert_string_equal(path_at(&l, PARENT, 0x1000), "/bin/second");
	assert_false(task_log_is_over(l.tasks, PARENT));
	logs_free(&l);
}

static void *end_when_told(void *told)
{
	char byte;

	(void)!read(*(int *)told, &byte, 1);
	_exit(0);
}

/* A child whose first thread ends at once, and its last one when *out_end is closed. */
static pid_t fork_without_first_thread(int *out_end)
{
	int ends[2];
	pthread_t last;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		close(ends[1]);
		if (pthread_create(&last, NULL, end_when_told, &ends[0]))
			_exit(1);
		pthread_exit(NULL);
	}
	close(ends[0]);
	*out_end = ends[1];
	return child;
}

static char state_of(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state;
}

static void wait_for_zombie(pid_t pid)
{
	for (int i = 0; i < 5000 && state_of(pid) != 'Z'; i++)
		usleep(1000);
	assert_int_equal(state_of(pid), 'Z');
}

static void a_process_lives_as_long_as_its_last_thread(void **state)
{
	struct logs l = logs_new();
	int end;
	uint32_t child = (uint32_t)fork_without_first_thread(&end);
	uint64_t here = (uint64_t)(uintptr_t)a_process_lives_as_long_as_its_last_thread;

	(void)state;
	wait_for_zombie((pid_t)child);
	assert_non_null(strstr(path_at(&l, child, here), "test_task_log"));
	map(&l, child, 0x1000, "/lib/later.so");
	exit_thread(&l, child, child);
	for (int i = 0; i < 5; i++)
		task_log_sweep(l.tasks);
	assert_false(task_log_is_over(l.tasks, child));
	assert_string_equal(path_at(&l, child, 0x1000), "/lib/later.so");
	close(end);
	waitpid((pid_t)child, NULL, 0);
	assert_true(task_log_is_over(l.tasks, child));
	for (int i = 0; i < 3; i++)
		task_log_sweep(l.tasks);
	assert_string_equal(path_at(&l, child, 0x1000), "nothing");
	logs_free(&l);
}

/* Its last thread lives yet, so /proc would say that it does. */
static void is_over_when_all_threads_that_were_seen_have_exited(void **state)
{
	struct logs l = logs_new();
	int end;
	uint32_t child = (uint32_t)fork_without_first_thread(&end);

	(void)state;
	wait_for_zombie((pid_t)child);
	fork_process(&l, (uint32_t)getpid(), child);
	fork_thread(&l, child, child + 1);
	exit_thread(&l, child, child);
	assert_false(task_log_is_over(l.tasks, child));
	exit_thread(&l, child, child + 1);
	assert_true(task_log_is_over(l.tasks, child));
	close(end);
	waitpid((pid_t)child, NULL, 0);
	logs_free(&l);
}

static void who_was_not_seen_forking_has_nothing_of_its_parent(void **state)
{
	struct logs l = logs_new();
	uint64_t here = (uint64_t)(uintptr_t)a_process_lives_as_long_as_its_last_thread;
	pid_t child = fork();

	(void)state;
	if (!child)
		_exit(0);
	wait_for_zombie(child);
	assert_int_equal(task_log_process(l.tasks, (uint32_t)child)->parent_tgid, getpid());
	assert_string_equal(path_at(&l, (uint32_t)child, here), "nothing");
	waitpid(child, NULL, 0);
	logs_free(&l);
}

static void user_and_cgroup_are_read_again_after_an_exec(void **state)
{
	struct logs l = logs_new();
	struct perf_record r = { .type = PERF_RECORD_FORK };
	uint32_t self = (uint32_t)getpid();
	struct timespec now;

	(void)state;
	exec(&l, PARENT, "nobody knows whose");
	assert_int_equal(task_log_process(l.tasks, PARENT)->uid, TRACE_NONE);
	clock_gettime(CLOCK_MONOTONIC, &now);
	r.time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	r.pid = r.tid = self;
	r.fork.parent_pid = r.fork.parent_tid = PARENT;
	task_log_apply(l.tasks, &r);
	assert_int_equal(task_log_process(l.tasks, self)->uid, TRACE_NONE);
	exec(&l, self, "mine");
	assert_int_equal(task_log_process(l.tasks, self)->uid, getuid());
	assert_string_equal(task_log_process(l.tasks, self)->comm, "mine");
	logs_free(&l);
}

static void who_is_gone_after_an_exec_keeps_what_it_inherited(void **state)
{
	struct logs l = logs_new();
	struct process *p;

	(void)state;
	p = task_log_process(l.tasks, (uint32_t)getpid());
	assert_int_equal(p->uid, getuid());
	fork_process(&l, (uint32_t)getpid(), CHILD);
	exec(&l, CHILD, "gone");
	p = task_log_process(l.tasks, CHILD);
	assert_int_equal(p->uid, getuid());
	assert_string_equal(p->comm, "gone");
	assert_string_equal(task_log_text(l.tasks, p->executable), "");
	logs_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_has_the_mappings_since_its_exec),
		cmocka_unit_test(the_first_file_after_an_exec_is_the_program),
		cmocka_unit_test(a_child_has_the_mappings_of_its_parent_as_they_were),
		cmocka_unit_test(a_pid_that_is_born_again_has_nothing_of_the_old_one),
		cmocka_unit_test(a_thread_has_the_name_of_the_one_that_made_it_until_it_changes),
		cmocka_unit_test(what_exited_is_kept_for_one_more_sweep),
		cmocka_unit_test(sweeping_keeps_who_is_alive),
		cmocka_unit_test(each_change_of_mappings_is_a_version_of_its_own),
		cmocka_unit_test(who_was_there_before_is_read_from_proc),
		cmocka_unit_test(a_first_thread_whose_place_another_takes_by_exec_is_alive),
		cmocka_unit_test(a_process_lives_as_long_as_its_last_thread),
		cmocka_unit_test(is_over_when_all_threads_that_were_seen_have_exited),
		cmocka_unit_test(who_was_not_seen_forking_has_nothing_of_its_parent),
		cmocka_unit_test(user_and_cgroup_are_read_again_after_an_exec),
		cmocka_unit_test(who_is_gone_after_an_exec_keeps_what_it_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
