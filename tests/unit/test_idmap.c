#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/idmap.h"

/* The model: an id for each of KEYS * KEYS keys, in a plain array. */
#define KEYS 24
static uint32_t model[KEYS][KEYS];
static size_t model_cnt;

static uint64_t chance_state;

static uint32_t chance(uint32_t below)
{
	chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(chance_state >> 33) % below;
}

static void model_put(uint64_t a, uint64_t b, uint32_t id)
{
	model_cnt += (model[a][b] == IDMAP_NONE) - (id == IDMAP_NONE);
	model[a][b] = id;
}

static void step(struct idmap *m, uint32_t id)
{
	uint64_t a = chance(KEYS), b = chance(KEYS);

	switch (chance(4)) {
	case 0:
		idmap_set(m, a, b, id);
		model_put(a, b, id);
		break;
	case 1:
		if (model[a][b] == IDMAP_NONE) {
			assert_int_equal(idmap_intern(m, a, b, id), id);
			model_put(a, b, id);
		} else {
			assert_int_equal(idmap_intern(m, a, b, id), model[a][b]);
		}
		break;
	case 2:
		if (model[a][b] != IDMAP_NONE) {
			idmap_remove(m, a, b);
			model_put(a, b, IDMAP_NONE);
		} else {
			idmap_remove(m, a, b);
		}
		break;
	case 3:
		assert_int_equal(idmap_find(m, a, b), model[a][b]);
		break;
	}
}

static void compare(const struct idmap *m)
{
	assert_int_equal(m->cnt, model_cnt);
	for (uint64_t a = 0; a < KEYS; a++)
		for (uint64_t b = 0; b < KEYS; b++)
			assert_int_equal(idmap_find(m, a, b), model[a][b]);
}

static void agrees_with_a_plain_array(void **state)
{
	struct idmap m = { 0 };

	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		chance_state = round;
		model_cnt = 0;
		memset(model, 0xff, sizeof(model));
		idmap_clear(&m);
		for (uint32_t i = 0; i < 2000; i++)
			step(&m, i);
		compare(&m);
	}
	idmap_release(&m);
}

static void an_empty_map_finds_and_removes_nothing(void **state)
{
	struct idmap m = { 0 };

	(void)state;
	assert_int_equal(idmap_find(&m, 1, 2), IDMAP_NONE);
	idmap_remove(&m, 1, 2);
	idmap_clear(&m);
	assert_int_equal(m.cnt, 0);
	idmap_release(&m);
}

static void both_halves_of_a_key_count(void **state)
{
	struct idmap m = { 0 };

	(void)state;
	idmap_set(&m, 1, 2, 12);
	idmap_set(&m, 2, 1, 21);
	idmap_set(&m, UINT64_MAX, UINT64_MAX, 0);
	assert_int_equal(idmap_find(&m, 1, 2), 12);
	assert_int_equal(idmap_find(&m, 2, 1), 21);
	assert_int_equal(idmap_find(&m, UINT64_MAX, UINT64_MAX), 0);
	assert_int_equal(idmap_find(&m, 1, 1), IDMAP_NONE);
	idmap_release(&m);
}

static void a_million_keys_stay_apart(void **state)
{
	struct idmap m = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++)
		assert_int_equal(idmap_intern(&m, i << 12, i & 3, i), i);
	for (uint32_t i = 0; i < 1000000; i++)
		assert_int_equal(idmap_find(&m, i << 12, i & 3), i);
	assert_true(m.cnt * 4 <= m.cap * 3);
	idmap_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_plain_array),
		cmocka_unit_test(an_empty_map_finds_and_removes_nothing),
		cmocka_unit_test(both_halves_of_a_key_count),
		cmocka_unit_test(a_million_keys_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
