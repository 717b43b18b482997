#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/abi.h"
#include "collector/unwind_rows.h"
#include "tests/bench/unwind_chain.h"
#include "tests/bench/unwind_speed.skel.h"

/*
 * What a frame of a user stack costs: our walk by tables over code without frame pointers,
 * beside the kernel's along frame pointers over the same code built with them. Each is a BPF
 * program that this process runs on its own stack, timed by the kernel (bpf_enable_stats);
 * an empty one is subtracted, and the best of ROUNDS counts.
 *
 *	near	one function that calls itself
 *	far	as many functions as frames, all over 4 MiB of text
 *	wander	the same, by another way each time, so that the tables are not in the caches
 *
 * The tables are those of this program and of libc, behind FILLER rows of others: as many as
 * libLLVM-14 has.
 */
#define FILLER 904000u
#define ROWS_MAX 4000000u
#define BLOCKS_MAX 400000u
#define ROUNDS 7
#define RUNS 20000u

static struct unwind_speed *bpf;
static uint32_t *rows, *blocks;
static struct unwind_rule *rules;
static struct unwind_mapping *mappings;
static uint32_t row_cnt = FILLER, block_cnt = FILLER / 15, rule_cnt, mapping_cnt;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *map_array(struct bpf_map *map, size_t bytes)
{
	void *at = mmap(NULL, (bytes + 4095) / 4096 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		die(bpf_map__name(map));
	return at;
}

static void load(void)
{
	bpf = unwind_speed__open();
	if (!bpf)
		die("open");
	bpf_map__set_max_entries(bpf->maps.cpus, (uint32_t)libbpf_num_possible_cpus());
	bpf_map__set_max_entries(bpf->maps.unwind_slots,
				 (uint32_t)libbpf_num_possible_cpus() * ABI_UNWIND_SLOTS);
	bpf_map__set_max_entries(bpf->maps.unwind_rows, ROWS_MAX / 2);
	bpf_map__set_max_entries(bpf->maps.unwind_blocks, BLOCKS_MAX / 2);
	bpf_map__set_max_entries(bpf->maps.unwind_rules, UNWIND_RULES_MAX);
	bpf_map__set_max_entries(bpf->maps.unwind_mappings, UNWIND_MAPPINGS_MAX);
	bpf_map__set_max_entries(bpf->maps.unwind_processes, 16);
	if (unwind_speed__load(bpf))
		die("load");
	rows = map_array(bpf->maps.unwind_rows, ROWS_MAX * sizeof(*rows));
	blocks = map_array(bpf->maps.unwind_blocks, BLOCKS_MAX * sizeof(*blocks));
	rules = map_array(bpf->maps.unwind_rules, UNWIND_RULES_MAX * sizeof(*rules));
	mappings = map_array(bpf->maps.unwind_mappings, UNWIND_MAPPINGS_MAX * sizeof(*mappings));
	for (uint32_t i = 0; i < FILLER; i++)
		rows[i] = i * 2654435761u >> 7;
}

/* Puts the tables of a mapping's file behind those that are there. */
static void add_tables(struct unwind_mapping *m, const char *path, uint64_t file_offset)
{
	int fd = open(path, O_RDONLY);
	struct unwind_rows table;
	struct stat st;
	struct err err = { 0 };
	uint64_t address;
	void *file;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED || unwind_rows_make(&table, file, (size_t)st.st_size, &err) ||
	    !unwind_rows_address(&table, file_offset, &address) ||
	    row_cnt + table.row_cnt > ROWS_MAX || rule_cnt + table.rule_cnt > UNWIND_RULES_MAX ||
	    block_cnt + table.block_cnt + 1 > BLOCKS_MAX)
		die(path);
	m->kind = UNWIND_MAPPING_TABLE;
	m->relative = (uint32_t)(address - table.start);
	m->first_block = block_cnt;
	m->block_cnt = table.block_cnt;
	for (uint32_t i = 0; i <= table.block_cnt; i++)
		blocks[block_cnt++] = table.blocks[i] + row_cnt;
	for (uint32_t i = 0; i < table.row_cnt; i++)
		rows[row_cnt++] = table.rows[i] + (rule_cnt << UNWIND_BLOCK_BITS);
	memcpy(rules + rule_cnt, table.rules, table.rule_cnt * sizeof(*rules));
	rule_cnt += table.rule_cnt;
	printf("# %s: %u rows, %u rules, %u KiB of code\n", path, table.row_cnt, table.rule_cnt,
	       table.block_cnt);
	unwind_rows_release(&table);
	munmap(file, (size_t)st.st_size);
}

static void run_once(struct bpf_program *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &options))
		die(bpf_program__name(program));
}

static void publish(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct unwind_process process = { .run = 1 };
	uint32_t tgid = (uint32_t)getpid();
	char line[512], path[256];
	unsigned long begin, end, offset;

	if (!maps)
		die("/proc/self/maps");
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx r-xp %lx %*s %*s %255s", &begin, &end, &offset, path) !=
		    4)
			continue;
		mappings[mapping_cnt] = (struct unwind_mapping){ .begin = begin,
								 .end = end,
								 .kind = UNWIND_MAPPING_NO_TABLE };
		if (strstr(path, "/unwind_speed") || strstr(path, "/libc.so"))
			add_tables(&mappings[mapping_cnt], path, offset);
		mapping_cnt++;
	}
	fclose(maps);
	run_once(bpf->progs.speed_check);
	process.check = bpf->bss->check;
	process.cnt = mapping_cnt;
	if (bpf_map_update_elem(bpf_map__fd(bpf->maps.unwind_processes), &tgid, &process, 0))
		die("publish");
}

struct place {
	const char *name;
	int depth;
};

static void descend(const struct unwind_chain *chain, struct place place,
		    struct unwind_chain_end *end)
{
	long result = 0;

	if (!strcmp(place.name, "near"))
		result = chain->near(place.depth, end);
	else if (!strcmp(place.name, "far"))
		result = chain->far(0, place.depth, end);
	else
		for (unsigned i = 0, runs = end->runs; i < runs && !result; i++) {
			end->runs = 1;
			result = chain->far(i * 709, place.depth, end);
		}
	if (result) {
		fprintf(stderr, "the program did not run: %ld\n", result);
		exit(1);
	}
}

/* ns of one run. */
static double cost(const struct unwind_chain *chain, struct place place,
		   struct bpf_program *program)
{
	struct unwind_chain_end end = { bpf_program__fd(program), RUNS };
	struct bpf_prog_info before = { 0 }, after = { 0 };
	uint32_t len = sizeof(before);

	if (bpf_obj_get_info_by_fd(end.program_fd, &before, &len))
		die("info");
	descend(chain, place, &end);
	len = sizeof(after);
	if (bpf_obj_get_info_by_fd(end.program_fd, &after, &len) || after.run_cnt == before.run_cnt)
		die("info");
	return (double)(after.run_time_ns - before.run_time_ns) /
	       (double)(after.run_cnt - before.run_cnt);
}

static void measure(struct place place)
{
	double nothing = 1e9, tables = 1e9, kernel = 1e9, ns;
	uint32_t table_frames = 0, kernel_frames = 0, end = 0;

	for (int i = 0; i < ROUNDS; i++) {
		ns = cost(&unwind_chain_plain, place, bpf->progs.speed_nothing);
		nothing = ns < nothing ? ns : nothing;
		ns = cost(&unwind_chain_plain, place, bpf->progs.speed_tables);
		tables = ns < tables ? ns : tables;
		table_frames = bpf->bss->frame_cnt;
		end = bpf->bss->end;
		ns = cost(&unwind_chain_fp, place, bpf->progs.speed_kernel);
		kernel = ns < kernel ? ns : kernel;
		kernel_frames = bpf->bss->frame_cnt;
	}
	tables = (tables - nothing) / table_frames;
	kernel = (kernel - nothing) / kernel_frames;
	printf("%-8s %7u %9.1f   %7u %9.1f   %5.2f%s\n", place.name, table_frames, tables,
	       kernel_frames, kernel, tables / kernel,
	       end == UNWIND_END_WHOLE ? "" : "   and it does not end whole");
}

int main(void)
{
	static const char *const names[] = { "near", "far", "wander" };

	load();
	publish();
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		die("bpf_enable_stats");
	printf("# nothing else runs in these programs; ns are of a frame\n"
	       "%-8s %7s %9s   %7s %9s   %5s\n",
	       "code", "frames", "tables ns", "frames", "kernel ns", "ratio");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		measure((struct place){ names[i], 31 });
		measure((struct place){ names[i], 81 });
	}
	unwind_speed__destroy(bpf);
	return 0;
}
