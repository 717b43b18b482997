#include "symbolize/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "symbolize/elf_identity.h"
#include "symbolize/regular_file.h"

#define LIBRARY "libdebuginfod.so.1"
#define GRACE_SECONDS 10 /* beyond the time that the library was told to keep */
#define TOLD_EVERY_NS 100000000

extern char **environ;

struct library {
	void *(*begin)(void);
	void (*set_progressfn)(void *client, int (*fn)(void *client, long done, long total));
	int (*find_debuginfo)(void *client, const unsigned char *build_id, int len, char **path);
};

struct told {
	uint64_t done;
	uint64_t total;
};

/* ---- in the child ---- */

static int told_pipe;

static int tell(void *client, long done, long total)
{
	static struct timespec last;
	struct told told = { done > 0 ? (uint64_t)done : 0, total > 0 ? (uint64_t)total : 0 };
	struct timespec now;

	(void)client;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == last.tv_sec && now.tv_nsec - last.tv_nsec < TOLD_EVERY_NS)
		return 0;
	last = now;
	return write(told_pipe, &told, sizeof(told)) != sizeof(told); /* nobody listens: stop */
}

static bool library_load(struct library *out)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return false;
	*(void **)&out->begin = dlsym(handle, "debuginfod_begin");
	*(void **)&out->set_progressfn = dlsym(handle, "debuginfod_set_progressfn");
	*(void **)&out->find_debuginfo = dlsym(handle, "debuginfod_find_debuginfo");
	return out->begin && out->set_progressfn && out->find_debuginfo;
}

/* The library is told everything by its environment, and nothing of what was there. */
static void set_environment(const struct debuginfod *d)
{
	struct buf urls = { 0 };
	char number[32];

	for (size_t i = 0; environ[i];) {
		char *name = mem_dup(environ[i], strcspn(environ[i], "="));

		if (strncmp(name, "DEBUGINFOD_", strlen("DEBUGINFOD_")) || unsetenv(name))
			i++;
		free(name);
	}
	for (size_t i = 0; i < d->url_cnt; i++)
		buf_printf(&urls, "%s%s", i ? " " : "", d->urls[i]);
	setenv("DEBUGINFOD_URLS", buf_text(&urls), 1);
	setenv("DEBUGINFOD_CACHE_PATH", d->folder, 1);
	snprintf(number, sizeof(number), "%u", d->seconds ? d->seconds : DEBUGINFOD_SECONDS);
	setenv("DEBUGINFOD_TIMEOUT", number, 1);
	setenv("DEBUGINFOD_MAXTIME", number, 1);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)(d->bytes_max ? d->bytes_max : DEBUGINFOD_BYTES_MAX));
	setenv("DEBUGINFOD_MAXSIZE", number, 1);
	buf_release(&urls);
}

static void set_limits(const struct debuginfod *d)
{
	rlim_t most = d->bytes_max ? d->bytes_max : DEBUGINFOD_BYTES_MAX;

	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ most, most });
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* Returns an errno, or 0: small enough for an exit status. */
static int fetch_in_child(const struct debuginfod *d, const uint8_t *build_id, size_t len)
{
	struct library library;
	void *client;
	int fd;

	set_limits(d);
	set_environment(d);
	if (!library_load(&library))
		return ELIBACC;
	client = library.begin();
	if (!client)
		return ENOMEM;
	library.set_progressfn(client, tell);
	fd = library.find_debuginfo(client, build_id, (int)len, NULL);
	return fd >= 0 ? 0 : fd > -256 ? -fd : EIO;
}

/* ---- in the parent ---- */

static int say_end(int code, const struct debuginfod *d, struct err *err)
{
	switch (code) {
	case 0:
		return 0;
	case ENOENT:
		return err_set(err, -ENOENT, "no debuginfod server has it");
	case ELIBACC:
		return err_set(err, -ELIBACC, "%s is not installed", LIBRARY);
	case EFBIG:
		return err_set(
			err, -EFBIG, "the file of the debuginfod server is larger than %llu MiB",
			(unsigned long long)((d->bytes_max ? d->bytes_max : DEBUGINFOD_BYTES_MAX) >>
					     20));
	case ETIME:
	case ETIMEDOUT:
		return err_set(err, -ETIMEDOUT, "the debuginfod server took more than %u s",
			       d->seconds ? d->seconds : DEBUGINFOD_SECONDS);
	default:
		return err_set(err, -code, "debuginfod: %s", strerror(code));
	}
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Listens until the child has said all, or kills it. */
static void listen_to(pid_t pid, int pipe, const struct debuginfod *d)
{
	int64_t deadline = now_s() + GRACE_SECONDS + (d->seconds ? d->seconds : DEBUGINFOD_SECONDS);
	struct pollfd poll_fd = { .fd = pipe, .events = POLLIN };
	struct told told;

	for (;;) {
		int ready = poll(&poll_fd, 1, 1000);

		if (now_s() > deadline) {
			kill(pid, SIGKILL);
			return;
		}
		if (ready <= 0)
			continue;
		if (read(pipe, &told, sizeof(told)) != sizeof(told))
			return;
		if (d->progress)
			d->progress(d->progress_arg, told.done, told.total);
	}
}

static int wait_for(pid_t pid, const struct debuginfod *d, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, -errno, "waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) /* which is ours */
		return err_set(err, -EIO, "%s ended with signal %d (%s)", LIBRARY, WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	return say_end(WIFEXITED(status) ? WEXITSTATUS(status) : ETIMEDOUT, d, err);
}

static int run_child(const struct debuginfod *d, const uint8_t *build_id, size_t len,
		     struct err *err)
{
	int ends[2];
	pid_t pid;
	int bad;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		close(ends[0]);
		told_pipe = ends[1];
		_exit(fetch_in_child(d, build_id, len));
	}
	close(ends[1]);
	if (pid > 0)
		listen_to(pid, ends[0], d);
	bad = pid < 0 ? err_set(err, -errno, "fork: %s", strerror(errno)) : wait_for(pid, d, err);
	close(ends[0]);
	return bad;
}

/* What is not what was asked for does not stay. */
static int judge(const struct debuginfod *d, const uint8_t *build_id, size_t len, struct err *err)
{
	struct elf_identity id = { 0 };
	char hex[2 * TRACE_BUILD_ID_MAX + 1];
	struct elf_source source;
	struct stat st;
	char *path;
	bool good;

	trace_hex_text(hex, build_id, len);
	path = mem_printf("%s/%s/debuginfo", d->folder, hex);
	source = (struct elf_source){ .fd = regular_file_open(path) };
	good = source.fd >= 0 && !fstat(source.fd, &st);
	if (good) {
		source.len = (uint64_t)st.st_size;
		good = elf_identity_read(&id, &source) && id.build_id_len == len &&
		       !memcmp(id.build_id, build_id, len);
	}
	if (source.fd >= 0)
		close(source.fd);
	if (!good)
		unlink(path);
	free(path);
	return good ? 0
		    : err_set(err, -EBADMSG,
			      "the debuginfod server sent another file, which was "
			      "refused");
}

int debuginfod_fetch(const struct debuginfod *d, const uint8_t *build_id, size_t build_id_len,
		     struct err *err)
{
	int bad;

	if (!build_id_len || build_id_len > TRACE_BUILD_ID_MAX)
		return err_set(err, -ENOENT, "without a build ID nothing can be asked for");
	bad = run_child(d, build_id, build_id_len, err);
	return bad ? bad : judge(d, build_id, build_id_len, err);
}

int debuginfod_check(const struct debuginfod *d, struct err *err)
{
	int status = 0;
	pid_t pid;

	for (size_t i = 0; i < d->url_cnt; i++)
		if ((strncmp(d->urls[i], "https://", 8) && strncmp(d->urls[i], "http://", 7)) ||
		    strpbrk(d->urls[i], " \t\n"))
			return err_set(err, -EINVAL,
				       "--debuginfod: '%s' does not begin with https:// or http://",
				       d->urls[i]);
	pid = fork();
	if (!pid) {
		struct library library;

		_exit(library_load(&library) ? 0 : 1);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return err_set(err, -ELIBACC,
		       "--debuginfod needs %s: install libdebuginfod1 (Debian, Ubuntu), "
		       "elfutils-debuginfod-client (Fedora) or debuginfod (Arch)",
		       LIBRARY);
}
