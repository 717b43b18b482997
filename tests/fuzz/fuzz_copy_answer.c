#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "symbolize/copy_answer.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * What a captured child may say about copied stacks: taken whole or not at all, and every
 * place lies in its mapping.
 */

#define STACK_CNT 3

static const struct trace_mapping mappings[] = {
	{ 0x1000, 0x3000, 0, 0 },
	{ 0x400000, 0x400001, 0x2000, 1 },
	{ UINT64_MAX - 0x1000, UINT64_MAX, 0, 0 },
};

static const struct copy_piece piece = { .mappings = mappings,
					 .mapping_cnt = 3,
					 .stack_cnt = STACK_CNT };

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void take(void *owner, size_t stack, const struct copy_place *places, size_t cnt,
		 enum trace_reason root)
{
	size_t *taken_cnt = owner;

	expect(stack == (*taken_cnt)++ && root < TRACE_REASON_CNT && (cnt || root));
	expect(cnt <= COPY_PLACES_MAX);
	for (size_t i = 0; i < cnt; i++)
		expect(places[i].mapping < 3 &&
		       places[i].address >= mappings[places[i].mapping].start &&
		       places[i].address < mappings[places[i].mapping].end);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	size_t taken_cnt = 0;
	const struct copy_answer_sink sink = { .take = take, .owner = &taken_cnt };
	struct err err = { 0 };

	if (copy_answer_read(bytes, len, &piece, &sink, &err))
		expect(err.code && !taken_cnt);
	else
		expect(taken_cnt == STACK_CNT);
	return 0;
}
