#include "formats/wait_parts.h"

#include <string.h>

#include "formats/trace_reader.h"

uint32_t wait_chain_links(const struct trace_reader *r, uint32_t chain,
			  const struct trace_link *out[TRACE_CHAIN_MAX])
{
	uint32_t cnt = wait_chain_depth(r, chain), at = cnt;

	while (at-- > 0) {
		out[at] = trace_reader_link(r, chain);
		chain = out[at]->parent;
	}
	return cnt;
}

uint32_t wait_chain_depth(const struct trace_reader *r, uint32_t chain)
{
	uint32_t depth = 0;

	for (; chain != TRACE_NONE && depth < TRACE_CHAIN_MAX; depth++)
		chain = trace_reader_link(r, chain)->parent;
	return depth;
}

struct wait_place wait_place_of_sum(const struct trace_wait_sum *sum)
{
	return (struct wait_place){ .process = sum->process,
				    .stack = sum->stack,
				    .chain = sum->chain,
				    .flags = sum->flags };
}

struct trace_wait_sum wait_as_sum(const struct trace_reader *r, const struct trace_wait *wait)
{
	struct trace_wait_sum sum = {
		.event = wait->event,
		.process = trace_reader_thread(r, wait->thread)->process,
		.stack = wait->stack,
		.chain = wait->chain,
		.state = wait->state,
		.flags = wait->flags,
		.cnt = 1,
		.blocked_ns = wait->blocked_ns,
		.runnable_ns = wait->runnable_ns,
		.longest_ns = wait->blocked_ns + wait->runnable_ns,
	};

	memcpy(sum.link_ns, wait->link_ns, sizeof(sum.link_ns));
	return sum;
}

/* Each link up to which there is time: the wait so far as it is that link's doing. */
static size_t split_parts(const struct trace_wait_sum *sum, struct wait_part *out)
{
	size_t cnt = 0;

	for (uint32_t i = 0; i < TRACE_CHAIN_MAX; i++)
		if (sum->link_ns[i])
			out[cnt++] = (struct wait_part){ .ns = sum->link_ns[i], .link_max = i + 1 };
	return cnt;
}

size_t wait_parts(const struct trace_wait_sum *sum, enum wait_way way, enum wait_weight weight,
		  struct wait_part out[WAIT_PARTS_MAX])
{
	static const uint32_t link_max[WAIT_WAY_CNT] = { [WAIT_WAY_OFFCPU] = 0,
							 [WAIT_WAY_WAKEUP] = 1,
							 [WAIT_WAY_OFFWAKE] = 1,
							 [WAIT_WAY_CHAIN] = TRACE_CHAIN_MAX };
	size_t cnt = 0;

	if (way == WAIT_WAY_CHAIN && weight == WAIT_WEIGHT_SPLIT && sum->chain != TRACE_NONE)
		cnt = split_parts(sum, out);
	else if (sum->blocked_ns)
		out[cnt++] = (struct wait_part){ .ns = sum->blocked_ns, .link_max = link_max[way] };
	if (sum->runnable_ns)
		out[cnt++] = (struct wait_part){
			.ns = sum->runnable_ns,
			.is_runnable = true,
			.is_preempted = sum->state == TRACE_WAIT_PREEMPTED,
		};
	return cnt;
}
