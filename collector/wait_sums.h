#ifndef COLLECTOR_WAIT_SUMS_H
#define COLLECTOR_WAIT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "bpf/wait.h"
#include "collector/wait_log.h"

/*
 * The sums of waits, and the longest of each CPU, out of the maps of an idle epoch and into the
 * trace:
 *
 *	read     takes them; programs fill the other half meanwhile
 *	write    those whose key is known by then. A key may come one round late, when its
 *	         record stands behind one that could not be resolved yet: so what is not
 *	         known in its own round waits for the next one, and after that it is lost
 *
 * So for all waits: in the maps = written + lost.
 */
struct wait_sum_entry {
	uint64_t key;
	struct abi_wait_sum sum;
};

struct wait_sums {
	struct wait_log *log;
	struct wait_sums_half {
		struct {
			VEC(struct wait_sum_entry);
		} sums;
		struct {
			VEC(struct abi_long_wait);
		} longest;
		bool waited; /* for one round already */
	} halves[2];	     /* by epoch */
	uint64_t written_cnt;
	uint64_t lost_cnt, lost_ns; /* nobody knows what they were about */
};

/* The maps that they lie in; see struct programs_waits. */
struct wait_sums_maps {
	int sum_fd[2];
	struct abi_longest *longest;
	uint32_t cpu_cnt;
};

/* Takes everything of an idle epoch out of the maps, and leaves them empty. */
void wait_sums_read(struct wait_sums *s, const struct wait_sums_maps *maps, uint32_t epoch);

/* What wait_sums_read() does with each. */
void wait_sums_add(struct wait_sums *s, uint32_t epoch, uint64_t key,
		   const struct abi_wait_sum *sum);
void wait_sums_add_longest(struct wait_sums *s, uint32_t epoch, const struct abi_long_wait *wait);

/* At the end of each round, of the epoch that is idle; last: no more keys can come. */
void wait_sums_write(struct wait_sums *s, uint32_t epoch, bool last);

void wait_sums_release(struct wait_sums *s);

#endif
