/*
 * Code that is made at run time, at one address, again and again under other names: even
 * and odd lives, of which an odd one lasts three times as long.
 *
 *	jit_lives dump LIVES MS      names in ./jit-PID.dump, an even life lasts MS
 *	jit_lives map LIVES MS       names in /tmp/perf-PID.map, which is left there
 *
 * Prints the split as it really was, by the thread's own CPU clock:
 *	REF life_even 0.2503
 *	REF life_odd 0.7497
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* void spin(long n) { while (--n) ; } with a frame of its own */
#if defined(__x86_64__)
#define MACHINE 62
static const uint8_t code[] = { 0x55, 0x48, 0x89, 0xe5,	      /* push %rbp; mov %rsp,%rbp */
				0x48, 0xff, 0xcf, 0x75, 0xfb, /* 1: dec %rdi; jnz 1b */
				0x5d, 0xc3 };		      /* pop %rbp; ret */
#elif defined(__aarch64__)
#define MACHINE 183
static const uint8_t code[] = { 0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91,	  /* stp; mov */
				0x00, 0x04, 0x00, 0xf1, 0xe1, 0xff, 0xff, 0x54,	  /* subs; b.ne */
				0xfd, 0x7b, 0xc1, 0xa8, 0xc0, 0x03, 0x5f, 0xd6 }; /* ldp; ret */
#endif

struct head {
	uint32_t id, size;
	uint64_t time_ns;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static FILE *start(int is_dump)
{
	uint32_t header[10] = { 0x4A695444, 1, sizeof(header), MACHINE, 0, (uint32_t)getpid() };
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), is_dump ? "jit-%d.dump" : "/tmp/perf-%d.map", (int)getpid());
	f = fopen(path, "w+");
	if (!f)
		exit(1);
	setvbuf(f, NULL, _IONBF, 0);
	if (is_dump) {
		fwrite(header, sizeof(header), 1, f);
		if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(f), 0) ==
		    MAP_FAILED)
			exit(1);
	}
	return f;
}

static void name_in_dump(FILE *f, uint64_t address, const char *name)
{
	uint64_t body[5] = { 0, address, address, sizeof(code), 1 };
	uint32_t len = (uint32_t)strlen(name) + 1;
	struct head head = { 0, (uint32_t)(sizeof(head) + sizeof(body) + len + sizeof(code)),
			     clock_ns(CLOCK_MONOTONIC) };

	fwrite(&head, sizeof(head), 1, f);
	fwrite(body, sizeof(body), 1, f);
	fwrite(name, len, 1, f);
	fwrite(code, sizeof(code), 1, f);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "life_even", "life_odd" };
	int is_dump = argc > 1 && !strcmp(argv[1], "dump");
	int lives = argc > 2 ? atoi(argv[2]) : 10, ms = argc > 3 ? atoi(argv[3]) : 100;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t spent[2] = { 0 };
	void (*spin)(long) = (void (*)(long))(uintptr_t)memory;
	FILE *f;

	if (memory == MAP_FAILED)
		return 1;
	f = start(is_dump);
	memcpy(memory, code, sizeof(code));
	__builtin___clear_cache((char *)memory, (char *)memory + sizeof(code));
	for (int life = 0; life < lives; life++) {
		uint64_t from = clock_ns(CLOCK_THREAD_CPUTIME_ID), now = from;
		uint64_t until = from + (uint64_t)ms * 1000000u * (life % 2 ? 3 : 1);

		if (is_dump)
			name_in_dump(f, (uint64_t)(uintptr_t)memory, names[life % 2]);
		else
			fprintf(f, "%lx %zx %s\n", (unsigned long)memory, sizeof(code),
				names[life % 2]);
		while (now < until) {
			spin(100000);
			now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		}
		spent[life % 2] += now - from;
	}
	for (int i = 0; i < 2; i++)
		printf("REF %s %.4f\n", names[i], (double)spent[i] / (double)(spent[0] + spent[1]));
	printf("REF pid %d\n", (int)getpid());
	return 0;
}
