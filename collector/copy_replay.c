#include "collector/copy_replay.h"

#include "bpf/wait.h"
#include "collector/unwind_end.h"
#include "collector/unwind_replay.h"

#define SECOND_NS 1000000000ull

/* Each pass makes a table that was missing, or is the last. */
#define PASSES_MAX 128

struct replayed {
	uint64_t frames[UNWIND_REPLAY_MAX];
	uint32_t cnt;
	uint32_t end; /* as of the stack table */
};

/* What could not be read where it was is no fault of the copy's length; that of a wait is a
 * short one. */
static bool is_cut(const struct copy_replay *r, const struct abi_copy *copy)
{
	return copy->len >= r->copy_bytes || copy->len == ABI_WAIT_COPY_BYTES ||
	       copy->end == UNWIND_END_COPY_CUT;
}

static void walk(struct copy_replay *r, struct process *p, const struct abi_copy *copy,
		 struct replayed *out)
{
	struct unwind_replay replay = {
		.arrays = unwind_tables_arrays(r->tables),
		.regs = (const uint64_t *)copy->regs,
		.stack = copy->bytes,
		.len = copy->len,
	};
	uint64_t at;

	for (int i = 0; i < PASSES_MAX; i++) {
		replay.process = unwind_tables_process(r->tables, p, copy->check);
		out->end = unwind_replay(&replay, out->frames, &out->cnt, &at);
		if (out->end != UNWIND_END_NO_TABLE || !unwind_tables_want(r->tables, p, at))
			break;
	}
	if (out->end == UNWIND_END_FAULT && is_cut(r, copy))
		out->end = UNWIND_END_COPY_CUT;
}

/* The old program's registers, in the middle of an exec: nothing can be made of them. */
static bool is_leaving(struct copy_replay *r, struct process *p, const struct abi_copy *copy)
{
	return p->exec_goes_on && !task_log_mapping(r->tasks, p, copy->regs[UNWIND_RIP]);
}

static bool may_keep(struct copy_replay *r, uint32_t bytes, uint64_t time_ns)
{
	uint64_t passed = time_ns > r->refilled_ns ? time_ns - r->refilled_ns : 0;

	if (!r->tables)
		return true;
	passed = passed < SECOND_NS ? passed : SECOND_NS;
	r->allowance += (int64_t)(passed * COPY_REPLAY_BYTES_PER_S / SECOND_NS);
	if (r->allowance > (int64_t)COPY_REPLAY_BYTES_PER_S)
		r->allowance = (int64_t)COPY_REPLAY_BYTES_PER_S;
	r->refilled_ns = time_ns;
	if (r->allowance <= 0)
		return false;
	r->allowance -= bytes;
	return true;
}

static bool keep(struct copy_replay *r, const struct abi_copy *copy, uint64_t time_ns)
{
	if (!copy->len)
		return false;
	if (!may_keep(r, copy->len, time_ns)) {
		r->dropped_cnt++;
		return false;
	}
	r->kept_cnt++;
	r->kept_bytes += copy->len;
	return true;
}

/* How a copy ended that nobody tries to unwind: one of no bytes could not be read. */
static uint32_t given_end(const struct abi_copy *copy)
{
	if (copy->end == UNWIND_END_NONE && !copy->len)
		return UNWIND_END_FAULT;
	return copy->end <= UNWIND_END_COPY_CUT ? copy->end : UNWIND_END_NONE;
}

/* Cut by its length, or because the backlog had no room for any of it. */
static void count_cut(struct copy_replay *r, const struct abi_copy *copy)
{
	if (copy->end == UNWIND_END_COPY_CUT)
		r->dropped_cnt++;
	else
		r->cut_cnt++;
}

struct copy_verdict copy_replay_judge(struct copy_replay *r, uint32_t tgid,
				      const struct abi_copy *copy, uint64_t time_ns)
{
	struct process *p = task_log_process(r->tasks, tgid);
	struct replayed done = { .frames = { copy->regs[UNWIND_RIP] }, .cnt = 1 };
	struct copy_verdict verdict = { 0 };
	bool tried = r->tables && !is_leaving(r, p, copy);

	r->copy_cnt++;
	done.end = given_end(copy);
	if (tried)
		walk(r, p, copy, &done);
	if (done.end == UNWIND_END_COPY_CUT)
		count_cut(r, copy);
	verdict.stack = stack_table_add(r->stacks, done.frames, done.cnt, done.end);
	if (!r->tables || (tried && unwind_end_is_beyond_rows(done.end)))
		verdict.keep = keep(r, copy, time_ns);
	verdict.why = unwind_end_reason(done.end);
	return verdict;
}
