#include "collector/jit_log.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collector/jit_source.h"

#define ADDRESSES_MAX 65536 /* of one process; more have no names */
#define LAST_READINGS 16    /* of what a process wrote until it ended */

struct nameless {
	uint64_t address;
	uint64_t time_ns; /* of its first sample */
};

struct jit_process {
	uint32_t tgid;
	uint32_t generation;
	struct jit_source source;
	struct jit_code *code; /* NULL: there was no room for it */
	size_t bytes;	       /* of the code */
	struct idmap seen;
	struct {
		VEC(struct nameless);
	} nameless;
};

struct jit_log {
	const struct module_log *modules;
	size_t bytes; /* of all code */
	struct idmap by_tgid;
	struct {
		VEC(struct jit_process *);
	} processes;
};

struct jit_log *jit_log_new(const struct module_log *modules)
{
	struct jit_log *log = mem_alloc(1, sizeof(*log));

	log->modules = modules;
	return log;
}

static void process_free(struct jit_process *p)
{
	jit_source_close(&p->source);
	jit_code_free(p->code);
	idmap_release(&p->seen);
	vec_release(&p->nameless);
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

static struct jit_process *add_process(struct jit_log *log, const struct process *of)
{
	struct jit_process *p = mem_alloc(1, sizeof(*p));

	p->tgid = of->tgid;
	p->generation = of->generation;
	p->code = jit_code_new();
	jit_source_open(&p->source, of->tgid);
	idmap_set(&log->by_tgid, p->tgid, 0, (uint32_t)log->processes.cnt);
	*vec_push(&log->processes) = p;
	return p;
}

static void drop_process(struct jit_log *log, uint32_t tgid)
{
	uint32_t at = idmap_find(&log->by_tgid, tgid, 0);
	struct jit_process *dropped = log->processes.v[at];
	struct jit_process *last = log->processes.v[log->processes.cnt - 1];

	log->bytes -= dropped->bytes;
	log->processes.v[at] = last;
	log->processes.cnt--;
	idmap_set(&log->by_tgid, last->tgid, 0, at);
	idmap_remove(&log->by_tgid, tgid, 0);
	process_free(dropped);
}

/* True if there may be more to read. */
static bool read_source(struct jit_log *log, struct jit_process *p, const struct process *of)
{
	bool all;

	if (!p->code)
		return false;
	all = jit_source_read(&p->source, of, log->modules, p->code);
	log->bytes -= p->bytes;
	p->bytes = jit_code_bytes(p->code);
	if (log->bytes + p->bytes > JIT_LOG_BYTES_MAX) {
		jit_code_free(p->code);
		p->code = NULL;
		p->bytes = 0;
	}
	log->bytes += p->bytes;
	return !all && p->code;
}

static void reach(struct jit_log *log, struct jit_process *p, const struct process *of,
		  uint64_t time_ns)
{
	if (time_ns > p->source.read_ns)
		read_source(log, p, of);
	if (p->code)
		jit_code_reach(p->code, time_ns);
}

void jit_log_reach(struct jit_log *log, const struct process *p, uint64_t time_ns)
{
	struct jit_process *known = find(log, p->tgid);

	if (known && known->generation == p->generation)
		reach(log, known, p, time_ns);
}

uint64_t jit_log_epoch(const struct jit_log *log, uint32_t tgid)
{
	const struct jit_process *p = find(log, tgid);

	return p && p->code ? 1 + jit_code_epoch(p->code) : 0;
}

static void remember(struct jit_process *p, uint64_t address, uint64_t time_ns)
{
	if (p->nameless.cnt >= ADDRESSES_MAX || idmap_find(&p->seen, address, 0) != IDMAP_NONE)
		return;
	idmap_set(&p->seen, address, 0, 1);
	*vec_push(&p->nameless) = (struct nameless){ address, time_ns };
}

/* The process, with what its runtime has said by now if it was not known before. */
static struct jit_process *get(struct jit_log *log, const struct process *p, uint64_t time_ns)
{
	struct jit_process *known = find(log, p->tgid);

	if (known && known->generation != p->generation) {
		drop_process(log, p->tgid);
		known = NULL;
	}
	if (!known) {
		known = add_process(log, p);
		reach(log, known, p, time_ns);
	}
	return known;
}

void jit_log_want(struct jit_log *log, const struct process *p, uint64_t address, uint64_t time_ns)
{
	remember(get(log, p, time_ns), address, time_ns);
}

bool jit_log_name(struct jit_log *log, const struct process *p, uint64_t address, uint64_t time_ns,
		  struct jit_place *out)
{
	struct jit_process *known = get(log, p, time_ns);

	if (known->code && jit_code_find(known->code, address, out))
		return true;
	remember(known, address, time_ns);
	return false;
}

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static int by_time(const void *left, const void *right)
{
	const struct nameless *a = left, *b = right;

	return a->time_ns < b->time_ns ? -1 : a->time_ns > b->time_ns;
}

static void copy_map(struct jit_process *p, struct buf *out)
{
	uint64_t *addresses = mem_alloc(p->nameless.cnt + 1, sizeof(*addresses));

	for (size_t i = 0; i < p->nameless.cnt; i++)
		addresses[i] = p->nameless.v[i].address;
	qsort(addresses, p->nameless.cnt, sizeof(*addresses), by_value);
	jit_source_copy_map(&p->source, addresses, p->nameless.cnt, out);
	free(addresses);
}

static void put_line(struct buf *out, uint64_t address, const struct jit_place *place)
{
	size_t at;

	buf_printf(out, "%" PRIx64 " 1 ", address);
	at = out->len;
	buf_put(out, place->name, place->name_len);
	for (; at < out->len; at++)
		if (out->v[at] == '\n')
			out->v[at] = ' ';
	buf_puts(out, "\n");
}

/* By now the runtime has said all; its words are older than the reading. */
static void put_names_by_time(struct jit_process *p, struct buf *out)
{
	struct jit_place place;

	qsort(p->nameless.v, p->nameless.cnt, sizeof(*p->nameless.v), by_time);
	jit_code_rewind(p->code);
	for (size_t i = 0; i < p->nameless.cnt; i++) {
		jit_code_reach(p->code, p->nameless.v[i].time_ns);
		if (jit_code_find(p->code, p->nameless.v[i].address, &place))
			put_line(out, p->nameless.v[i].address, &place);
	}
}

/* A later line has the address: those by time come last. */
void jit_log_take(struct jit_log *log, uint32_t tgid, struct buf *out)
{
	struct jit_process *p = find(log, tgid);

	if (!p)
		return;
	if (p->nameless.cnt) {
		for (int i = 0; i < LAST_READINGS && read_source(log, p, NULL); i++)
			;
		copy_map(p, out);
		if (p->code)
			put_names_by_time(p, out);
	}
	drop_process(log, tgid);
}

bool jit_log_has(const struct jit_log *log, uint32_t tgid)
{
	return find(log, tgid) != NULL;
}

uint32_t jit_log_next(const struct jit_log *log)
{
	return log->processes.cnt ? log->processes.v[0]->tgid : 0;
}
