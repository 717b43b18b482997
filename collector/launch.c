#include "collector/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sudo_user.h"

/* Where the child got to, when it could not go on. */
enum launch_step {
	STEP_READY = 1, /* waits at the door */
	STEP_IDENTITY = 2,
	STEP_LOOKUP = 3,
	STEP_EXEC = 4,
};

/* What the child writes to the result pipe; fits one atomic write. */
struct launch_report {
	int32_t step;
	int32_t error; /* errno; 0 with STEP_READY */
};

static void child_report(int fd, enum launch_step step, int error)
{
	struct launch_report report = { .step = step, .error = error };
	ssize_t written;

	do
		written = write(fd, &report, sizeof(report));
	while (written < 0 && errno == EINTR);
}

/* Becomes the user who called sudo, with the groups and home that user has. */
static int drop_to_sudo_user(void)
{
	const struct passwd *user;
	uid_t uid;
	gid_t gid;

	if (!sudo_user(&uid, &gid))
		return 0;
	user = getpwuid(uid);
	if (user) {
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
	if (user ? initgroups(user->pw_name, gid) : setgroups(0, NULL))
		return errno;
	if (setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return errno;
	return 0;
}

/* 0 if path is a file that we may execute, else the errno that exec would give. */
static int try_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* Looks for a command as execvp does: 0, or why it cannot run. */
static int look_up(const char *name)
{
	const char *path = getenv("PATH");
	int best = ENOENT;

	if (!*name)
		return ENOENT;
	if (strchr(name, '/'))
		return try_file(name);
	for (const char *p = path ? path : "/bin:/usr/bin";;) {
		size_t len = strcspn(p, ":");
		char *file = mem_printf("%.*s/%s", (int)len, len ? p : ".", name);
		int error;

		if (!len) {
			free(file);
			file = mem_printf("./%s", name);
		}
		error = try_file(file);
		free(file);
		if (!error)
			return 0;
		if (error == EACCES)
			best = EACCES;
		if (!p[len])
			return best;
		p += len + 1;
	}
}

static void child_run(char **argv, const struct launch_options *options, int go_fd, int result_fd)
{
	sigset_t none;
	char go;
	int error = options->keep_root ? 0 : drop_to_sudo_user();

	if (error) {
		child_report(result_fd, STEP_IDENTITY, error);
		_exit(1);
	}
	error = look_up(argv[0]);
	if (error) {
		child_report(result_fd, STEP_LOOKUP, error);
		_exit(1);
	}
	if (options->stdout_taken)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	child_report(result_fd, STEP_READY, 0);
	while (read(go_fd, &go, 1) != 1)
		if (errno != EINTR)
			_exit(1);
	execvp(argv[0], argv);
	child_report(result_fd, STEP_EXEC, errno);
	_exit(1);
}

/* The next report, or false at the end of file. */
static bool read_report(int fd, struct launch_report *out)
{
	ssize_t got;

	do
		got = read(fd, out, sizeof(*out));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(*out);
}

static int say_report(const struct launch_report *report, const char *name, struct err *err)
{
	switch (report->step) {
	case STEP_READY:
		return 0;
	case STEP_IDENTITY:
		return err_set(err, -EPERM,
			       "cannot become the user who called sudo: %s; --keep-root runs the "
			       "command as root",
			       strerror(report->error));
	}
	if (report->step == STEP_EXEC && report->error == ENOENT)
		return err_set(err, -ENOEXEC,
			       "%s: is there, but what runs it is probably not: the interpreter "
			       "behind its #!, or its dynamic loader",
			       name);
	if (report->error == ENOENT && !strchr(name, '/'))
		return err_set(err, -ENOENT, "%s: no such command in PATH%s", name,
			       getenv("SUDO_UID") ? " (that of sudo; name it by its whole path)"
						  : "");
	return err_set(err, -report->error, "%s: %s", name, strerror(report->error));
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static int fork_child(struct launch *l, char **argv, const struct launch_options *options,
		      struct err *err)
{
	int go[2], result[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	if (pipe2(result, O_CLOEXEC) < 0) {
		err_set(err, -errno, "pipe: %s", strerror(errno));
		close_both(go);
		return -EMFILE;
	}
	l->pid = fork();
	if (l->pid == 0) {
		close(go[1]);
		child_run(argv, options, go[0], result[1]);
	}
	close(go[0]);
	close(result[1]);
	l->go_fd = go[1];
	l->result_fd = result[0];
	if (l->pid < 0) {
		close(go[1]);
		close(result[0]);
		return err_set(err, -errno, "cannot fork: %s", strerror(errno));
	}
	return 0;
}

int launch_prepare(struct launch *l, char **argv, const struct launch_options *options,
		   struct err *err)
{
	struct launch_report report = { .step = STEP_EXEC, .error = ECHILD };
	int rc;

	*l = (struct launch){ .go_fd = -1, .result_fd = -1 };
	rc = fork_child(l, argv, options, err);
	if (rc) {
		*l = (struct launch){ 0 };
		return rc;
	}
	read_report(l->result_fd, &report);
	rc = say_report(&report, argv[0], err);
	if (rc)
		launch_release(l);
	return rc;
}

int launch_start(struct launch *l, const char *name, struct err *err)
{
	struct launch_report report;
	int rc = 0;

	if (write(l->go_fd, "g", 1) != 1)
		rc = err_set(err, -errno, "%s: ended before it was started", name);
	else if (read_report(l->result_fd, &report))
		rc = say_report(&report, name, err);
	if (rc)
		return rc;
	close(l->go_fd);
	close(l->result_fd);
	l->go_fd = l->result_fd = -1;
	return 0;
}

bool launch_poll(struct launch *l)
{
	siginfo_t info = { 0 };

	if (l->pid > 0 && !l->ended &&
	    !waitid(P_PID, (id_t)l->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
		l->ended = true;
		l->status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	}
	return l->ended;
}

int launch_exit_status(const struct launch *l)
{
	return l->status;
}

void launch_signal(const struct launch *l, int signal)
{
	if (l->pid > 0 && !l->ended)
		kill(l->pid, signal);
}

void launch_release(struct launch *l)
{
	bool started;

	if (!l || l->pid <= 0)
		return;
	started = l->go_fd < 0;
	if (!started) {
		close(l->go_fd);
		close(l->result_fd);
		if (!l->ended) {
			kill(l->pid, SIGKILL);
			l->ended = true;
		}
	}
	if (l->ended)
		waitpid(l->pid, NULL, 0);
	*l = (struct launch){ 0 };
}
