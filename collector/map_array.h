#ifndef COLLECTOR_MAP_ARRAY_H
#define COLLECTOR_MAP_ARRAY_H

#include "base/err.h"

/*
 * A BPF array that programs and we have in common memory: what one writes the other reads,
 * without a system call.
 */
struct bpf_map;

/* out: a pointer to the first element. protection as for mmap(). */
int map_array_open(const struct bpf_map *map, int protection, void *out, struct err *err);
void map_array_close(const struct bpf_map *map, const void *at);

#endif
