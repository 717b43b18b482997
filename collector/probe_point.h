#ifndef COLLECTOR_PROBE_POINT_H
#define COLLECTOR_PROBE_POINT_H

#include <stdint.h>

#include "base/err.h"
#include "bpf/probe.h"
#include "collector/probe_spec.h"

/*
 * What a place of a probe is on this machine: for a function or USDT probe of a file, its path
 * and the bytes in it where the kernel shall stop. A tracepoint or function of the kernel is
 * found by its name.
 */
struct probe_point {
	char *path;	    /* NULL: in the kernel */
	uint64_t semaphore; /* bytes in the file; 0: none */
	uint32_t cnt;
	uint64_t offsets[ABI_PROBE_PLACES];
	char *arguments[ABI_PROBE_PLACES]; /* of USDT: where they lie */
};

/* A negative errno says what is missing, and the remedy. */
int probe_point_find(struct probe_point *out, const struct probe_place *place, struct err *err);
void probe_point_release(struct probe_point *p);

/*
 * Where programs find the number that a field of the place names, at the index-th point. NULL
 * is no field, and gives NOTHING; has_returned: `ret` is there, and arguments are no more.
 */
int probe_point_value(const struct probe_point *p, uint32_t index, const struct probe_place *place,
		      const char *field, bool has_returned, struct abi_probe_value *out,
		      struct err *err);

#endif
