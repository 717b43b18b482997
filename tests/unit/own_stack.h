#ifndef TESTS_UNIT_OWN_STACK_H
#define TESTS_UNIT_OWN_STACK_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/mem.h"
#include "symbolize/copy_unwind.h"
#include "symbolize/frame_expression.h"
#include "symbolize/vdso_image.h"

/*
 * A copy of the stack of the thread that asks, with the mappings of this process, as a
 * recording would have it.
 */

#define OWN_MAPPINGS_MAX 512

struct own_mappings {
	struct trace_mapping mappings[OWN_MAPPINGS_MAX];
	size_t cnt;
	struct copy_file files[OWN_MAPPINGS_MAX]; /* of the mapping of the same index */
	char *paths[OWN_MAPPINGS_MAX];
};

static inline void own_file(struct own_mappings *own, const char *path)
{
	struct copy_file *file = &own->files[own->cnt];
	struct stat st;

	*file = (struct copy_file){ .kind = TRACE_MODULE_FILE, .fd = -1 };
	if (!strcmp(path, "[vdso]")) {
		file->kind = TRACE_MODULE_VDSO;
		file->bytes = (const void *)getauxval(AT_SYSINFO_EHDR);
		file->len = own->mappings[own->cnt].end - own->mappings[own->cnt].start;
	} else if (path[0] == '/') {
		file->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (file->fd >= 0 && !fstat(file->fd, &st))
			file->len = (uint64_t)st.st_size;
	} else {
		file->kind = TRACE_MODULE_JIT;
	}
	own->mappings[own->cnt].module = (uint32_t)own->cnt;
	own->paths[own->cnt++] = mem_dup(path, strlen(path));
}

/* The executable ones. */
static inline struct own_mappings *own_mappings_new(void)
{
	struct own_mappings *own = mem_alloc(1, sizeof(*own));
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4096 + 256];

	while (maps && fgets(line, sizeof(line), maps) && own->cnt < OWN_MAPPINGS_MAX) {
		struct trace_mapping *m = &own->mappings[own->cnt];
		char rights[8], path[4096] = "";

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %4095s",
			   &m->start, &m->end, rights, &m->file_offset, path) >= 4 &&
		    rights[2] == 'x' && m->start < UINT64_MAX >> 1)
			own_file(own, path);
	}
	if (maps)
		fclose(maps);
	return own;
}

static inline void own_mappings_free(struct own_mappings *own)
{
	for (size_t i = 0; i < own->cnt; i++) {
		if (own->files[i].fd >= 0)
			close(own->files[i].fd);
		free(own->paths[i]);
	}
	free(own);
}

static inline struct copy_piece own_piece(const struct own_mappings *own,
					  const struct copy_stack *stacks, size_t cnt)
{
	return (struct copy_piece){ .mappings = own->mappings,
				    .mapping_cnt = own->cnt,
				    .files = own->files,
				    .file_cnt = own->cnt,
				    .stacks = stacks,
				    .stack_cnt = cnt };
}

/* Through /proc, as a sanitizer would not let us read all of our stack. */
static inline void own_stack_bytes(struct copy_stack *out, size_t len_max)
{
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	uint8_t *bytes = mem_alloc(len_max, 1);
	size_t len = 0;
	ssize_t got = 1;

	while (memory >= 0 && len < len_max && got > 0) {
		size_t page_left = 4096 - (out->registers[FRAME_RSP] + len) % 4096;

		if (page_left > len_max - len)
			page_left = len_max - len;
		got = pread(memory, bytes + len, page_left,
			    (off_t)(out->registers[FRAME_RSP] + len));
		len += got > 0 ? (size_t)got : 0;
	}
	if (memory >= 0)
		close(memory);
	out->bytes = bytes;
	out->len = len;
}

static inline void own_registers(struct copy_stack *out, const ucontext_t *from)
{
	static const int order[COPY_REGISTER_CNT] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI,
						      REG_RDI, REG_RBP, REG_RSP, REG_R8,  REG_R9,
						      REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
						      REG_R15, REG_RIP };

	for (size_t i = 0; i < COPY_REGISTER_CNT; i++)
		out->registers[i] = (uint64_t)from->uc_mcontext.gregs[order[i]];
}

/* Of whoever uses it: where it stands, and all that it was called from. */
#define OWN_STACK_TAKE(out, len_max)                                                               \
	do {                                                                                       \
		ucontext_t own_here;                                                               \
		getcontext(&own_here);                                                             \
		own_registers(out, &own_here);                                                     \
		own_stack_bytes(out, len_max);                                                     \
	} while (0)

#endif
