#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/backlog.h"
#include "collector/stack_table.h"

static void add_sample(struct backlog *b, uint64_t time, uint32_t cpu, uint64_t weight)
{
	struct perf_record r = { .time_ns = time, .cpu = cpu };
	struct abi_sample s = { .weight = weight };

	backlog_add_sample(b, &r, &s, NULL);
}

static void add_task(struct backlog *b, uint64_t time, uint8_t fill)
{
	struct perf_record r = { .time_ns = time };
	struct {
		struct perf_event_header header;
		uint8_t body[16];
	} raw = { .header = { .type = PERF_RECORD_COMM, .size = 24 } };

	memset(raw.body, fill, sizeof(raw.body));
	backlog_add_task(b, &r, &raw.header);
}

static void cpus_are_merged_by_time(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	add_sample(&b, 10, 0, 1);
	add_sample(&b, 30, 0, 3);
	add_sample(&b, 20, 1, 2);
	add_sample(&b, 40, 1, 4);
	backlog_sort(&b);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(b.entries.v[i].sample.weight, i + 1);
	backlog_release(&b);
}

static void a_foreign_sample_is_not_of_who_ran(void **state)
{
	struct backlog b = { 0 };
	struct perf_record r = { .pid = 7, .tid = 8 };
	struct abi_sample foreign = { .tgid = 21, .tid = 22, .foreign = 1 };
	struct abi_sample own = { .tgid = 21, .tid = 22 };

	(void)state;
	backlog_add_sample(&b, &r, &foreign, NULL);
	backlog_add_sample(&b, &r, &own, NULL);
	assert_int_equal(b.entries.v[0].pid, 21);
	assert_int_equal(b.entries.v[0].tid, 22);
	assert_int_equal(b.entries.v[1].pid, 7);
	assert_int_equal(b.entries.v[1].tid, 8);
	backlog_release(&b);
}

static void equal_times_stay_as_they_were_read(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		add_sample(&b, 5, 0, i);
	backlog_sort(&b);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(b.entries.v[i].sample.weight, i);
	backlog_release(&b);
}

static void what_is_not_resolved_is_found(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	assert_int_equal(backlog_first_unresolved(&b), UINT64_MAX);
	add_task(&b, 1, 0);
	add_sample(&b, 30, 0, 1);
	add_sample(&b, 20, 0, 1);
	add_sample(&b, 10, 0, 1);
	b.entries.v[3].stacks.resolved = true;
	assert_int_equal(backlog_first_unresolved(&b), 20);
	backlog_release(&b);
}

static void records_survive_what_is_dropped_before_them(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	for (uint8_t i = 0; i < 10; i++) {
		add_task(&b, i, i);
		add_sample(&b, i, 0, i);
	}
	backlog_sort(&b);
	backlog_drop(&b, 11);
	assert_int_equal(b.entries.cnt, 9);
	for (size_t i = 0; i < b.entries.cnt; i++) {
		const struct backlog_entry *e = &b.entries.v[i];

		if (e->kind == BACKLOG_TASK)
			assert_int_equal(((const uint8_t *)backlog_record(&b, e))[23], e->time_ns);
		else
			assert_int_equal(e->sample.weight, e->time_ns);
	}
	assert_int_equal(b.records.len, 4 * 24);
	backlog_drop(&b, 9);
	assert_int_equal(b.records.len, 0);
	backlog_release(&b);
}

static void add_copy(struct backlog *b, uint32_t cpu, uint64_t serial, uint32_t len)
{
	struct abi_copy *copy = calloc(1, sizeof(*copy) + len);
	struct perf_record r = { .cpu = cpu };

	copy->record = ABI_RECORD_COPY;
	copy->serial = serial;
	copy->len = len;
	memset(copy->bytes, (int)serial, len);
	r.raw.bytes = (const uint8_t *)copy;
	r.raw.len = sizeof(*copy) + len;
	backlog_add_copy(b, &r);
	free(copy);
}

static const struct abi_copy *add_copied(struct backlog *b, uint32_t cpu, uint64_t serial)
{
	struct perf_record r = { .cpu = cpu };
	struct abi_sample s = { .user = { .id = serial, .store = ABI_STORE_COPY } };

	backlog_add_sample(b, &r, &s, NULL);
	return b->entries.v[b->entries.cnt - 1].stacks.copy;
}

static void a_copy_finds_its_sample(void **state)
{
	struct backlog b = { 0 };
	const struct abi_copy *first, *other;

	(void)state;
	add_copy(&b, 1, 7, 100);
	add_copy(&b, 2, 7, 50);
	first = add_copied(&b, 1, 7);
	other = add_copied(&b, 2, 7);
	assert_int_equal(first->len, 100);
	assert_int_equal(first->bytes[99], 7);
	assert_int_equal(other->len, 50);
	assert_null(add_copied(&b, 1, 7));
	assert_null(add_copied(&b, 9, 7));
	backlog_drop(&b, 1);
	assert_int_equal(b.copy_bytes, sizeof(struct abi_copy) + 50);
	backlog_release(&b);
}

static void a_copy_whose_sample_was_lost_belongs_to_no_other(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	add_copy(&b, 0, 1, 100);
	assert_null(add_copied(&b, 0, 2));
	add_copy(&b, 0, 2, 10);
	assert_int_equal(b.copy_bytes, sizeof(struct abi_copy) + 10);
	assert_int_equal(add_copied(&b, 0, 2)->len, 10);
	backlog_release(&b);
}

static void copies_take_no_more_than_their_limit(void **state)
{
	struct backlog b = { 0 };
	const struct abi_copy *last;
	uint64_t i = 0;

	(void)state;
	do {
		add_copy(&b, 0, i, ABI_COPY_MAX);
		last = add_copied(&b, 0, i++);
	} while (last->len && i < 10000);
	assert_int_equal(last->end, UNWIND_END_COPY_CUT);
	assert_true(b.copy_bytes <= BACKLOG_COPY_BYTES_MAX);
	assert_int_equal(b.entries.v[i - 2].stacks.copy->len, ABI_COPY_MAX);
	backlog_drop(&b, b.entries.cnt);
	assert_int_equal(b.copy_bytes, 0);
	backlog_release(&b);
}

static void a_copy_that_was_written_makes_room_at_once(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	add_task(&b, 0, 0);
	for (uint64_t i = 0; b.copy_bytes + 2 * ABI_COPY_MAX < BACKLOG_COPY_BYTES_MAX; i++) {
		add_copy(&b, 0, i, ABI_COPY_MAX);
		add_copied(&b, 0, i);
	}
	add_copy(&b, 0, 998, ABI_COPY_MAX);
	add_copied(&b, 0, 998);
	backlog_drop_copy(&b, 0); /* a task has none */
	backlog_drop_copy(&b, 1);
	assert_null(b.entries.v[1].stacks.copy);
	add_copy(&b, 0, 999, ABI_COPY_MAX);
	assert_int_equal(add_copied(&b, 0, 999)->len, ABI_COPY_MAX);
	backlog_drop(&b, b.entries.cnt);
	assert_int_equal(b.copy_bytes, 0);
	backlog_release(&b);
}

static void waits_links_and_accounts_are_kept_as_they_came(void **state)
{
	const struct abi_wait wait = { .tgid = 1, .tid = 2, .epoch = 1, .key = 77 };
	const struct abi_link link = { .tgid = 3, .tid = 4, .id = 78 };
	const struct abi_account account = { .tgid = 5, .tid = 6, .times = { .on_ns = 79 } };
	struct perf_record r = { .time_ns = 40, .pid = 9 };
	struct backlog b = { 0 };

	(void)state;
	add_task(&b, 1, 7);
	backlog_add_account(&b, &r, &account);
	r.time_ns = 30;
	backlog_add_link(&b, &r, &link);
	r.time_ns = 20;
	backlog_add_wait(&b, &r, &wait);
	assert_int_equal(backlog_first_unresolved(&b), 20);
	backlog_sort(&b);
	backlog_drop(&b, 1);
	assert_int_equal(b.entries.v[0].kind, BACKLOG_WAIT);
	assert_int_equal(b.entries.v[0].pid, 1);
	assert_int_equal(b.entries.v[0].stacks.epoch, 1);
	assert_memory_equal(backlog_record(&b, &b.entries.v[0]), &wait, sizeof(wait));
	b.entries.v[0].stacks.resolved = true;
	assert_int_equal(backlog_first_unresolved(&b), 30);
	b.entries.v[1].stacks.resolved = true;
	assert_int_equal(b.entries.v[1].tid, 4);
	assert_memory_equal(backlog_record(&b, &b.entries.v[1]), &link, sizeof(link));
	assert_int_equal(backlog_first_unresolved(&b), UINT64_MAX); /* an account has no stacks */
	assert_int_equal(b.entries.v[2].pid, 5);
	assert_memory_equal(backlog_record(&b, &b.entries.v[2]), &account, sizeof(account));
	backlog_drop(&b, 3);
	assert_int_equal(b.records.len, 0);
	backlog_release(&b);
}

static void a_stack_that_came_with_its_sample_is_there_until_it_is_resolved(void **state)
{
	const struct abi_sample plain = { .weight = 1 };
	const struct abi_sample carrier = { .weight = 2, .user.store = ABI_STORE_CARRIED };
	const struct abi_body body = { .cnt = 2, .end = 3, .frames = { 0x10, 0x20, 0x30 } };
	struct perf_record r = { .time_ns = 20 };
	struct backlog b = { 0 };
	const struct abi_body *carried;

	(void)state;
	add_task(&b, 1, 7);
	backlog_add_sample(&b, &r, &plain, NULL);
	r.time_ns = 30;
	backlog_add_sample(&b, &r, &carrier, &body);
	r.time_ns = 40;
	backlog_add_sample(&b, &r, &carrier, &body);
	add_task(&b, 50, 8);
	assert_null(backlog_carried(&b, &b.entries.v[0]));
	assert_null(backlog_carried(&b, &b.entries.v[1]));
	backlog_drop(&b, 2);
	carried = backlog_carried(&b, &b.entries.v[1]);
	assert_int_equal(carried->cnt, 2);
	assert_int_equal(carried->end, 3);
	assert_int_equal(carried->frames[1], 0x20);
	b.entries.v[1].stacks.resolved = true;
	assert_null(backlog_carried(&b, &b.entries.v[1]));
	backlog_drop(&b, 1);
	assert_int_equal(((const uint8_t *)backlog_record(&b, &b.entries.v[1]))[23], 8);
	backlog_release(&b);
}

/* Text of any length, and the record behind it begins where it can be read as it is. */
static void latencies_keep_the_text_behind_them(void **state)
{
	struct {
		struct abi_latency latency;
		char text[ABI_LATENCY_TEXT];
	} told = { .latency = { .tgid = 1, .tid = 2, .epoch = 1, .text_len = 3 }, .text = "a/b" };
	struct perf_record r = { .time_ns = 20, .pid = 9 };
	struct backlog b = { 0 };
	const struct abi_latency *kept;

	(void)state;
	r.raw.bytes = (const uint8_t *)&told;
	add_task(&b, 1, 7);
	backlog_add_latency(&b, &r, &told.latency);
	told.latency.text_len = 0;
	r.time_ns = 30;
	backlog_add_latency(&b, &r, &told.latency);
	assert_true(backlog_has_stacks(&b.entries.v[1]));
	assert_int_equal(backlog_first_unresolved(&b), 20);
	backlog_sort(&b);
	backlog_drop(&b, 1);
	kept = backlog_record(&b, &b.entries.v[0]);
	assert_int_equal(b.entries.v[0].pid, 1);
	assert_int_equal(kept->text_len, 3);
	assert_memory_equal(kept + 1, "a/b", 3);
	kept = backlog_record(&b, &b.entries.v[1]);
	assert_int_equal((uintptr_t)kept % 8, 0);
	assert_int_equal(kept->tid, 2);
	backlog_drop(&b, 2);
	assert_int_equal(b.records.len, 0);
	backlog_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_finds_its_sample),
		cmocka_unit_test(a_copy_whose_sample_was_lost_belongs_to_no_other),
		cmocka_unit_test(copies_take_no_more_than_their_limit),
		cmocka_unit_test(a_copy_that_was_written_makes_room_at_once),
		cmocka_unit_test(cpus_are_merged_by_time),
		cmocka_unit_test(a_foreign_sample_is_not_of_who_ran),
		cmocka_unit_test(equal_times_stay_as_they_were_read),
		cmocka_unit_test(what_is_not_resolved_is_found),
		cmocka_unit_test(records_survive_what_is_dropped_before_them),
		cmocka_unit_test(waits_links_and_accounts_are_kept_as_they_came),
		cmocka_unit_test(a_stack_that_came_with_its_sample_is_there_until_it_is_resolved),
		cmocka_unit_test(latencies_keep_the_text_behind_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
