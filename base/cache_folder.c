#include "base/cache_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/vec.h"

#define BESIDE ".beside-" /* then the number of the process */

/* ---- the folder ---- */

static bool is_folder_of_ours(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_uid == geteuid();
}

/* Behind sudo the environment is that of somebody else. */
static char *default_path(const char *name)
{
	const char *home = getenv("HOME");
	const char *cache = getenv("XDG_CACHE_HOME");

	if (cache && cache[0] == '/' && (geteuid() || is_folder_of_ours(cache)))
		return mem_printf("%s/profile/%s", cache, name);
	if (!geteuid())
		return mem_printf("/var/cache/profile/%s", name);
	return home && home[0] == '/' ? mem_printf("%s/.cache/profile/%s", home, name) : NULL;
}

/* What cannot be made is not there when it is opened. */
static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	(void)mkdir(path, 0700);
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

int cache_folder_open(struct cache_folder *c, const char *name, const char *dir, uint64_t bytes_max,
		      struct err *err)
{
	struct stat st;

	*c = CACHE_FOLDER_NONE;
	c->bytes_max = bytes_max;
	c->path = dir ? mem_dup(dir, strlen(dir)) : default_path(name);
	if (!c->path)
		return err_set(err, -ENOENT, "neither XDG_CACHE_HOME nor HOME is set");
	make_folders(c->path);
	c->fd = open(c->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->fd < 0)
		return err_set(err, -errno, "%s: %s", c->path, strerror(errno));
	if (!fstat(c->fd, &st) && is_ours(&st))
		return 0;
	close(c->fd);
	c->fd = -1;
	return err_set(err, -EPERM, "%s: others may write there", c->path);
}

/* ---- files ---- */

bool cache_folder_read(const struct cache_folder *c, const char *file, size_t max, struct buf *out)
{
	int fd = c->fd < 0 ? -1
			   : openat(c->fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t got = -1;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && is_ours(&st) && st.st_nlink == 1 &&
	    (uint64_t)st.st_size <= max) {
		buf_reserve(out, (size_t)st.st_size);
		got = pread(fd, out->v + out->len, (size_t)st.st_size, 0);
		(void)futimens(fd, NULL); /* used just now */
	}
	close(fd);
	if (got < 0 || got != st.st_size)
		return false;
	out->len += (size_t)got;
	return true;
}

void cache_folder_write(struct cache_folder *c, const char *file, const void *bytes, size_t len)
{
	char beside[64];
	int fd;
	bool good;

	if (c->fd < 0)
		return;
	snprintf(beside, sizeof(beside), BESIDE "%ld", (long)getpid());
	unlinkat(c->fd, beside, 0);
	fd = openat(c->fd, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	good = !io_write_all(fd, bytes, len);
	good = !close(fd) && good;
	if (good && !renameat(c->fd, beside, c->fd, file))
		c->has_grown = true;
	else
		unlinkat(c->fd, beside, 0);
}

/* ---- making room ---- */

struct kept_file {
	char *name;
	uint64_t bytes;
	int64_t used_s;
};

struct kept_files {
	VEC(struct kept_file);
	uint64_t bytes;
};

static void list_files(struct kept_files *files, DIR *dir)
{
	struct dirent *e;
	struct stat st;

	while ((e = readdir(dir))) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		*vec_push(files) =
			(struct kept_file){ .name = mem_dup(e->d_name, strlen(e->d_name)),
					    .bytes = (uint64_t)st.st_size,
					    .used_s = st.st_mtime };
		files->bytes += (uint64_t)st.st_size;
	}
}

static int by_use(const void *left, const void *right)
{
	const struct kept_file *a = left;
	const struct kept_file *b = right;

	return a->used_s < b->used_s ? -1 : a->used_s > b->used_s;
}

/* Down to three quarters, so that not every run has to do it again. */
static void make_room(const struct cache_folder *c)
{
	int fd = dup(c->fd);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct kept_files files = { 0 };

	if (!dir)
		return;
	rewinddir(dir);
	list_files(&files, dir);
	if (files.bytes > c->bytes_max) {
		qsort(files.v, files.cnt, sizeof(files.v[0]), by_use);
		for (size_t i = 0; i < files.cnt && files.bytes > c->bytes_max / 4 * 3; i++) {
			unlinkat(c->fd, files.v[i].name, 0);
			files.bytes -= files.v[i].bytes;
		}
	}
	for (size_t i = 0; i < files.cnt; i++)
		free(files.v[i].name);
	vec_release(&files);
	closedir(dir);
}

void cache_folder_close(struct cache_folder *c)
{
	if (c->fd >= 0) {
		if (c->has_grown)
			make_room(c);
		close(c->fd);
	}
	free(c->path);
	*c = CACHE_FOLDER_NONE;
}
