#include "symbolize/package_owner.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cache_folder.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/strtab.h"

#define DPKG_LISTS "/var/lib/dpkg/info"
#define APT_LISTS "/var/lib/apt/lists"
#define LISTS_MAX 50000			       /* files that are looked at */
#define LIST_BYTES_MAX ((size_t)64 << 20)      /* of dpkg */
#define PACKAGES_BYTES_MAX ((size_t)512 << 20) /* of apt, one file */
#define CACHE_FILE "packages"
#define CACHE_BYTES_MAX ((size_t)1 << 20)
#define WORD_MAX 4096

struct owners {
	const char *root;
	const char *const *paths;
	size_t cnt;
	struct package_owner *v;
	struct strtab *wanted; /* paths without /usr */
	bool has_archive;      /* apt knows one of debug packages */
};

/* ---- folders of lists ---- */

typedef void list_reader(struct owners *o, const char *path, const char *name);

static bool has_end(const char *name, const char *end)
{
	size_t len = strlen(name);

	return len > strlen(end) && !strcmp(name + len - strlen(end), end);
}

static void each_list(struct owners *o, const char *folder, const char *end, list_reader *reader)
{
	char *path = mem_printf("%s%s", o->root, folder);
	DIR *dir = opendir(path);
	struct dirent *e;

	for (size_t i = 0; dir && i < LISTS_MAX && (e = readdir(dir)); i++) {
		char *file;

		if (!has_end(e->d_name, end))
			continue;
		file = mem_printf("%s/%s", path, e->d_name);
		reader(o, file, e->d_name);
		free(file);
	}
	if (dir)
		closedir(dir);
	free(path);
}

/* ---- which package ---- */

/* /lib and /bin have become links to /usr/lib and /usr/bin; lists have either form. */
static const char *without_usr(const char *path)
{
	return !strncmp(path, "/usr/", 5) ? path + 4 : path;
}

static void want_paths(struct owners *o)
{
	o->wanted = strtab_new();
	for (size_t i = 0; i < o->cnt; i++)
		if (!o->v[i].package)
			strtab_intern_text(o->wanted, without_usr(o->paths[i]));
}

static void own(struct owners *o, const char *path, const char *list)
{
	for (size_t i = 0; i < o->cnt; i++)
		if (!o->v[i].package && !strcmp(without_usr(o->paths[i]), path))
			o->v[i].package = mem_dup(list, strcspn(list, ":") < strlen(list)
								? strcspn(list, ":")
								: strlen(list) - strlen(".list"));
}

static void read_list(struct owners *o, const char *path, const char *name)
{
	struct io_view view;

	if (io_view_open(&view, path, NULL))
		return;
	for (const char *p = (const char *)view.v, *end = p + view.len; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop ? stop : end) - p);
		size_t usr = len > 5 && !memcmp(p, "/usr/", 5) ? 4 : 0;
		uint32_t id = view.len <= LIST_BYTES_MAX && len > usr
				      ? strtab_find(o->wanted, p + usr, len - usr)
				      : UINT32_MAX;

		if (id != UINT32_MAX && id)
			own(o, strtab_get(o->wanted, id, NULL), name);
		p += len + 1;
	}
	io_view_close(&view);
}

/* ---- which debug package ---- */

static void know(struct owners *o, const char *name, size_t len)
{
	for (size_t i = 0; i < o->cnt; i++) {
		struct package_owner *v = &o->v[i];
		size_t own_len = v->package ? strlen(v->package) : 0;

		if (!own_len || v->debug == PACKAGE_DEBUG_KNOWN || len <= own_len ||
		    memcmp(name, v->package, own_len) != 0)
			continue;
		if ((len == own_len + 4 && !memcmp(name + own_len, "-dbg", 4)) ||
		    (len == own_len + 7 && !memcmp(name + own_len, "-dbgsym", 7))) {
			free(v->debug_package);
			v->debug_package = mem_dup(name, len);
			v->debug = PACKAGE_DEBUG_KNOWN;
		}
	}
}

static void read_packages(struct owners *o, const char *path, const char *name)
{
	static const char mark[] = "Package: ";
	struct io_view view;
	const char *p;
	const char *end;

	(void)name;
	if (io_view_open(&view, path, NULL))
		return;
	p = (const char *)view.v;
	end = p + (view.len <= PACKAGES_BYTES_MAX ? view.len : 0);
	while (p < end && (p = memmem(p, (size_t)(end - p), mark, sizeof(mark) - 1))) {
		const bool is_field = p == (const char *)view.v || p[-1] == '\n';
		const char *stop;

		p += sizeof(mark) - 1;
		if (!is_field)
			continue;
		stop = memchr(p, '\n', (size_t)(end - p));
		if (!stop)
			break;
		if (stop - p > 7 && !memcmp(stop - 7, "-dbgsym", 7))
			o->has_archive = true;
		if ((stop - p > 4 && !memcmp(stop - 4, "-dbg", 4)) ||
		    (stop - p > 7 && !memcmp(stop - 7, "-dbgsym", 7)))
			know(o, p, (size_t)(stop - p));
		p = stop;
	}
	io_view_close(&view);
}

/* Debian and Ubuntu build a -dbgsym for every package, in an archive that apt has to be told of.
 * The C library's is older, and in the main archive. */
static void name_unknown(struct owners *o)
{
	for (size_t i = 0; i < o->cnt; i++) {
		struct package_owner *v = &o->v[i];

		if (!v->package || v->debug != PACKAGE_DEBUG_NONE || o->has_archive)
			continue;
		v->debug = PACKAGE_DEBUG_ARCHIVE;
		v->debug_package = mem_printf(
			strcmp(v->package, "libc6") != 0 ? "%s-dbgsym" : "%s-dbg", v->package);
	}
}

/* ---- what an earlier run found ---- */

/* Changes when a package comes or goes, or apt learns something. */
static void put_stamp(struct buf *out, const char *root)
{
	static const char *const files[] = { "/var/lib/dpkg/status", APT_LISTS };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = mem_printf("%s%s", root, files[i]);
		struct stat st = { 0 };

		(void)stat(path, &st);
		buf_printf(out, "%llu %lld.%09ld %lld ", (unsigned long long)st.st_ino,
			   (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_size);
		free(path);
	}
	buf_puts(out, "\n");
}

/* A line: path, package or "-", number of the form, debug package or "-"; between tabs. */
static void take_line(struct owners *o, char *line, bool *is_known)
{
	char *next = line;
	const char *path = strsep(&next, "\t");
	const char *package = strsep(&next, "\t");
	const char *form = strsep(&next, "\t");
	const char *debug = next;

	if (!debug || form[0] < '0' || form[0] > '2')
		return;
	for (size_t i = 0; i < o->cnt; i++) {
		if (is_known[i] || strcmp(o->paths[i], path) != 0)
			continue;
		is_known[i] = true;
		if (!strcmp(package, "-"))
			continue;
		o->v[i].package = mem_dup(package, strnlen(package, WORD_MAX));
		o->v[i].debug = (enum package_debug)(form[0] - '0');
		if (o->v[i].debug)
			o->v[i].debug_package = mem_dup(debug, strnlen(debug, WORD_MAX));
	}
}

/* True: all paths are there. */
static bool recall(struct owners *o, const struct cache_folder *cache, struct buf *stamp)
{
	bool *is_known = mem_alloc(o->cnt + 1, sizeof(*is_known));
	struct buf file = { 0 };
	bool all = cache && cache_folder_read(cache, CACHE_FILE, CACHE_BYTES_MAX, &file) &&
		   file.len >= stamp->len && !memcmp(file.v, stamp->v, stamp->len);
	char *next = all ? (char *)buf_text(&file) + stamp->len : NULL;
	char *line;

	while (next && (line = strsep(&next, "\n")))
		take_line(o, line, is_known);
	for (size_t i = 0; i < o->cnt; i++)
		all = all && is_known[i];
	for (size_t i = 0; !all && i < o->cnt; i++)
		package_owner_release(&o->v[i]);
	buf_release(&file);
	free(is_known);
	return all;
}

static void remember(const struct owners *o, struct cache_folder *cache, struct buf *stamp)
{
	for (size_t i = 0; i < o->cnt; i++)
		if (!strpbrk(o->paths[i], "\t\n"))
			buf_printf(stamp, "%s\t%s\t%d\t%s\n", o->paths[i],
				   o->v[i].package ? o->v[i].package : "-", (int)o->v[i].debug,
				   o->v[i].debug_package ? o->v[i].debug_package : "-");
	if (cache && stamp->len <= CACHE_BYTES_MAX)
		cache_folder_write(cache, CACHE_FILE, stamp->v, stamp->len);
}

void package_owners_find(const char *root, const char *const *paths, size_t cnt,
			 struct cache_folder *cache, struct package_owner *out)
{
	struct owners o = { .root = root, .paths = paths, .cnt = cnt, .v = out };
	struct buf stamp = { 0 };

	memset(out, 0, cnt * sizeof(*out));
	if (!cnt)
		return;
	put_stamp(&stamp, root);
	if (!recall(&o, cache, &stamp)) {
		want_paths(&o);
		each_list(&o, DPKG_LISTS, ".list", read_list);
		each_list(&o, APT_LISTS, "_Packages", read_packages);
		name_unknown(&o);
		strtab_free(o.wanted);
		remember(&o, cache, &stamp);
	}
	buf_release(&stamp);
}

void package_owner_release(struct package_owner *o)
{
	free(o->package);
	free(o->debug_package);
	*o = (struct package_owner){ 0 };
}
