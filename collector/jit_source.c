#include "collector/jit_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collector/jit_map.h"

#define MAP_BLOCK ((size_t)64 << 10)

void jit_source_open(struct jit_source *s, uint32_t tgid)
{
	*s = (struct jit_source){ .map_fd = -1, .dump_fd = -1 };
	s->known = jit_owner_read(&s->owner, tgid);
	s->owner.tgid = tgid;
}

static void close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void jit_source_close(struct jit_source *s)
{
	close_file(&s->map_fd);
	close_file(&s->dump_fd);
}

static void find_dump(struct jit_source *s, const struct process *p,
		      const struct module_log *modules)
{
	if (s->dump_fd >= 0 || s->maps_version == p->maps_version)
		return;
	s->maps_version = p->maps_version;
	for (size_t i = 0; i < p->mappings.cnt && s->dump_fd < 0; i++) {
		const struct mapping *m = &p->mappings.v[i];

		if (m->module >= MODULE_FIRST_FILE &&
		    jit_file_is_dump(module_log_path(modules, m->module)))
			s->dump_fd = jit_file_open_dump(&s->owner, m->start, m->end);
	}
}

static uint64_t file_size(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
}

/* What was there at the first reading has been there since before anybody asked. */
static bool read_map(struct jit_source *s, uint64_t now_ns, struct jit_code *out)
{
	uint64_t size = file_size(s->map_fd), first;
	char *block;
	ssize_t got;

	if (size > JIT_MAP_BYTES_MAX)
		size = JIT_MAP_BYTES_MAX;
	if (size < s->map_at)
		s->map_at = 0; /* begun anew */
	first = s->map_at;
	if (size <= s->map_at)
		return true;
	block = mem_alloc(1, MAP_BLOCK + 1);
	while (s->map_at < size && s->map_at - first < JIT_SOURCE_ROUND_BYTES) {
		size_t used;

		got = pread(s->map_fd, block, MAP_BLOCK, (off_t)s->map_at);
		if (got <= 0)
			break;
		block[got] = 0;
		used = jit_map_take(block, (size_t)got, s->read_ns ? now_ns : 0, out);
		if (!used && (size_t)got < MAP_BLOCK)
			break; /* its last line is not whole yet */
		s->map_at += used ? used : (size_t)got;
	}
	free(block);
	return s->map_at - first < JIT_SOURCE_ROUND_BYTES;
}

static bool read_dump(struct jit_source *s, struct jit_code *out)
{
	uint64_t size = file_size(s->dump_fd), read = 0, used = 1;
	uint8_t *block;

	if (size > JIT_DUMP_BYTES_MAX)
		size = JIT_DUMP_BYTES_MAX;
	if (size <= s->dump_at || s->dump.refused)
		return true;
	block = mem_alloc(1, JIT_DUMP_BLOCK);
	while (used && s->dump_at < size && read < JIT_SOURCE_ROUND_BYTES) {
		uint64_t left = size - s->dump_at; /* it may grow meanwhile */
		ssize_t got =
			pread(s->dump_fd, block, left < JIT_DUMP_BLOCK ? left : JIT_DUMP_BLOCK,
			      (off_t)s->dump_at);

		if (got <= 0)
			break;
		used = jit_dump_take(&s->dump, block, (size_t)got, left, out);
		s->dump_at += used;
		read += (uint64_t)got;
	}
	free(block);
	return read < JIT_SOURCE_ROUND_BYTES;
}

bool jit_source_read(struct jit_source *s, const struct process *p,
		     const struct module_log *modules, struct jit_code *out)
{
	uint64_t now_ns = clock_now_ns();
	bool all;

	if (s->known && p)
		find_dump(s, p, modules);
	if (s->known && s->map_fd < 0)
		s->map_fd = jit_file_open_map(&s->owner);
	all = read_map(s, now_ns, out);
	all = read_dump(s, out) && all;
	s->read_ns = now_ns;
	return all;
}

void jit_source_copy_map(struct jit_source *s, const uint64_t *addresses, size_t cnt,
			 struct buf *out)
{
	if (s->map_fd >= 0 && !lseek(s->map_fd, 0, SEEK_SET))
		jit_map_read(s->map_fd, addresses, cnt, out);
}
