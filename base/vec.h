#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

/*
 * A growing array of one type, as plain fields: `v` may be indexed by anybody.
 *
 *	struct { VEC(struct frame); } frames = { 0 };
 *	*vec_push(&frames) = (struct frame){ ... };
 *	vec_release(&frames);
 *
 * Elements move when the array grows: keep indexes, not pointers. A zeroed
 * struct is an empty array.
 */
#define VEC(type)                                                                                  \
	type *v;                                                                                   \
	size_t cnt;                                                                                \
	size_t cap

/* Makes room for `more` elements behind the last one. */
#define vec_reserve(vec, more)                                                                     \
	((vec)->cnt + (more) > (vec)->cap                                                          \
		 ? (void)((vec)->v = vec_grow((vec)->v, &(vec)->cap, (vec)->cnt + (more),          \
					      sizeof(*(vec)->v)))                                  \
		 : (void)0)

/* The address of one more element, not initialised. */
#define vec_push(vec) (vec_reserve(vec, 1), &(vec)->v[(vec)->cnt++])

#define vec_release(vec) vec_free((void **)&(vec)->v, &(vec)->cnt, &(vec)->cap)

void *vec_grow(void *v, size_t *cap, size_t needed, size_t size);
void vec_free(void **v, size_t *cnt, size_t *cap);

#endif
