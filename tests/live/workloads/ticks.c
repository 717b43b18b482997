/*
 * Keeps every CPU busy and counts the kernel's own samples of it: a plain cpu-clock event on
 * each CPU, at a fixed rate, beside whatever is being tested. Ticks that a virtual machine
 * misses because its host is busy, both miss.
 *
 *	ticks HZ SECONDS
 *
 * Prints how often the plain events fired, over all CPUs:
 *	REF ticks 990
 */
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RING_PAGES 16u /* a tick takes 16 bytes */
#define CPUS_MAX 1024

static uint64_t hz, seconds;
static volatile uint64_t sink;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *spin_on(void *cpu)
{
	double until = now_s() + (double)seconds;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)(intptr_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (now_s() < until)
		for (int i = 0; i < 10000; i++)
			sink = sink * 6364136223846793005u + 1;
	return NULL;
}

static struct perf_event_mmap_page *open_ticks(int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_type = PERF_SAMPLE_IP,
		.freq = 1,
		.sample_freq = hz,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	void *ring = fd < 0 ? MAP_FAILED
			    : mmap(NULL, (1 + RING_PAGES) * (size_t)getpagesize(),
				   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return ring == MAP_FAILED ? NULL : ring;
}

static uint64_t count_ticks(struct perf_event_mmap_page *page)
{
	uint64_t cnt = 0, head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	const uint8_t *data = (const uint8_t *)page + getpagesize();

	for (uint64_t at = 0; at < head;) {
		const struct perf_event_header *header = (const void *)(data + at);

		cnt += header->type == PERF_RECORD_SAMPLE;
		at += header->size;
	}
	return cnt;
}

int main(int argc, char **argv)
{
	long cpu_cnt = sysconf(_SC_NPROCESSORS_ONLN);
	struct perf_event_mmap_page *rings[CPUS_MAX];
	pthread_t threads[CPUS_MAX];
	uint64_t ticks = 0;

	hz = argc > 1 ? strtoull(argv[1], NULL, 10) : 99;
	seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 5;
	for (long i = 0; i < cpu_cnt; i++)
		pthread_create(&threads[i], NULL, spin_on, (void *)i);
	for (long i = 0; i < cpu_cnt; i++)
		if (!(rings[i] = open_ticks((int)i)))
			return 1;
	for (long i = 0; i < cpu_cnt; i++)
		pthread_join(threads[i], NULL);
	for (long i = 0; i < cpu_cnt; i++)
		ticks += count_ticks(rings[i]);
	printf("REF ticks %llu\n", (unsigned long long)ticks);
	return 0;
}
