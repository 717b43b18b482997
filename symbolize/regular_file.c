#include "symbolize/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/*
 * Opening alone can do harm (a watchdog starts to count, a tape winds), so a path is first
 * only pointed at (O_PATH), and opened once it is known to be a regular file. Takes the
 * pointer over.
 */
static int open_pointed_at(int pointer, const char *path)
{
	char self[64];
	struct stat st;
	int fd = -1;

	if (pointer < 0)
		return -1;
	if (!fstat(pointer, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", pointer);
		fd = open(self, OPEN_FLAGS);
		if (fd < 0 && errno == ENOENT && path) /* no /proc here */
			fd = open(path, OPEN_FLAGS);
	}
	close(pointer);
	return fd;
}

int regular_file_open(const char *path)
{
	return open_pointed_at(open(path, O_PATH | O_CLOEXEC), path);
}

static bool has_dotdot(const char *path)
{
	for (; *path; path += strcspn(path, "/")) {
		path += strspn(path, "/");
		if (strcspn(path, "/") == 2 && !memcmp(path, "..", 2))
			return true;
	}
	return false;
}

/* Where there is no openat2: step by step, through no link. */
static int point_through_no_link(int dir_fd, const char *path)
{
	int at = dup(dir_fd);

	while (at >= 0 && *path) {
		char *name = mem_dup(path, strcspn(path, "/"));
		int next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		path += strlen(name);
		path += strspn(path, "/");
		free(name);
		close(at);
		at = next;
	}
	return at;
}

int regular_file_open_below(const char *dir, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int dir_fd = has_dotdot(path) ? -1 : open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int pointer;

	if (dir_fd < 0)
		return -1;
	path += strspn(path, "/");
	pointer = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
	if (pointer < 0 && (errno == ENOSYS || errno == EPERM))
		pointer = point_through_no_link(dir_fd, path);
	close(dir_fd);
	return open_pointed_at(pointer, NULL);
}
