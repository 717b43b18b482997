#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/sample_buffers.h"

#define CPUS 2

/* The buffers of two CPUs; [2 * cpu + epoch]. */
static struct abi_buffer buffers[2 * CPUS];
static const struct sample_buffers all = { buffers, CPUS, 1 };

static int empty(void **state)
{
	(void)state;
	memset(buffers, 0, sizeof(buffers));
	return 0;
}

static size_t carrier_size(uint32_t frame_cnt)
{
	return offsetof(struct abi_carrier, body.frames) + frame_cnt * sizeof(uint64_t);
}

static struct abi_carrier *add(struct abi_buffer *b, uint64_t time_ns, uint32_t frame_cnt)
{
	struct abi_carrier *c = (void *)(b->bytes + b->len);

	c->sample.record = ABI_RECORD_SAMPLE;
	c->sample.tgid = 7;
	c->sample.tid = 8;
	c->sample.weight = time_ns;
	c->sample.user.store = ABI_STORE_CARRIED;
	c->time_ns = time_ns;
	c->body.cnt = frame_cnt;
	for (uint32_t i = 0; i < frame_cnt; i++)
		c->body.frames[i] = time_ns + i;
	b->len += carrier_size(frame_cnt);
	return c;
}

static void expect(struct backlog *b, size_t at, uint64_t time_ns, uint32_t cpu, uint32_t frame_cnt)
{
	const struct backlog_entry *e = &b->entries.v[at];
	const struct abi_body *body = backlog_carried(b, e);

	assert_int_equal(e->kind, BACKLOG_SAMPLE);
	assert_int_equal(e->time_ns, time_ns);
	assert_int_equal(e->cpu, cpu);
	assert_int_equal(e->pid, 7);
	assert_int_equal(e->tid, 8);
	assert_int_equal(e->sample.weight, time_ns);
	assert_int_equal(body->cnt, frame_cnt);
	for (uint32_t i = 0; i < frame_cnt; i++)
		assert_int_equal(body->frames[i], time_ns + i);
}

static void samples_of_the_idle_epoch_are_moved_with_their_stacks(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	add(&buffers[1], 10, 3);
	add(&buffers[1], 30, 0);
	add(&buffers[3], 20, ABI_CARRIED_MAX);
	add(&buffers[0], 40, 1);
	sample_buffers_read(&all, 1, &b);
	assert_int_equal(b.entries.cnt, 3);
	expect(&b, 0, 10, 0, 3);
	expect(&b, 1, 30, 0, 0);
	expect(&b, 2, 20, 1, ABI_CARRIED_MAX);
	assert_int_equal(buffers[1].len, 0);
	assert_int_equal(buffers[0].len, carrier_size(1));
	sample_buffers_read(&all, 1, &b);
	assert_int_equal(b.entries.cnt, 3);
	sample_buffers_read(&all, 0, &b);
	expect(&b, 3, 40, 0, 1);
	backlog_release(&b);
}

static void a_full_buffer_is_read_to_its_end(void **state)
{
	struct backlog b = { 0 };
	size_t cnt = 0;

	(void)state;
	while (buffers[0].len + carrier_size(ABI_CARRIED_MAX) <= sizeof(buffers[0].bytes))
		add(&buffers[0], ++cnt, ABI_CARRIED_MAX);
	sample_buffers_read(&all, 0, &b);
	assert_int_equal(b.entries.cnt, cnt);
	expect(&b, cnt - 1, cnt, 0, ABI_CARRIED_MAX);
	backlog_release(&b);
}

static void what_is_not_understood_ends_its_buffer_only(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	add(&buffers[0], 1, 2);
	add(&buffers[0], 2, 2)->body.cnt = ABI_CARRIED_MAX + 1;
	add(&buffers[0], 3, 2);
	add(&buffers[2], 4, 2);
	add(&buffers[2], 5, 2)->sample.event = 1;
	sample_buffers_read(&all, 0, &b);
	assert_int_equal(b.entries.cnt, 2);
	expect(&b, 0, 1, 0, 2);
	expect(&b, 1, 4, 1, 2);
	assert_int_equal(buffers[0].len, 0);
	assert_int_equal(buffers[2].len, 0);
	backlog_release(&b);
}

static void no_length_leads_beyond_the_buffer(void **state)
{
	struct backlog b = { 0 };

	(void)state;
	add(&buffers[0], 1, 2);
	buffers[0].len -= 1;
	buffers[1].len = UINT64_MAX; /* of samples without a frame, all 0 */
	sample_buffers_read(&all, 0, &b);
	assert_int_equal(b.entries.cnt, 0);
	sample_buffers_read(&all, 1, &b);
	assert_int_equal(b.entries.cnt, sizeof(buffers[1].bytes) / carrier_size(0));
	backlog_release(&b);
}

static void without_buffers_there_is_nothing(void **state)
{
	const struct sample_buffers none = { .cpu_cnt = CPUS };
	struct backlog b = { 0 };

	(void)state;
	sample_buffers_read(&none, 0, &b);
	assert_int_equal(b.entries.cnt, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(samples_of_the_idle_epoch_are_moved_with_their_stacks,
				       empty),
		cmocka_unit_test_setup(a_full_buffer_is_read_to_its_end, empty),
		cmocka_unit_test_setup(what_is_not_understood_ends_its_buffer_only, empty),
		cmocka_unit_test_setup(no_length_leads_beyond_the_buffer, empty),
		cmocka_unit_test_setup(without_buffers_there_is_nothing, empty),
	};

	return cmocka_run_group_tests_name("sample_buffers", tests, NULL, NULL);
}
