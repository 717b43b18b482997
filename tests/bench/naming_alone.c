#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/cache_folder.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "symbolize/name_cache.h"
#include "symbolize/symbolizer.h"

/*
 * What naming costs by itself, from a trace that is open to a table of its names:
 *
 *	naming_alone FILE TRACE [cache]
 *
 * appends "wall_seconds cpu_seconds peak_kib" to FILE, children included. Left out is what
 * `profile symbolize` does besides: loading a program and its libraries, opening the trace,
 * packing names and writing the file. A process each time, as there: with its own heap.
 */

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double clock_seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct moment {
	double wall;
	double cpu;
};

static struct moment now(void)
{
	struct rusage children;

	getrusage(RUSAGE_CHILDREN, &children);
	return (struct moment){
		.wall = clock_seconds(CLOCK_MONOTONIC),
		.cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) + seconds(children.ru_utime) +
		       seconds(children.ru_stime),
	};
}

/* The cache is opened and closed as the command does it. */
static int name(struct trace_reader *r, bool with_cache, struct err *err)
{
	struct cache_folder cache = CACHE_FOLDER_NONE;
	struct symbolizer_options options = { .cache = &cache };
	struct name_table *names = NULL;
	int bad;

	if (with_cache && cache_folder_open(&cache, "names", NULL, NAME_CACHE_BYTES_MAX, err))
		return -1;
	bad = symbolizer_run(r, &options, &names, NULL, err);
	cache_folder_close(&cache);
	name_table_free(names);
	return bad;
}

static int put(const char *path, const struct moment *start, const struct moment *end)
{
	FILE *out = fopen(path, "a");
	struct rusage usage;

	if (!out)
		return 1;
	getrusage(RUSAGE_SELF, &usage);
	fprintf(out, "%.6f %.6f %ld\n", end->wall - start->wall, end->cpu - start->cpu,
		usage.ru_maxrss);
	return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool with_cache = argc == 4 && strcmp(argv[3], "cache") == 0;
	struct trace_reader *r = NULL;
	struct moment start, end;
	struct err err = { 0 };

	if (argc < 3 || trace_reader_open(&r, argv[2], &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	start = now();
	if (name(r, with_cache, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	end = now();
	trace_reader_close(r);
	return put(argv[1], &start, &end);
}
