#ifndef FORMATS_WAIT_SUMMARY_H
#define FORMATS_WAIT_SUMMARY_H

#include <stdint.h>

#include "formats/trace.h"

struct trace_reader;

/* What a trace holds of waits, in numbers: a part of struct trace_summary. */
struct wait_summary {
	uint64_t sum_cnt; /* records; how many waits they stand for, totals say */
	uint64_t blocked_ns, runnable_ns;
	uint64_t longest_ns;
	uint64_t single_cnt;			/* kept one by one */
	uint64_t highest_block_ns;		/* threshold of any slice */
	uint64_t deepest;			/* links of a chain */
	uint64_t by_depth[TRACE_CHAIN_MAX + 1]; /* blocked waits, by links of their chain */
	uint64_t unknown_cnt;			/* blocked waits that nobody was seen to end */
	uint64_t account_cnt;
	struct trace_account accounts; /* their sum, from 0 to the time of all threads */
};

void wait_summary_add_sum(struct wait_summary *w, const struct trace_reader *r,
			  const struct trace_wait_sum *sum);
void wait_summary_add_slice(struct wait_summary *w, const struct trace_slice *slice);
void wait_summary_add_account(struct wait_summary *w, const struct trace_account *account);

#endif
