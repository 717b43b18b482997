#ifndef COLLECTOR_MAP_ARRAY_H
#define COLLECTOR_MAP_ARRAY_H

#include <stddef.h>

#include "base/err.h"

/*
 * A BPF array that programs and we have in common memory: what one writes the other reads,
 * without a system call.
 */
struct bpf_map;

/*
 * A large one of which little is used as a rule: each page that is mapped costs 200 ns. Nothing
 * can be written at first; what is read where nothing was written yet is 0.
 */
struct map_window {
	const struct bpf_map *map;
	void *at; /* the first element */
	size_t bytes, reached;
};

/* A zeroed struct may be closed. */
int map_window_open(struct map_window *w, const struct bpf_map *map, struct err *err);

/* Lets the first `bytes` of the array be written; 0, or a negative errno. */
int map_window_reach(struct map_window *w, size_t bytes);
void map_window_close(struct map_window *w);

/* out: a pointer to the first element. protection as for mmap(). */
int map_array_open(const struct bpf_map *map, int protection, void *out, struct err *err);
void map_array_close(const struct bpf_map *map, const void *at);

#endif
