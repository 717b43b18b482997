#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/interrupt.h"

/* Addresses of functions, by the names that a kernel has for them. */
enum {
	ENTRY = 0x1000,
	ASM_SYSVEC = ENTRY + 0x40,
	SYSVEC = ENTRY + 0x100,
	ENTRY_END = ENTRY + 0x1000,
	DO_SOFTIRQ = 0x3000,
	DO_SOFTIRQ_END = DO_SOFTIRQ + 0x200,
	HRTIMER_INTERRUPT = 0x4000,
	NET_RX_ACTION = 0x4100,
	IRQ_EXIT = 0x4200,
	WAKE_UP = 0x4300,
	CPU_IDLE = 0x4400,
	LOCAL_BH_ENABLE = 0x4500,
};

static const struct interrupt_text known = {
	.entry = ENTRY,
	.entry_bytes = ENTRY_END - ENTRY,
	.softirq = DO_SOFTIRQ,
	.softirq_bytes = DO_SOFTIRQ_END - DO_SOFTIRQ,
};

/* frames: the leaf first, a 0 behind the last. */
static void expect(const struct interrupt_text *text, const uint64_t *frames, uint64_t cut,
		   uint64_t softirq)
{
	struct interrupt_found found = { 0 };
	uint64_t cnt = 0;

	while (frames[cnt])
		cnt++;
	for (uint64_t i = 0; i < cnt + 4; i++) /* what is behind the last is not looked at */
		interrupt_look(&found, text, i < cnt ? frames[i] : DO_SOFTIRQ, i, cnt);
	assert_int_equal(found.cut, cut);
	assert_int_equal(found.softirq, softirq);
}

#define FRAMES(...) ((const uint64_t[]){ __VA_ARGS__, 0 })

static void a_thread_has_no_interrupt(void **state)
{
	(void)state;
	expect(&known, FRAMES(WAKE_UP, CPU_IDLE), 0, 0);
	expect(&known, FRAMES(WAKE_UP), 0, 0);
}

static void an_interrupt_ends_behind_all_frames_of_its_entry(void **state)
{
	(void)state;
	expect(&known, FRAMES(WAKE_UP, HRTIMER_INTERRUPT, SYSVEC, ASM_SYSVEC, CPU_IDLE), 4, 0);
	expect(&known, FRAMES(WAKE_UP, ASM_SYSVEC), 2, 0);
	expect(&known, FRAMES(WAKE_UP, ENTRY_END - 1, CPU_IDLE), 2, 0);
	expect(&known, FRAMES(WAKE_UP, ENTRY_END, CPU_IDLE), 0, 0);
}

static void softirqs_run_at_an_interrupts_end_or_in_a_thread(void **state)
{
	(void)state;
	expect(&known,
	       FRAMES(WAKE_UP, NET_RX_ACTION, DO_SOFTIRQ + 1, IRQ_EXIT, SYSVEC, ASM_SYSVEC,
		      CPU_IDLE),
	       6, 1);
	expect(&known, FRAMES(WAKE_UP, NET_RX_ACTION, DO_SOFTIRQ + 1, LOCAL_BH_ENABLE), 0, 1);
	expect(&known, FRAMES(WAKE_UP, DO_SOFTIRQ_END, LOCAL_BH_ENABLE), 0, 0);
}

/* An interrupt that comes to softirqs is none of them, also where it comes between two. */
static void what_was_interrupted_is_not_looked_at(void **state)
{
	(void)state;
	expect(&known,
	       FRAMES(WAKE_UP, HRTIMER_INTERRUPT, SYSVEC, ASM_SYSVEC, NET_RX_ACTION, DO_SOFTIRQ + 1,
		      IRQ_EXIT, SYSVEC, ASM_SYSVEC, CPU_IDLE),
	       4, 0);
	expect(&known,
	       FRAMES(WAKE_UP, HRTIMER_INTERRUPT, SYSVEC, ASM_SYSVEC, DO_SOFTIRQ + 1, IRQ_EXIT,
		      SYSVEC, ASM_SYSVEC, CPU_IDLE),
	       4, 0);
}

static void where_code_is_not_known_nothing_is_found(void **state)
{
	const struct interrupt_text unknown = { 0 };

	(void)state;
	expect(&unknown, FRAMES(WAKE_UP, DO_SOFTIRQ, SYSVEC, ASM_SYSVEC, CPU_IDLE), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_has_no_interrupt),
		cmocka_unit_test(an_interrupt_ends_behind_all_frames_of_its_entry),
		cmocka_unit_test(softirqs_run_at_an_interrupts_end_or_in_a_thread),
		cmocka_unit_test(what_was_interrupted_is_not_looked_at),
		cmocka_unit_test(where_code_is_not_known_nothing_is_found),
	};

	return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
