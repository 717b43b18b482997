#include "collector/jit_map.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "collector/proc_files.h"

#define BLOCK ((size_t)64 << 10)

bool jit_map_owner_read(struct jit_map_owner *out, uint32_t tgid)
{
	struct proc_identity identity;
	struct stat theirs, ours;
	char path[32];

	if (!proc_identity_read(tgid, &identity))
		return false;
	snprintf(path, sizeof(path), "/proc/%u/root/", proc_living_thread(tgid));
	*out = (struct jit_map_owner){
		.tgid = tgid,
		.namespace_tgid = identity.namespace_tgid ? identity.namespace_tgid : tgid,
		.uid = identity.uid,
		.shares_root = !stat(path, &theirs) && !stat("/", &ours) &&
			       theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino,
	};
	return true;
}

/* A path inside a root, of which no link leads out. */
static int open_inside(const char *root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	if (at < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
	close(at);
	return fd;
}

static bool is_trusted(int fd, uint32_t uid)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == uid && st.st_nlink == 1 &&
	       st.st_size >= 0 && (uint64_t)st.st_size <= JIT_MAP_BYTES_MAX;
}

int jit_map_open(const struct jit_map_owner *owner)
{
	char root[32], path[48];
	int fd;

	snprintf(root, sizeof(root), "/proc/%u/root", proc_living_thread(owner->tgid));
	snprintf(path, sizeof(path), "tmp/perf-%u.map", owner->namespace_tgid);
	fd = open_inside(root, path);
	if (fd < 0 && owner->shares_root)
		fd = open_inside("/", path);
	if (fd >= 0 && !is_trusted(fd, owner->uid)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool holds_any(uint64_t start, uint64_t size, const uint64_t *addresses, size_t cnt)
{
	size_t low = 0, high = cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addresses[middle] < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cnt && addresses[low] - start < size;
}

static void take_line(const char *line, size_t len, const uint64_t *addresses, size_t cnt,
		      struct buf *out)
{
	char *end;
	uint64_t start = strtoull(line, &end, 16), size;

	if (end == line || *end != ' ')
		return;
	size = strtoull(end + 1, &end, 16);
	if (*end == ' ' && holds_any(start, size, addresses, cnt))
		buf_put(out, line, len + 1);
}

/* Takes the whole lines of a block; returns how many bytes they are. */
static size_t take_lines(char *block, size_t len, const uint64_t *addresses, size_t cnt,
			 struct buf *out)
{
	char *at = block, *stop;

	while ((stop = memchr(at, '\n', (size_t)(block + len - at)))) {
		if (stop - at < JIT_MAP_LINE_MAX)
			take_line(at, (size_t)(stop - at), addresses, cnt, out);
		at = stop + 1;
	}
	return (size_t)(at - block);
}

void jit_map_read(int fd, const uint64_t *addresses, size_t cnt, struct buf *out)
{
	char *block = mem_alloc(1, BLOCK + 1);
	size_t have = 0, all = 0, used;
	ssize_t got;

	while (all < JIT_MAP_BYTES_MAX && (got = read(fd, block + have, BLOCK - have)) > 0) {
		all += (size_t)got;
		have += (size_t)got;
		block[have] = 0;
		used = take_lines(block, have, addresses, cnt, out);
		if (!used && have == BLOCK)
			used = have; /* no line is that long */
		memmove(block, block + used, have - used);
		have -= used;
	}
	free(block);
}
