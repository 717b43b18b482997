#include "symbolize/module_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "symbolize/elf_identity.h"
#include "symbolize/regular_file.h"

#define SYSTEM_DEBUG_DIR "/usr/lib/debug"
#define CRC_BYTES_MAX ((uint64_t)4 << 30) /* a larger file is not read for its CRC */

struct search {
	struct module_file *out;
	const struct trace_module *module;
	const struct module_places *places;
	char build_id[2 * TRACE_BUILD_ID_MAX + 1];
	struct elf_identity id;	      /* of the file that was found ... */
	const char *dir;	      /* ... and below which debug dir; "": none */
	struct elf_identity dwarf_id; /* of the one of the two that has DWARF ... */
	const char *dwarf_dir;	      /* ... and below which debug dir */
	const char *dwarf_path;	      /* of the result, with it */
};

/* A file on trial. */
struct candidate {
	const char *dir; /* a debug dir of which it cannot lead out; "": none */
	char *path;	 /* with it */
	struct elf_source source;
	struct elf_identity id;
};

/* ---- opening ---- */

/* False: not a regular ELF file; nothing is left. */
static bool candidate_open(struct candidate *out, const char *dir, const char *below)
{
	int fd = dir[0] ? regular_file_open_below(dir, below) : regular_file_open(below);
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

static void remember_dwarf(struct search *s, const struct candidate *c)
{
	if (!c->id.has_dwarf)
		return;
	s->out->has_dwarf = true;
	s->out->alt_build_id_len = c->id.alt_build_id_len;
	memcpy(s->out->alt_build_id, c->id.alt_build_id, c->id.alt_build_id_len);
	s->dwarf_id = c->id;
	s->dwarf_dir = c->dir;
	s->dwarf_path = c->path;
}

/* Keeps the candidate as the file or the debug file, if that is still missing. A whole file
 * with DWARF is as good a debug file as a separate one. */
static void keep(struct search *s, struct candidate *c)
{
	struct module_file *out = s->out;

	if (c->id.has_code && out->fd < 0) {
		out->fd = c->source.fd;
		out->len = c->source.len;
		out->path = c->path;
		out->has_symtab = c->id.has_symtab;
		out->has_debugdata = c->id.has_debugdata;
		out->is_go = c->id.is_go;
		s->id = c->id;
		s->dir = c->dir;
		remember_dwarf(s, c);
		return;
	}
	if (out->debug_fd < 0 && (!c->id.has_code || (c->id.has_dwarf && !out->has_dwarf))) {
		out->debug_fd = c->source.fd;
		out->debug_len = c->source.len;
		out->debug_path = c->path;
		remember_dwarf(s, c);
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
	return s->out->fd >= 0 && (s->out->has_dwarf || s->out->debug_fd >= 0);
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

static void look_at_fetched(struct search *s)
{
	char *below = mem_printf("/%s/debuginfo", s->build_id);

	if (s->places->fetched_dir && s->build_id[0] && !is_complete(s))
		consider(s, s->places->fetched_dir, below, false);
	free(below);
}

/* ---- the file that DWARF leans on ---- */

/* path is freed. */
static void look_for_alt(struct search *s, const char *dir, char *below)
{
	const struct elf_identity *id = &s->dwarf_id;
	struct module_file *out = s->out;
	struct candidate c;

	if (out->alt_fd < 0 && candidate_open(&c, dir, below)) {
		if (c.id.build_id_len == id->alt_build_id_len &&
		    !memcmp(c.id.build_id, id->alt_build_id, id->alt_build_id_len)) {
			out->alt_fd = c.source.fd;
			out->alt_len = c.source.len;
			out->alt_path = c.path;
		} else {
			candidate_drop(&c);
		}
	}
	free(below);
}

/* dir "": the system's. rest: below the folder .dwz; NULL: not to be had. */
static void look_for_alt_in(struct search *s, const char *dir, const char *rest)
{
	char id[2 * TRACE_BUILD_ID_MAX + 1];

	trace_hex_text(id, s->dwarf_id.alt_build_id, s->dwarf_id.alt_build_id_len);
	if (s->dwarf_id.alt_build_id_len >= 2)
		look_for_alt(s, dir,
			     mem_printf("%s/.build-id/%.2s/%s.debug",
					dir[0] ? "" : SYSTEM_DEBUG_DIR, id, id + 2));
	if (!rest)
		return;
	if (dir[0])
		look_for_alt(s, dir, mem_printf("/.dwz/%s", rest));
	look_for_alt(s, dir, mem_printf("%s/.dwz/%s", SYSTEM_DEBUG_DIR, rest));
}

/* A link says "../../.dwz/REST" or "/usr/lib/debug/.dwz/REST"; only REST is followed. */
static void look_for_alts(struct search *s)
{
	const char *link = s->dwarf_id.alt_link;
	const char *rest = strstr(link, ".dwz/");
	const char *name = strrchr(link, '/');
	const char *path = s->dwarf_path ? s->dwarf_path + strlen(s->dwarf_dir) : NULL;

	if (!path || !link[0])
		return;
	rest = rest && !strstr(rest, "..") ? rest + strlen(".dwz/") : NULL;
	name = name ? name + 1 : link;
	for (size_t i = 0; i < s->places->debug_dir_cnt; i++)
		look_for_alt_in(s, s->places->debug_dirs[i], rest);
	look_for_alt_in(s, "", rest);
	if (name[0] && strcmp(name, "..") != 0)
		look_for_alt(s, s->dwarf_dir,
			     mem_printf("%.*s/%s", (int)(strrchr(path, '/') - path), path, name));
	if (s->places->fetched_dir) {
		char id[2 * TRACE_BUILD_ID_MAX + 1];

		trace_hex_text(id, s->dwarf_id.alt_build_id, s->dwarf_id.alt_build_id_len);
		look_for_alt(s, s->places->fetched_dir, mem_printf("/%s/debuginfo", id));
	}
}

void module_file_open(struct module_file *out, const struct trace_module *module,
		      const struct module_places *places)
{
	struct search s = { .out = out, .module = module, .places = places, .dir = "" };

	*out = MODULE_FILE_NONE;
	trace_hex_text(s.build_id, module->build_id, module->build_id_len);
	look_in_dirs(&s);
	look_at_paths(&s, "", "");
	look_by_build_id(&s, "", ".debug");
	look_by_build_id(&s, "", "");
	look_at_links(&s);
	look_at_fetched(&s);
	look_for_alts(&s);
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
	f->has_debugdata = false;
}

void module_file_drop_debug(struct module_file *f, const char *why)
{
	drop(f, &f->debug_fd, &f->debug_path, why);
	f->debug_len = 0;
}

void module_file_suspend(struct module_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->debug_fd >= 0)
		close(f->debug_fd);
	if (f->alt_fd >= 0)
		close(f->alt_fd);
	f->fd = f->debug_fd = f->alt_fd = -1;
}

void module_file_close(struct module_file *f)
{
	module_file_suspend(f);
	free(f->path);
	free(f->debug_path);
	free(f->alt_path);
	free(f->other_path);
	free(f->other_build_id);
	free(f->unused_path);
	free(f->unused_why);
	*f = MODULE_FILE_NONE;
}
