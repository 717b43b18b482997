#ifndef RENDER_LATENCY_GROUPS_H
#define RENDER_LATENCY_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "render/latency_values.h"

struct strtab;

/*
 * Values told apart by a name: a device, a system call, a process. Only bins that hold
 * something take room, so that there may be as many names as a trace has.
 *
 *	name --> group --> bins: count, sum      sorted: the largest group first
 */
struct latency_group {
	uint32_t name; /* id in the names */
	uint64_t cnt, sum;
	uint32_t first, bin_cnt; /* its bins, once finished */
};

struct latency_group_bin {
	uint32_t group, bin;
	uint64_t cnt, sum;
};

struct latency_groups {
	struct strtab *names;
	struct {
		VEC(struct latency_group);
	} v;
	struct idmap places;
	struct {
		VEC(struct latency_group_bin);
	} bins;
};

void latency_groups_start(struct latency_groups *g);
/* Accepts zeroed ones. */
void latency_groups_release(struct latency_groups *g);

void latency_groups_add(struct latency_groups *g, const char *name, uint32_t bin, uint64_t cnt,
			uint64_t sum);

/* Sorts them by count, or by sum; equal ones by name. Nothing is added after this. */
void latency_groups_finish(struct latency_groups *g, bool by_sum);

/* Raw, of a group of a finished one. */
const char *latency_groups_name(const struct latency_groups *g, size_t group);

/* Adds a group's bins to out; all of those from `group` on. */
void latency_groups_values(const struct latency_groups *g, size_t group,
			   struct latency_values *out);
void latency_groups_rest(const struct latency_groups *g, size_t group, struct latency_values *out);

#endif
