#ifndef COLLECTOR_UNWIND_MAPS_H
#define COLLECTOR_UNWIND_MAPS_H

#include <stdint.h>

#include "base/err.h"
#include "collector/map_array.h"
#include "collector/sampling_programs.h"
#include "collector/unwind_tables.h"

/*
 * The maps that hold the tables which programs walk by: how large they are, and where the
 * collector writes them. Only as much of them is mapped as holds rows.
 */
struct unwind_maps {
	const struct sampling_programs *programs;
	struct unwind_arrays arrays; /* with no rows and process_fd -1: there are none */
	struct map_window rows, blocks;
};

/* Before the programs are loaded. bytes: limit of rows and blocks; 0: programs do not walk by
 * tables, and maps and arrays stay empty. */
void unwind_maps_size(struct unwind_maps *u, const struct sampling_programs *programs,
		      uint64_t bytes);

/* When they are loaded; u keeps its place until it is closed. A zeroed struct may be closed. */
int unwind_maps_open(struct unwind_maps *u, struct err *err);
void unwind_maps_close(struct unwind_maps *u);

#endif
