#ifndef RENDER_FOLD_NAMES_H
#define RENDER_FOLD_NAMES_H

#include <stdint.h>
#include <string.h>

#include "base/strtab.h"
#include "formats/trace.h"

/*
 * The frames of folded stacks as they are written, each made out once: text to name
 * and kind. Two texts that differ never mean the same frame, so that a text's place
 * in this table stands for its name, its kind and whether it is one.
 *
 * The texts are copied: those that are compared all the time then lie close together, not
 * each in another page of the folded text. What begins differently is told apart by the
 * numbers beside them.
 */
struct fold_name {
	const char *text; /* annotation and all */
	uint64_t head;	  /* its first bytes, as a number that sorts as they do */
	uint32_t len;
	uint32_t id; /* in texts; where there are none, the place in this table */
	uint8_t kind;
	uint8_t unnamed;
	uint64_t hash;
};

struct fold_names {
	struct strtab *texts;  /* NULL: ids are left for later */
	struct strtab *copies; /* of the texts as they are written */
	struct fold_name *v;
	uint32_t cnt;
	uint32_t cap;
	uint32_t *slots; /* place + 1; 0: empty */
	uint32_t slot_cap;
};

/* What a frame without a name is called. */
#define FOLD_UNKNOWN "[unknown]"
#define FOLD_UNKNOWN_LEN 9

void fold_names_init(struct fold_names *names, struct strtab *texts);
void fold_names_release(struct fold_names *names);

/* The place of a text; hash is its fold_hash(). */
uint32_t fold_names_intern(struct fold_names *names, const char *text, uint32_t len, uint64_t hash);

/* The order of two texts: by bytes, the shorter first. */
int fold_names_compare(const struct fold_name *a, const struct fold_name *b);

/* Drawn once per process (base/hash.h): texts cannot be chosen to collide. */
extern uint64_t fold_seed[2];
void fold_seed_draw(void);

static inline uint64_t fold_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t fold_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t fold_load_short(const char *p, uint32_t len)
{
	uint32_t first, last;

	if (len >= 4) {
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + len - 4, sizeof(last));
		return (uint64_t)first << 32 | last;
	}
	if (!len)
		return 0;
	return (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[len / 2] << 8 |
	       (uint8_t)p[len - 1];
}

/* base/hash.h's idea, sixteen bytes at a step, the last ones read twice rather than one
 * by one: frames are short, and there are tens of millions. */
static inline uint64_t fold_hash(const char *p, uint32_t len)
{
	uint64_t h = fold_seed[0] ^ len;
	const char *last = p + len - 16;

	if (len < 8)
		return fold_mix(h ^ fold_load_short(p, len), fold_seed[1]);
	if (len < 16)
		return fold_mix(h ^ fold_load(p), fold_seed[1] ^ fold_load(p + len - 8));
	for (; p < last; p += 16)
		h = fold_mix(h ^ fold_load(p), fold_seed[1] ^ fold_load(p + 8));
	return fold_mix(h ^ fold_load(last), fold_seed[1] ^ fold_load(last + 8));
}

#endif
