#include "collector/library_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

/*
 * The cache as glibc 2.2 and later write it (elf/cache.c); older ones put a table of an older
 * form before it, which is skipped by looking for the magic word.
 *
 *	0   "glibc-ld.so.cache1.1"
 *	20  u32 number of entries, u32 bytes of strings, 20 bytes
 *	48  entries: u32 flags, u32 at of the name, u32 at of the path, 12 bytes
 */
#define CACHE "/etc/ld.so.cache"
#define CACHE_MAGIC "glibc-ld.so.cache1.1"
#define CACHE_HEADER 48
#define CACHE_ENTRY 24
#define CACHE_FLAG_GLIBC 0x3 /* in the low byte; the machine stands above */
#if defined(__x86_64__)
#define CACHE_FLAGS 0x0303
#elif defined(__aarch64__)
#define CACHE_FLAGS 0x0a03
#else
#define CACHE_FLAGS CACHE_FLAG_GLIBC
#endif

static const char *const folders[] = {
#if defined(__x86_64__)
	"/usr/lib/x86_64-linux-gnu",
	"/lib/x86_64-linux-gnu",
	"/usr/lib64",
	"/lib64",
#elif defined(__aarch64__)
	"/usr/lib/aarch64-linux-gnu",
	"/lib/aarch64-linux-gnu",
#endif
	"/usr/local/lib",
	"/usr/lib",
	"/lib",
};

static uint32_t word_at(const char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The text at that place, or NULL if it does not end inside. */
static const char *text_at(const char *cache, size_t len, uint32_t at)
{
	return at < len && memchr(cache + at, 0, len - at) ? cache + at : NULL;
}

/* "libc.so.6" is wanted as itself and as "c". */
static bool is_called(const char *file, const char *name)
{
	size_t len = strlen(name);

	if (!strcmp(file, name))
		return true;
	return !strncmp(file, "lib", 3) && !strncmp(file + 3, name, len) &&
	       !strncmp(file + 3 + len, ".so", 3) && (!file[6 + len] || file[6 + len] == '.');
}

const char *library_path_in_cache(const char *cache, size_t len, const char *name)
{
	const char *begin = memmem(cache, len, CACHE_MAGIC, strlen(CACHE_MAGIC));
	uint32_t cnt;

	if (!begin)
		return NULL;
	len -= (size_t)(begin - cache);
	if (len < CACHE_HEADER)
		return NULL;
	cnt = word_at(begin + strlen(CACHE_MAGIC));
	if (cnt > (len - CACHE_HEADER) / CACHE_ENTRY)
		return NULL;
	for (uint32_t i = 0; i < cnt; i++) {
		const char *entry = begin + CACHE_HEADER + (size_t)i * CACHE_ENTRY;
		const char *file = text_at(begin, len, word_at(entry + 4));

		if (word_at(entry) == CACHE_FLAGS && file && is_called(file, name))
			return text_at(begin, len, word_at(entry + 8));
	}
	return NULL;
}

static char *find_in_cache(const char *name)
{
	struct io_view view;
	const char *path;
	char *found = NULL;

	if (io_view_open(&view, CACHE, NULL))
		return NULL;
	path = library_path_in_cache((const char *)view.v, view.len, name);
	if (path)
		found = mem_dup(path, strlen(path));
	io_view_close(&view);
	return found;
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* The path if there is such a file; takes it over. */
static char *keep_if_file(char *path)
{
	if (is_file(path))
		return path;
	free(path);
	return NULL;
}

static char *find_in_folders(const char *name)
{
	char *path = NULL;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !path; i++) {
		path = keep_if_file(mem_printf("%s/%s", folders[i], name));
		if (!path)
			path = keep_if_file(mem_printf("%s/lib%s.so", folders[i], name));
	}
	return path;
}

static char *find_program(const char *name)
{
	const char *list = getenv("PATH");
	char *path = NULL;

	while (list && *list && !path) {
		size_t len = strcspn(list, ":");

		if (*list == '/')
			path = keep_if_file(mem_printf("%.*s/%s", (int)len, list, name));
		list += len + (list[len] == ':');
	}
	return path;
}

int library_path_find(const char *name, char **out, struct err *err)
{
	char *path = NULL;

	if (strchr(name, '/')) {
		struct stat st;

		if (stat(name, &st))
			return err_set(err, -errno, "%s: %s", name, strerror(errno));
		if (!S_ISREG(st.st_mode))
			return err_set(err, -EINVAL, "%s: no file of code", name);
		*out = mem_dup(name, strlen(name));
		return 0;
	}
	path = find_in_cache(name);
	if (!path)
		path = find_in_folders(name);
	if (!path)
		path = find_program(name);
	if (!path)
		return err_set(
			err, -ENOENT,
			"%s: no such library or program where the loader and the shell look; "
			"a path with a / is taken as it is",
			name);
	*out = path;
	return 0;
}
