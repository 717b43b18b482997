#include "collector/jit_log.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collector/jit_map.h"

#define ADDRESSES_MAX 65536 /* of one process; more have no names */

struct jit_process {
	struct jit_map_owner owner;
	uint32_t generation;
	bool known; /* the owner could be read */
	struct idmap seen;
	struct {
		VEC(uint64_t);
	} addresses;
};

struct jit_log {
	struct idmap by_tgid;
	struct {
		VEC(struct jit_process *);
	} processes;
};

struct jit_log *jit_log_new(void)
{
	return mem_alloc(1, sizeof(struct jit_log));
}

static void process_free(struct jit_process *p)
{
	idmap_release(&p->seen);
	vec_release(&p->addresses);
	free(p);
}

void jit_log_free(struct jit_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->processes.cnt; i++)
		process_free(log->processes.v[i]);
	vec_release(&log->processes);
	idmap_release(&log->by_tgid);
	free(log);
}

static struct jit_process *find(const struct jit_log *log, uint32_t tgid)
{
	uint32_t at = idmap_find(&log->by_tgid, tgid, 0);

	return at == IDMAP_NONE ? NULL : log->processes.v[at];
}

static struct jit_process *add_process(struct jit_log *log, uint32_t tgid, uint32_t generation)
{
	struct jit_process *p = mem_alloc(1, sizeof(*p));

	p->generation = generation;
	p->known = jit_map_owner_read(&p->owner, tgid);
	p->owner.tgid = tgid;
	idmap_set(&log->by_tgid, tgid, 0, (uint32_t)log->processes.cnt);
	*vec_push(&log->processes) = p;
	return p;
}

static void drop_process(struct jit_log *log, uint32_t tgid)
{
	uint32_t at = idmap_find(&log->by_tgid, tgid, 0);
	struct jit_process *dropped = log->processes.v[at];
	struct jit_process *last = log->processes.v[log->processes.cnt - 1];

	log->processes.v[at] = last;
	log->processes.cnt--;
	idmap_set(&log->by_tgid, last->owner.tgid, 0, at);
	idmap_remove(&log->by_tgid, tgid, 0);
	process_free(dropped);
}

void jit_log_add(struct jit_log *log, uint32_t tgid, uint32_t generation, uint64_t address)
{
	struct jit_process *p = find(log, tgid);

	if (p && p->generation != generation) {
		drop_process(log, tgid);
		p = NULL;
	}
	if (!p)
		p = add_process(log, tgid, generation);
	if (p->addresses.cnt >= ADDRESSES_MAX || idmap_find(&p->seen, address, 0) != IDMAP_NONE)
		return;
	idmap_set(&p->seen, address, 0, 1);
	*vec_push(&p->addresses) = address;
}

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

void jit_log_take(struct jit_log *log, uint32_t tgid, struct buf *out)
{
	struct jit_process *p = find(log, tgid);
	int fd;

	if (!p)
		return;
	fd = p->known ? jit_map_open(&p->owner) : -1;
	if (fd >= 0) {
		qsort(p->addresses.v, p->addresses.cnt, sizeof(*p->addresses.v), by_value);
		jit_map_read(fd, p->addresses.v, p->addresses.cnt, out);
		close(fd);
	}
	drop_process(log, tgid);
}

bool jit_log_has(const struct jit_log *log, uint32_t tgid)
{
	return find(log, tgid) != NULL;
}

uint32_t jit_log_next(const struct jit_log *log)
{
	return log->processes.cnt ? log->processes.v[0]->owner.tgid : 0;
}
