#include "symbolize/module_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "symbolize/elf_identity.h"

#define SYSTEM_DEBUG_DIR "/usr/lib/debug"
#define CRC_BYTES_MAX ((uint64_t)4 << 30) /* a larger file is not read for its CRC */

struct search {
	struct module_file *out;
	const struct trace_module *module;
	const struct module_places *places;
	char build_id[2 * TRACE_BUILD_ID_MAX + 1];
	struct elf_identity id; /* of the file that was found ... */
	const char *dir;	/* ... and below which debug dir; "": none */
};

/* A file on trial. */
struct candidate {
	const char *dir; /* a debug dir of which it cannot lead out; "": none */
	char *path;	 /* with it */
	struct elf_source source;
	struct elf_identity id;
};

/* ---- opening ---- */

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

static int open_regular(const char *path)
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

/* Below `dir`, links included, which are taken as if it were the root. */
static int open_below(const char *dir, const char *path)
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

/* False: not a regular ELF file; nothing is left. */
static bool candidate_open(struct candidate *out, const char *dir, const char *below)
{
	int fd = dir[0] ? open_below(dir, below) : open_regular(below);
	struct stat st;

	*out = (struct candidate){ .dir = dir, .source = { .fd = fd } };
	out->path = mem_printf("%s%s", dir, below);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		out->source.len = (uint64_t)st.st_size;
		if (elf_identity_read(&out->id, &out->source))
			return true;
	}
	if (fd >= 0)
		close(fd);
	free(out->path);
	return false;
}

static void candidate_drop(struct candidate *c)
{
	close(c->source.fd);
	free(c->path);
}

/* ---- judging ---- */

static bool has_build_id(const struct candidate *c, const struct trace_module *m)
{
	return c->id.build_id_len == m->build_id_len &&
	       !memcmp(c->id.build_id, m->build_id, m->build_id_len);
}

static void remember_other(struct search *s, const struct candidate *c)
{
	char text[2 * TRACE_BUILD_ID_MAX + 1];

	if (s->out->other_path)
		return;
	trace_hex_text(text, c->id.build_id, c->id.build_id_len);
	s->out->other_path = mem_dup(c->path, strlen(c->path));
	s->out->other_build_id = mem_dup(text, strlen(text));
}

/* Keeps the candidate as the file or the debug file, if that is still missing. */
static void keep(struct search *s, struct candidate *c)
{
	struct module_file *out = s->out;

	if (c->id.has_code && out->fd < 0) {
		out->fd = c->source.fd;
		out->len = c->source.len;
		out->path = c->path;
		out->has_symtab = c->id.has_symtab;
		s->id = c->id;
		s->dir = c->dir;
		return;
	}
	if (!c->id.has_code && out->debug_fd < 0) {
		out->debug_fd = c->source.fd;
		out->debug_len = c->source.len;
		out->debug_path = c->path;
		return;
	}
	candidate_drop(c);
}

/* by_path: the file stands where the module was mapped from. */
static void consider(struct search *s, const char *dir, const char *below, bool by_path)
{
	struct candidate c;

	if (!candidate_open(&c, dir, below))
		return;
	if (s->module->build_id_len ? has_build_id(&c, s->module) : by_path) {
		keep(s, &c);
		return;
	}
	if (s->module->build_id_len)
		remember_other(s, &c);
	candidate_drop(&c);
}

/* ---- places ---- */

static bool is_complete(const struct search *s)
{
	return s->out->fd >= 0 && (s->out->has_symtab || s->out->debug_fd >= 0);
}

/* dir "": the system's own debug files, whose links lead out of their folder. */
static void look_by_build_id(struct search *s, const char *dir, const char *suffix)
{
	char *below;

	if (s->module->build_id_len < 2 || is_complete(s))
		return;
	below = mem_printf("%s/.build-id/%.2s/%s%s", dir[0] ? "" : SYSTEM_DEBUG_DIR, s->build_id,
			   s->build_id + 2, suffix);
	consider(s, dir, below, false);
	free(below);
}

/* dir "": where the module was mapped from itself. */
static void look_at_paths(struct search *s, const char *dir, const char *suffix)
{
	for (size_t i = 0; i < s->places->path_cnt; i++) {
		const char *path = s->places->paths[i];
		char *below;

		if (path[0] != '/' || is_complete(s))
			continue;
		below = mem_printf("%s%s", path, suffix);
		consider(s, dir, below, true);
		free(below);
	}
}

static void look_in_dirs(struct search *s)
{
	for (size_t i = 0; i < s->places->debug_dir_cnt; i++) {
		const char *dir = s->places->debug_dirs[i];

		look_by_build_id(s, dir, ".debug");
		look_by_build_id(s, dir, "");
		look_at_paths(s, dir, "");
		look_at_paths(s, dir, ".debug");
	}
}

static bool has_crc(const struct candidate *c, uint32_t crc)
{
	static uint8_t v[64 << 10];
	uLong sum = crc32(0, NULL, 0);
	uint64_t at = 0;

	if (c->source.len > CRC_BYTES_MAX)
		return false;
	while (at < c->source.len) {
		ssize_t got = pread(c->source.fd, v, sizeof(v), (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		sum = crc32(sum, v, (uInt)got);
		at += (uint64_t)got;
	}
	return sum == crc;
}

/* A linked debug file is right by its build ID, or, where either has none, by its CRC. */
static void look_at_link(struct search *s, const char *dir, const char *root, const char *folder,
			 const char *between)
{
	struct candidate c;
	char *below;
	bool is_elf;

	if (is_complete(s))
		return;
	below = mem_printf("%s%s%s/%s", root, folder, between, s->id.debug_link);
	is_elf = candidate_open(&c, dir, below);
	free(below);
	if (!is_elf)
		return;
	if (!c.id.has_code &&
	    (c.id.build_id_len && s->module->build_id_len ? has_build_id(&c, s->module)
							  : has_crc(&c, s->id.debug_link_crc))) {
		keep(s, &c);
		return;
	}
	candidate_drop(&c);
}

static void look_at_links(struct search *s)
{
	const char *path = s->out->path ? s->out->path + strlen(s->dir) : NULL;
	char *folder;

	if (!path || !s->id.debug_link[0])
		return;
	folder = mem_dup(path, (size_t)(strrchr(path, '/') - path));
	look_at_link(s, s->dir, "", folder, "");
	look_at_link(s, s->dir, "", folder, "/.debug");
	look_at_link(s, "", SYSTEM_DEBUG_DIR, folder, "");
	for (size_t i = 0; i < s->places->debug_dir_cnt; i++)
		look_at_link(s, s->places->debug_dirs[i], "", folder, "");
	free(folder);
}

void module_file_open(struct module_file *out, const struct trace_module *module,
		      const struct module_places *places)
{
	struct search s = { .out = out, .module = module, .places = places, .dir = "" };

	*out = (struct module_file){ .fd = -1, .debug_fd = -1 };
	trace_hex_text(s.build_id, module->build_id, module->build_id_len);
	look_in_dirs(&s);
	look_at_paths(&s, "", "");
	look_by_build_id(&s, "", ".debug");
	look_by_build_id(&s, "", "");
	look_at_links(&s);
	if (out->fd < 0 && out->debug_fd < 0)
		out->reason = out->other_path ? NAME_REASON_OTHER_BUILD : NAME_REASON_NO_FILE;
}

static void drop(struct module_file *f, int *fd, char **path, const char *why)
{
	if (*fd >= 0)
		close(*fd);
	free(f->unused_path);
	free(f->unused_why);
	f->unused_path = *path;
	f->unused_why = mem_dup(why, strlen(why));
	*fd = -1;
	*path = NULL;
}

void module_file_drop_mapped(struct module_file *f, const char *why)
{
	drop(f, &f->fd, &f->path, why);
	f->len = 0;
	f->has_symtab = false;
}

void module_file_drop_debug(struct module_file *f, const char *why)
{
	drop(f, &f->debug_fd, &f->debug_path, why);
	f->debug_len = 0;
}

void module_file_close(struct module_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->debug_fd >= 0)
		close(f->debug_fd);
	free(f->path);
	free(f->debug_path);
	free(f->other_path);
	free(f->other_build_id);
	free(f->unused_path);
	free(f->unused_why);
	*f = (struct module_file){ .fd = -1, .debug_fd = -1 };
}
