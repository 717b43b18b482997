#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "symbolize/sandbox.h"
#include "symbolize/worker.h"

/* ---- what children do ---- */

static void say_hello(const void *work, struct buf *out)
{
	buf_printf(out, "hello %s", (const char *)work);
}

static void say_a_megabyte(const void *work, struct buf *out)
{
	for (int i = 0; i < 1 << 20; i++)
		buf_u8(out, (uint8_t)i);
	(void)work;
}

static void crash(const void *work, struct buf *out)
{
	(void)work;
	(void)out;
	__builtin_trap();
}

static void never_end(const void *work, struct buf *out)
{
	volatile bool more = true;

	(void)work;
	(void)out;
	while (more)
		;
}

static void take_all_memory(const void *work, struct buf *out)
{
	(void)work;
	for (;;)
		buf_reserve(out, (size_t)1 << 24), out->len += (size_t)1 << 24;
}

static void open_a_file(const void *work, struct buf *out)
{
	int fd = open(work, O_RDONLY);

	buf_printf(out, "%d %d", fd, errno);
}

static void open_a_socket(const void *work, struct buf *out)
{
	(void)work;
	buf_printf(out, "%d", socket(AF_INET, SOCK_STREAM, 0));
}

static void start_a_process(const void *work, struct buf *out)
{
	(void)work;
	buf_printf(out, "%d", (int)fork());
}

static void protect_memory(const void *work, struct buf *out)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	buf_printf(out, "%d", mprotect(page, 4096, *(const int *)work));
}

static void wait_for_input(const void *work, struct buf *out)
{
	char c;

	buf_printf(out, "%zd", read(*(const int *)work, &c, 1));
}

static void list_descriptors(const void *work, struct buf *out)
{
	(void)work;
	for (int fd = SANDBOX_HAS_WALLS ? 0 : 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			buf_printf(out, "%d ", fd);
}

/* ---- one child, and what became of it ---- */

/* A second of CPU time may take long where many want it. */
#define PATIENT_MS 300000

struct single {
	struct worker_task task;
	char *said;
	size_t said_len;
	struct err err;
	unsigned done_cnt;
};

static bool prepare_single(void *owner, size_t index, struct worker_task *out)
{
	assert_int_equal(index, 0);
	*out = ((struct single *)owner)->task;
	return true;
}

static void done_single(void *owner, size_t index, struct worker_result *result)
{
	struct single *s = owner;

	(void)index;
	s->said = mem_dup((const char *)result->said.v, result->said.len);
	s->said_len = result->said.len;
	s->err = result->err;
	s->done_cnt++;
}

static struct single run_one(void (*run)(const void *, struct buf *), const void *work)
{
	struct single s = { .task = { .run = run, .work = work } };
	struct worker_crew crew = {
		.owner = &s, .prepare = prepare_single, .done = done_single, .deadline_ms = PATIENT_MS
	};

	worker_run_all(&crew, 1);
	assert_int_equal(s.done_cnt, 1);
	return s;
}

static void expect_said(void (*run)(const void *, struct buf *), const void *work, const char *said)
{
	struct single s = run_one(run, work);

	assert_int_equal(s.err.code, 0);
	assert_string_equal(s.said, said);
	free(s.said);
}

static void expect_failure(void (*run)(const void *, struct buf *), int code, const char *words)
{
	struct single s = run_one(run, NULL);

	assert_int_equal(s.err.code, code);
	assert_non_null(strstr(s.err.text, words));
	free(s.said);
}

static void child_says_what_it_found(void **state)
{
	struct single s;

	(void)state;
	expect_said(say_hello, "world", "hello world");
	s = run_one(say_a_megabyte, NULL);
	assert_int_equal(s.err.code, 0);
	assert_int_equal(s.said_len, 1 << 20);
	free(s.said);
}

static void child_that_crashes_is_one_result_with_a_reason(void **state)
{
	(void)state;
	expect_failure(crash, -EBADMSG, "signal 4");
}

static void child_that_takes_all_memory_is_stopped(void **state)
{
	(void)state;
	if (!SANDBOX_HAS_WALLS)
		skip();
	expect_failure(take_all_memory, -ENOMEM, "512 MiB");
}

static void child_that_never_ends_runs_out_of_cpu_time(void **state)
{
	struct rlimit before;
	struct rlimit second;

	(void)state;
	if (!SANDBOX_HAS_WALLS)
		skip();
	assert_int_equal(getrlimit(RLIMIT_CPU, &before), 0);
	second = (struct rlimit){ 1, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_CPU, &second), 0);
	expect_failure(never_end, -ETIMEDOUT, "CPU time");
	assert_int_equal(setrlimit(RLIMIT_CPU, &before), 0);
}

/* A child behind the walls that says so and waits to be killed. */
static pid_t start_walled(int *out_pipe)
{
	struct err err = { 0 };
	int ends[2];
	int silent[2];
	pid_t pid;
	char c = 0;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(silent), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* where the test fails before it kills */
		if (sandbox_enter((uint64_t)1 << 20, &err) || write(ends[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			(void)!read(silent[0], &c, 1);
	}
	close(silent[0]);
	close(silent[1]);
	close(ends[1]);
	*out_pipe = ends[0];
	return pid;
}

static rlim_t limit_of(pid_t pid, enum __rlimit_resource resource, rlim_t *out_hard)
{
	struct rlimit there;

	assert_int_equal(prlimit(pid, resource, NULL, &there), 0);
	*out_hard = there.rlim_max;
	return there.rlim_cur;
}

static void child_has_limits_whatever_its_parent_has(void **state)
{
	const rlim_t space = SANDBOX_MEMORY_BYTES + ((rlim_t)1 << 20);
	rlim_t hard;
	pid_t pid;
	int said;
	char c;

	(void)state;
	if (!SANDBOX_HAS_WALLS)
		skip();
	pid = start_walled(&said);
	assert_int_equal(read(said, &c, 1), 1);
	assert_true(limit_of(pid, RLIMIT_CPU, &hard) <= SANDBOX_CPU_SECONDS);
	assert_true(hard <= SANDBOX_CPU_SECONDS + 1);
	/* What the test itself takes is far less than as much again. */
	assert_true(limit_of(pid, RLIMIT_AS, &hard) < 2 * space && hard < 2 * space);
	assert_int_equal(limit_of(pid, RLIMIT_FSIZE, &hard) | hard, 0);
	assert_int_equal(limit_of(pid, RLIMIT_NPROC, &hard) | hard, 0);
	assert_int_equal(limit_of(pid, RLIMIT_CORE, &hard) | hard, 0);
	assert_int_equal(limit_of(pid, RLIMIT_NOFILE, &hard) | hard, 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(said);
}

static void child_that_waits_misses_its_deadline(void **state)
{
	int ends[2];
	int fd;
	struct single s = { .task = { .run = wait_for_input } };
	struct worker_crew crew = {
		.owner = &s, .prepare = prepare_single, .done = done_single, .deadline_ms = 50
	};

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fd = dup(ends[0]);
	worker_task_add_file(&s.task, fd, 0);
	s.task.work = &fd;
	worker_run_all(&crew, 1);
	assert_int_equal(s.err.code, -ETIMEDOUT);
	free(s.said);
	close(ends[0]);
	close(ends[1]);
}

static void child_that_says_too_much_is_stopped(void **state)
{
	struct single s = { .task = { .run = say_a_megabyte } };
	struct worker_crew crew = {
		.owner = &s, .prepare = prepare_single, .done = done_single, .said_max = 1000
	};

	(void)state;
	worker_run_all(&crew, 1);
	assert_int_equal(s.err.code, -EFBIG);
	assert_true(s.said_len <= 1000 + (64 << 10)); /* and one read */
	free(s.said);
}

static void child_can_open_no_file_no_socket_and_start_no_process(void **state)
{
	(void)state;
	if (!SANDBOX_HAS_WALLS)
		skip();
	expect_said(open_a_file, "/etc/passwd", "-1 1");
	expect_failure(open_a_socket, -EBADMSG, "signal 31");
	expect_failure(start_a_process, -EBADMSG, "signal 31");
}

static void child_can_make_no_memory_executable(void **state)
{
	static const int writable = PROT_READ | PROT_WRITE;
	static const int executable = PROT_READ | PROT_EXEC;
	struct single s;

	(void)state;
	if (!SANDBOX_HAS_WALLS)
		skip();
	expect_said(protect_memory, &writable, "0");
	s = run_one(protect_memory, &executable);
	assert_int_equal(s.err.code, -EBADMSG);
	assert_non_null(strstr(s.err.text, "signal 31"));
	free(s.said);
}

static void child_keeps_only_its_own_descriptors(void **state)
{
	char expected[32];
	int stranger = open("/dev/null", O_RDONLY);
	int fd;
	struct single s = { .task = { .run = list_descriptors } };
	struct worker_crew crew = { .owner = &s, .prepare = prepare_single, .done = done_single };

	(void)state;
	fd = open("/dev/zero", O_RDONLY);
	worker_task_add_file(&s.task, fd, 0);
	assert_true(stranger > 2);
	snprintf(expected, sizeof(expected), "%d ", fd);
	worker_run_all(&crew, 1);
	assert_int_equal(s.err.code, 0);
	assert_int_equal(strncmp(s.said, expected, strlen(expected)), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	/* The other one is the pipe. */
	assert_ptr_equal(strchr(strchr(s.said, ' ') + 1, ' ') + 1, s.said + strlen(s.said));
	free(s.said);
	close(stranger);
}

/* As where stdin was closed when the program began. */
static void descriptor_0_may_be_one_of_a_childs_own(void **state)
{
	int kept = dup(STDIN_FILENO);
	struct single s = { .task = { .run = list_descriptors } };
	struct worker_crew crew = { .owner = &s, .prepare = prepare_single, .done = done_single };

	(void)state;
	assert_int_equal(close(STDIN_FILENO), 0);
	assert_int_equal(open("/dev/zero", O_RDONLY), STDIN_FILENO);
	worker_task_add_file(&s.task, STDIN_FILENO, 0);
	worker_run_all(&crew, 1);
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	close(kept);
	assert_int_equal(s.err.code, 0);
	if (SANDBOX_HAS_WALLS)
		assert_int_equal(strncmp(s.said, "0 ", 2), 0);
	free(s.said);
}

#define MANY 101

struct many {
	unsigned done[MANY];
	unsigned failed_cnt;
	char names[MANY][8];
};

static bool prepare_many(void *owner, size_t index, struct worker_task *out)
{
	struct many *m = owner;

	if (index % 10 == 3)
		return false;
	snprintf(m->names[index], sizeof(m->names[index]), "%zu", index);
	out->run = index % 10 == 7 ? crash : say_hello;
	out->work = m->names[index];
	return true;
}

static void done_many(void *owner, size_t index, struct worker_result *result)
{
	struct many *m = owner;
	char expected[16];

	m->done[index]++;
	if (result->err.code) {
		m->failed_cnt++;
		return;
	}
	snprintf(expected, sizeof(expected), "hello %zu", index);
	assert_int_equal(result->said.len, strlen(expected));
	assert_memory_equal(result->said.v, expected, result->said.len);
}

static void every_piece_is_done_once_and_crashes_cost_only_themselves(void **state)
{
	struct many m = { 0 };
	struct worker_crew crew = {
		.owner = &m, .prepare = prepare_many, .done = done_many, .children_max = 3
	};

	(void)state;
	worker_run_all(&crew, MANY);
	assert_int_equal(m.failed_cnt, 10);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(m.done[i], i % 10 != 3);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_says_what_it_found),
		cmocka_unit_test(child_that_crashes_is_one_result_with_a_reason),
		cmocka_unit_test(child_that_takes_all_memory_is_stopped),
		cmocka_unit_test(child_that_never_ends_runs_out_of_cpu_time),
		cmocka_unit_test(child_has_limits_whatever_its_parent_has),
		cmocka_unit_test(child_that_waits_misses_its_deadline),
		cmocka_unit_test(child_that_says_too_much_is_stopped),
		cmocka_unit_test(child_can_open_no_file_no_socket_and_start_no_process),
		cmocka_unit_test(child_can_make_no_memory_executable),
		cmocka_unit_test(child_keeps_only_its_own_descriptors),
		cmocka_unit_test(descriptor_0_may_be_one_of_a_childs_own),
		cmocka_unit_test(every_piece_is_done_once_and_crashes_cost_only_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
