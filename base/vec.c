#include "base/vec.h"

#include <stdlib.h>

#include "base/mem.h"

void *vec_grow(void *v, size_t *cap, size_t needed, size_t size)
{
	size_t bigger = *cap ? *cap : 8;

	while (bigger < needed)
		bigger *= 2;
	v = mem_resize(v, bigger, size);
	*cap = bigger;
	return v;
}

void vec_free(void **v, size_t *cnt, size_t *cap)
{
	free(*v);
	*v = NULL;
	*cnt = 0;
	*cap = 0;
}
