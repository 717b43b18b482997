#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/io.h"
#include "base/vec.h"
#include "collector/unwind_rows.h"

/*
 * Makes unwind rows of files: make_rows [-v] FILE..., or make_rows [-v] with a path on
 * each line of stdin. Files that are not ELF files of
 * x86-64, or have no tables, are counted apart from those that fail. One pass before the
 * clock runs has each file in memory. -v: a line for each file with rows of kind
 * UNSUPPORTED, or with entries that make no sense.
 */
struct totals {
	uint64_t files, others, without, failed;
	uint64_t fdes, bad, rows, unsupported, blocks;
	uint64_t file_rules; /* the sum of each file's */
	uint64_t bytes;	     /* of the files */
	uint64_t ns;
	struct {
		VEC(struct unwind_rule);
	} rules;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void touch(const struct io_view *view)
{
	volatile uint64_t sum = 0;

	for (size_t i = 0; i < view->len; i += 4096)
		sum += view->v[i];
}

static void count_rules(struct totals *t, const struct unwind_rows *r)
{
	for (uint32_t i = 0; i < r->rule_cnt; i++)
		*vec_push(&t->rules) = r->rules[i];
	t->file_rules += r->rule_cnt;
}

static void count(struct totals *t, const struct unwind_rows *r, const char *path, bool verbose)
{
	t->files++;
	t->fdes += r->fde_cnt;
	t->bad += r->bad_cnt;
	t->rows += r->row_cnt;
	t->unsupported += r->unsupported_cnt;
	t->blocks += r->block_cnt + 1;
	count_rules(t, r);
	if (verbose && (r->unsupported_cnt || r->bad_cnt))
		printf("%s: %u rows, %u unsupported, %u entries that make no sense\n", path,
		       r->row_cnt, r->unsupported_cnt, r->bad_cnt);
}

static void make_of(struct totals *t, const char *path, bool verbose)
{
	struct unwind_rows rows;
	struct io_view view;
	struct err err = { 0 };
	uint64_t begin;
	int ret;

	if (io_view_open(&view, path, &err)) {
		t->others++;
		return;
	}
	touch(&view);
	begin = now_ns();
	ret = unwind_rows_make(&rows, view.v, view.len, &err);
	if (ret != -ENOEXEC)
		t->ns += now_ns() - begin;
	if (!ret) {
		t->bytes += view.len;
		count(t, &rows, path, verbose);
		unwind_rows_release(&rows);
	} else if (ret == -ENOEXEC) {
		t->others++;
	} else if (ret == -ENODATA) {
		t->without++;
	} else {
		t->failed++;
		printf("%s: %s\n", path, err.text);
	}
	io_view_close(&view);
}

/* Files by their paths on stdin, a line each. */
static void make_of_listed(struct totals *t, bool verbose)
{
	char path[4096];

	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		make_of(t, path, verbose);
	}
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct unwind_rule));
}

static uint64_t distinct(struct totals *t)
{
	uint64_t cnt = 0;

	if (t->rules.cnt)
		qsort(t->rules.v, t->rules.cnt, sizeof(t->rules.v[0]), by_bytes);
	for (size_t i = 0; i < t->rules.cnt; i++)
		cnt += !i || by_bytes(&t->rules.v[i], &t->rules.v[i - 1]);
	return cnt;
}

static void print(struct totals *t)
{
	double rows = t->rows ? (double)t->rows : 1, seconds = t->ns ? (double)t->ns / 1e9 : 1;
	uint64_t rule_cnt = distinct(t);

	printf("files %llu  without tables %llu  failed %llu  not x86-64 ELF %llu\n",
	       (unsigned long long)t->files, (unsigned long long)t->without,
	       (unsigned long long)t->failed, (unsigned long long)t->others);
	printf("MB %.1f  FDEs %llu  bad entries %llu  rows %llu  unsupported %llu (%.4f %%)\n",
	       (double)t->bytes / 1e6, (unsigned long long)t->fdes, (unsigned long long)t->bad,
	       (unsigned long long)t->rows, (unsigned long long)t->unsupported,
	       100.0 * (double)t->unsupported / rows);
	printf("seconds of CPU %.3f  rows/s %.2f M\n", seconds, rows / seconds / 1e6);
	printf("rules %llu of all, %llu by file\n", (unsigned long long)rule_cnt,
	       (unsigned long long)t->file_rules);
	printf("bytes/row %.3f with blocks, %.3f with the rules of all, %.3f with each file's\n",
	       4 + 4.0 * (double)t->blocks / rows,
	       4 + (4.0 * (double)t->blocks + 16.0 * (double)rule_cnt) / rows,
	       4 + (4.0 * (double)t->blocks + 16.0 * (double)t->file_rules) / rows);
}

int main(int argc, char **argv)
{
	struct totals t = { 0 };
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	int first = verbose ? 2 : 1;

	for (int i = first; i < argc; i++)
		make_of(&t, argv[i], verbose);
	if (first == argc)
		make_of_listed(&t, verbose);
	print(&t);
	vec_release(&t.rules);
	return t.failed ? 1 : 0;
}
