/*
 * Touches a known number of new pages in one function.
 *
 *	faults PAGES
 *
 * Prints what the kernel counted for it: REF touch_pages 20011 (minor faults of this
 * thread while the function ran).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

static void touch_pages(volatile char *memory, size_t cnt, size_t size)
{
	for (size_t i = 0; i < cnt; i++)
		memory[i * size] = 1;
}

int main(int argc, char **argv)
{
	size_t cnt = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *memory =
		mmap(NULL, cnt * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before;

	if (memory == MAP_FAILED)
		return 1;
	/* One fault a page, also where the kernel likes to give 2 MiB at once. */
	madvise(memory, cnt * size, MADV_NOHUGEPAGE);
	before = minor_faults();
	touch_pages(memory, cnt, size);
	printf("REF touch_pages %ld\n", minor_faults() - before);
	return 0;
}
