#include "collector/libc_files.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "collector/library_path.h"

#define LINE_MAX_BYTES 4400 /* a path and what stands before it */
#define DELETED " (deleted)"

/* Files that are known, each once. */
struct known {
	dev_t dev;
	ino_t ino;
};

struct search {
	struct libc_files *out;
	struct known known[LIBC_FILES_MAX];
	uint32_t known_cnt;
};

bool libc_files_is(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (len > strlen(DELETED) && !strcmp(name + len - strlen(DELETED), DELETED))
		len -= strlen(DELETED);
	return (len == 9 && !strncmp(name, LIBC_NAME, 9)) ||
	       (!strncmp(name, "libc-2.", 7) && len > 10 && !strncmp(name + len - 3, ".so", 3)) ||
	       !strncmp(name, "ld-musl-", 8) || !strncmp(name, "libc.musl-", 10);
}

/* False: it is known, or there is no more room. */
static bool learn(struct search *s, const char *path)
{
	struct stat st;

	if (s->known_cnt == LIBC_FILES_MAX || stat(path, &st))
		return false;
	for (uint32_t i = 0; i < s->known_cnt; i++)
		if (s->known[i].dev == st.st_dev && s->known[i].ino == st.st_ino)
			return false;
	s->known[s->known_cnt++] = (struct known){ st.st_dev, st.st_ino };
	return true;
}

/* "7f00-7f01 r-xp 00000000 fe:00 123   /path": a name for the file, which the caller frees. NULL:
 * it is no code of a C library. */
static char *name_of(const char *pid, const char *line)
{
	unsigned long long begin, end;
	char executes;
	int at = 0;

	if (sscanf(line, "%llx-%llx %*2c%c%*c %*s %*s %*s %n", &begin, &end, &executes, &at) != 3 ||
	    !at || executes != 'x' || line[at] != '/' || !libc_files_is(line + at))
		return NULL;
	return mem_printf("/proc/%s/map_files/%llx-%llx", pid, begin, end);
}

static void look_at(struct search *s, const char *pid)
{
	char line[LINE_MAX_BYTES], *path = mem_printf("/proc/%s/maps", pid);
	FILE *f = fopen(path, "re");

	free(path);
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		path = name_of(pid, line);
		if (path && s->out->cnt < LIBC_FILES_MAX - 1 && learn(s, path))
			s->out->paths[s->out->cnt++] = path;
		else
			free(path);
	}
	if (f)
		fclose(f);
}

void libc_files_find(struct libc_files *out)
{
	struct search s = { .out = out };
	struct dirent *entry;
	char *own;
	DIR *proc = opendir("/proc");

	*out = (struct libc_files){ 0 };
	if (!library_path_find(LIBC_NAME, &own, NULL)) {
		learn(&s, own);
		free(own);
	}
	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at(&s, entry->d_name);
	if (proc)
		closedir(proc);
}

void libc_files_release(struct libc_files *f)
{
	for (uint32_t i = 0; i < f->cnt; i++)
		free(f->paths[i]);
	f->cnt = 0;
}
