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
	const char *const *dirs;
	size_t dir_cnt;
	char build_id[2 * TRACE_BUILD_ID_MAX + 1];
	struct elf_identity id; /* of the file that was found */
};

/* A file on trial. */
struct candidate {
	char *path;
	struct elf_source source;
	struct elf_identity id;
};

void build_id_text(char *out, const uint8_t *build_id, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[build_id[i] >> 4];
		out[2 * i + 1] = digits[build_id[i] & 15];
	}
	out[2 * len] = '\0';
}

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

/* Below `dir`, links and ".." included; kernels without openat2 refuse "..". */
static int open_below(const char *dir, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int pointer;

	if (dir_fd < 0)
		return -1;
	while (*path == '/')
		path++;
	pointer = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
	if (pointer < 0 && (errno == ENOSYS || errno == EPERM) && !strstr(path, ".."))
		pointer = openat(dir_fd, path, O_PATH | O_CLOEXEC);
	close(dir_fd);
	return open_pointed_at(pointer, NULL);
}

/* Takes path over. False: not a regular ELF file; nothing is left. */
static bool candidate_open(struct candidate *out, int fd, char *path)
{
	struct stat st;

	*out = (struct candidate){ .path = path, .source = { .fd = fd } };
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		out->source.len = (uint64_t)st.st_size;
		if (elf_identity_read(&out->id, &out->source))
			return true;
	}
	if (fd >= 0)
		close(fd);
	free(path);
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
	build_id_text(text, c->id.build_id, c->id.build_id_len);
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

/* Takes fd and path over. by_path: the file stands where the module was mapped from. */
static void consider(struct search *s, int fd, char *path, bool by_path)
{
	struct candidate c;

	if (!candidate_open(&c, fd, path))
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

static void look_by_build_id(struct search *s, const char *dir, const char *suffix)
{
	char *path;

	if (s->module->build_id_len < 2 || is_complete(s))
		return;
	path = mem_printf("%s/.build-id/%.2s/%s%s", dir, s->build_id, s->build_id + 2, suffix);
	consider(s, open_regular(path), path, false);
}

static void look_below(struct search *s, const char *dir, const char *suffix)
{
	char *below;

	if (s->module->path[0] != '/' || is_complete(s))
		return;
	below = mem_printf("%s%s", s->module->path, suffix);
	consider(s, open_below(dir, below), mem_printf("%s%s", dir, below), true);
	free(below);
}

static void look_in_dirs(struct search *s)
{
	for (size_t i = 0; i < s->dir_cnt; i++) {
		look_by_build_id(s, s->dirs[i], ".debug");
		look_by_build_id(s, s->dirs[i], "");
		look_below(s, s->dirs[i], "");
		look_below(s, s->dirs[i], ".debug");
	}
}

static void look_at_path(struct search *s)
{
	const char *path = s->module->path;

	if (path[0] == '/' && !is_complete(s))
		consider(s, open_regular(path), mem_dup(path, strlen(path)), true);
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
static void look_at_link(struct search *s, const char *root, const char *folder,
			 const char *between)
{
	struct candidate c;
	char *path;

	if (is_complete(s))
		return;
	path = mem_printf("%s%s%s/%s", root, folder, between, s->id.debug_link);
	if (!candidate_open(&c, open_regular(path), path))
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
	const char *slash = s->out->path ? strrchr(s->out->path, '/') : NULL;
	char *folder;

	if (!slash || !s->id.debug_link[0])
		return;
	folder = mem_dup(s->out->path, (size_t)(slash - s->out->path));
	look_at_link(s, "", folder, "");
	look_at_link(s, "", folder, "/.debug");
	look_at_link(s, SYSTEM_DEBUG_DIR, folder, "");
	for (size_t i = 0; i < s->dir_cnt; i++)
		look_at_link(s, s->dirs[i], folder, "");
	free(folder);
}

void module_file_open(struct module_file *out, const struct trace_module *module,
		      const char *const *debug_dirs, size_t debug_dir_cnt)
{
	struct search s = {
		.out = out, .module = module, .dirs = debug_dirs, .dir_cnt = debug_dir_cnt
	};

	*out = (struct module_file){ .fd = -1, .debug_fd = -1 };
	build_id_text(s.build_id, module->build_id, module->build_id_len);
	look_in_dirs(&s);
	look_at_path(&s);
	look_by_build_id(&s, SYSTEM_DEBUG_DIR, ".debug");
	look_by_build_id(&s, SYSTEM_DEBUG_DIR, "");
	look_at_links(&s);
	if (out->fd < 0 && out->debug_fd < 0)
		out->reason = out->other_path ? NAME_REASON_OTHER_BUILD : NAME_REASON_NO_FILE;
}

void module_file_drop_debug(struct module_file *f)
{
	if (f->debug_fd >= 0)
		close(f->debug_fd);
	free(f->debug_path);
	f->debug_fd = -1;
	f->debug_path = NULL;
	f->debug_len = 0;
}

void module_file_close(struct module_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	module_file_drop_debug(f);
	free(f->path);
	free(f->other_path);
	free(f->other_build_id);
	*f = (struct module_file){ .fd = -1, .debug_fd = -1 };
}
