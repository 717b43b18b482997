/*
 * Three stages, a pipe between each two: `source` prices rows (3 ms of CPU each), `filter`
 * rounds them (1 ms), `sink` adds them up. Which of them it is, it knows from its name.
 * The symptom is "the sink does nothing but wait for the filter"; the picture shows whom
 * both wait for.
 *
 *	source | filter | sink
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROWS 800

struct row {
	uint32_t number;
	uint32_t price;
};

/* Runs for so much CPU time, whatever the machine. */
static uint32_t spend_cpu(uint32_t seed, long ns)
{
	struct timespec start, now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	do {
		for (int i = 0; i < 20000; i++)
			seed = seed * 1664525u + 1013904223u;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < ns);
	return seed;
}

static uint32_t price_row(uint32_t number)
{
	return spend_cpu(number, 3000000); /* this is what all wait for */
}

static uint32_t round_row(uint32_t price)
{
	spend_cpu(price, 1000000);
	return price / 100 * 100;
}

static int read_row(struct row *row)
{
	return read(STDIN_FILENO, row, sizeof(*row)) == (ssize_t)sizeof(*row);
}

static void write_row(const struct row *row)
{
	if (write(STDOUT_FILENO, row, sizeof(*row)) != (ssize_t)sizeof(*row))
		exit(1);
}

static int run_source(void)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		struct row row = {.number = i, .price = price_row(i)};

		write_row(&row);
	}
	return 0;
}

static int run_filter(void)
{
	struct row row;

	while (read_row(&row)) {
		row.price = round_row(row.price);
		write_row(&row);
	}
	return 0;
}

static int run_sink(void)
{
	uint64_t sum = 0;
	uint32_t cnt = 0;
	struct row row;

	for (; read_row(&row); cnt++)
		sum += row.price;
	printf("%u rows, %llu\n", cnt, (unsigned long long)sum);
	return 0;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	int status = 2;

	if (argc == 1 && !strcmp(name, "source"))
		status = run_source();
	else if (argc == 1 && !strcmp(name, "filter"))
		status = run_filter();
	else if (argc == 1 && !strcmp(name, "sink"))
		status = run_sink();
	return status;
}
