#include "collector/wait_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "bpf/profile.skel.h"
#include "collector/latency_options.h"
#include "collector/map_array.h"

#define SUMS_MAX 65536

/* Pages that are never used cost, too: the kernel clears them when it loads us. */
static uint32_t sums_for(uint32_t cpu_cnt)
{
	uint32_t sums = ABI_WAIT_SUMS;

	while (sums < SUMS_MAX && sums < cpu_cnt * (ABI_WAIT_SUMS / 8))
		sums *= 2;
	return sums;
}

/* Storage or hash: the kernel is asked to make only what it knows, and what is used. */
static void size_maps(struct wait_programs *w, struct profile_bpf *skel, uint32_t cpu_cnt)
{
	struct programs_waits *s = &w->shared;

	bpf_map__set_autocreate(skel->maps.wait_storage, w->loaded && w->kernel.has_storage);
	bpf_map__set_autocreate(skel->maps.wait_threads, w->loaded && !w->kernel.has_storage);
	bpf_map__set_max_entries(skel->maps.wait_cpus, w->loaded ? cpu_cnt : 1);
	bpf_map__set_max_entries(skel->maps.wait_cells, w->loaded ? cpu_cnt : 1);
	if (!w->wanted) {
		bpf_map__set_max_entries(skel->maps.wait_sums_0, 1);
		bpf_map__set_max_entries(skel->maps.wait_sums_1, 1);
		bpf_map__set_max_entries(skel->maps.wait_links, 1);
		return;
	}
	s->cpu_cnt = cpu_cnt;
	s->sum_max = sums_for(cpu_cnt);
	s->link_max = ABI_WAIT_LINKS;
	bpf_map__set_max_entries(skel->maps.wait_sums_0, s->sum_max);
	bpf_map__set_max_entries(skel->maps.wait_sums_1, s->sum_max);
	bpf_map__set_max_entries(skel->maps.wait_longest, 2 * cpu_cnt);
	bpf_map__set_max_entries(skel->maps.wait_memos, cpu_cnt);
}

/* Where a thread that runs again is met: all that can be tried is loaded, one is attached. */
static void choose_resume(const struct wait_programs *w, struct profile_bpf *skel)
{
	const struct wait_kernel *k = &w->kernel;

	bpf_program__set_autoload(skel->progs.wait_resume_exit, w->loaded && k->has_exit);
	bpf_program__set_autoload(skel->progs.wait_resume_finish,
				  w->loaded && !k->has_exit && k->can_enter);
	bpf_program__set_autoload(skel->progs.wait_resume_probe,
				  w->loaded && !k->has_exit && *k->finish);
	bpf_program__set_autoload(skel->progs.wait_resume_switch, w->loaded && !k->has_exit);
	bpf_program__set_autoattach(skel->progs.wait_resume_exit, false);
	bpf_program__set_autoattach(skel->progs.wait_resume_finish, false);
	bpf_program__set_autoattach(skel->progs.wait_resume_probe, false);
	bpf_program__set_autoattach(skel->progs.wait_resume_switch, false);
}

/* Puts a variable of the kernel, by its number in BTF, in the places of WAIT_COUNT_MARK. */
static void name_count(struct bpf_program *program, uint32_t id)
{
	size_t cnt = bpf_program__insn_cnt(program);
	struct bpf_insn *insns = mem_alloc(cnt, sizeof(*insns));

	memcpy(insns, bpf_program__insns(program), cnt * sizeof(*insns));
	for (size_t i = 0; i + 1 < cnt; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW) ||
		    insns[i].imm != (int32_t)(WAIT_COUNT_MARK & UINT32_MAX) ||
		    insns[i + 1].imm != (int32_t)(WAIT_COUNT_MARK >> 32))
			continue;
		insns[i].src_reg = BPF_PSEUDO_BTF_ID;
		insns[i].imm = (int32_t)id;
		insns[i + 1].imm = 0;
	}
	bpf_program__set_insns(program, insns, cnt);
	free(insns);
}

static bool has_runq(const struct latency_options *options)
{
	for (uint32_t i = 0; options && i < options->source_cnt; i++)
		if (options->sources[i] == &latency_source_runq)
			return true;
	return false;
}

void wait_programs_choose(struct wait_programs *w, struct profile_bpf *skel,
			  const struct programs_options *options, uint32_t cpu_cnt)
{
	*w = (struct wait_programs){ .wanted = options->waits };
	w->loaded = w->wanted || has_runq(options->latency);
	if (w->loaded)
		wait_kernel_probe(&w->kernel);
	bpf_program__set_autoload(skel->progs.sched_switch, w->loaded);
	bpf_program__set_autoload(skel->progs.sched_fork, w->loaded);
	bpf_program__set_autoload(skel->progs.sched_exit, w->wanted);
	bpf_program__set_autoload(skel->progs.sched_waking, w->loaded && w->kernel.has_count);
	bpf_program__set_autoload(skel->progs.sched_waking_by_stack,
				  w->loaded && !w->kernel.has_count);
	bpf_program__set_autoload(skel->progs.wait_seed, w->wanted);
	bpf_program__set_autoload(skel->progs.wait_open, w->wanted && w->kernel.can_copy);
	bpf_program__set_autoload(skel->progs.wait_open_atomic, w->wanted && !w->kernel.can_copy);
	if (w->loaded && w->kernel.has_count)
		name_count(skel->progs.sched_waking, w->kernel.count_id);
	choose_resume(w, skel);
	size_maps(w, skel, cpu_cnt);
	skel->rodata->wait_wanted = w->wanted;
	skel->rodata->wait_depth =
		options->wait_depth < ABI_CHAIN_MAX ? options->wait_depth : ABI_CHAIN_MAX;
	skel->rodata->wait_states = w->wanted ? options->wait_states : 0;
	skel->rodata->wait_has_state = w->kernel.has_state;
	skel->rodata->wait_has_storage = w->kernel.has_storage;
	skel->rodata->wait_count_at = w->kernel.count_at;
	skel->rodata->wait_irq_begin = w->kernel.irq_begin;
	skel->rodata->wait_irq_end = w->kernel.irq_end;
	skel->rodata->wait_syscall_begin = w->kernel.syscall_begin;
	skel->rodata->wait_syscall_end = w->kernel.syscall_end;
	skel->rodata->wait_softirq_begin = w->kernel.softirq_begin;
	skel->rodata->wait_softirq_end = w->kernel.softirq_end;
}

static bool attach_resume(struct wait_programs *w, struct bpf_program *program, const char *source)
{
	if (w->resume || bpf_program__fd(program) < 0)
		return false;
	if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE)
		w->resume = bpf_program__attach_kprobe(program, false, w->kernel.finish);
	else
		w->resume = bpf_program__attach(program);
	if (w->resume)
		w->shared.resume_source = source;
	return w->resume != NULL;
}

static int map_all(struct wait_programs *w, struct profile_bpf *skel, struct err *err)
{
	int both = PROT_READ | PROT_WRITE;
	int code = map_array_open(skel->maps.wait_longest, both, &w->shared.longest, err);

	return code ? code : map_array_open(skel->maps.wait_cpus, both, &w->shared.cpus, err);
}

static void share(struct wait_programs *w, struct profile_bpf *skel)
{
	struct programs_waits *s = &w->shared;

	s->sum_fd[0] = bpf_map__fd(skel->maps.wait_sums_0);
	s->sum_fd[1] = bpf_map__fd(skel->maps.wait_sums_1);
	s->link_fd = bpf_map__fd(skel->maps.wait_links);
	s->min_ns = (uint64_t *)&skel->bss->wait_min_ns;
	s->max_ns = (uint64_t *)&skel->bss->wait_max_ns;
	s->draw = &skel->bss->wait_draw;
	s->copy_room = &skel->bss->stack_copy_room;
	s->generation = &skel->bss->wait_generation;
	s->start_ns = (uint64_t *)&skel->bss->wait_start_ns;
	s->end_ns = (uint64_t *)&skel->bss->wait_end_ns;
	s->open_has_user = w->kernel.can_copy;
}

int wait_programs_attach(struct wait_programs *w, struct profile_bpf *skel, struct err *err)
{
	const char *finish = "finish_task_switch";

	if (!w->loaded)
		return 0;
	if (!attach_resume(w, skel->progs.wait_resume_exit, "sched_exit_tp") &&
	    !attach_resume(w, skel->progs.wait_resume_finish, finish) &&
	    !attach_resume(w, skel->progs.wait_resume_probe, finish) &&
	    !attach_resume(w, skel->progs.wait_resume_switch, "sched_switch"))
		return err_set(err, -errno, "cannot follow threads that run again: %s",
			       strerror(errno));
	if (!w->wanted)
		return 0;
	share(w, skel);
	return map_all(w, skel, err);
}

void wait_programs_release(struct wait_programs *w, struct profile_bpf *skel)
{
	bpf_link__destroy(w->resume);
	map_array_close(skel->maps.wait_longest, w->shared.longest);
	map_array_close(skel->maps.wait_cpus, w->shared.cpus);
	w->resume = NULL;
	w->shared.longest = NULL;
	w->shared.cpus = NULL;
}

/* Runs an iterator over all threads; what it writes is nothing. */
static int run_iterator(const struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char nothing[16];
	ssize_t len;

	if (fd < 0)
		return -errno;
	do {
		len = read(fd, nothing, sizeof(nothing));
	} while (len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR)));
	len = len < 0 ? -errno : 0;
	close(fd);
	return (int)len;
}

int wait_programs_start(struct wait_programs *w, struct profile_bpf *skel, uint64_t start_ns,
			struct err *err)
{
	int code;

	if (!w->wanted)
		return 0;
	__atomic_store_n(w->shared.start_ns, start_ns, __ATOMIC_SEQ_CST);
	code = run_iterator(skel->links.wait_seed);
	if (code)
		return err_set(err, code, "cannot ask what all threads do: %s", strerror(-code));
	return 0;
}

static void detach(struct bpf_link **link)
{
	bpf_link__destroy(*link);
	*link = NULL;
}

void wait_programs_end(struct wait_programs *w, struct profile_bpf *skel, uint64_t end_ns)
{
	if (!w->wanted)
		return;
	__atomic_store_n(w->shared.end_ns, end_ns, __ATOMIC_SEQ_CST);
	detach(&skel->links.sched_waking);
	detach(&skel->links.sched_waking_by_stack);
	detach(&skel->links.sched_fork);
}

void wait_programs_close(struct wait_programs *w, struct profile_bpf *skel)
{
	detach(&skel->links.sched_exit);
	detach(&skel->links.sched_switch);
	detach(&w->resume);
}

int wait_programs_open_waits(struct wait_programs *w, struct profile_bpf *skel, struct err *err)
{
	const struct bpf_link *link =
		w->kernel.can_copy ? skel->links.wait_open : skel->links.wait_open_atomic;
	int fd = w->wanted ? bpf_iter_create(bpf_link__fd(link)) : -ENOENT;

	if (fd < 0)
		return err_set(err, w->wanted ? -errno : fd,
			       "cannot ask which waits have not ended: %s", strerror(errno));
	return fd;
}
