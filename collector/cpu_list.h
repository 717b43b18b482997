#ifndef COLLECTOR_CPU_LIST_H
#define COLLECTOR_CPU_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

/* Numbers of CPUs, ascending, as the kernel lists them: "0-3,8". */
struct cpu_list {
	VEC(uint32_t);
};

/* Parses a list; false, and out is empty, if it is not one. */
bool cpu_list_parse(struct cpu_list *out, const char *text);

/* The CPUs that are online now. False if that cannot be read. */
bool cpu_list_online(struct cpu_list *out);

/* The same for who asks again and again: a file, or -1, and what it says now. */
int cpu_list_open(void);
bool cpu_list_read(struct cpu_list *out, int fd);

bool cpu_list_has(const struct cpu_list *list, uint32_t cpu);
void cpu_list_release(struct cpu_list *list);

#endif
