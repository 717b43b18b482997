#include "collector/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "collector/comm_pattern.h"
#include "collector/latency_programs.h"
#include "collector/machine.h"
#include "collector/map_array.h"
#include "collector/sampling_programs.h"
#include "collector/unwind_maps.h"
#include "collector/wait_programs.h"

#define MAX_STACK_SYSCTL "/proc/sys/kernel/perf_event_max_stack"

struct programs {
	struct sampling_programs sampling;
	const struct abi_cpu *cpus;
	struct abi_buffer *buffers; /* NULL: samples go through rings only */
	uint32_t cpu_cnt;
	uint32_t stack_max, body_max;
	uint32_t frame_max;
	struct unwind_maps unwind;
	struct wait_programs waits;
	struct latency_programs latencies;
};

/* What libbpf said last, for the sentence of an error. */
static char complaint[256];

static int keep_complaint(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level == LIBBPF_WARN && !*complaint)
		vsnprintf(complaint, sizeof(complaint), fmt, args);
	complaint[strcspn(complaint, "\n")] = 0;
	return 0;
}

static void choose_programs(struct programs *p, const struct programs_options *options)
{
	bool follow = !options->target->all;

	for (uint32_t i = 0; i < ABI_EVENTS_MAX; i++)
		bpf_program__set_autoload(p->sampling.samples[i], i < options->event_cnt);
	bpf_program__set_autoload(p->sampling.task_fork, follow);
	bpf_program__set_autoload(p->sampling.task_exit, follow);
}

static int set_comm(struct programs *p, const char *glob, struct err *err)
{
	struct comm_pattern pattern;

	if (!glob)
		return 0;
	if (!comm_pattern_compile(&pattern, glob))
		return err_set(err, -EINVAL,
			       "--comm %s: longer than any thread name, which has 15 characters",
			       glob);
	*p->sampling.target_by_comm = 1;
	*p->sampling.comm_start = pattern.start;
	*p->sampling.comm_stars = pattern.stars;
	*p->sampling.comm_end = pattern.end;
	for (int i = 0; i < 256; i++)
		p->sampling.comm_accept[i] = pattern.accept[i];
	return 0;
}

/* In the unified hierarchy a cgroup's inode is its number. */
static uint64_t cgroup_id(const char *path)
{
	struct stat st;

	return path && !stat(path, &st) ? st.st_ino : 0;
}

static int set_constants(struct programs *p, const struct programs_options *options,
			 struct err *err)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return err_set(err, -errno, "no random numbers: %s", strerror(errno));
	*p->sampling.stack_seed = seed;
	*p->sampling.stack_no_user = options->kernel_only;
	*p->sampling.stack_no_kernel = options->user_only;
	*p->sampling.unwind_mode = options->unwind;
	*p->sampling.unwind_copy_bytes = options->copy_bytes;
	*p->sampling.target_by_id = !options->target->all;
	*p->sampling.target_by_cgroup = options->target->cgroup != NULL;
	*p->sampling.target_cgroup_id = cgroup_id(options->target->cgroup);
	return set_comm(p, options->target->comm_glob, err);
}

/* The frames that the kernel takes of a stack; 127 unless somebody changed it, which the
 * kernel refuses as long as our maps are there. */
static uint32_t kernel_frame_max(void)
{
	uint32_t max = ABI_STACK_MAX;
	FILE *f = fopen(MAX_STACK_SYSCTL, "re");

	if (f && fscanf(f, "%u", &max) != 1)
		max = ABI_STACK_MAX;
	if (f)
		fclose(f);
	return max < 1 || max > ABI_STACK_MAX ? ABI_STACK_MAX : max;
}

/* Pages that are never used cost, too: the kernel clears them when it loads us. */
static uint32_t stacks_for(uint32_t cpu_cnt)
{
	uint32_t stacks = ABI_STACKS_MIN;

	while (stacks < ABI_STACKS_MAX && stacks < cpu_cnt * ABI_STACKS_MIN / 2)
		stacks *= 2;
	return stacks;
}

static void size_unwinding(struct programs *p, const struct programs_options *options)
{
	uint64_t bytes = options->unwind_bytes ? options->unwind_bytes : PROGRAMS_UNWIND_BYTES;

	if (bytes > PROGRAMS_UNWIND_BYTES_MAX)
		bytes = PROGRAMS_UNWIND_BYTES_MAX;
	bpf_map__set_max_entries(p->sampling.unwind_slots, p->cpu_cnt * ABI_UNWIND_SLOTS);
	if (options->unwind != ABI_UNWIND_FP)
		bpf_map__set_max_entries(p->sampling.unwind_copies, p->cpu_cnt);
	unwind_maps_size(&p->unwind, &p->sampling, options->unwind == ABI_UNWIND_AUTO ? bytes : 0);
}

/* Waits keep both of their stacks as bodies, and so do their wakers, and single latencies. */
#define MANY_BODIES 4096

static uint32_t bodies_for(uint32_t stack_max, const struct programs_options *options)
{
	bool many = options->waits || options->latency;

	return many && stack_max / 2 < MANY_BODIES ? MANY_BODIES : stack_max / 2;
}

static void size_maps(struct programs *p, const struct programs_options *options)
{
	uint32_t stack_bytes;

	p->frame_max = kernel_frame_max();
	stack_bytes = p->frame_max * sizeof(uint64_t);
	p->cpu_cnt = (uint32_t)libbpf_num_possible_cpus();
	bpf_map__set_max_entries(p->sampling.cpus, p->cpu_cnt);
	p->stack_max = stacks_for(p->cpu_cnt);
	p->body_max = bodies_for(p->stack_max, options);
	bpf_map__set_value_size(p->sampling.stacks[0], stack_bytes);
	bpf_map__set_value_size(p->sampling.stacks[1], stack_bytes);
	bpf_map__set_max_entries(p->sampling.stacks[0], p->stack_max);
	bpf_map__set_max_entries(p->sampling.stacks[1], p->stack_max);
	bpf_map__set_max_entries(p->sampling.bodies[0], p->body_max);
	bpf_map__set_max_entries(p->sampling.bodies[1], p->body_max);
	if (!options->target->all)
		return;
	bpf_map__set_max_entries(p->sampling.target_tgids, 1);
	bpf_map__set_max_entries(p->sampling.target_tids, 1);
}

/* A ring says which thread it is as we number them, a buffer only as the kernel does. */
static void choose_buffers(struct programs *p, const struct programs_options *options)
{
	if (!options->seldom || !machine_is_first_pid_namespace())
		return;
	*p->sampling.sample_carries = options->seldom;
	bpf_map__set_max_entries(p->sampling.sample_buffers, 2 * p->cpu_cnt);
}

static int set_cgroup(struct programs *p, const char *path, struct err *err)
{
	int zero = 0, fd, code;

	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "cgroup %s: %s", path, strerror(errno));
	code = bpf_map_update_elem(bpf_map__fd(p->sampling.target_cgroup), &zero, &fd, BPF_ANY);
	if (code)
		code = err_set(err, -errno, "%s is not a cgroup of the unified hierarchy", path);
	close(fd);
	return code;
}

/* What there is beyond samples. */
static int choose_others(struct programs *p, const struct programs_options *options,
			 struct err *err)
{
	struct profile_bpf *skel = p->sampling.whole;

	if (!skel)
		return 0;
	wait_programs_choose(&p->waits, skel, options, p->cpu_cnt);
	return latency_programs_choose(&p->latencies, skel, options, p->cpu_cnt, err);
}

static int attach_others(struct programs *p, struct err *err)
{
	struct profile_bpf *skel = p->sampling.whole;
	int code = 0;

	if (skel)
		code = wait_programs_attach(&p->waits, skel, err);
	if (skel && !code)
		code = latency_programs_attach(&p->latencies, skel, err);
	return code;
}

static void release_others(struct programs *p)
{
	struct profile_bpf *skel = p->sampling.whole;

	if (!skel)
		return;
	wait_programs_release(&p->waits, skel);
	latency_programs_release(&p->latencies, skel);
}

static int load(struct programs *p, const struct programs_options *options, struct err *err)
{
	int code = sampling_programs_load(&p->sampling, err);

	if (code)
		return err_set(err, code, "cannot load the BPF programs: %s (%s)", strerror(-code),
			       *complaint ? complaint : "no reason given");
	code = sampling_programs_attach(&p->sampling);
	if (code)
		return err_set(err, code, "cannot attach the BPF programs: %s (%s)",
			       strerror(-code), *complaint ? complaint : "no reason given");
	code = map_array_open(p->sampling.cpus, PROT_READ, &p->cpus, err);
	if (!code && *p->sampling.sample_carries)
		code = map_array_open(p->sampling.sample_buffers, PROT_READ | PROT_WRITE,
				      &p->buffers, err);
	if (!code)
		code = unwind_maps_open(&p->unwind, err);
	if (!code)
		code = attach_others(p, err);
	return code ? code : set_cgroup(p, options->target->cgroup, err);
}

/*
 * Adds first and looks afterwards: whoever ends in between is either seen by the
 * exit program, which then counts down, or is gone when we look.
 */
static int add_target(struct programs *p, struct bpf_map *map, uint32_t id, struct err *err)
{
	uint32_t one = 1;
	char path[32];

	if (bpf_map_update_elem(bpf_map__fd(map), &id, &one, BPF_NOEXIST)) {
		if (errno == EEXIST)
			return 0;
		return err_set(err, -errno, "cannot choose process or thread %u: %s", id,
			       strerror(errno));
	}
	__atomic_fetch_add(p->sampling.target_cnt, 1, __ATOMIC_SEQ_CST);
	snprintf(path, sizeof(path), "/proc/%u", id);
	if (access(path, F_OK) && !bpf_map_delete_elem(bpf_map__fd(map), &id))
		__atomic_fetch_sub(p->sampling.target_cnt, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int add_targets(struct programs *p, const struct target *t, struct err *err)
{
	int code = 0;

	for (size_t i = 0; i < t->tgids.cnt && !code; i++)
		code = add_target(p, p->sampling.target_tgids, t->tgids.v[i], err);
	for (size_t i = 0; i < t->tids.cnt && !code; i++)
		code = add_target(p, p->sampling.target_tids, t->tids.v[i], err);
	return code;
}

static int open_all(struct programs *p, const struct programs_options *options, struct err *err)
{
	int code;

	code = sampling_programs_open(&p->sampling, options->waits || options->latency, err);
	if (code)
		return code;
	choose_programs(p, options);
	size_maps(p, options);
	size_unwinding(p, options);
	choose_buffers(p, options);
	code = choose_others(p, options, err);
	if (!code)
		code = set_constants(p, options, err);
	if (!code)
		code = load(p, options, err);
	return code ? code : add_targets(p, options->target, err);
}

/* Before 5.11 maps were counted against this limit; failing to raise it is no error yet. */
static void raise_memlock(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
}

int programs_open(struct programs **out, const struct programs_options *options, struct err *err)
{
	struct programs *p = mem_alloc(1, sizeof(*p));
	int code;

	raise_memlock();
	complaint[0] = 0;
	libbpf_set_print(keep_complaint);
	code = open_all(p, options, err);
	if (code) {
		programs_close(p);
		return code;
	}
	*out = p;
	return 0;
}

void programs_close(struct programs *p)
{
	if (!p)
		return;
	map_array_close(p->sampling.cpus, p->cpus);
	map_array_close(p->sampling.sample_buffers, p->buffers);
	unwind_maps_close(&p->unwind);
	release_others(p);
	sampling_programs_close(&p->sampling);
	free(p);
}

int programs_sample_fd(const struct programs *p, uint32_t event)
{
	return bpf_program__fd(p->sampling.samples[event]);
}

int programs_set_ring(struct programs *p, uint32_t cpu, int ring_fd, struct err *err)
{
	int map = bpf_map__fd(p->sampling.rings);
	int code = ring_fd < 0 ? bpf_map_delete_elem(map, &cpu)
			       : bpf_map_update_elem(map, &cpu, &ring_fd, BPF_ANY);

	if (code && ring_fd >= 0)
		return err_set(err, -errno, "cannot give CPU %u its ring: %s", cpu,
			       strerror(errno));
	return 0;
}

void programs_stores(const struct programs *p, struct stack_stores_maps *out)
{
	*out = (struct stack_stores_maps){
		.stack_fd = { bpf_map__fd(p->sampling.stacks[0]),
			      bpf_map__fd(p->sampling.stacks[1]) },
		.body_fd = { bpf_map__fd(p->sampling.bodies[0]),
			     bpf_map__fd(p->sampling.bodies[1]) },
		.stack_max = p->stack_max,
		.body_max = p->body_max,
		.frame_max = p->frame_max,
		.epoch = p->sampling.stack_epoch,
		.cpus = p->cpus,
		.cpu_cnt = p->cpu_cnt,
	};
}

void programs_unwind(const struct programs *p, struct unwind_arrays *out)
{
	*out = p->unwind.arrays;
}

struct abi_buffer *programs_buffers(const struct programs *p, uint32_t *out_cpu_cnt)
{
	*out_cpu_cnt = p->cpu_cnt;
	return p->buffers;
}

const struct abi_cpu *programs_cpus(const struct programs *p, uint32_t *out_cnt)
{
	*out_cnt = p->cpu_cnt;
	return p->cpus;
}

bool programs_waits(const struct programs *p, struct programs_waits *out)
{
	*out = p->waits.shared;
	return p->waits.wanted;
}

int programs_start_waits(struct programs *p, uint64_t start_ns, struct err *err)
{
	return wait_programs_start(&p->waits, p->sampling.whole, start_ns, err);
}

void programs_end_waits(struct programs *p, uint64_t end_ns)
{
	wait_programs_end(&p->waits, p->sampling.whole, end_ns);
}

void programs_close_waits(struct programs *p)
{
	wait_programs_close(&p->waits, p->sampling.whole);
}

int programs_open_waits(struct programs *p, struct err *err)
{
	return wait_programs_open_waits(&p->waits, p->sampling.whole, err);
}

bool programs_latencies(const struct programs *p, struct programs_latencies *out)
{
	*out = p->latencies.shared;
	return p->latencies.options != NULL;
}

void programs_sweep_latencies(struct programs *p, uint64_t now_ns)
{
	latency_programs_sweep(&p->latencies, p->sampling.whole, now_ns);
}

uint64_t programs_target_cnt(const struct programs *p)
{
	return __atomic_load_n(p->sampling.target_cnt, __ATOMIC_RELAXED);
}

uint64_t programs_unfollowed(const struct programs *p)
{
	return __atomic_load_n(p->sampling.target_full, __ATOMIC_RELAXED);
}

const char *programs_kernel_name(struct programs *p, uint64_t address)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	*p->sampling.symbol_address = address;
	if (bpf_prog_test_run_opts(bpf_program__fd(p->sampling.symbol_name), &options) ||
	    !*p->sampling.symbol_answered)
		return NULL;
	p->sampling.symbol_text[ABI_SYMBOL_LEN - 1] = 0;
	return p->sampling.symbol_text;
}

uint64_t programs_run_ns(const struct programs *p)
{
	struct bpf_program *program;
	uint64_t run_ns = 0;

	bpf_object__for_each_program(program, p->sampling.object)
	{
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			run_ns += info.run_time_ns;
	}
	return run_ns;
}
