#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/strtab.h"
#include "formats/folded.h"
#include "render/call_tree.h"

/*
 * How fast a folded file becomes a call tree: folded_tree FILE [ROUNDS], built with
 * cc -O2 -D_GNU_SOURCE -I. tests/bench/folded_tree.c build/lib{render,formats,base}.a
 * -lpthread -lzstd -lz. Prints the
 * best round of each stage: reading alone, and reading with the tree made (on all
 * processors that it is given) and finished. With CPU_TIME set, CPU time is measured, which
 * other load on the machine disturbs less.
 */
static double now(void)
{
	struct timespec t;

	clock_gettime(getenv("CPU_TIME") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *read_all(const char *path, size_t *out_len)
{
	FILE *file = fopen(path, "r");
	long len = -1;
	char *text = NULL;

	if (file && !fseek(file, 0, SEEK_END) && (len = ftell(file)) > 0)
		text = malloc((size_t)len);
	if (text && (rewind(file), fread(text, 1, (size_t)len, file)) != (size_t)len)
		text = NULL;
	if (file)
		fclose(file);
	*out_len = (size_t)len;
	return text;
}

static void show(const char *what, double seconds, size_t len, uint64_t line_cnt)
{
	printf("%-14s %7.1f ms %8.0f MB/s %7.0f ns a line\n", what, seconds * 1e3,
	       (double)len / 1e6 / seconds, seconds * 1e9 / (double)line_cnt);
}

static double read_once(const char *text, size_t len, uint64_t *out_lines, uint64_t *out_frames)
{
	struct folded_reader r;
	const struct folded_line *line;
	double start = now();

	*out_frames = 0;
	folded_reader_start(&r, text, len);
	while ((line = folded_reader_next(&r)))
		*out_frames += line->frame_cnt - line->shared_cnt;
	*out_lines = r.line_cnt;
	folded_reader_release(&r);
	return now() - start;
}

static double make_once(const char *text, size_t len, double *out_finish, uint32_t *out_nodes)
{
	struct strtab *texts = strtab_new();
	struct call_tree tree;
	uint64_t bad_cnt, bad_line;
	double start = now(), made, finished;

	call_tree_init(&tree, texts);
	call_tree_add_folded(&tree, text, len, &bad_cnt, &bad_line);
	made = now();
	call_tree_finish(&tree);
	finished = now();
	*out_nodes = tree.node_cnt;
	call_tree_release(&tree);
	strtab_free(texts);
	*out_finish = finished - made;
	return made - start;
}

int main(int argc, char **argv)
{
	double reading = 1e9, making = 1e9, finishing = 1e9;
	uint64_t line_cnt = 0, frame_cnt = 0;
	uint32_t node_cnt = 0;
	size_t len = 0;
	char *text = argc > 1 ? read_all(argv[1], &len) : NULL;
	int rounds = argc > 2 ? atoi(argv[2]) : 5;

	if (!text) {
		fprintf(stderr, "usage: folded_tree FILE [ROUNDS]\n");
		return 1;
	}
	for (int i = 0; i < rounds; i++) {
		double finish, seconds = read_once(text, len, &line_cnt, &frame_cnt);

		reading = seconds < reading ? seconds : reading;
		seconds = make_once(text, len, &finish, &node_cnt);
		making = seconds < making ? seconds : making;
		finishing = finish < finishing ? finish : finishing;
	}
	printf("%zu bytes, %" PRIu64 " lines, %" PRIu64 " frames not shared, %u nodes\n", len,
	       line_cnt, frame_cnt, node_cnt);
	show("read", reading, len, line_cnt);
	show("tree", making, len, line_cnt);
	show("finish", finishing, len, line_cnt);
	show("tree + finish", making + finishing, len, line_cnt);
	return 0;
}
