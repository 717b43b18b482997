#include "symbolize/kernel_places.h"

#include <string.h>

#include "base/mem.h"
#include "symbolize/trace_addresses.h"

#define RELEASE_BYTES_MAX 64 /* of uname(2) */

static void add_places(struct module_addresses *m, const char *release, int len)
{
	*vec_push(&m->paths) = mem_printf("/usr/lib/debug/boot/vmlinux-%.*s", len, release);
	*vec_push(&m->paths) = mem_printf("/usr/lib/debug/lib/modules/%.*s/vmlinux", len, release);
	*vec_push(&m->paths) = mem_printf("/lib/modules/%.*s/build/vmlinux", len, release);
	*vec_push(&m->paths) = mem_printf("/boot/vmlinux-%.*s", len, release);
}

void kernel_places_add(struct trace_addresses *a, const char *kernel)
{
	size_t len = strcspn(kernel, " ");

	if (!len || len > RELEASE_BYTES_MAX || memchr(kernel, '/', len) || kernel[0] == '.')
		return;
	for (size_t i = 0; i < a->cnt; i++)
		if (a->v[i].module.kind == TRACE_MODULE_KERNEL)
			add_places(&a->v[i], kernel, (int)len);
}
