#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/own_stack.h"

/*
 * Functions of this program call one another without frame pointers, each notes where it
 * returns to, and the last one copies the stack: unwinding the copy must find exactly the
 * noted addresses.
 */

#define BARE __attribute__((noinline, noclone, noipa, optimize("omit-frame-pointer")))
#define STACK_MAX TRACE_COPY_BYTES_MAX
#define NOTES_MAX 64

static uint64_t notes[NOTES_MAX]; /* outermost first */
static size_t note_cnt;
static struct copy_stack taken;
static struct own_mappings *own;

static void note(uint64_t address)
{
	notes[note_cnt++] = address;
}

#define NOTE_CALLER() note((uint64_t)__builtin_return_address(0) - 1)

static void start(void)
{
	note_cnt = 0;
	free((void *)taken.bytes);
	taken.bytes = NULL;
}

/* A function that does not end in its call, so that it stays on the stack. */
static volatile int after;

BARE static void leaf(void)
{
	NOTE_CALLER();
	OWN_STACK_TAKE(&taken, STACK_MAX);
	after++;
}

BARE static void plain(int depth)
{
	volatile char room[40];

	NOTE_CALLER();
	room[depth] = 0;
	if (depth)
		plain(depth - 1);
	else
		leaf();
	after += room[depth];
}

/* Its frame is found by an expression: rsp was rounded down. */
BARE static void realigned(size_t size)
{
	alignas(64) volatile char line[64];
	volatile char *room = alloca(size);

	NOTE_CALLER();
	assert_int_equal((uintptr_t)line % 64, 0);
	line[0] = room[size - 1] = 0;
	plain(2);
	after += line[0] + room[size - 1];
}

static size_t walk_taken(struct copy_place places[COPY_PLACES_MAX], enum trace_reason *root)
{
	struct copy_piece piece = own_piece(own, &taken, 1);
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	size_t cnt;

	*root = copy_unwinder_walk(u, &taken, places, &cnt);
	copy_unwinder_free(u);
	return cnt;
}

/* All that was noted, innermost first, from the second place on. */
static void expect_notes(const struct copy_place *places, size_t cnt)
{
	assert_true(cnt > note_cnt);
	for (size_t i = 0; i < note_cnt; i++)
		assert_int_equal(places[1 + i].address, notes[note_cnt - 1 - i]);
}

static void expect_whole(void)
{
	static struct copy_place places[COPY_PLACES_MAX];
	enum trace_reason root;
	size_t cnt = walk_taken(places, &root);

	assert_int_equal(root, 0);
	expect_notes(places, cnt);
}

static void unwinds_calls_without_frame_pointers(void **state)
{
	(void)state;
	start();
	plain(5);
	expect_whole();
}

static void unwinds_realigned_frames_and_alloca(void **state)
{
	(void)state;
	start();
	realigned(1000);
	expect_whole();
}

static void *run_in_thread(void *arg)
{
	NOTE_CALLER();
	realigned(*(size_t *)arg);
	return NULL;
}

static void reaches_the_start_of_a_thread(void **state)
{
	size_t size = 24;
	pthread_t thread;

	(void)state;
	start();
	assert_int_equal(pthread_create(&thread, NULL, run_in_thread, &size), 0);
	pthread_join(thread, NULL);
	expect_whole();
}

static int by_number(const void *left, const void *right)
{
	const int *a = left;

	if (!taken.bytes) /* a sanitizer's qsort compares more than once */
		leaf();
	return *a - *(const int *)right;
}

static void passes_through_code_of_others(void **state)
{
	static struct copy_place places[COPY_PLACES_MAX];
	int numbers[2] = { 2, 1 };
	enum trace_reason root;
	size_t cnt;

	(void)state;
	start();
	NOTE_CALLER();
	qsort(numbers, 2, sizeof(numbers[0]), by_number);
	cnt = walk_taken(places, &root);
	assert_int_equal(root, 0);
	assert_int_equal(places[1].address, notes[1]);
	for (size_t i = 0; i < cnt; i++)
		if (places[i].address == notes[0])
			return;
	fail_msg("the caller of qsort's caller is not there");
}

/* ---- signals ---- */

static uint64_t context_at, restorer;

BARE static void on_signal(int number, siginfo_t *siginfo, void *context)
{
	ucontext_t *from = context;

	(void)number;
	(void)siginfo;
	note((uint64_t)from->uc_mcontext.gregs[REG_RIP]); /* exact */
	restorer = (uint64_t)__builtin_return_address(0);
	note(restorer); /* which nobody called */
	context_at = (uint64_t)context;
	leaf();
	from->uc_mcontext.gregs[REG_RIP] += 2;
}

BARE static void interrupted(int depth)
{
	NOTE_CALLER();
	if (depth)
		interrupted(depth - 1);
	else
		__asm__ volatile("ud2" ::: "memory");
	after++;
}

BARE static void handle(int flags)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | flags };
	struct sigaction before;

	NOTE_CALLER();
	action.sa_sigaction = on_signal;
	sigaction(SIGILL, &action, &before);
	interrupted(3);
	sigaction(SIGILL, &before, NULL);
	after++;
}

/*
 * A thread's stack with an alternate one just below it, so that a copy that begins in
 * the one reaches into the other:
 *
 *	| alternate   handler ->| ... <- interrupted, thread's start |
 */
#define ALTERNATE_BYTES ((size_t)28 << 10)
#define THREAD_BYTES ((size_t)36 << 10)

static alignas(4096) uint8_t stacks[ALTERNATE_BYTES + THREAD_BYTES];

static void *handle_in_thread(void *arg)
{
	const stack_t alternate = { .ss_sp = stacks, .ss_size = ALTERNATE_BYTES };
	const stack_t none = { .ss_flags = SS_DISABLE };

	NOTE_CALLER();
	sigaltstack(&alternate, NULL);
	handle(SA_ONSTACK);
	sigaltstack(&none, NULL);
	return arg;
}

static void take_on_alternate_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	start();
	pthread_attr_init(&attributes);
	assert_int_equal(pthread_attr_setstack(&attributes, stacks + ALTERNATE_BYTES, THREAD_BYTES),
			 0);
	assert_int_equal(pthread_create(&thread, &attributes, handle_in_thread, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
}

static void passes_through_a_signal(void **state)
{
	(void)state;
	start();
	handle(0);
	expect_whole();
}

static void passes_from_an_alternate_stack_to_the_interrupted_one(void **state)
{
	(void)state;
	take_on_alternate_stack();
	expect_whole();
}

/* rt_sigreturn is the last instruction of its function, so rip is behind it in the kernel. */
static void finds_its_way_from_the_end_of_a_handler(void **state)
{
	static const uint8_t syscall[] = { 0x0f, 0x05 };
	static struct copy_place places[COPY_PLACES_MAX];
	struct copy_stack behind, whole;
	enum trace_reason root;
	uint64_t skipped;
	size_t cnt;

	(void)state;
	start();
	handle(0);
	if (memcmp((const void *)(uintptr_t)(restorer + 7), syscall, sizeof(syscall)))
		skip();
	whole = behind = taken;
	skipped = context_at - taken.registers[FRAME_RSP];
	behind.registers[FRAME_RSP] = context_at;
	behind.registers[FRAME_RIP] = restorer + 9;
	behind.bytes += skipped;
	behind.len -= skipped;
	taken = behind;
	cnt = walk_taken(places, &root);
	taken = whole;
	assert_int_equal(root, 0);
	assert_true(cnt > 3);
	assert_int_equal(places[0].address, restorer + 9);
	assert_int_equal(places[1].address, notes[note_cnt - 3]); /* interrupted */
	assert_int_equal(places[2].address, notes[note_cnt - 4]);
}

/* ---- cut, and hostile ---- */

static void says_where_a_copy_was_cut(void **state)
{
	static struct copy_place whole[COPY_PLACES_MAX], places[COPY_PLACES_MAX];
	enum trace_reason root;
	struct copy_piece piece = own_piece(own, NULL, 0);
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	size_t whole_cnt, before = 0;

	(void)state;
	take_on_alternate_stack();
	whole_cnt = walk_taken(whole, &root);
	for (size_t cut = 0; cut <= taken.len; cut += cut < 4096 ? 1 : 61) {
		struct copy_stack shorter = taken;
		uint8_t *bytes = mem_alloc(cut + 1, 1);
		size_t cnt;

		memcpy(bytes, taken.bytes, cut);
		shorter.bytes = bytes;
		shorter.len = cut;
		root = copy_unwinder_walk(u, &shorter, places, &cnt);
		assert_true(cnt >= before && cnt <= whole_cnt);
		assert_int_equal(root, cnt < whole_cnt ? TRACE_REASON_COPY_CUT : 0);
		for (size_t i = 0; i < cnt; i++)
			assert_int_equal(places[i].address, whole[i].address);
		before = cnt;
		free(bytes);
	}
	assert_true(whole_cnt > note_cnt);
	assert_int_equal(before, whole_cnt);
	copy_unwinder_free(u);
}

static uint64_t draw(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* Often near what it was, or an address of code or of the stack. */
static uint64_t draw_word(uint64_t was)
{
	const struct trace_mapping *m = &own->mappings[draw() % own->cnt];

	switch (draw() % 6) {
	case 0:
		return draw();
	case 1:
		return was + draw() % 64 - 32;
	case 2:
		return m->start + draw() % (m->end - m->start);
	case 3:
		return taken.registers[FRAME_RSP] + draw() % (taken.len + 64);
	case 4:
		return draw() % 16 - 8;
	default:
		return was;
	}
}

static void survives_any_registers_and_bytes(void **state)
{
	static struct copy_place places[COPY_PLACES_MAX];
	struct copy_piece piece = own_piece(own, &taken, 1);
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	struct copy_stack bad;
	uint8_t *bytes;
	size_t cnt;

	(void)state;
	take_on_alternate_stack();
	bytes = mem_alloc(taken.len, 1);
	for (int run = 0; run < 3000; run++) {
		bad = taken;
		bad.bytes = bytes;
		memcpy(bytes, taken.bytes, taken.len);
		for (size_t i = 0; i < COPY_REGISTER_CNT; i++)
			bad.registers[i] = run % 2 ? draw_word(bad.registers[i]) : bad.registers[i];
		for (int i = 0; i < 20; i++) {
			size_t at = draw() % (run % 3 ? 2048 : taken.len - 8) & ~(size_t)7;
			uint64_t word;

			memcpy(&word, bytes + at, sizeof(word));
			word = draw_word(word);
			memcpy(bytes + at, &word, sizeof(word));
		}
		assert_true(copy_unwinder_walk(u, &bad, places, &cnt) < TRACE_REASON_CNT);
		assert_true(cnt <= COPY_PLACES_MAX);
		for (size_t i = 0; i < cnt; i++)
			assert_true(places[i].address >= own->mappings[places[i].mapping].start &&
				    places[i].address < own->mappings[places[i].mapping].end);
	}
	free(bytes);
	copy_unwinder_free(u);
}

static int find_mappings(void **state)
{
	(void)state;
	own = own_mappings_new();
	return own->cnt ? 0 : -1;
}

static int forget_mappings(void **state)
{
	(void)state;
	start();
	own_mappings_free(own);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwinds_calls_without_frame_pointers),
		cmocka_unit_test(unwinds_realigned_frames_and_alloca),
		cmocka_unit_test(reaches_the_start_of_a_thread),
		cmocka_unit_test(passes_through_code_of_others),
		cmocka_unit_test(passes_through_a_signal),
		cmocka_unit_test(passes_from_an_alternate_stack_to_the_interrupted_one),
		cmocka_unit_test(finds_its_way_from_the_end_of_a_handler),
		cmocka_unit_test(says_where_a_copy_was_cut),
		cmocka_unit_test(survives_any_registers_and_bytes),
	};

	return cmocka_run_group_tests(tests, find_mappings, forget_mappings);
}
