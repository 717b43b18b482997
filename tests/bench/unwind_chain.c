#include "tests/bench/unwind_chain.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * UNWIND_CHAIN: the name of this build's struct unwind_chain. The system call is made right
 * here, since libc and libbpf are built in a way of their own.
 */
#define FRAME __attribute__((noinline, noclone))

typedef long link(int depth, struct unwind_chain_end *end);

static FRAME long run(struct unwind_chain_end *end)
{
	union bpf_attr attr;
	long result = 0;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (unsigned)end->program_fd;
	for (unsigned i = 0; i < end->runs && !result; i++)
		asm volatile("syscall"
			     : "=a"(result)
			     : "a"(SYS_bpf), "D"(BPF_PROG_TEST_RUN), "S"(&attr), "d"(sizeof(attr))
			     : "rcx", "r11", "memory");
	return result;
}

static FRAME long again(int depth, struct unwind_chain_end *end)
{
	long result = depth > 1 ? again(depth - 1, end) : run(end);

	asm volatile("" : : "r"(depth), "r"(end));
	return result;
}

/* clang-format off */
#define DIGITS(what, n) \
	what(n##0) what(n##1) what(n##2) what(n##3) what(n##4) what(n##5) what(n##6) what(n##7) \
	what(n##8) what(n##9) what(n##a) what(n##b) what(n##c) what(n##d) what(n##e) what(n##f)
#define DIGITS_2(what, n) /* once more: a macro does not expand within itself */ \
	what(n##0) what(n##1) what(n##2) what(n##3) what(n##4) what(n##5) what(n##6) what(n##7) \
	what(n##8) what(n##9) what(n##a) what(n##b) what(n##c) what(n##d) what(n##e) what(n##f)
#define LAST(n) DIGITS(LINK, n)
#define TWO(n) DIGITS_2(LAST, n)
#define ALL \
	TWO(0x0) TWO(0x1) TWO(0x2) TWO(0x3) TWO(0x4) TWO(0x5) TWO(0x6) TWO(0x7) \
	TWO(0x8) TWO(0x9) TWO(0xa) TWO(0xb) TWO(0xc) TWO(0xd) TWO(0xe) TWO(0xf)
/* clang-format on */

static link *const links[UNWIND_CHAIN_LINKS];

/* Where a link goes on: once through all of them before one comes again. */
#define NEXT(n) (((n)*1229u + 1u) % UNWIND_CHAIN_LINKS)

#define LINK(n)                                                                                    \
	static FRAME __attribute__((aligned(1024))) long link_##n(int depth,                       \
								  struct unwind_chain_end *end)    \
	{                                                                                          \
		long result = depth > 1 ? links[NEXT(n)](depth - 1, end) : run(end);               \
		asm volatile("" : : "r"(depth), "r"(end));                                         \
		return result;                                                                     \
	}
ALL
#undef LINK
#define LINK(n) [n] = link_##n,
	static link *const links[UNWIND_CHAIN_LINKS] = { ALL };

static long far(unsigned first, int depth, struct unwind_chain_end *end)
{
	return links[first % UNWIND_CHAIN_LINKS](depth, end);
}

const struct unwind_chain UNWIND_CHAIN = { again, far };
