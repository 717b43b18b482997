#include "collector/jit_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collector/proc_files.h"

bool jit_owner_read(struct jit_owner *out, uint32_t tgid)
{
	struct proc_identity identity;
	struct stat theirs, ours;
	char path[32];

	if (!proc_identity_read(tgid, &identity))
		return false;
	snprintf(path, sizeof(path), "/proc/%u/root/", proc_living_thread(tgid));
	*out = (struct jit_owner){
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

static bool is_trusted(int fd, uint32_t uid, uint64_t bytes_max)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == uid && st.st_nlink <= 1 &&
	       st.st_size >= 0 && (uint64_t)st.st_size <= bytes_max;
}

/* The file if it can be trusted, else -1; closes one that cannot. */
static int trusted(int fd, const struct jit_owner *owner, uint64_t bytes_max)
{
	if (fd >= 0 && !is_trusted(fd, owner->uid, bytes_max)) {
		close(fd);
		return -1;
	}
	return fd;
}

int jit_file_open_map(const struct jit_owner *owner)
{
	char root[32], path[48];
	int fd;

	snprintf(root, sizeof(root), "/proc/%u/root", proc_living_thread(owner->tgid));
	snprintf(path, sizeof(path), "tmp/perf-%u.map", owner->namespace_tgid);
	fd = open_inside(root, path);
	if (fd < 0 && owner->shares_root)
		fd = open_inside("/", path);
	return trusted(fd, owner, JIT_MAP_BYTES_MAX);
}

int jit_file_open_dump(const struct jit_owner *owner, uint64_t start, uint64_t end)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64,
		 proc_living_thread(owner->tgid), start, end);
	return trusted(open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), owner,
		       JIT_DUMP_BYTES_MAX);
}

bool jit_file_is_dump(const char *path)
{
	const char *name = strrchr(path, '/');
	size_t len;

	name = name ? name + 1 : path;
	len = strlen(name);
	return len > 9 && !memcmp(name, "jit-", 4) && !strcmp(name + len - 5, ".dump");
}
