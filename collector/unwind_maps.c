#include "collector/unwind_maps.h"

#include <bpf/libbpf.h>
#include <sys/mman.h>

/*
 * Rows and blocks are of 4 bytes, two in an element. Of each KiB of code there is a block and
 * 15 rows or so; 7 is what the sparsest code of a developer's machine has.
 */
void unwind_maps_size(struct unwind_maps *u, const struct sampling_programs *programs,
		      uint64_t bytes)
{
	uint32_t block_pairs, row_pairs;

	*u = (struct unwind_maps){ .programs = programs, .arrays.process_fd = -1 };
	if (!bytes)
		return;
	block_pairs = (uint32_t)(bytes / 64) + 1;
	row_pairs = (uint32_t)(bytes / 64) * 7 + 1;
	u->arrays.row_max = row_pairs * 2;
	u->arrays.block_max = block_pairs * 2;
	u->arrays.rule_max = UNWIND_RULES_MAX;
	u->arrays.mapping_max = UNWIND_MAPPINGS_MAX;
	bpf_map__set_max_entries(programs->unwind_rows, row_pairs);
	bpf_map__set_max_entries(programs->unwind_blocks, block_pairs);
	bpf_map__set_max_entries(programs->unwind_rules, UNWIND_RULES_MAX);
	bpf_map__set_max_entries(programs->unwind_mappings, UNWIND_MAPPINGS_MAX);
	bpf_map__set_max_entries(programs->unwind_processes, UNWIND_PROCESSES_MAX);
}

static int reach(void *owner, uint32_t row_cnt, uint32_t block_cnt)
{
	struct unwind_maps *u = owner;
	int code = map_window_reach(&u->rows, row_cnt * sizeof(*u->arrays.rows));

	return code ? code : map_window_reach(&u->blocks, block_cnt * sizeof(*u->arrays.blocks));
}

int unwind_maps_open(struct unwind_maps *u, struct err *err)
{
	int both = PROT_READ | PROT_WRITE, code;

	if (!u->arrays.row_max)
		return 0;
	code = map_window_open(&u->rows, u->programs->unwind_rows, err);
	if (!code)
		code = map_window_open(&u->blocks, u->programs->unwind_blocks, err);
	if (!code)
		code = map_array_open(u->programs->unwind_rules, both, &u->arrays.rules, err);
	if (!code)
		code = map_array_open(u->programs->unwind_mappings, both, &u->arrays.mappings, err);
	u->arrays.rows = u->rows.at;
	u->arrays.blocks = u->blocks.at;
	u->arrays.reach = reach;
	u->arrays.owner = u;
	u->arrays.process_fd = bpf_map__fd(u->programs->unwind_processes);
	return code;
}

void unwind_maps_close(struct unwind_maps *u)
{
	map_window_close(&u->rows);
	map_window_close(&u->blocks);
	if (!u->programs)
		return;
	map_array_close(u->programs->unwind_rules, u->arrays.rules);
	map_array_close(u->programs->unwind_mappings, u->arrays.mappings);
}
