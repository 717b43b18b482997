#include "collector/probe_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/profile.skel.h"

#define STALE_NS 60000000000ull
#define SWEEP_NS 10000000000ull
#define PROGRAM_NAME_MAX 40

static bool is_in_file(const struct probe_place *place)
{
	return place->kind == PROBE_UPROBE || place->kind == PROBE_USDT;
}

static const char *hook_of(const struct probe_place *place)
{
	return place->kind == PROBE_TRACEPOINT ? "tracepoint" : "function";
}

/* Programs have names such as probe_begin_function_3. */
static struct bpf_program *program_of(const struct profile_bpf *skel, const char *what,
				      const struct probe_place *place, uint32_t index)
{
	char name[PROGRAM_NAME_MAX];

	snprintf(name, sizeof(name), "probe_%s_%s_%u", what, hook_of(place), index);
	return bpf_object__find_program_by_name(skel->obj, name);
}

static void load_program(const struct profile_bpf *skel, const char *what,
			 const struct probe_place *place, uint32_t index)
{
	struct bpf_program *program = program_of(skel, what, place, index);

	bpf_program__set_autoload(program, true);
	bpf_program__set_autoattach(program, false);
}

static const struct probe_place *end_of(const struct probe_spec *spec)
{
	return spec->end.name ? &spec->end : &spec->begin;
}

static int choose_samples(struct probe_programs *p, const struct profile_bpf *skel,
			  uint32_t *out_cnt, struct err *err)
{
	int code = 0;

	for (uint32_t i = 0; i < ABI_EVENTS_MAX && !code; i++) {
		if (!p->samples[i])
			continue;
		load_program(skel, "sample", &p->samples[i]->begin, i);
		code = probe_setup_make(&p->sample_setups[i], p->samples[i], err);
		++*out_cnt;
	}
	return code;
}

static int choose_latencies(struct probe_programs *p, const struct profile_bpf *skel,
			    uint32_t *out_cnt, struct err *err)
{
	int code = 0;

	for (uint32_t i = 0; i < ABI_LATENCY_PROBES && !code; i++) {
		const struct probe_spec *spec = p->latencies[i];

		if (!spec)
			continue;
		load_program(skel, "begin", &spec->begin, i);
		load_program(skel, "end", end_of(spec), i);
		code = probe_setup_make(&p->latency_setups[i], spec, err);
		++*out_cnt;
	}
	return code;
}

static void size_map(struct bpf_map *map, bool wanted, uint32_t max)
{
	bpf_map__set_autocreate(map, wanted);
	if (wanted)
		bpf_map__set_max_entries(map, max);
}

int probe_programs_choose(struct probe_programs *p, struct profile_bpf *skel, uint32_t cpu_cnt,
			  struct err *err)
{
	uint32_t sample_cnt = 0, latency_cnt = 0;
	int code = choose_samples(p, skel, &sample_cnt, err);

	if (!code)
		code = choose_latencies(p, skel, &latency_cnt, err);
	size_map(skel->maps.probe_samples, sample_cnt > 0, ABI_EVENTS_MAX);
	size_map(skel->maps.probe_latencies, latency_cnt > 0, ABI_LATENCY_PROBES);
	size_map(skel->maps.probe_starts, latency_cnt > 0, ABI_PROBE_STARTS);
	if (sample_cnt)
		bpf_map__set_max_entries(skel->maps.latency_cpus, cpu_cnt);
	return code;
}

/* Programs are attached one by one, each where a link says so. */
struct hook {
	const struct bpf_program *program;
	const struct probe_place *place;
	const struct probe_point *point;
	bool at_return;
};

static struct bpf_link *attach_at(const struct hook *h, uint64_t offset)
{
	LIBBPF_OPTS(bpf_kprobe_opts, kprobe, .retprobe = h->at_return);
	LIBBPF_OPTS(bpf_uprobe_opts, uprobe, .retprobe = h->at_return,
		    .ref_ctr_offset = h->point->semaphore);

	if (is_in_file(h->place))
		return bpf_program__attach_uprobe_opts(h->program, -1, h->point->path, offset,
						       &uprobe);
	if (h->place->kind == PROBE_KPROBE)
		return bpf_program__attach_kprobe_opts(h->program, h->place->name, &kprobe);
	return bpf_program__attach_tracepoint(h->program, h->place->group, h->place->name);
}

static int attach(struct probe_programs *p, const struct hook *h, const char *text, struct err *err)
{
	for (uint32_t i = 0; i < h->point->cnt; i++) {
		struct bpf_link *link =
			p->link_cnt < PROBE_LINKS_MAX ? attach_at(h, h->point->offsets[i]) : NULL;

		if (!link)
			return err_set(err, -errno, "%s: the kernel does not set this probe: %s",
				       text, strerror(errno));
		p->links[p->link_cnt++] = link;
	}
	return 0;
}

static int tell(struct bpf_map *map, uint32_t index, const void *value, struct err *err)
{
	if (bpf_map_update_elem(bpf_map__fd(map), &index, value, BPF_ANY))
		return err_set(err, -errno, "cannot tell programs of a probe: %s", strerror(errno));
	return 0;
}

static int attach_sample(struct probe_programs *p, struct profile_bpf *skel, uint32_t index,
			 struct err *err)
{
	const struct probe_setup *s = &p->sample_setups[index];
	struct hook hook;
	int code;

	if (!s->spec)
		return 0;
	hook = (struct hook){
		.program = program_of(skel, "sample", &s->spec->begin, index),
		.place = &s->spec->begin,
		.point = &s->begin,
	};
	code = tell(skel->maps.probe_samples, index, &s->sample, err);
	return code ? code : attach(p, &hook, s->spec->text, err);
}

/* The end comes first, so that what begins ends, too. */
static int attach_latency(struct probe_programs *p, struct profile_bpf *skel, uint32_t index,
			  struct err *err)
{
	const struct probe_setup *s = &p->latency_setups[index];
	const struct probe_spec *spec = s->spec;
	struct hook begin, end;
	int code;

	if (!spec)
		return 0;
	begin = (struct hook){
		.program = program_of(skel, "begin", &spec->begin, index),
		.place = &spec->begin,
		.point = &s->begin,
	};
	end = (struct hook){
		.program = program_of(skel, "end", end_of(spec), index),
		.place = end_of(spec),
		.point = spec->end.name ? &s->end : &s->begin,
		.at_return = !spec->end.name,
	};
	code = tell(skel->maps.probe_latencies, index, &s->latency, err);
	if (!code)
		code = attach(p, &end, spec->text, err);
	return code ? code : attach(p, &begin, spec->text, err);
}

int probe_programs_attach(struct probe_programs *p, struct profile_bpf *skel, struct err *err)
{
	int code = 0;

	for (uint32_t i = 0; i < ABI_EVENTS_MAX && !code; i++)
		code = attach_sample(p, skel, i, err);
	for (uint32_t i = 0; i < ABI_LATENCY_PROBES && !code; i++)
		code = attach_latency(p, skel, i, err);
	return code;
}

/* Whether its end will never come. */
static bool is_stale(const struct abi_probe_start_key *key, const struct abi_probe_start *start,
		     uint64_t now_ns)
{
	char path[32];

	if (!key->tid)
		return now_ns > start->start_ns && now_ns - start->start_ns > STALE_NS;
	snprintf(path, sizeof(path), "/proc/%u", key->tid);
	return access(path, F_OK) && errno == ENOENT;
}

static void sweep(struct profile_bpf *skel, int fd, uint64_t now_ns)
{
	struct abi_probe_start_key key, next;
	struct abi_probe_start start;
	bool more = !bpf_map_get_next_key(fd, NULL, &key);

	for (uint32_t i = 0; i < 2 * ABI_PROBE_STARTS && more; i++, key = next) {
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (bpf_map_lookup_elem(fd, &key, &start) || !is_stale(&key, &start, now_ns))
			continue;
		if (!bpf_map_delete_elem(fd, &key) && key.tid)
			__atomic_fetch_sub(&skel->bss->probe_start_cnt, 1, __ATOMIC_RELAXED);
	}
}

/* When something found no room; and now and then where no more of what has ended is kept, which
 * may be of threads that have ended, too. */
void probe_programs_sweep(struct probe_programs *p, struct profile_bpf *skel, uint64_t now_ns)
{
	uint64_t lost = __atomic_load_n(&skel->bss->probe_start_lost, __ATOMIC_RELAXED);
	uint64_t cnt = __atomic_load_n(&skel->bss->probe_start_cnt, __ATOMIC_RELAXED);
	int fd = bpf_map__fd(skel->maps.probe_starts);
	bool late = cnt > ABI_PROBE_STARTS_KEPT && now_ns - p->swept_ns > SWEEP_NS;

	if (fd < 0 || (lost == p->swept && !late))
		return;
	p->swept = lost;
	p->swept_ns = now_ns;
	sweep(skel, fd, now_ns);
}

void probe_programs_release(struct probe_programs *p)
{
	for (uint32_t i = 0; i < p->link_cnt; i++)
		bpf_link__destroy(p->links[i]);
	p->link_cnt = 0;
	for (uint32_t i = 0; i < ABI_EVENTS_MAX; i++)
		probe_setup_release(&p->sample_setups[i]);
	for (uint32_t i = 0; i < ABI_LATENCY_PROBES; i++)
		probe_setup_release(&p->latency_setups[i]);
}
