#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/latency_rig.h"

static struct abi_latency_key key_of(uint32_t slice, uint32_t bin)
{
	return (struct abi_latency_key){
		.what = 0, /* read */
		.slice = slice,
		.bin = (uint16_t)bin,
		.measure = ABI_MEASURE_SYSCALL,
		.comm = "reader",
	};
}

static void add(struct latency_rig *r, const struct abi_latency_key *key, uint64_t cnt,
		uint64_t sum)
{
	const struct abi_latency_cell values[2] = { { cnt, sum }, { 0, 0 } };

	latency_cells_add(&r->cells, key, values, 2);
}

/* Without a look at the trace. */
static void drop(struct latency_rig *r)
{
	latency_cells_release(&r->cells);
	latency_series_release(&r->series);
	latency_labels_release(&r->labels);
	trace_writer_close(r->waits->writer);
	rig_close(r->waits);
	free(r);
}

static void values_of_all_cpus_are_one_bin(void **state)
{
	const struct abi_latency_cell values[3] = { { 2, 33 }, { 0, 0 }, { 1, 17 } };
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 16);

	(void)state;
	latency_cells_add(&r->cells, &key, values, 3);
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 3);
	latency_rig_expect(r, "bin syscall reader read #16 3x sum 50 [0..100]\n");
}

static void a_slice_of_two_epochs_is_written_once(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key first = key_of(0, 16), second = key_of(1, 17);

	(void)state;
	add(r, &first, 2, 33);
	add(r, &second, 1, 18);
	latency_cells_write(&r->cells, 150 * RIG_MS);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 2);
	assert_int_equal(r->cells.held.cnt, 1);
	add(r, &second, 4, 72);
	latency_cells_write(&r->cells, 250 * RIG_MS);
	assert_int_equal(r->cells.held.cnt, 0);
	latency_rig_expect(r, "bin syscall reader read #16 2x sum 33 [0..100]\n"
			      "bin syscall reader read #17 5x sum 90 [100..200]\n");
}

static void a_slice_is_not_over_before_its_end(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 16);

	(void)state;
	add(r, &key, 1, 16);
	latency_cells_write(&r->cells, 100 * RIG_MS);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 0);
	latency_cells_write(&r->cells, 100 * RIG_MS + 1);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 1);
	latency_rig_expect(r, "bin syscall reader read #16 1x sum 16 [0..100]\n");
}

static void what_comes_after_its_slice_is_counted_all_the_same(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 16);

	(void)state;
	add(r, &key, 1, 16);
	latency_cells_write(&r->cells, UINT64_MAX);
	add(r, &key, 2, 33);
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 3);
	/* The writer adds up what is equal in a chunk. */
	latency_rig_expect(r, "bin syscall reader read #16 3x sum 49 [0..100]\n");
}

static void keys_that_differ_in_one_field_are_apart(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 16), other = key;

	(void)state;
	add(r, &key, 1, 16);
	other.what = 1;
	add(r, &other, 1, 16);
	other = key;
	other.comm[15] = 'x';
	add(r, &other, 1, 16);
	other = key;
	other.measure = ABI_MEASURE_RUNQ;
	add(r, &other, 1, 16);
	other = key;
	other.scale = 1;
	add(r, &other, 1, 16);
	other = key;
	other.slice = 1u << 31;
	add(r, &other, 1, 16);
	other = key;
	other.bin = 495;
	add(r, &other, 1, 16);
	assert_int_equal(r->cells.held.cnt, 7);
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 6);
	assert_int_equal(r->cells.written[ABI_MEASURE_RUNQ], 1);
	drop(r);
}

static void a_sum_too_large_stays_at_the_top(void **state)
{
	const struct abi_latency_cell values[2] = { { 1, UINT64_MAX - 1 }, { 1, UINT64_MAX - 1 } };
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 495);

	(void)state;
	latency_cells_add(&r->cells, &key, values, 2);
	assert_int_equal(r->cells.held.v[0].sum, UINT64_MAX);
	assert_int_equal(r->cells.held.v[0].cnt, 2);
	latency_rig_expect(r, "");
}

static void cells_of_no_sense_are_left_out_and_counted(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, ABI_LATENCY_BINS);

	(void)state;
	add(r, &key, 1, 1);
	key = key_of(0, 0);
	key.measure = ABI_MEASURE_CNT;
	add(r, &key, 1, 1);
	key = key_of(0, 0);
	key.scale = ABI_LATENCY_SCALE_CNT;
	add(r, &key, 1, 1);
	assert_int_equal(r->cells.unreadable, 3);
	assert_int_equal(r->cells.held.cnt, 0);
	latency_rig_expect(r, "");
}

/* Ids of slices and series are the writer's, and void when it begins a group. */
static void groups_of_the_trace_have_ids_of_their_own(void **state)
{
	struct latency_rig *r = latency_rig_new(1);
	struct abi_latency_key before = key_of(0, 1), other = key_of(1, 2), again = key_of(2, 3);
	struct err err = { 0 };

	(void)state;
	other.what = 1; /* write */
	add(r, &before, 1, 1);
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(trace_writer_flush(r->waits->writer, &err), 0);
	assert_int_equal(trace_writer_group(r->waits->writer), 1);
	add(r, &other, 1, 2);
	add(r, &again, 1, 3);
	latency_cells_write(&r->cells, UINT64_MAX);
	latency_rig_expect(r, "bin syscall reader read #1 1x sum 1 [0..100]\n"
			      "bin syscall reader write #2 1x sum 2 [100..200]\n"
			      "bin syscall reader read #3 1x sum 3 [200..300]\n");
}

/* A ring may refuse the record that tells it. */
static void a_host_has_its_name_as_soon_as_it_is_told(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 1);

	(void)state;
	key.measure = ABI_MEASURE_DNS;
	key.what = 17;
	add(r, &key, 1, 1);
	latency_cells_write(&r->cells, UINT64_MAX);
	latency_labels_name(&r->labels, 17, "example.org", strlen("example.org"));
	key.slice = 1;
	add(r, &key, 2, 2);
	latency_cells_write(&r->cells, UINT64_MAX);
	latency_rig_expect(r, "bin dns reader [unnamed 0000000000000011] #1 1x sum 1 [0..100]\n"
			      "bin dns reader example.org #1 2x sum 2 [100..200]\n");
}

/* Of more than may be held, in a slice that goes on for ever. */
static void memory_is_bound_and_no_event_is_missing(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	uint64_t cnt = 0;

	(void)state;
	for (uint32_t what = 0; what < 1000; what++)
		for (uint32_t bin = 0; bin < 200; bin++) {
			struct abi_latency_key key = key_of(5, bin);

			key.what = what;
			add(r, &key, 1, bin);
			cnt++;
			assert_in_range(r->cells.held.cnt, 1, 65536);
		}
	assert_int_not_equal(r->cells.written[ABI_MEASURE_SYSCALL], 0);
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], cnt);
	assert_int_equal(trace_writer_totals(r->waits->writer)->latency_cnt, cnt);
	drop(r);
}

/* 4096 bytes are the first of bin 80. */
static void requests_that_went_to_the_device_at_once_are_of_three_measures(void **state)
{
	const uint64_t flush = 0xfffffffffull << 8 & 0xffffffffffull;
	struct latency_rig *r = latency_rig_new(0);
	struct abi_latency_key key = key_of(0, 16);

	(void)state;
	key.measure = ABI_MEASURE_BLOCK;
	key.what = flush | 80ull << ABI_BLOCK_BYTES_SHIFT;
	add(r, &key, 3, 49);
	key.what = flush;
	add(r, &key, 1, 17);
	key.what = flush | (uint64_t)ABI_LATENCY_BINS << ABI_BLOCK_BYTES_SHIFT;
	add(r, &key, 1, 16);
	key.what = ABI_LATENCY_OTHERS;
	add(r, &key, 2, 33);
	assert_int_equal(r->cells.unreadable, 1);
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(r->cells.written[ABI_MEASURE_BLOCK], 6);
	assert_int_equal(r->cells.written[ABI_MEASURE_BLOCK_DEVICE], 3);
	assert_int_equal(r->cells.written[ABI_MEASURE_BLOCK_BYTES], 3);
	assert_int_equal(r->cells.written[ABI_MEASURE_BLOCK_QUEUE], 0);
	drop(r);
}

static void series_of_many_names_are_forgotten_in_time(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	for (uint32_t i = 0; i < 140000; i++) {
		struct abi_latency_key key = key_of(i, 1);

		key.what = i % 7;
		memcpy(key.comm, &i, sizeof(i));
		add(r, &key, 1, 1);
		if (i % 1000 == 999)
			latency_cells_write(&r->cells, UINT64_MAX);
		assert_in_range(r->series.entries.cnt, 0, 65536);
	}
	latency_cells_write(&r->cells, UINT64_MAX);
	assert_int_equal(r->cells.written[ABI_MEASURE_SYSCALL], 140000);
	drop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_all_cpus_are_one_bin),
		cmocka_unit_test(a_slice_of_two_epochs_is_written_once),
		cmocka_unit_test(a_slice_is_not_over_before_its_end),
		cmocka_unit_test(what_comes_after_its_slice_is_counted_all_the_same),
		cmocka_unit_test(keys_that_differ_in_one_field_are_apart),
		cmocka_unit_test(a_sum_too_large_stays_at_the_top),
		cmocka_unit_test(cells_of_no_sense_are_left_out_and_counted),
		cmocka_unit_test(groups_of_the_trace_have_ids_of_their_own),
		cmocka_unit_test(a_host_has_its_name_as_soon_as_it_is_told),
		cmocka_unit_test(memory_is_bound_and_no_event_is_missing),
		cmocka_unit_test(requests_that_went_to_the_device_at_once_are_of_three_measures),
		cmocka_unit_test(series_of_many_names_are_forgotten_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
