#include "collector/module_log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "collector/build_id.h"
#include "collector/proc_files.h"

#define DELETED " (deleted)"
#define NO_GROUP UINT32_MAX

struct module {
	uint32_t path; /* of the string table */
	uint64_t inode;
	uint8_t build_id[TRACE_BUILD_ID_MAX];
	uint8_t build_id_len;
	bool build_id_sought;
	uint32_t group; /* of the writer, in which `id` is valid */
	uint32_t id;
};

struct module_log {
	struct strtab *paths;
	struct idmap index; /* (path, identity of the file) to module */
	struct {
		VEC(struct module);
	} modules;
};

static uint32_t add(struct module_log *log, uint32_t path, const struct module_origin *origin)
{
	struct module *m = vec_push(&log->modules);

	*m = (struct module){ .path = path, .inode = origin->inode, .group = NO_GROUP };
	if (origin->build_id_len) {
		memcpy(m->build_id, origin->build_id, origin->build_id_len);
		m->build_id_len = origin->build_id_len;
		m->build_id_sought = true;
	}
	return (uint32_t)log->modules.cnt - 1;
}

static void add_vdso(struct module_log *log)
{
	const uint8_t *image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	struct module_origin origin = { 0 };
	uint8_t build_id[TRACE_BUILD_ID_MAX];

	if (image)
		origin.build_id_len = (uint8_t)build_id_of_image(image, 4096, build_id);
	origin.build_id = build_id;
	add(log, strtab_intern_text(log->paths, "[vdso]"), &origin);
}

struct module_log *module_log_new(void)
{
	struct module_log *log = mem_alloc(1, sizeof(*log));

	log->paths = strtab_new();
	add(log, 0, &(struct module_origin){ 0 }); /* MODULE_JIT */
	add_vdso(log);
	return log;
}

void module_log_free(struct module_log *log)
{
	if (!log)
		return;
	strtab_free(log->paths);
	idmap_release(&log->index);
	vec_release(&log->modules);
	free(log);
}

static bool starts_with(const struct module_origin *o, const char *text)
{
	size_t len = strlen(text);

	return o->path_len >= len && !memcmp(o->path, text, len);
}

/* Memory that has a path but is not a file that somebody could open later. */
static bool is_anonymous(const struct module_origin *o)
{
	if (o->build_id_len)
		return false;
	return !starts_with(o, "/") || starts_with(o, "//anon") || starts_with(o, "/memfd:") ||
	       starts_with(o, "/dev/zero") || starts_with(o, "/SYSV") ||
	       starts_with(o, "/anon_hugepage");
}

static size_t without_deleted(const struct module_origin *o)
{
	size_t cut = sizeof(DELETED) - 1;

	if (o->path_len > cut && !memcmp(o->path + o->path_len - cut, DELETED, cut))
		return o->path_len - cut;
	return o->path_len;
}

uint32_t module_log_find(struct module_log *log, const struct module_origin *origin)
{
	uint32_t path, found, next = (uint32_t)log->modules.cnt;
	uint64_t identity;

	if (origin->path_len == 6 && !memcmp(origin->path, "[vdso]", 6))
		return MODULE_VDSO;
	if (is_anonymous(origin))
		return MODULE_JIT;
	path = strtab_intern(log->paths, origin->path, without_deleted(origin));
	identity = origin->build_id_len ? hash_bytes(origin->build_id, origin->build_id_len)
					: hash_pair(origin->dev, origin->inode);
	found = idmap_intern(&log->index, path, identity, next);
	return found == next ? add(log, path, origin) : found;
}

const char *module_log_path(const struct module_log *log, uint32_t module)
{
	return strtab_get(log->paths, log->modules.v[module].path, NULL);
}

/* Opens the path if it leads to the file that was mapped. */
static int open_if_same(const char *path, uint64_t inode)
{
	int fd = build_id_open(path);
	struct stat st;

	if (fd >= 0 && inode && (fstat(fd, &st) || st.st_ino != inode)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int open_mapped(const struct module_log *log, const struct module *m,
		       const struct module_place *place)
{
	const char *path = strtab_get(log->paths, m->path, NULL);
	uint32_t tid = proc_living_thread(place->tgid);
	char *through;
	int fd;

	through = mem_printf("/proc/%u/map_files/%" PRIx64 "-%" PRIx64, tid, place->start,
			     place->end);
	fd = open_if_same(through, m->inode);
	free(through);
	if (fd >= 0)
		return fd;
	through = mem_printf("/proc/%u/root%s", tid, path);
	fd = open_if_same(through, m->inode);
	free(through);
	/* The process may be gone; by the inode the same name here is the same file. */
	return fd >= 0 || !m->inode ? fd : open_if_same(path, m->inode);
}

/* Where the kernel told the build ID it did not tell the inode. */
static bool has_build_id(int fd, const struct module *m)
{
	uint8_t build_id[TRACE_BUILD_ID_MAX];

	return build_id_of_file(fd, build_id) == m->build_id_len &&
	       !memcmp(build_id, m->build_id, m->build_id_len);
}

int module_log_open(struct module_log *log, uint32_t module, const struct module_place *place)
{
	const struct module *m = &log->modules.v[module];
	int fd = open_mapped(log, m, place);

	if (fd < 0 && !m->inode && m->build_id_len)
		fd = build_id_open(strtab_get(log->paths, m->path, NULL));
	if (fd >= 0 && !m->inode && m->build_id_len && !has_build_id(fd, m)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void seek_build_id(struct module_log *log, struct module *m,
			  const struct module_place *place)
{
	int fd = open_mapped(log, m, place);

	m->build_id_sought = true;
	if (fd < 0)
		return;
	m->build_id_len = (uint8_t)build_id_of_file(fd, m->build_id);
	close(fd);
}

const uint8_t *module_log_build_id(struct module_log *log, uint32_t module,
				   const struct module_place *place, size_t *out_len)
{
	struct module *m = &log->modules.v[module];

	if (!m->build_id_sought && module != MODULE_VDSO)
		seek_build_id(log, m, place);
	*out_len = m->build_id_len;
	return m->build_id;
}

uint32_t module_log_id(struct module_log *log, uint32_t module, const struct module_place *place,
		       struct trace_writer *writer)
{
	struct module *m = &log->modules.v[module];
	struct trace_module record = { .process = TRACE_NONE };

	if (m->group == trace_writer_group(writer))
		return m->id;
	if (!m->build_id_sought && module != MODULE_VDSO)
		seek_build_id(log, m, place);
	record.kind = module == MODULE_VDSO ? TRACE_MODULE_VDSO : TRACE_MODULE_FILE;
	record.path = strtab_get(log->paths, m->path, NULL);
	memcpy(record.build_id, m->build_id, m->build_id_len);
	record.build_id_len = m->build_id_len;
	m->group = trace_writer_group(writer);
	m->id = trace_writer_module(writer, &record);
	return m->id;
}
