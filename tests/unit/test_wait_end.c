#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>

#include "collector/wait_end.h"
#include "tests/unit/wait_rig.h"

static struct abi_open open_of(uint32_t tid)
{
	return (struct abi_open){
		.bytes = sizeof(struct abi_open),
		.tgid = RIG_PID,
		.tid = tid,
		.times = { .born_ns = 1000, .now_ns = 9000, .blocked_ns = 8000 },
		.out_ns = 1000,
		.blocked_ns = 8000,
		.is_waiting = 1,
		.state = ABI_WAIT_INTERRUPTIBLE,
		.user_err = ENOENT,
	};
}

/* Bytes as the kernel would hand them out. */
static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("open", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int read_open(struct wait_rig *r, const void *bytes, size_t len)
{
	struct copy_replay replay = { .tasks = r->tasks, .stacks = r->stack_table };
	struct wait_end end = { .ids = &r->ids,
				.resolver = &r->resolver,
				.log = &r->log,
				.replay = &replay,
				.stacks = r->stack_table,
				.end_ns = 9000 };

	return wait_end_read(&end, file_of(bytes, len), NULL);
}

static void who_still_waits_is_a_sum_of_one_and_has_an_account(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct abi_open open[2] = { open_of(RIG_PID), open_of(RIG_PID + 1) };

	(void)state;
	open[1].is_waiting = 0;
	assert_int_equal(read_open(r, open, sizeof(open)), 0);
	rig_expect(r, "sum sleeper interruptible 1x8000+0 max 8000 [10..20]\n"
		      "wait 900001 why4 at 1000 8000+0\n"
		      "account 900001: 8000\naccount 900002: 8000\n");
}

static void copies_and_losses_stand_in_the_place_of_user_frames(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct {
		struct abi_open open;
		uint8_t stack[16];
		struct abi_open lost;
	} both = { .open = open_of(RIG_PID), .lost = open_of(RIG_PID) };

	(void)state;
	both.open.bytes += sizeof(both.stack);
	both.open.user_len = sizeof(both.stack);
	both.open.user_err = 0;
	both.open.regs[UNWIND_RIP] = RIG_PROGRAM + 4;
	both.lost.user_err = ENOTSUP;
	assert_int_equal(read_open(r, &both, sizeof(both)), 0);
	rig_expect(r, "sum sleeper interruptible 1x8000+0 max 8000 [10..20] copy1\n"
		      "sum sleeper interruptible 1x8000+0 max 8000 [10..20] lost7\n"
		      "wait 900001 why4 at 1000 8000+0 copy1\n"
		      "wait 900001 why4 at 1000 8000+0 lost7\n"
		      "account 900001: 8000\naccount 900001: 8000\n");
}

static void reads_more_than_fits_at_once(void **state)
{
	const size_t cnt = 1000;
	struct wait_rig *r = rig_new(0);
	struct abi_open *open = calloc(cnt, sizeof(*open));
	const struct trace_totals *totals = trace_writer_totals(r->writer);

	(void)state;
	for (size_t i = 0; i < cnt; i++)
		open[i] = open_of(RIG_PID);
	assert_int_equal(read_open(r, open, cnt * sizeof(*open)), 0);
	assert_int_equal(totals->wait_cnt, cnt);
	free(open);
	trace_writer_close(r->writer);
	rig_close(r);
}

static void refuses_what_no_program_has_written(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct abi_open open = open_of(RIG_PID);

	(void)state;
	open.bytes = 8;
	assert_int_equal(read_open(r, &open, sizeof(open)), -EBADMSG);
	open = open_of(RIG_PID);
	open.user_len = 1;
	assert_int_equal(read_open(r, &open, sizeof(open)), -EBADMSG);
	open = open_of(RIG_PID);
	open.kernel_cnt = ABI_STACK_MAX + 1;
	assert_int_equal(read_open(r, &open, sizeof(open)), -EBADMSG);
	open = open_of(RIG_PID);
	open.bytes = UINT32_MAX;
	assert_int_equal(read_open(r, &open, sizeof(open)), -EBADMSG);
	trace_writer_close(r->writer);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_still_waits_is_a_sum_of_one_and_has_an_account),
		cmocka_unit_test(copies_and_losses_stand_in_the_place_of_user_frames),
		cmocka_unit_test(reads_more_than_fits_at_once),
		cmocka_unit_test(refuses_what_no_program_has_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
