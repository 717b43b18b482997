#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/sudo_user.h"

/* More than this from a pipe is a mistake, not a file. */
#define IO_VIEW_READ_MAX ((size_t)8 << 30)
#define READ_STEP ((size_t)64 << 10)
#define BESIDE_TRIES 16

static int fail(struct err *err, const char *path, const char *what)
{
	int code = errno;

	return err_set(err, -code, "%s: cannot %s: %s", path, what, strerror(code));
}

static bool is_dash(const char *path)
{
	return !strcmp(path, "-");
}

static int open_retry(int dir_fd, const char *path, int flags, unsigned mode)
{
	int fd;

	do
		fd = openat(dir_fd, path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int open_to_read(const char *path)
{
	return is_dash(path) ? STDIN_FILENO : open_retry(AT_FDCWD, path, O_RDONLY, 0);
}

static void close_read(int fd)
{
	if (fd != STDIN_FILENO)
		close(fd);
}

/* Appends all that fd has; -EFBIG beyond max. */
static int read_all(int fd, const char *path, size_t max, struct buf *out, struct err *err)
{
	for (;;) {
		ssize_t got;

		buf_reserve(out, READ_STEP);
		got = read(fd, out->v + out->len, READ_STEP);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(err, path, "read");
		if (got == 0)
			return 0;
		out->len += (size_t)got;
		if (out->len > max)
			return err_set(err, -EFBIG, "%s: more than %zu bytes", path, max);
	}
}

static int view_map(struct io_view *out, int fd, size_t len)
{
	void *at = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*out = (struct io_view){ .v = at, .len = len, .mapped = true };
	return 0;
}

static int view_fill(struct io_view *out, int fd, const char *path, struct err *err)
{
	struct buf content = { 0 };
	struct stat st;
	int status;

	if (fstat(fd, &st))
		return fail(err, path, "read");
	/* Standard input may stand in the middle of its file. */
	if (S_ISREG(st.st_mode) && st.st_size > 0 && fd != STDIN_FILENO &&
	    !view_map(out, fd, (size_t)st.st_size))
		return 0;
	status = read_all(fd, path, IO_VIEW_READ_MAX, &content, err);
	if (status) {
		buf_release(&content);
		return status;
	}
	*out = (struct io_view){ .v = content.v, .len = content.len };
	return 0;
}

int io_view_open(struct io_view *out, const char *path, struct err *err)
{
	int fd = open_to_read(path);
	int status;

	if (fd < 0)
		return fail(err, path, "open");
	status = view_fill(out, fd, path, err);
	close_read(fd);
	return status;
}

void io_view_close(struct io_view *view)
{
	if (!view)
		return;
	if (view->mapped)
		munmap((void *)view->v, view->len);
	else
		free((void *)view->v);
	*view = (struct io_view){ 0 };
}

int io_keep_apart(const char *input, const char *output, struct err *err)
{
	struct stat in, out;

	if (!strcmp(input, "-") || !strcmp(output, "-") || stat(input, &in) || stat(output, &out))
		return 0;
	if (!S_ISREG(in.st_mode) || in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return 0;
	return err_set(err, -EINVAL,
		       "%s: what is read would be overwritten; give another file with -o", output);
}

int io_read_text(const char *path, size_t max, char **out, size_t *out_len, struct err *err)
{
	int fd = open_to_read(path);
	struct buf content = { 0 };
	int status;

	if (fd < 0)
		return fail(err, path, "open");
	status = read_all(fd, path, max, &content, err);
	close_read(fd);
	if (status) {
		buf_release(&content);
		return status;
	}
	buf_text(&content);
	*out = (char *)content.v;
	if (out_len)
		*out_len = content.len;
	return 0;
}

int io_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t done = write(fd, p, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		len -= (size_t)done;
	}
	return 0;
}

/* ---- output ---- */

/* The descriptor that a path like /dev/stdout or /dev/fd/3 stands for, or -1: such
 * links must be written through, never replaced. */
static int fd_of_path(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };

	if (is_dash(path) || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(folders[i]);
		char *end;
		long fd;

		if (strncmp(path, folders[i], len) || path[len] < '0' || path[len] > '9')
			continue;
		fd = strtol(path + len, &end, 10);
		return *end || fd > INT32_MAX ? -1 : (int)fd;
	}
	return -1;
}

static int split_path(struct io_output *o, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *folder = slash ? mem_dup(path, (size_t)(slash - path) + 1) : mem_dup(".", 1);

	o->path = mem_dup(path, strlen(path));
	o->name = mem_dup(name, strlen(name));
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) {
		free(folder);
		return err_set(err, -EISDIR, "'%s' names no file to write", path);
	}
	o->dir_fd = open_retry(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
	if (o->dir_fd < 0 && errno == EACCES) /* a folder may be written but not listed */
		o->dir_fd = open_retry(AT_FDCWD, folder, O_PATH | O_DIRECTORY, 0);
	free(folder);
	return o->dir_fd < 0 ? fail(err, path, "open the folder") : 0;
}

/* What is already there cannot be replaced by a file: a device, a pipe. */
static int open_straight(struct io_output *o, struct err *err)
{
	struct stat st;

	o->fd = open_retry(o->dir_fd, o->name, O_WRONLY | O_NOCTTY, 0);
	if (o->fd < 0)
		return fail(err, o->path, "open");
	if (fstat(o->fd, &st))
		return fail(err, o->path, "open");
	if (S_ISREG(st.st_mode))
		return err_set(err, -EAGAIN, "%s: changed while it was opened; try again", o->path);
	return 0;
}

/*
 * A name that nobody can have prepared. The kernel takes the umask off the mode, which
 * no thread can read without changing it; what the owner is to have, he always gets.
 */
static int open_beside(struct io_output *o, unsigned mode, struct err *err)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	for (int i = 0; i < BESIDE_TRIES; i++) {
		uint64_t chance;

		free(o->beside);
		o->beside = NULL;
		if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
			return fail(err, o->path, "draw a random name");
		o->beside = mem_printf(".profile-%016llx", (unsigned long long)chance);
		o->fd = open_retry(o->dir_fd, o->beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
				   mode);
		if (o->fd >= 0 || errno != EEXIST)
			break;
	}
	if (o->fd < 0) {
		int status = fail(err, o->path, "create");

		free(o->beside);
		o->beside = NULL;
		return status;
	}
	if (!fstat(o->fd, &st)) /* some file systems have no modes */
		(void)!fchmod(o->fd, (st.st_mode | (mode & 0700)) & 07777);
	if (sudo_user(&uid, &gid))
		io_output_give(o, uid, gid);
	return 0;
}

void io_output_give(struct io_output *o, uid_t uid, gid_t gid)
{
	if (o->beside)
		(void)!fchown(o->fd, uid, gid); /* else it stays ours: nothing is lost */
}

static int open_file(struct io_output *o, const char *path, unsigned mode, struct err *err)
{
	struct stat st;
	int status = split_path(o, path, err);

	if (status)
		return status;
	if (!fstatat(o->dir_fd, o->name, &st, 0)) {
		if (S_ISDIR(st.st_mode))
			return err_set(err, -EISDIR, "%s: is a folder; name a file in it", path);
		if (!S_ISREG(st.st_mode))
			return open_straight(o, err);
	}
	return open_beside(o, mode, err);
}

int io_output_open(struct io_output *o, const char *path, unsigned mode, struct err *err)
{
	struct io_output fresh = { .fd = fd_of_path(path), .dir_fd = -1 };
	int status;

	if (fresh.fd >= 0) {
		fresh.to_stdout = true;
		fresh.path = mem_dup(path, strlen(path));
		fflush(stdout); /* what was printed comes first */
		*o = fresh;
		return 0;
	}
	status = open_file(&fresh, path, mode, err);
	if (status) {
		io_output_close(&fresh, NULL);
		return status;
	}
	*o = fresh;
	return 0;
}

static const char *shown_path(const struct io_output *o)
{
	return is_dash(o->path) ? "standard output" : o->path;
}

int io_output_write(struct io_output *o, const void *bytes, size_t len, struct err *err)
{
	int status = io_write_all(o->fd, bytes, len);

	if (status)
		return err_set(err, status, "%s: cannot write: %s", shown_path(o),
			       strerror(-status));
	return 0;
}

int io_output_keep(struct io_output *o, struct err *err)
{
	if (!o->beside)
		return 0;
	if (fsync(o->fd) && errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return fail(err, o->path, "write to disk");
	if (o->kept)
		return 0;
	if (renameat(o->dir_fd, o->beside, o->dir_fd, o->name))
		return fail(err, o->path, "put in place");
	o->kept = true;
	fsync(o->dir_fd); /* the name too; where that cannot be, the content still is */
	return 0;
}

int io_output_close(struct io_output *o, struct err *err)
{
	int status = 0;

	if (!o || !o->path)
		return 0;
	if (o->fd >= 0 && !o->to_stdout && close(o->fd))
		status = fail(err, o->path, "close");
	if (o->beside && !o->kept)
		unlinkat(o->dir_fd, o->beside, 0);
	if (o->dir_fd >= 0)
		close(o->dir_fd);
	free(o->path);
	free(o->name);
	free(o->beside);
	*o = (struct io_output){ .fd = -1, .dir_fd = -1 };
	return status;
}

int io_write_file(const char *path, unsigned mode, const void *bytes, size_t len, struct err *err)
{
	struct io_output out;
	int status = io_output_open(&out, path, mode, err), closed;

	if (status)
		return status;
	status = io_output_write(&out, bytes, len, err);
	if (!status)
		status = io_output_keep(&out, err);
	closed = io_output_close(&out, err); /* the first cause is kept */
	return status ? status : closed;
}
