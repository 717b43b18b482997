#include "formats/trace_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static int open_whole(struct trace_source *s, const char *path, struct err *err)
{
	int failed = io_view_open(&s->view, path, err);

	if (failed)
		return failed;
	s->v = s->view.v;
	s->len = s->view.len;
	s->name = mem_dup(path, strlen(path));
	return 0;
}

int trace_source_open(struct trace_source *s, const char *path, struct err *err)
{
	struct stat st;
	int fd;

	*s = (struct trace_source){ .fd = -1 };
	/* Looked at before it is opened: what writes into a pipe would see its reader go. */
	if (strcmp(path, "-") == 0 ||
	    (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return open_whole(s, path, err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(err, -EISDIR, "%s: not a file that can be read", path);
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return open_whole(s, path, err);
	}
	s->fd = fd;
	s->len = (uint64_t)st.st_size;
	s->name = mem_dup(path, strlen(path));
	return 0;
}

void trace_source_open_bytes(struct trace_source *s, const void *bytes, size_t len,
			     const char *name)
{
	*s = (struct trace_source){
		.fd = -1, .v = bytes, .len = len, .name = mem_dup(name, strlen(name))
	};
}

void trace_source_close(struct trace_source *s)
{
	if (!s->name)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->view.v)
		io_view_close(&s->view);
	free(s->name);
	*s = (struct trace_source){ .fd = -1 };
}

static size_t read_file(int fd, uint64_t at, uint8_t *out, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(fd, out + done, len - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

size_t trace_source_read(const struct trace_source *s, uint64_t at, void *out, size_t len)
{
	if (at >= s->len)
		return 0;
	if (len > s->len - at)
		len = (size_t)(s->len - at);
	if (s->fd >= 0)
		return read_file(s->fd, at, out, len);
	memcpy(out, s->v + at, len);
	return len;
}
