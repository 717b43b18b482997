#include "collector/latency_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/profile.skel.h"
#include "collector/latency_rows.h"
#include "collector/map_array.h"

static const struct latency_source *const sources[] = {
	&latency_source_block, &latency_source_runq, &latency_source_file, &latency_source_syscall,
	&latency_source_dns,   &latency_source_tcp,  &latency_source_exec, &latency_source_open,
};

_Static_assert(sizeof(sources) / sizeof(sources[0]) == LATENCY_SOURCE_CNT &&
		       LATENCY_SOURCE_CNT <= LATENCY_SOURCES_MAX,
	       "all sources can be chosen at once");

const struct latency_source *latency_source_at(size_t index)
{
	return index < LATENCY_SOURCE_CNT ? sources[index] : NULL;
}

const struct latency_source *latency_source_find(const char *name)
{
	for (size_t i = 0; i < LATENCY_SOURCE_CNT; i++)
		if (!strcmp(sources[i]->name, name))
			return sources[i];
	return NULL;
}

static bool is_chosen(const struct latency_options *options, const char *name)
{
	for (uint32_t i = 0; options && i < options->source_cnt; i++)
		if (!strcmp(options->sources[i]->name, name))
			return true;
	return false;
}

uint32_t latency_programs_measures(const struct latency_options *options)
{
	uint32_t measures = 0;
	const struct latency_row *row;

	for (size_t i = 0; (row = latency_row_at(i)); i++)
		if (is_chosen(options, row->source))
			measures |= 1u << row->measure;
	for (uint32_t i = 0; options && i < options->probe_cnt; i++)
		measures |= 1u << (ABI_MEASURE_PROBE + i);
	return measures;
}

static void size_maps(struct latency_programs *l, struct profile_bpf *skel, uint32_t cpu_cnt)
{
	uint32_t cell_max = latency_programs_measures(l->options) ? ABI_LATENCY_CELLS : 1;

	l->shared.cpu_cnt = cpu_cnt;
	l->shared.cell_max = cell_max;
	bpf_map__set_max_entries(skel->maps.latency_cells_0, cell_max);
	bpf_map__set_max_entries(skel->maps.latency_cells_1, cell_max);
	bpf_map__set_max_entries(skel->maps.latency_cpus, l->options ? cpu_cnt : 1);
	bpf_map__set_max_entries(skel->maps.latency_desks, l->options ? cpu_cnt : 1);
	bpf_map__set_max_entries(skel->maps.latency_sheets,
				 l->options ? cpu_cnt * ABI_UNWIND_SLOTS : 1);
}

static void list_probes(struct latency_programs *l, const struct programs_options *options)
{
	for (uint32_t i = 0; i < ABI_EVENTS_MAX; i++)
		l->probes.samples[i] = options->probes[i];
	for (uint32_t i = 0; l->options && i < l->options->probe_cnt; i++)
		l->probes.latencies[i] = &l->options->probes[i];
}

int latency_programs_choose(struct latency_programs *l, struct profile_bpf *skel,
			    const struct programs_options *options, uint32_t cpu_cnt,
			    struct err *err)
{
	*l = (struct latency_programs){ .options = options->latency };
	skel->rodata->latency_wanted = latency_programs_measures(l->options);
	skel->rodata->tcp_retransmit_event = options->retransmits;
	skel->rodata->exec_with_args = l->options && l->options->with_args;
	size_maps(l, skel, cpu_cnt);
	for (size_t i = 0; i < LATENCY_SOURCE_CNT; i++)
		sources[i]->choose(skel, is_chosen(l->options, sources[i]->name), cpu_cnt);
	list_probes(l, options);
	return probe_programs_choose(&l->probes, skel, cpu_cnt, err);
}

static void share(struct latency_programs *l, struct profile_bpf *skel)
{
	struct programs_latencies *s = &l->shared;

	s->cell_fd[0] = bpf_map__fd(skel->maps.latency_cells_0);
	s->cell_fd[1] = bpf_map__fd(skel->maps.latency_cells_1);
	s->key_cnt = (uint64_t *)skel->bss->latency_key_cnt;
	s->start_ns = (uint64_t *)&skel->bss->latency_start_ns;
	s->end_ns = (uint64_t *)&skel->bss->latency_end_ns;
	s->slower_ns = (uint64_t *)&skel->bss->latency_slower_ns;
	s->scale = &skel->bss->latency_scale;
	s->draw = skel->bss->latency_draw;
	s->longest = &skel->data->latency_longest;
	s->start_room = &skel->bss->latency_start_room;
	s->copy_room = &skel->bss->stack_copy_room;
}

static int attach_sources(struct latency_programs *l, struct profile_bpf *skel, struct err *err)
{
	int code = 0;

	for (uint32_t i = 0; l->options && i < l->options->source_cnt && !code; i++) {
		const struct latency_source *source = l->options->sources[i];

		if (source->attach)
			code = source->attach(skel, err);
		if (code)
			err_prefix(err, "-e %s", source->name);
	}
	return code;
}

int latency_programs_attach(struct latency_programs *l, struct profile_bpf *skel, struct err *err)
{
	int code = attach_sources(l, skel, err);

	if (!code)
		code = probe_programs_attach(&l->probes, skel, err);
	if (code || !l->options)
		return code;
	share(l, skel);
	return map_array_open(skel->maps.latency_cpus, PROT_READ | PROT_WRITE, &l->shared.cpus,
			      err);
}

void latency_programs_sweep(struct latency_programs *l, struct profile_bpf *skel, uint64_t now_ns)
{
	probe_programs_sweep(&l->probes, skel, now_ns);
}

void latency_programs_release(struct latency_programs *l, struct profile_bpf *skel)
{
	for (size_t i = 0; i < LATENCY_SOURCE_CNT; i++)
		if (sources[i]->release)
			sources[i]->release();
	probe_programs_release(&l->probes);
	map_array_close(skel->maps.latency_cpus, l->shared.cpus);
	l->shared.cpus = NULL;
}
