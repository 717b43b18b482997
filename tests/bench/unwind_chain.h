#ifndef TESTS_BENCH_UNWIND_CHAIN_H
#define TESTS_BENCH_UNWIND_CHAIN_H

/*
 * User stacks of a chosen depth, with one BPF program run at their leaf. Compiled twice,
 * with frame pointers and without: the same functions, so that both ways to walk them have
 * the same frames before them.
 */
#define UNWIND_CHAIN_LINKS 4096 /* functions, a KiB of text each */

struct unwind_chain_end {
	int program_fd;
	unsigned runs;
};

struct unwind_chain {
	/* depth frames of one function that calls itself */
	long (*near)(int depth, struct unwind_chain_end *end);
	/* of as many functions, all over the text, from the first on */
	long (*far)(unsigned first, int depth, struct unwind_chain_end *end);
};

extern const struct unwind_chain unwind_chain_fp;    /* -fno-omit-frame-pointer */
extern const struct unwind_chain unwind_chain_plain; /* -fomit-frame-pointer */

#endif
