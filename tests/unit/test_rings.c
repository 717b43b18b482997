#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/abi.h"
#include "collector/rings.h"

static size_t bytes_of_each(uint32_t cpu_cnt)
{
	struct rings r;
	size_t bytes;

	assert_int_equal(rings_init(&r, cpu_cnt, NULL), 0);
	bytes = r.ring_bytes;
	rings_release(&r);
	return bytes;
}

static void cpus_share_eight_mebibytes(void **state)
{
	(void)state;
	assert_int_equal(bytes_of_each(1), 2 << 20);
	assert_int_equal(bytes_of_each(4), 2 << 20);
	assert_int_equal(bytes_of_each(5), 1 << 20);
	assert_int_equal(bytes_of_each(64), 128 << 10);
}

static void each_holds_copies_on_any_machine(void **state)
{
	(void)state;
	for (uint32_t cpus = 1; cpus <= 8192; cpus++) {
		size_t bytes = bytes_of_each(cpus);

		assert_true(bytes > 2 * (sizeof(struct abi_copy) + ABI_COPY_MAX));
		assert_int_equal(bytes & (bytes - 1), 0); /* as the kernel wants it */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_share_eight_mebibytes),
		cmocka_unit_test(each_holds_copies_on_any_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
