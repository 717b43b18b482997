#include "collector/wait_log.h"

#include <string.h>

static enum trace_wait_state state_of(uint8_t state)
{
	return state >= ABI_WAIT_INTERRUPTIBLE && state <= ABI_WAIT_IDLE
		       ? (enum trace_wait_state)state
		       : TRACE_WAIT_INTERRUPTIBLE;
}

static void make_key(struct wait_log *log, const struct abi_wait *wait, struct process *p,
		     const struct held_source *stacks, struct wait_key *out)
{
	*out = (struct wait_key){
		.state = state_of(wait->state),
		.flags = wait->flags & TRACE_WAIT_FLAGS,
		.link_cnt = wait->link_cnt < ABI_CHAIN_MAX ? wait->link_cnt : ABI_CHAIN_MAX,
	};
	memcpy(out->links, wait->links, sizeof(out->links));
	task_ids_remember(log->ids, p, 0, &out->process);
	out->stack = held_stacks_take(log->stacks, p, stacks);
}

static void remember_key(struct wait_log *log, const struct abi_wait *wait,
			 const struct wait_key *key)
{
	uint32_t epoch = wait->epoch & 1;
	struct wait_key_list *keys = &log->keys[epoch];

	idmap_set(&log->by_key[epoch], wait->key, 0, (uint32_t)keys->cnt);
	*vec_push(keys) = *key;
}

static void write_alone(struct wait_log *log, const struct abi_wait *wait, struct wait_key *key)
{
	struct trace_wait_sum sum = {
		.cnt = 1,
		.blocked_ns = wait->blocked_ns,
		.runnable_ns = wait->runnable_ns,
		.longest_ns = wait->blocked_ns + wait->runnable_ns,
	};

	memcpy(sum.link_ns, wait->link_ns, sizeof(sum.link_ns));
	wait_log_write_sum(log, wait->epoch & 1, key, &sum);
	log->alone_cnt++;
	log->alone_ns += sum.longest_ns;
}

static void write_single(struct wait_log *log, const struct abi_wait *wait, struct wait_key *key,
			 uint32_t why)
{
	struct trace_wait single = {
		.why = why,
		.start_ns = wait->out_ns,
		.blocked_ns = wait->blocked_ns,
		.runnable_ns = wait->runnable_ns,
	};

	memcpy(single.link_ns, wait->link_ns, sizeof(single.link_ns));
	wait_log_write_single(log, key, wait->tid, &single);
	idmap_set(&log->singles[wait->epoch & 1], wait->tid, wait->out_ns, 0);
}

bool wait_log_has_single(const struct wait_log *log, uint32_t epoch, uint32_t tid, uint64_t out_ns)
{
	return idmap_find(&log->singles[epoch], tid, out_ns) != IDMAP_NONE;
}

void wait_log_add(struct wait_log *log, const struct abi_wait *wait, uint64_t time_ns,
		  const struct held_source *stacks)
{
	struct process *p = stack_resolver_reach(log->resolver, wait->tgid, time_ns);
	uint32_t why = 0;
	struct wait_key key;

	make_key(log, wait, p, stacks, &key);
	if (wait->why & ABI_WAIT_ALONE) {
		write_alone(log, wait, &key);
		why |= TRACE_WAIT_ALONE;
	}
	if (wait->why & ABI_WAIT_DRAWN)
		why |= TRACE_WAIT_DRAWN;
	if (why)
		write_single(log, wait, &key, why);
	if (wait->why & ABI_WAIT_FIRST && !wait_log_find(log, wait->epoch & 1, wait->key))
		remember_key(log, wait, &key);
	else
		held_stacks_drop(log->stacks, key.stack);
}

struct wait_key *wait_log_find(struct wait_log *log, uint32_t epoch, uint64_t key)
{
	uint32_t at = idmap_find(&log->by_key[epoch], key, 0);

	return at == IDMAP_NONE ? NULL : &log->keys[epoch].v[at];
}

void wait_log_write_sum(struct wait_log *log, uint32_t epoch, struct wait_key *key,
			struct trace_wait_sum *sum)
{
	task_ids_put(log->ids, &key->process);
	sum->event = log->event;
	sum->slice = trace_writer_slice(log->ids->writer, &log->slices[epoch]);
	sum->process = key->process.process_id;
	sum->stack = held_stacks_put(log->stacks, key->stack, sum->process);
	sum->chain = waker_log_chain(log->wakers, key->links, key->link_cnt);
	sum->state = key->state;
	sum->flags = key->flags;
	trace_writer_wait_sum(log->ids->writer, sum);
}

/* Of its key's process as that was; if that is another program by now, so is the thread's
 * name. */
static uint32_t thread_of(struct wait_log *log, struct wait_key *key, uint32_t tid)
{
	struct process *p = task_log_process(log->ids->tasks, key->process.tgid);
	struct trace_thread record = { .tid = tid, .comm = key->process.comm };

	task_ids_put(log->ids, &key->process);
	record.process = key->process.process_id;
	if (p->generation == key->process.generation)
		record.comm = task_log_thread(log->ids->tasks, p, tid)->comm;
	return trace_writer_thread(log->ids->writer, &record);
}

void wait_log_write_single(struct wait_log *log, struct wait_key *key, uint32_t tid,
			   struct trace_wait *wait)
{
	wait->event = log->event;
	wait->thread = thread_of(log, key, tid);
	wait->stack = held_stacks_put(log->stacks, key->stack, key->process.process_id);
	wait->chain = waker_log_chain(log->wakers, key->links, key->link_cnt);
	wait->state = key->state;
	wait->flags = key->flags;
	trace_writer_wait(log->ids->writer, wait);
}

void wait_log_forget(struct wait_log *log, uint32_t epoch)
{
	for (size_t i = 0; i < log->keys[epoch].cnt; i++)
		held_stacks_drop(log->stacks, log->keys[epoch].v[i].stack);
	log->keys[epoch].cnt = 0;
	idmap_clear(&log->by_key[epoch]);
	idmap_clear(&log->singles[epoch]);
}

void wait_log_release(struct wait_log *log)
{
	for (uint32_t epoch = 0; epoch < 2; epoch++) {
		wait_log_forget(log, epoch);
		vec_release(&log->keys[epoch]);
		idmap_release(&log->by_key[epoch]);
		idmap_release(&log->singles[epoch]);
	}
}
