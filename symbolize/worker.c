#include "symbolize/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "symbolize/sandbox.h"

#define CHILDREN_MAX 64
#define READ_BYTES ((size_t)64 << 10)

/* Exit statuses of a child, beside death by signal. */
enum child_exit {
	CHILD_GOOD = 0,
	CHILD_NO_WALLS = 10, /* what it said is the reason */
	CHILD_NO_MEMORY = 11,
	CHILD_PIPE = 12,
};

struct child {
	pid_t pid; /* 0: this place is free */
	int pipe;
	size_t index;
	uint64_t patience_ms; /* from fork to ... */
	uint64_t deadline_ms; /* ... this time */
	struct sandbox_limits limits;
	struct worker_result result;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- in the child ---- */

static void exit_without_memory(size_t size)
{
	(void)size;
	_exit(CHILD_NO_MEMORY);
}

static void close_between(unsigned first, unsigned last)
{
	if (first > last)
		return;
#ifdef SYS_close_range
	if (!syscall(SYS_close_range, first, last, 0))
		return;
#endif
	for (unsigned fd = first; fd <= last && fd < (unsigned)sysconf(_SC_OPEN_MAX); fd++)
		close((int)fd);
}

static int by_value(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

/* Sanitizers report on stderr, so their builds keep it. */
static void close_others(const struct worker_task *task, int pipe)
{
	struct {
		VEC(int);
	} kept = { 0 };
	unsigned first = 0;

	*vec_push(&kept) = pipe;
	if (!SANDBOX_HAS_WALLS)
		*vec_push(&kept) = STDERR_FILENO;
	for (size_t i = 0; i < task->fds.cnt; i++)
		*vec_push(&kept) = task->fds.v[i];
	qsort(kept.v, kept.cnt, sizeof(kept.v[0]), by_value);
	for (size_t i = 0; i < kept.cnt; i++) {
		if ((unsigned)kept.v[i] > first)
			close_between(first, (unsigned)kept.v[i] - 1);
		first = (unsigned)kept.v[i] + 1;
	}
	close_between(first, ~0u);
	vec_release(&kept);
}

static void forget_handlers(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static enum child_exit work_in_child(const struct worker_task *task, int pipe)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	mem_on_exhausted(exit_without_memory);
	forget_handlers();
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (sandbox_enter(task->mapped_bytes, &err)) {
		(void)io_write_all(pipe, err.text, strlen(err.text));
		return CHILD_NO_WALLS;
	}
	task->run(task->work, &out);
	return io_write_all(pipe, out.v, out.len) ? CHILD_PIPE : CHILD_GOOD;
}

/* ---- in the parent ---- */

void worker_task_add_file(struct worker_task *task, int fd, uint64_t len)
{
	if (fd < 0)
		return;
	*vec_push(&task->fds) = fd;
	task->mapped_bytes += len;
}

static void close_files(struct worker_task *task)
{
	for (size_t i = 0; i < task->fds.cnt; i++)
		close(task->fds.v[i]);
	vec_release(&task->fds);
}

static int start_child(struct child *c, const struct worker_task *task, size_t index,
		       const struct worker_crew *crew)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		int bad = -errno;

		close(ends[0]);
		close(ends[1]);
		return bad;
	}
	if (!pid) {
		close_others(task, ends[1]);
		_exit(work_in_child(task, ends[1]));
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*c = (struct child){ .pid = pid, .pipe = ends[0], .index = index };
	c->limits = sandbox_limits(task->mapped_bytes);
	c->patience_ms = crew->deadline_ms + WORKER_DEADLINE_PER_CPU_SECOND_MS *
						     (c->limits.cpu_seconds - SANDBOX_CPU_SECONDS);
	c->deadline_ms = now_ms() + c->patience_ms;
	return 0;
}

static void judge_exit(struct worker_result *result, const struct sandbox_limits *limits,
		       int status)
{
	struct err *err = &result->err;

	result->was_tried = WIFSIGNALED(status) || WEXITSTATUS(status) != CHILD_NO_WALLS;
	if (WIFSIGNALED(status)) {
		int signal = WTERMSIG(status);

		if (signal == SIGXCPU)
			err_set(err, -ETIMEDOUT, "reading it took more than %u s of CPU time",
				limits->cpu_seconds);
		else
			err_set(err, -EBADMSG, "reading it ended with signal %d (%s)", signal,
				strsignal(signal));
		return;
	}
	switch (WEXITSTATUS(status)) {
	case CHILD_GOOD:
		return;
	case CHILD_NO_WALLS:
		err_set(err, -EPERM, "%s", buf_text(&result->said));
		return;
	case CHILD_NO_MEMORY:
		err_set(err, -ENOMEM, "reading it takes more than %d MiB of memory",
			(int)(limits->memory_bytes >> 20));
		return;
	default:
		err_set(err, -EBADMSG, "reading it ended with status %d", WEXITSTATUS(status));
	}
}

static void end_child(struct child *c, const struct worker_crew *crew)
{
	int status = 0;

	if (c->result.err.code)
		kill(c->pid, SIGKILL);
	close(c->pipe);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR) {
			err_set(&c->result.err, -errno, "waitpid: %s", strerror(errno));
			status = 0;
			break;
		}
	judge_exit(&c->result, &c->limits, status);
	crew->done(crew->owner, c->index, &c->result);
	buf_release(&c->result.said);
	*c = (struct child){ 0 };
}

/* True: the child has said all, or too much. */
static bool listen_to(struct child *c, size_t said_max)
{
	struct buf *said = &c->result.said;
	ssize_t got;

	for (;;) {
		buf_reserve(said, READ_BYTES);
		got = read(c->pipe, said->v + said->len, READ_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return false;
		if (got <= 0)
			return true;
		said->len += (size_t)got;
		if (said->len > said_max) {
			err_set(&c->result.err, -EFBIG, "its reader said more than %zu bytes",
				said_max);
			return true;
		}
	}
}

static int wait_ms(const struct child *children, size_t cnt)
{
	uint64_t now = now_ms();
	uint64_t first = now + WORKER_DEADLINE_MS;

	for (size_t i = 0; i < cnt; i++)
		if (children[i].pid && children[i].deadline_ms < first)
			first = children[i].deadline_ms;
	return first > now ? (int)(first - now) : 0;
}

/* Waits until at least one child has something to say or is late. */
static void attend(struct child *children, size_t cnt, const struct worker_crew *crew)
{
	struct pollfd fds[CHILDREN_MAX];
	uint64_t now;

	for (size_t i = 0; i < cnt; i++)
		fds[i] = (struct pollfd){ .fd = children[i].pid ? children[i].pipe : -1,
					  .events = POLLIN };
	if (poll(fds, cnt, wait_ms(children, cnt)) < 0)
		return;
	now = now_ms();
	for (size_t i = 0; i < cnt; i++) {
		struct child *c = &children[i];

		if (!c->pid)
			continue;
		if (fds[i].revents && listen_to(c, crew->said_max))
			end_child(c, crew);
		else if (now >= c->deadline_ms) {
			err_set(&c->result.err, -ETIMEDOUT, "reading it took more than %u ms",
				(unsigned)c->patience_ms);
			end_child(c, crew);
		}
	}
}

unsigned worker_cpu_cnt(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	return (unsigned)CPU_COUNT(&cpus);
}

/* Prepares pieces until one runs; false: none is left. A fork that fails is final. */
static bool start_next(struct child *c, const struct worker_crew *crew, size_t *next, size_t cnt)
{
	while (*next < cnt) {
		struct worker_task task = { 0 };
		struct worker_result result = { 0 };
		size_t index = (*next)++;
		int bad;

		if (!crew->prepare(crew->owner, index, &task))
			continue;
		bad = start_child(c, &task, index, crew);
		close_files(&task);
		if (!bad)
			return true;
		err_set(&result.err, bad, "no process could be started for it: %s", strerror(-bad));
		crew->done(crew->owner, index, &result);
	}
	return false;
}

static struct worker_crew with_defaults(const struct worker_crew *crew)
{
	struct worker_crew filled = *crew;

	if (!filled.children_max)
		filled.children_max = worker_cpu_cnt();
	if (filled.children_max > CHILDREN_MAX)
		filled.children_max = CHILDREN_MAX;
	if (!filled.deadline_ms)
		filled.deadline_ms = WORKER_DEADLINE_MS;
	if (!filled.said_max)
		filled.said_max = WORKER_SAID_MAX;
	return filled;
}

void worker_run_all(const struct worker_crew *crew, size_t cnt)
{
	struct child children[CHILDREN_MAX] = { 0 };
	struct worker_crew filled = with_defaults(crew);
	size_t next = 0;
	bool busy = true;

	while (busy) {
		busy = false;
		for (size_t i = 0; i < filled.children_max; i++)
			if (children[i].pid || start_next(&children[i], &filled, &next, cnt))
				busy = true;
		if (busy)
			attend(children, filled.children_max, &filled);
	}
}
