#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/stack_stores.h"

#define CPUS 3

struct shared {
	uint32_t epoch;
	struct abi_cpu cpus[CPUS];
};

static struct stack_stores *stores_of(struct shared *shared)
{
	struct stack_stores_maps maps = {
		.stack_fd = { -1, -1 },
		.body_fd = { -1, -1 },
		.epoch = &shared->epoch,
		.cpus = shared->cpus,
		.cpu_cnt = CPUS,
	};

	return stack_stores_new(&maps);
}

static void settles_when_each_cpu_was_quiet_once(void **state)
{
	struct shared shared = { 0 };
	struct stack_stores *s = stores_of(&shared);

	(void)state;
	stack_stores_flip(s);
	for (int i = 0; i < CPUS; i++)
		shared.cpus[i].in_flight = 1;
	assert_false(stack_stores_settled(s));
	for (int i = 0; i < CPUS - 1; i++) {
		shared.cpus[i].in_flight = 0;
		assert_false(stack_stores_settled(s));
		shared.cpus[i].in_flight = 1;
	}
	shared.cpus[CPUS - 1].in_flight = 0;
	assert_true(stack_stores_settled(s));
	stack_stores_free(s);
}

static void each_flip_is_waited_for_anew(void **state)
{
	struct shared shared = { 0 };
	struct stack_stores *s = stores_of(&shared);

	(void)state;
	stack_stores_flip(s);
	assert_true(stack_stores_settled(s));
	stack_stores_flip(s);
	shared.cpus[1].in_flight = 2;
	assert_false(stack_stores_settled(s));
	shared.cpus[1].in_flight = 0;
	assert_true(stack_stores_settled(s));
	stack_stores_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settles_when_each_cpu_was_quiet_once),
		cmocka_unit_test(each_flip_is_waited_for_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
