#ifndef COLLECTOR_JIT_PIECES_H
#define COLLECTOR_JIT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/*
 * Pieces of code on the line of addresses. Painting many over what is there costs
 * n log n, not n times the length of the array:
 *
 *	there     |---a---|  |------b------|
 *	later         |--c--|   |--d--|
 *	last            |e|
 *	then      |-a-|c|e|c||b-|--d--|--b-|
 */
struct jit_piece {
	uint64_t start, end;
	uint64_t code; /* where the code began that this is a part of */
	uint64_t time_ns;
	uint32_t name;
	uint32_t line_first, line_cnt;
	bool early;
};

struct jit_pieces {
	VEC(struct jit_piece);
};

/* Paints `cnt` pieces, each over those before it, over sorted ones that do not overlap,
 * which are so afterwards, too. All are start < end. */
void jit_pieces_paint(struct jit_pieces *sorted, const struct jit_piece *pieces, size_t cnt);

/* That of sorted ones that holds the address, or NULL. */
const struct jit_piece *jit_pieces_find(const struct jit_pieces *sorted, uint64_t address);

#endif
