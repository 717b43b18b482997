#include "collector/proc_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"

#define MAPS_MAX ((size_t)64 << 20)
#define PATH_ROOM 64

/* Reads a small file of /proc into out, with a NUL behind it. */
static bool read_small(const char *path, char *out, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, out, room - 1);
	close(fd);
	if (len <= 0)
		return false;
	out[len] = 0;
	return true;
}

static void copy_comm(char out[64], const char *start, size_t len)
{
	if (len > 63)
		len = 63;
	memcpy(out, start, len);
	out[len] = 0;
}

bool proc_stat_parse(const char *text, struct proc_identity *out)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	char state;

	/* Behind "(comm)": state, parent, and the start as the 20th word. */
	if (!open || !close || close < open ||
	    sscanf(close + 1,
		   " %c %" SCNu32 " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
		   " %*s %*s %" SCNu64,
		   &state, &out->parent_tgid, &out->start_ticks) != 3)
		return false;
	out->ended = state == 'Z' || state == 'X';
	copy_comm(out->comm, open + 1, (size_t)(close - open - 1));
	return true;
}

/* The last number of the line that begins with `key`, which starts with a line's end. */
static bool last_number(const char *text, const char *key, uint32_t *out)
{
	const char *line = strstr(text, key), *end, *word;

	if (!line)
		return false;
	end = strchr(line + 1, '\n');
	if (!end)
		return false;
	for (word = end; word > line && (word[-1] < '\t' || word[-1] > ' '); word--)
		;
	return sscanf(word, "%" SCNu32, out) == 1;
}

static void read_status(uint32_t tgid, struct proc_identity *out)
{
	char path[PATH_ROOM], text[4096];
	const char *line;

	out->uid = UINT32_MAX;
	out->namespace_tgid = 0;
	snprintf(path, sizeof(path), "/proc/%u/status", tgid);
	if (!read_small(path, text, sizeof(text)))
		return;
	line = strstr(text, "\nUid:");
	if (line)
		sscanf(line, "\nUid: %" SCNu32, &out->uid);
	last_number(text, "\nNSpid:", &out->namespace_tgid);
}

bool proc_identity_read(uint32_t tgid, struct proc_identity *out)
{
	char path[PATH_ROOM], text[1024];

	snprintf(path, sizeof(path), "/proc/%u/stat", tgid);
	if (!read_small(path, text, sizeof(text)) || !proc_stat_parse(text, out))
		return false;
	read_status(tgid, out);
	return true;
}

void proc_cgroup_parse(const char *text, struct buf *out)
{
	const char *line = text;

	while (line) {
		if (!strncmp(line, "0::", 3)) {
			buf_put(out, line + 3, strcspn(line + 3, "\n"));
			return;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

void proc_cgroup_read(uint32_t tgid, struct buf *out)
{
	char path[PATH_ROOM], text[8192];

	snprintf(path, sizeof(path), "/proc/%u/cgroup", tgid);
	if (read_small(path, text, sizeof(text)))
		proc_cgroup_parse(text, out);
}

bool proc_comm_read(uint32_t tgid, uint32_t tid, char out[64])
{
	char path[PATH_ROOM], text[64];

	snprintf(path, sizeof(path), "/proc/%u/task/%u/comm", tgid, tid);
	if (!read_small(path, text, sizeof(text)))
		return false;
	copy_comm(out, text, strcspn(text, "\n"));
	return true;
}

static uint32_t other_thread(uint32_t tgid)
{
	char path[PATH_ROOM];
	const struct dirent *entry;
	uint32_t tid, found = tgid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	dir = opendir(path);
	while (dir && found == tgid && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "%" SCNu32, &tid) == 1)
			found = tid;
	if (dir)
		closedir(dir);
	return found;
}

uint32_t proc_living_thread(uint32_t tgid)
{
	char path[PATH_ROOM], text[1024];
	struct proc_identity first;

	snprintf(path, sizeof(path), "/proc/%u/stat", tgid);
	if (!read_small(path, text, sizeof(text)) || !proc_stat_parse(text, &first) || !first.ended)
		return tgid;
	return other_thread(tgid);
}

void proc_executable_read(uint32_t tid, struct buf *out)
{
	char path[PATH_ROOM], link[4096];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/exe", tid);
	len = readlink(path, link, sizeof(link));
	if (len > 0 && (size_t)len < sizeof(link))
		buf_put(out, link, (size_t)len);
}

/* A number that ends with `stop`; moves *at behind it. (Not sscanf, which measures the
 * whole text at every call.) */
static bool take_number(const char **at, int base, char stop, uint64_t *out)
{
	char *end;

	*out = strtoull(*at, &end, base);
	if (end == *at || *end != stop)
		return false;
	*at = end + 1;
	return true;
}

/* start-end rwxp offset major:minor inode    path */
static bool parse_mapping(const char *line, size_t len, struct proc_mapping *out)
{
	const char *at = line, *end = line + len;
	uint64_t major, minor;

	if (!take_number(&at, 16, '-', &out->start) || !take_number(&at, 16, ' ', &out->end) ||
	    end - at < 5 || at[4] != ' ')
		return false;
	out->executable = at[2] == 'x';
	at += 5;
	if (!take_number(&at, 16, ' ', &out->file_offset) || !take_number(&at, 16, ':', &major) ||
	    !take_number(&at, 16, ' ', &minor))
		return false;
	out->inode = strtoull(at, (char **)&at, 10);
	while (at < end && *at == ' ')
		at++;
	if (at > end)
		return false;
	out->dev = makedev((unsigned)major, (unsigned)minor);
	out->path = at;
	out->path_len = (size_t)(end - at);
	return true;
}

bool proc_mapping_next(const char **text, struct proc_mapping *out)
{
	while (**text) {
		const char *line = *text;
		size_t len = strcspn(line, "\n");

		*text = line[len] ? line + len + 1 : line + len;
		if (parse_mapping(line, len, out))
			return true;
	}
	return false;
}

char *proc_maps_read(uint32_t tid)
{
	char path[PATH_ROOM], *text;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%u/maps", tid);
	return io_read_text(path, MAPS_MAX, &text, &len, NULL) ? NULL : text;
}
