#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "collector/latency_labels.h"
#include "collector/syscall_name.h"

static void expect(struct latency_labels *l, enum abi_measure measure, uint64_t what,
		   const char *first, const char *second)
{
	struct latency_label_texts texts;

	latency_labels_get(l, measure, what, &texts);
	assert_string_equal(texts.v[0], first);
	assert_string_equal(texts.v[1], second);
}

static void system_calls_have_the_names_of_this_machine(void **state)
{
	struct latency_labels l = { 0 };

	(void)state;
	assert_string_equal(syscall_name(SYS_openat), "openat");
	assert_string_equal(syscall_name(SYS_futex), "futex");
	expect(&l, ABI_MEASURE_SYSCALL, SYS_read, "read", "");
	expect(&l, ABI_MEASURE_SYSCALL, SYS_exit_group, "exit_group", "");
	latency_labels_release(&l);
}

static void unknown_calls_and_those_of_32_bit_programs_are_numbers(void **state)
{
	struct latency_labels l = { 0 };

	(void)state;
	assert_null(syscall_name(100000));
	assert_null(syscall_name(UINT64_MAX));
	expect(&l, ABI_MEASURE_SYSCALL, 100000, "100000", "");
	expect(&l, ABI_MEASURE_SYSCALL, (1ull << 32) + 5, "32-bit 5", "");
	expect(&l, ABI_MEASURE_SYSCALL, UINT32_MAX, "4294967295", "");
	latency_labels_release(&l);
}

static void results_are_names_of_errors(void **state)
{
	struct latency_labels l = { 0 };

	(void)state;
	expect(&l, ABI_MEASURE_OPEN, 0, "ok", "");
	expect(&l, ABI_MEASURE_OPEN, ENOENT, "ENOENT", "");
	expect(&l, ABI_MEASURE_EXEC, EACCES, "EACCES", "");
	expect(&l, ABI_MEASURE_EXEC, 512, "errno 512", "");
	expect(&l, ABI_MEASURE_EXEC, UINT64_MAX - 1, "errno 18446744073709551614", "");
	latency_labels_release(&l);
}

static void file_systems_are_bytes_whatever_they_are(void **state)
{
	struct latency_labels l = { 0 };
	uint64_t ext4 = 0, wild = 0;

	(void)state;
	memcpy(&ext4, "\1ext4", 5);
	expect(&l, ABI_MEASURE_FILE, ext4, "ext4", "read");
	memcpy(&wild, "\4a\n\xff\"<&;", 8);
	expect(&l, ABI_MEASURE_FILE, wild, "a\n\xff\"<&;", "fsync");
	expect(&l, ABI_MEASURE_FILE, 0, "", "0");
	expect(&l, ABI_MEASURE_FILE, 200, "", "200");
	latency_labels_release(&l);
}

static void ports_have_ways(void **state)
{
	struct latency_labels l = { 0 };

	(void)state;
	expect(&l, ABI_MEASURE_TCP_CONNECT, 443 << 8 | ABI_TCP_CONNECT, "443", "connect");
	expect(&l, ABI_MEASURE_TCP_LIFE, 80 << 8 | ABI_TCP_ACCEPT, "80", "accept");
	latency_labels_release(&l);
}

static void devices_without_a_name_are_numbers(void **state)
{
	struct latency_labels l = { 0 };
	uint64_t dev = 4095ull << 20 | 1048575;

	(void)state;
	for (int i = 0; i < 2; i++)
		expect(&l, ABI_MEASURE_BLOCK, dev << 8 | ABI_BLOCK_FLUSH, "4095:1048575", "flush");
	assert_int_equal(l.names.cnt, 1);
	expect(&l, ABI_MEASURE_BLOCK_BYTES, dev << 8 | 77, "4095:1048575", "77");
	latency_labels_release(&l);
}

static void what_had_no_room_is_others_in_each_label(void **state)
{
	struct latency_labels l = { .probes_keyed = 2 };

	(void)state;
	expect(&l, ABI_MEASURE_BLOCK, ABI_LATENCY_OTHERS, "[others]", "[others]");
	expect(&l, ABI_MEASURE_FILE, ABI_LATENCY_OTHERS, "[others]", "[others]");
	expect(&l, ABI_MEASURE_TCP_BYTES, ABI_LATENCY_OTHERS, "[others]", "[others]");
	expect(&l, ABI_MEASURE_SYSCALL, ABI_LATENCY_OTHERS, "[others]", "");
	expect(&l, ABI_MEASURE_DNS, ABI_LATENCY_OTHERS, "[others]", "");
	expect(&l, ABI_MEASURE_RUNQ, ABI_LATENCY_OTHERS, "", "");
	expect(&l, ABI_MEASURE_PROBE, ABI_LATENCY_OTHERS, "", "");
	expect(&l, ABI_MEASURE_PROBE + 1, ABI_LATENCY_OTHERS, "[others]", "");
	latency_labels_release(&l);
}

static void keys_of_probes_are_signed_numbers(void **state)
{
	struct latency_labels l = { .probes_keyed = 1 };

	(void)state;
	expect(&l, ABI_MEASURE_PROBE, 4096, "4096", "");
	expect(&l, ABI_MEASURE_PROBE, (uint64_t)-2, "-2", "");
	expect(&l, ABI_MEASURE_PROBE + 1, 4096, "", "");
	latency_labels_release(&l);
}

/* A host is what somebody asked a resolver for: any bytes, of any length. */
static void names_of_hosts_are_hostile(void **state)
{
	struct latency_labels l = { 0 };
	char long_name[2 * LATENCY_LABEL_MAX];
	struct latency_label_texts texts;

	(void)state;
	memset(long_name, 'x', sizeof(long_name));
	latency_labels_name(&l, 1, long_name, sizeof(long_name));
	latency_labels_get(&l, ABI_MEASURE_DNS, 1, &texts);
	assert_int_equal(strlen(texts.v[0]), LATENCY_LABEL_MAX - 1);
	latency_labels_name(&l, 2, "a\0b", 3);
	expect(&l, ABI_MEASURE_DNS, 2, "a", "");
	latency_labels_name(&l, 3, "", 0);
	expect(&l, ABI_MEASURE_DNS, 3, "", "");
	latency_labels_name(&l, 4, "\x1b[31m\n", 6);
	expect(&l, ABI_MEASURE_DNS, 4, "\x1b[31m\n", "");
	for (uint64_t host = 5; host < 100000; host++)
		latency_labels_name(&l, host, "h", 1);
	assert_in_range(l.names.cnt, 1, 16384);
	expect(&l, ABI_MEASURE_DNS, 99999, "[unnamed 000000000001869f]", "");
	latency_labels_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_calls_have_the_names_of_this_machine),
		cmocka_unit_test(unknown_calls_and_those_of_32_bit_programs_are_numbers),
		cmocka_unit_test(results_are_names_of_errors),
		cmocka_unit_test(file_systems_are_bytes_whatever_they_are),
		cmocka_unit_test(ports_have_ways),
		cmocka_unit_test(devices_without_a_name_are_numbers),
		cmocka_unit_test(what_had_no_room_is_others_in_each_label),
		cmocka_unit_test(keys_of_probes_are_signed_numbers),
		cmocka_unit_test(names_of_hosts_are_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
