#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Writes a folded file as a busy machine would give it, to stdout: make_folded
 * [STACKS [SEED [shuffled]]]. The same arguments give the same bytes.
 *
 * Stacks come from walks in a call graph of functions with names like those of C++,
 * Java, C and the kernel: a function calls few others, some far more often than
 * the rest, so that stacks share beginnings as real ones do. Lines are unique, sorted
 * as stack collapsers write them, unless shuffled.
 */
#define FUNCTIONS 24000
#define CALLEES 7
#define KERNEL_FUNCTIONS 3000
#define PROCESSES 12
#define LINE_MAX_BYTES 8192

static uint64_t state;

static uint32_t roll(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((state >> 32) * below) >> 32);
}

static const char *const words[] = {
	"read",	  "write",  "parse",  "index",	"merge",  "cache",  "query", "visit",
	"emit",	  "update", "lookup", "handle", "flush",  "send",   "batch", "route",
	"encode", "scan",   "row",    "block",	"page",	  "task",   "queue", "token",
	"node",	  "table",  "entry",  "buffer", "column", "socket", "frame", "lease",
};

static const char *word(void)
{
	return words[roll(sizeof(words) / sizeof(words[0]))];
}

static char *function_name(uint32_t i)
{
	static const char *const packages[] = { "acme/store", "java/util", "apache/sql", "netty" };
	char name[256];

	switch (i % 4) {
	case 0:
		snprintf(name, sizeof(name), "%s::%s_%s<%s>::%s", word(), word(), word(), word(),
			 word());
		break;
	case 1:
		snprintf(name, sizeof(name), "%s/%s.%s%u", packages[roll(4)], word(), word(), i);
		break;
	case 2:
		snprintf(name, sizeof(name), "%s_%s_%u", word(), word(), i);
		break;
	default:
		snprintf(name, sizeof(name), "std::%s<%u>::%s", word(), i, word());
	}
	return strdup(name);
}

static char *functions[FUNCTIONS];
static uint32_t callees[FUNCTIONS][CALLEES];
static char *kernel_functions[KERNEL_FUNCTIONS];

static void make_graph(void)
{
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		functions[i] = function_name(i);
		for (uint32_t c = 0; c < CALLEES; c++)
			callees[i][c] = roll(FUNCTIONS);
	}
	for (uint32_t i = 0; i < KERNEL_FUNCTIONS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s_%s_%u_[k]", word(), word(), i);
		kernel_functions[i] = strdup(name);
	}
}

/* The first callee takes most of the calls, the second most of the rest ... */
static uint32_t favoured(uint32_t cnt)
{
	uint32_t i = 0;

	while (i + 1 < cnt && !roll(8))
		i++;
	return i;
}

static char *make_stack(void)
{
	static const char *const comms[PROCESSES] = {
		"java",	   "postgres", "nginx", "clickhouse-serv", "node",   "python3",
		"dockerd", "kubelet",  "envoy", "redis-server",	   "mysqld", "etcd",
	};
	char line[LINE_MAX_BYTES];
	uint32_t process = favoured(PROCESSES), depth = 18 + roll(14), function = process;
	uint32_t kernel = roll(3) ? 0 : 4 + roll(12), at = roll(40);
	size_t len = (size_t)snprintf(line, sizeof(line), "%s;start_thread", comms[process]);

	for (uint32_t i = 0; i < depth; i++) {
		len += (size_t)snprintf(line + len, sizeof(line) - len, ";%s", functions[function]);
		function = callees[function][favoured(CALLEES)];
	}
	for (uint32_t i = 0; i < kernel; i++) {
		len += (size_t)snprintf(line + len, sizeof(line) - len, ";%s",
					kernel_functions[at]);
		at = (at * 7 + favoured(3) + 1) % KERNEL_FUNCTIONS;
	}
	return strdup(line);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t drop_doubles(char **stacks, size_t cnt)
{
	size_t kept = 0;

	for (size_t i = 0; i < cnt; i++)
		if (!kept || strcmp(stacks[kept - 1], stacks[i]))
			stacks[kept++] = stacks[i];
		else
			free(stacks[i]);
	return kept;
}

static void shuffle(char **stacks, size_t cnt)
{
	for (size_t i = cnt; i > 1; i--) {
		size_t other = roll((uint32_t)i);
		char *stack = stacks[i - 1];

		stacks[i - 1] = stacks[other];
		stacks[other] = stack;
	}
}

int main(int argc, char **argv)
{
	size_t wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 320000, cnt = 0;
	bool shuffled = argc > 3 && !strcmp(argv[3], "shuffled");
	char **stacks = calloc(wanted, sizeof(*stacks));

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	make_graph();
	while (stacks && cnt < wanted) {
		while (cnt < wanted)
			stacks[cnt++] = make_stack();
		qsort(stacks, cnt, sizeof(*stacks), compare);
		cnt = drop_doubles(stacks, cnt);
	}
	if (shuffled)
		shuffle(stacks, cnt);
	for (size_t i = 0; i < cnt; i++)
		printf("%s %u\n", stacks[i], 1 + roll(400));
	return fflush(stdout) || !stacks;
}
