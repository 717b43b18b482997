#include "collector/wait_end.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "collector/stack_stores.h"

#define READ_BYTES ((size_t)64 << 10)
#define FLUSH_CNT 1024 /* threads between two looks whether the writer has enough for a chunk */

void wait_end_account(const struct task_ids *ids, uint32_t thread, const struct abi_times *times)
{
	trace_writer_account(ids->writer, &(struct trace_account){
						  .thread = thread,
						  .from_ns = times->born_ns,
						  .to_ns = times->now_ns,
						  .on_ns = times->on_ns,
						  .runnable_ns = times->runnable_ns,
						  .blocked_ns = times->blocked_ns,
						  .gap_ns = times->gap_ns,
						  .switch_cnt = times->switch_cnt,
						  .short_cnt = times->short_cnt,
						  .short_ns = times->short_ns,
					  });
}

static uint32_t kernel_stack(struct wait_end *e, const struct abi_open *open)
{
	if (open->kernel_err)
		return stack_lost_by_errno(open->kernel_err);
	if (!open->kernel_cnt)
		return STACK_ABSENT;
	return stack_table_add(e->stacks, (const uint64_t *)open->kernel, open->kernel_cnt,
			       UNWIND_END_NONE);
}

static void user_stack(struct wait_end *e, const struct abi_open *open, const struct abi_copy *copy,
		       struct held_source *out)
{
	struct copy_verdict verdict;

	if (open->user_err == ENOENT || open->state == ABI_WAIT_NEW) {
		out->user_stack = STACK_ABSENT;
	} else if (open->user_err) {
		out->user_stack = stack_lost_by_errno(open->user_err);
	} else {
		verdict = copy_replay_judge(e->replay, open->tgid, copy, e->end_ns);
		out->user_stack = verdict.stack;
		out->copy = verdict.keep ? copy : NULL;
		out->copy_why = verdict.why;
	}
}

static void add_wait(struct wait_end *e, const struct abi_open *open, const struct abi_copy *copy)
{
	struct held_source stacks = { .kernel_stack = kernel_stack(e, open) };
	struct abi_wait wait = {
		.why = ABI_WAIT_ALONE,
		.epoch = (uint8_t)e->epoch,
		.state = open->state,
		.flags = open->flags | ABI_WAIT_OPEN_END,
		.link_cnt = open->link_cnt,
		.tgid = open->tgid,
		.tid = open->tid,
		.out_ns = open->out_ns,
		.blocked_ns = open->blocked_ns,
		.runnable_ns = open->runnable_ns,
	};

	memcpy(wait.links, open->links, sizeof(wait.links));
	memcpy(wait.link_ns, open->link_ns, sizeof(wait.link_ns));
	user_stack(e, open, copy, &stacks);
	wait_log_add(e->log, &wait, e->end_ns, &stacks);
}

void wait_end_add(struct wait_end *e, const struct abi_open *open, const struct abi_copy *copy)
{
	struct process *p = stack_resolver_reach(e->resolver, open->tgid, e->end_ns);

	wait_end_account(e->ids, task_ids_thread(e->ids, p, open->tid), &open->times);
	if (open->is_waiting)
		add_wait(e, open, copy);
}

/* False for what no program of ours has written. */
static bool is_sound(const struct abi_open *open)
{
	return open->bytes >= sizeof(*open) && open->user_len <= ABI_OPEN_BYTES &&
	       open->bytes - sizeof(*open) >= open->user_len && open->kernel_cnt <= ABI_STACK_MAX &&
	       open->bytes <= sizeof(*open) + ABI_OPEN_BYTES + sizeof(uint64_t);
}

struct open_reader {
	struct buf bytes;
	size_t at; /* in bytes: what is before was taken */
	struct abi_open open;
	struct abi_copy *copy;
};

/* Takes the next one out of what was read; false: there is not all of one. */
static bool take(struct open_reader *r, bool *out_sound)
{
	const uint8_t *from = r->bytes.v + r->at;
	size_t left = r->bytes.len - r->at;

	*out_sound = true;
	if (left < sizeof(r->open))
		return false;
	memcpy(&r->open, from, sizeof(r->open));
	*out_sound = is_sound(&r->open);
	if (!*out_sound || left < r->open.bytes)
		return false;
	*r->copy = (struct abi_copy){
		.record = ABI_RECORD_COPY,
		.end = r->open.user_len >= ABI_OPEN_BYTES ? UNWIND_END_COPY_CUT : UNWIND_END_NONE,
		.len = r->open.user_len,
		.check = r->open.check,
	};
	memcpy(r->copy->regs, r->open.regs, sizeof(r->copy->regs));
	memcpy(r->copy->bytes, from + sizeof(r->open), r->open.user_len);
	r->at += r->open.bytes;
	return true;
}

/* Drops what was taken, and reads more behind the rest. */
static ssize_t read_more(struct open_reader *r, int fd)
{
	ssize_t got;

	if (r->bytes.len)
		memmove(r->bytes.v, r->bytes.v + r->at, r->bytes.len - r->at);
	r->bytes.len -= r->at;
	r->at = 0;
	buf_reserve(&r->bytes, READ_BYTES);
	do {
		got = read(fd, r->bytes.v + r->bytes.len, READ_BYTES);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got > 0)
		r->bytes.len += (size_t)got;
	return got;
}

static int read_all(struct wait_end *e, struct open_reader *r, int fd, struct err *err)
{
	bool sound = true;
	size_t cnt = 0;
	ssize_t got;
	int code = 0;

	while ((got = read_more(r, fd)) > 0) {
		while (take(r, &sound)) {
			wait_end_add(e, &r->open, r->copy);
			if (++cnt % FLUSH_CNT == 0)
				code = trace_writer_flush(e->ids->writer, err);
		}
		if (code || !sound)
			break;
	}
	if (got < 0)
		return err_set(err, -errno, "cannot read what threads wait for: %s",
			       strerror(errno));
	if (!sound)
		return err_set(err, -EBADMSG, "what threads wait for at the end is not readable");
	return code;
}

int wait_end_read(struct wait_end *e, int fd, struct err *err)
{
	struct open_reader reader = { 0 };
	int code;

	reader.copy = mem_alloc(1, sizeof(*reader.copy) + ABI_OPEN_BYTES);
	code = read_all(e, &reader, fd, err);
	free(reader.copy);
	buf_release(&reader.bytes);
	close(fd);
	return code;
}
