#include "tests/bench/dwfl_walk.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

#define REGISTER_CNT 17
#define RSP 7
#define THREAD 1

struct added_file {
	char *path;
	uint64_t bias;
};

struct dwfl_walk {
	Dwfl *dwfl;
	bool is_attached;
	struct {
		VEC(struct added_file);
	} added; /* each may have several mappings */
	/* The stack at hand. */
	const uint64_t *regs;
	const uint8_t *stack;
	size_t len;
	uint64_t *frames;
	size_t cnt, max;
};

static int find_elf(Dwfl_Module *module, void **owner, const char *name, Dwarf_Addr base,
		    char **path, Elf **elf)
{
	(void)module, (void)owner, (void)name, (void)base, (void)path, (void)elf;
	return -1;
}

static int find_debuginfo(Dwfl_Module *module, void **owner, const char *name, Dwarf_Addr base,
			  const char *path, const char *link, GElf_Word crc, char **out)
{
	(void)module, (void)owner, (void)name, (void)base, (void)path, (void)link, (void)crc;
	(void)out;
	return -1;
}

static pid_t next_thread(Dwfl *dwfl, void *owner, void **thread)
{
	(void)dwfl;
	if (*thread)
		return 0;
	*thread = owner;
	return THREAD;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *out, void *owner)
{
	const struct dwfl_walk *w = owner;
	uint64_t at = address - w->regs[RSP];

	(void)dwfl;
	if (w->len < sizeof(*out) || at > w->len - sizeof(*out))
		return false;
	memcpy(out, w->stack + at, sizeof(*out));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *owner)
{
	const struct dwfl_walk *w = owner;

	return dwfl_thread_state_registers(thread, 0, REGISTER_CNT, w->regs);
}

static int take_frame(Dwfl_Frame *frame, void *owner)
{
	struct dwfl_walk *w = owner;
	Dwarf_Addr pc;
	bool is_exact;

	if (w->cnt == w->max || !dwfl_frame_pc(frame, &pc, &is_exact))
		return DWARF_CB_ABORT;
	if (!pc)
		return DWARF_CB_OK;
	w->frames[w->cnt++] = is_exact ? pc : pc - 1;
	return DWARF_CB_OK;
}

struct dwfl_walk *dwfl_walk_new(void)
{
	static const Dwfl_Callbacks callbacks = { .find_elf = find_elf,
						  .find_debuginfo = find_debuginfo };
	struct dwfl_walk *w = mem_alloc(1, sizeof(*w));

	w->dwfl = dwfl_begin(&callbacks);
	dwfl_report_begin(w->dwfl);
	return w;
}

void dwfl_walk_free(struct dwfl_walk *w)
{
	if (!w)
		return;
	dwfl_end(w->dwfl);
	for (size_t i = 0; i < w->added.cnt; i++)
		free(w->added.v[i].path);
	vec_release(&w->added);
	free(w);
}

void dwfl_walk_add(struct dwfl_walk *w, const char *path, int fd, uint64_t bias)
{
	for (size_t i = 0; i < w->added.cnt; i++)
		if (w->added.v[i].bias == bias && !strcmp(w->added.v[i].path, path))
			return;
	*vec_push(&w->added) = (struct added_file){ mem_dup(path, strlen(path)), bias };
	if (!dwfl_report_elf(w->dwfl, path, path, fd, bias, true))
		fprintf(stderr, "right_stacks: %s: %s\n", path, dwfl_errmsg(-1));
}

size_t dwfl_walk_stack(struct dwfl_walk *w, const uint64_t regs[REGISTER_CNT], const uint8_t *stack,
		       size_t len, uint64_t *frames, size_t max, const char **out_why)
{
	static const Dwfl_Thread_Callbacks callbacks = {
		.next_thread = next_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};

	w->regs = regs;
	w->stack = stack;
	w->len = len;
	w->frames = frames;
	w->cnt = 0;
	w->max = max;
	if (!w->is_attached) {
		dwfl_report_end(w->dwfl, NULL, NULL);
		w->is_attached = dwfl_attach_state(w->dwfl, NULL, THREAD, &callbacks, w);
	}
	*out_why = NULL;
	if (!w->is_attached || dwfl_getthread_frames(w->dwfl, THREAD, take_frame, w))
		*out_why = dwfl_errmsg(-1);
	return w->cnt;
}
