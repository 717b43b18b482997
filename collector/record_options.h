#ifndef COLLECTOR_RECORD_OPTIONS_H
#define COLLECTOR_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "bpf/abi.h"
#include "collector/chosen_events.h"
#include "collector/wait_options.h"

/*
 * The command line of `record`, as values, and its manual.
 */

struct record_options {
	struct text_list events;
	struct text_list processes;
	struct text_list threads;
	struct text_list cpus;
	const char *cgroup;
	const char *comm_glob;
	const char *unwind;
	uint64_t unwind_bytes;
	uint64_t copy_bytes;
	const char *output;
	uint64_t duration_ns;
	uint64_t frequency_hz;
	uint64_t min_block_ns;
	uint64_t max_block_ns;
	struct text_list wait_states;
	const char *max_overhead;
	const char *keep;
	uint64_t slower_ns;
	bool with_args;
	bool all;
	bool user_only;
	bool kernel_only;
	bool keep_root;
	bool quiet;
	bool verbose;
};

/* How user stacks are taken on this machine. */
enum abi_unwind record_options_unwind(const struct record_options *o);

/* Which waits, for a way to draw them. -EINVAL. */
int record_options_waits(const struct record_options *o, enum wait_way way,
			 struct wait_options *out, struct err *err);

/* And how the latencies are recorded that were chosen. -EINVAL. */
int record_options_latencies(const struct record_options *o, uint64_t keep_per_s,
			     struct chosen_events *chosen, struct err *err);

/* What contradicts itself, or cannot be meant. -EINVAL. */
int record_options_check(const struct record_options *o, struct err *err);

extern const struct option record_option_rows[];
extern const struct example record_examples[];
extern const struct exit_row record_exits[];
extern const char record_description[];

#endif
