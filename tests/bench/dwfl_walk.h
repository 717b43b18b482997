#ifndef TESTS_BENCH_DWFL_WALK_H
#define TESTS_BENCH_DWFL_WALK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copied stacks as libdw walks them by itself (dwfl_thread_getframes): a witness that shares
 * no line with our walks. One of these knows the files of one process.
 */
struct dwfl_walk;

struct dwfl_walk *dwfl_walk_new(void);
void dwfl_walk_free(struct dwfl_walk *w);

/* A file, by path or, if fd is not -1, by descriptor, whose addresses lie `bias` higher in the process. */
void dwfl_walk_add(struct dwfl_walk *w, const char *path, int fd, uint64_t bias);

/*
 * Frames as in struct abi_body, leaf first; their count. All files were added before the
 * first stack. *out_why: libdw's reason to end; NULL: there is no caller.
 */
size_t dwfl_walk_stack(struct dwfl_walk *w, const uint64_t regs[17], const uint8_t *stack,
		       size_t len, uint64_t *frames, size_t max, const char **out_why);

#endif
