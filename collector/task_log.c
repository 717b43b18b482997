#include "collector/task_log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "collector/proc_files.h"

struct task_log {
	struct module_log *modules;
	struct strtab *texts;
	struct idmap process_by_tgid, thread_by_tid;
	struct {
		VEC(struct process *);
	} processes;
	struct {
		VEC(struct thread *);
	} threads;
	uint64_t version;
	uint32_t sweep;
	int64_t boottime_ahead_ns; /* of CLOCK_MONOTONIC */
	uint64_t tick_ns;
};

struct task_log *task_log_new(struct module_log *modules)
{
	struct task_log *log = mem_alloc(1, sizeof(*log));

	log->modules = modules;
	log->texts = strtab_new();
	log->sweep = 1;
	log->boottime_ahead_ns = (int64_t)(clock_since_boot_ns() - clock_now_ns());
	log->tick_ns = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
	return log;
}

static void process_free(struct process *p)
{
	mappings_release(&p->mappings);
	free(p);
}

void task_log_free(struct task_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->processes.cnt; i++)
		process_free(log->processes.v[i]);
	for (size_t i = 0; i < log->threads.cnt; i++)
		free(log->threads.v[i]);
	vec_release(&log->processes);
	vec_release(&log->threads);
	idmap_release(&log->process_by_tgid);
	idmap_release(&log->thread_by_tid);
	strtab_free(log->texts);
	free(log);
}

const char *task_log_text(const struct task_log *log, uint32_t text)
{
	return strtab_get(log->texts, text, NULL);
}

static void copy_name(char to[64], const char *from)
{
	size_t len = strnlen(from, 63);

	memcpy(to, from, len);
	to[len] = 0;
}

/* What was written of the process so far no longer describes it. */
static void process_changed(struct process *p)
{
	p->group = UINT32_MAX;
}

static void maps_changed(struct task_log *log, struct process *p)
{
	p->maps_version = ++log->version;
}

struct process *task_log_find(const struct task_log *log, uint32_t tgid)
{
	uint32_t at = idmap_find(&log->process_by_tgid, tgid, 0);

	return at == IDMAP_NONE ? NULL : log->processes.v[at];
}

static struct process *add_process(struct task_log *log, uint32_t tgid)
{
	struct process *p = mem_alloc(1, sizeof(*p));

	p->tgid = tgid;
	p->uid = TRACE_NONE;
	process_changed(p);
	maps_changed(log, p);
	idmap_set(&log->process_by_tgid, tgid, 0, (uint32_t)log->processes.cnt);
	*vec_push(&log->processes) = p;
	return p;
}

static struct process *get_process(struct task_log *log, uint32_t tgid)
{
	struct process *p = task_log_find(log, tgid);

	return p ? p : add_process(log, tgid);
}

static struct thread *find_thread(const struct task_log *log, uint32_t tid)
{
	uint32_t at = idmap_find(&log->thread_by_tid, tid, 0);

	return at == IDMAP_NONE ? NULL : log->threads.v[at];
}

/* The thread as a new one of this process, whatever bore its number before. */
static struct thread *renew_thread(struct task_log *log, uint32_t tgid, uint32_t tid)
{
	struct thread *t = find_thread(log, tid);

	if (!t) {
		t = mem_alloc(1, sizeof(*t));
		idmap_set(&log->thread_by_tid, tid, 0, (uint32_t)log->threads.cnt);
		*vec_push(&log->threads) = t;
	}
	*t = (struct thread){ .tid = tid, .tgid = tgid, .group = UINT32_MAX };
	return t;
}

static struct thread *get_thread(struct task_log *log, uint32_t tgid, uint32_t tid)
{
	struct thread *t = find_thread(log, tid);

	return t && t->tgid == tgid ? t : renew_thread(log, tgid, tid);
}

/* A pid that is born now, whatever bore its number before. */
static struct process *renew_process(struct task_log *log, uint32_t tgid)
{
	struct process *p = task_log_find(log, tgid);
	struct mappings mappings;

	if (!p)
		return add_process(log, tgid);
	mappings = p->mappings;
	mappings.cnt = 0;
	*p = (struct process){ .tgid = tgid, .uid = TRACE_NONE, .mappings = mappings };
	process_changed(p);
	maps_changed(log, p);
	return p;
}

static void inherit_identity(struct process *p, const struct process *parent)
{
	p->uid = parent->uid;
	p->executable = parent->executable;
	p->cgroup = parent->cgroup;
	copy_name(p->comm, parent->comm);
	p->identity_known = true;
	p->identity_old = parent->identity_old;
}

static void apply_fork_process(struct task_log *log, const struct perf_record *r)
{
	struct process *p = renew_process(log, r->pid);
	const struct process *parent = task_log_find(log, r->fork.parent_pid);

	p->parent_tgid = r->fork.parent_pid;
	p->start_ns = r->time_ns;
	p->fork_seen = true;
	if (!parent)
		return;
	if (parent->identity_known)
		inherit_identity(p, parent);
	if (parent->maps_known)
		mappings_copy(&p->mappings, &parent->mappings);
	p->maps_known = parent->maps_known;
}

static void apply_fork(struct task_log *log, const struct perf_record *r)
{
	const struct thread *parent = find_thread(log, r->fork.parent_tid);
	char comm[64] = "";
	struct process *p;
	struct thread *t;

	if (parent && parent->comm_known)
		copy_name(comm, parent->comm);
	if (r->pid != r->fork.parent_pid)
		apply_fork_process(log, r);
	p = task_log_find(log, r->pid);
	if (p)
		p->living++;
	t = renew_thread(log, r->pid, r->tid);
	copy_name(t->comm, comm);
	t->comm_known = *comm != 0;
}

static void apply_exec(struct task_log *log, const struct perf_record *r)
{
	struct process *p = get_process(log, r->pid);

	p->generation++;
	p->identity_old = true;
	p->exit_sweep = 0; /* of a first thread whose place another one has taken */
	p->mappings.cnt = 0;
	p->maps_known = true;
	p->executable = 0;
	p->executable_follows = true;
	p->exec_goes_on = true;
	copy_name(p->comm, r->comm.name);
	process_changed(p);
	maps_changed(log, p);
}

static void apply_comm(struct task_log *log, const struct perf_record *r)
{
	struct thread *t = get_thread(log, r->pid, r->tid);

	if (r->comm.exec) {
		apply_exec(log, r);
		t->exit_sweep = 0;
	}
	copy_name(t->comm, r->comm.name);
	t->comm_known = true;
	t->group = UINT32_MAX;
}

static void apply_map(struct task_log *log, const struct perf_record *r)
{
	struct process *p = get_process(log, r->pid);
	struct module_origin origin = {
		.path = r->map.path,
		.path_len = strlen(r->map.path),
		.dev = r->map.dev,
		.inode = r->map.inode,
		.build_id = r->map.build_id,
		.build_id_len = r->map.build_id_len,
	};
	struct mapping mapping = {
		.start = r->map.start,
		.end = r->map.start + r->map.len,
		.file_offset = r->map.file_offset,
		.module = module_log_find(log->modules, &origin),
	};

	mappings_add(&p->mappings, &mapping);
	maps_changed(log, p);
	if (p->executable_follows && mapping.module >= MODULE_FIRST_FILE) {
		p->executable = strtab_intern_text(log->texts,
						   module_log_path(log->modules, mapping.module));
		p->executable_follows = false;
		process_changed(p);
	}
}

static void apply_exit(struct task_log *log, const struct perf_record *r)
{
	struct process *p = task_log_find(log, r->pid);
	struct thread *t = find_thread(log, r->tid);

	if (t)
		t->exit_sweep = log->sweep;
	if (p && p->living)
		p->living--;
	if (p && r->pid == r->tid)
		p->exit_sweep = log->sweep;
}

void task_log_apply(struct task_log *log, const struct perf_record *record)
{
	switch (record->type) {
	case PERF_RECORD_FORK:
		return apply_fork(log, record);
	case PERF_RECORD_COMM:
		return apply_comm(log, record);
	case PERF_RECORD_MMAP2:
		return apply_map(log, record);
	case PERF_RECORD_EXIT:
		return apply_exit(log, record);
	}
}

static uint32_t read_text(struct task_log *log, uint32_t tgid,
			  void (*read)(uint32_t tgid, struct buf *out))
{
	struct buf text = { 0 };
	uint32_t id;

	read(tgid, &text);
	id = strtab_intern(log->texts, buf_text(&text), text.len);
	buf_release(&text);
	return id;
}

/* Birth in CLOCK_MONOTONIC, as exact as /proc has it; 0 if it lies before that clock. */
static uint64_t birth_ns(const struct task_log *log, uint64_t ticks)
{
	int64_t at = (int64_t)(ticks * log->tick_ns) - log->boottime_ahead_ns;

	return at > 0 ? (uint64_t)at : 0;
}

/* Whether what /proc says is of another process that got the same number since. */
static bool is_another(const struct task_log *log, const struct process *p, uint64_t ticks)
{
	return p->start_ns && birth_ns(log, ticks) > p->start_ns + 2 * log->tick_ns;
}

static bool read_identity(struct task_log *log, struct process *p)
{
	struct proc_identity identity;
	uint32_t tid = proc_living_thread(p->tgid);

	if (!proc_identity_read(p->tgid, &identity) || is_another(log, p, identity.start_ticks))
		return false;
	p->parent_tgid = identity.parent_tgid;
	p->uid = identity.uid;
	p->namespace_tgid = identity.namespace_tgid;
	if (!p->start_ns)
		p->start_ns = birth_ns(log, identity.start_ticks);
	if (!*p->comm)
		copy_name(p->comm, identity.comm);
	if (!p->executable)
		p->executable = read_text(log, tid, proc_executable_read);
	p->cgroup = read_text(log, p->tgid, proc_cgroup_read);
	p->identity_known = true;
	p->identity_old = false;
	if (identity.ended && !p->exit_sweep)
		p->exit_sweep = log->sweep;
	return true;
}

/* From /proc, or as it was before the exec, or from the parent it was forked from. */
static void learn_identity(struct task_log *log, struct process *p)
{
	struct process *parent;
	char comm[64];
	uint32_t executable = p->executable;
	bool was_known = p->identity_known;

	p->identity_known = true;
	p->identity_old = false;
	if (read_identity(log, p) || was_known || !p->fork_seen)
		return;
	parent = get_process(log, p->parent_tgid);
	if (!parent->identity_known && !read_identity(log, parent))
		return;
	copy_name(comm, p->comm);
	inherit_identity(p, parent);
	if (p->generation) {
		copy_name(p->comm, comm);
		p->executable = executable;
	}
}

struct process *task_log_process(struct task_log *log, uint32_t tgid)
{
	struct process *p = get_process(log, tgid);

	if (!p->identity_known || p->identity_old) {
		learn_identity(log, p);
		process_changed(p);
	}
	return p;
}

/* Adds what /proc/PID/maps shows; what was seen happening since agrees with it. */
static bool read_maps(struct task_log *log, struct process *p, uint32_t of_tgid)
{
	char *text = proc_maps_read(proc_living_thread(of_tgid));
	const char *at = text;
	struct proc_mapping m;
	size_t before = p->mappings.cnt;

	if (!text)
		return false;
	while (proc_mapping_next(&at, &m)) {
		struct module_origin origin = {
			.path = m.path, .path_len = m.path_len, .dev = m.dev, .inode = m.inode
		};

		if (m.executable)
			mappings_add(&p->mappings,
				     &(struct mapping){ m.start, m.end, m.file_offset,
							module_log_find(log->modules, &origin) });
	}
	free(text);
	return p->mappings.cnt > before;
}

static void learn_maps(struct task_log *log, struct process *p)
{
	const struct process *parent;

	p->maps_known = true;
	if (!read_maps(log, p, p->tgid) && p->fork_seen) {
		parent = task_log_find(log, p->parent_tgid);
		if (parent && parent->maps_known)
			mappings_copy(&p->mappings, &parent->mappings);
		else
			read_maps(log, p, p->parent_tgid);
	}
	maps_changed(log, p);
}

const struct mapping *task_log_mapping(struct task_log *log, struct process *p, uint64_t address)
{
	if (!p->maps_known)
		learn_maps(log, p);
	return mappings_find(&p->mappings, address);
}

struct thread *task_log_thread(struct task_log *log, struct process *p, uint32_t tid)
{
	struct thread *t = get_thread(log, p->tgid, tid);

	if (!t->comm_known && !proc_comm_read(p->tgid, tid, t->comm))
		copy_name(t->comm, p->comm);
	t->comm_known = true;
	return t;
}

void task_log_read(struct task_log *log, uint32_t tgid)
{
	struct process *p = task_log_process(log, tgid);

	if (!p->maps_known)
		learn_maps(log, p);
}

/* The first thread is gone, and no other one is left: of those that we saw come nobody is asked. */
static bool has_ended(const struct process *p)
{
	return p->exit_sweep &&
	       ((p->fork_seen && !p->living) || proc_living_thread(p->tgid) == p->tgid);
}

bool task_log_is_over(const struct task_log *log, uint32_t tgid)
{
	const struct process *p = task_log_find(log, tgid);

	return p && has_ended(p);
}

static void sweep_processes(struct task_log *log)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->processes.cnt; i++) {
		struct process *p = log->processes.v[i];

		if (p->exit_sweep && p->exit_sweep + 1 < log->sweep) {
			if (has_ended(p)) {
				idmap_remove(&log->process_by_tgid, p->tgid, 0);
				process_free(p);
				continue;
			}
			p->exit_sweep = log->sweep;
		}
		if (kept != i)
			idmap_set(&log->process_by_tgid, p->tgid, 0, (uint32_t)kept);
		log->processes.v[kept++] = p;
	}
	log->processes.cnt = kept;
}

static void sweep_threads(struct task_log *log)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->threads.cnt; i++) {
		struct thread *t = log->threads.v[i];

		if (t->exit_sweep && t->exit_sweep + 1 < log->sweep) {
			idmap_remove(&log->thread_by_tid, t->tid, 0);
			free(t);
			continue;
		}
		if (kept != i)
			idmap_set(&log->thread_by_tid, t->tid, 0, (uint32_t)kept);
		log->threads.v[kept++] = t;
	}
	log->threads.cnt = kept;
}

void task_log_sweep(struct task_log *log)
{
	log->sweep++;
	sweep_processes(log);
	sweep_threads(log);
}
