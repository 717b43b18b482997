#include "collector/wait_kernel.h"

#include <bpf/btf.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/tracepoint.h"

#define FINISH "finish_task_switch"

static bool has_typedef(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

static bool has_member(const struct btf *btf, const char *record, const char *name)
{
	int32_t id = btf__find_by_name_kind(btf, record, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

	for (uint32_t i = 0; t && i < btf_vlen(t); i++) {
		const char *member = btf__name_by_offset(btf, btf_members(t)[i].name_off);

		if (member && !strcmp(member, name))
			return true;
	}
	return false;
}

/*
 * Storage is allocated below the scheduler, which the kernel does by comparing and exchanging
 * two words at once, or not at all. Every x86 of 64 bits can; emulators may hide it.
 */
static bool can_allocate(void)
{
#if defined(__x86_64__)
	uint32_t eax, ebx, ecx = 0, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_CMPXCHG16B;
#else
	return true;
#endif
}

static bool has_value(const struct btf *btf, const char *enumeration, const char *name)
{
	int32_t id = btf__find_by_name_kind(btf, enumeration, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

	for (uint32_t i = 0; t && i < btf_vlen(t); i++) {
		const char *value = btf__name_by_offset(btf, btf_enum(t)[i].name_off);

		if (value && !strcmp(value, name))
			return true;
	}
	return false;
}

static bool is_finish(const char *name)
{
	return !strncmp(name, FINISH, sizeof(FINISH) - 1) &&
	       (!name[sizeof(FINISH) - 1] || !strncmp(name + sizeof(FINISH) - 1, ".isra.", 6));
}

static void take_softirq(struct wait_kernel *k, uint64_t address)
{
	k->softirq_begin = address;
	k->softirq_end = 0;
}

/*
 * On x86 the text for interrupts begins with that for exceptions, in which a thread acts for
 * itself: it wakes others in a page fault, say. Softirqs are run by a function of its own
 * since 6.10, before by what has a section of its own, and calls that one now.
 */
static void take_symbol(struct wait_kernel *k, uint64_t address, const char *name)
{
	k->has_count |= !strcmp(name, "__preempt_count") || !strcmp(name, "pcpu_hot");
	if (!strcmp(name, "__irqentry_text_start") || !strcmp(name, "asm_common_interrupt"))
		k->irq_begin = address > k->irq_begin ? address : k->irq_begin;
	else if (!strcmp(name, "__irqentry_text_end"))
		k->irq_end = address;
	else if (!strcmp(name, "handle_softirqs"))
		take_softirq(k, address);
	else if (!strcmp(name, "__do_softirq") && !k->softirq_begin)
		take_softirq(k, address);
	else if (!strcmp(name, "do_syscall_64"))
		k->syscall_begin = address;
	else if (is_finish(name))
		snprintf(k->finish, sizeof(k->finish), "%s", name);
}

/* A function ends where the next one begins. */
static void end_at(uint64_t begin, uint64_t *end, uint64_t address)
{
	if (begin && !*end && address > begin)
		*end = address;
}

/* Programs take what lies between for a length. */
static void empty_if_odd(uint64_t *begin, uint64_t *end)
{
	if (*begin >= *end)
		*begin = *end = 0;
}

/* A line is an address of 16 digits, a blank, a letter, a blank and a name. False: it is of a
 * module, whose names stand behind. */
static bool take_line(struct wait_kernel *k, char *line)
{
	char *name;
	uint64_t address = strtoull(line, &name, 16);

	if (strlen(name) < 4)
		return true;
	name += 3;
	if (strchr(name, '['))
		return false;
	end_at(k->softirq_begin, &k->softirq_end, address);
	end_at(k->syscall_begin, &k->syscall_end, address);
	take_symbol(k, address, name);
	return true;
}

/* Returns the bytes used, or 0: those of modules begin. */
static size_t take_lines(struct wait_kernel *k, char *text, size_t len)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', (size_t)(text + len - line)))) {
		*end = 0;
		if (!take_line(k, line))
			return 0;
		line = end + 1;
	}
	return (size_t)(line - text);
}

/* Symbols of the kernel come sorted. There are some 200,000 of them: no line is read by
 * itself. */
static void read_symbols(struct wait_kernel *k)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	char text[16384];
	size_t have = 0, used;
	ssize_t len;

	while (fd >= 0 && (len = read(fd, text + have, sizeof(text) - have)) > 0) {
		have += (size_t)len;
		used = take_lines(k, text, have);
		if (!used)
			break;
		have -= used;
		memmove(text, text + used, have);
	}
	if (fd >= 0)
		close(fd);
	empty_if_odd(&k->irq_begin, &k->irq_end);
	empty_if_odd(&k->softirq_begin, &k->softirq_end);
	empty_if_odd(&k->syscall_begin, &k->syscall_end);
}

#define NESTED_MAX 4 /* structures without a name */

/* The bytes before a member, also one of nested structures without a name; -1: there is none. */
static int32_t member_at(const struct btf *btf, uint32_t id, const char *name, int depth)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	int32_t at = -1;

	if (!t || !btf_is_composite(t) || depth > NESTED_MAX)
		return -1;
	for (uint32_t i = 0; i < btf_vlen(t) && at < 0; i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *member = btf__name_by_offset(btf, m->name_off);

		if (member && !strcmp(member, name))
			at = 0;
		else if (!member || !*member)
			at = member_at(btf, m->type, name, depth + 1);
		if (at >= 0)
			at += (int32_t)(btf_member_bit_offset(t, i) / 8);
	}
	return at;
}

static void find_count(struct wait_kernel *k, const struct btf *btf)
{
	int32_t var = btf__find_by_name_kind(btf, "__preempt_count", BTF_KIND_VAR);
	int32_t hot = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_STRUCT), at = 0;

	if (var <= 0 && hot > 0) {
		var = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_VAR);
		at = member_at(btf, (uint32_t)hot, "preempt_count", 0);
	}
	if (var <= 0 || at < 0)
		return;
	k->count_id = (uint32_t)var;
	k->count_at = (uint32_t)at;
}

bool wait_kernel_has_storage(const struct btf *btf)
{
	return can_allocate() && has_member(btf, "task_struct", "bpf_storage");
}

void wait_kernel_probe(struct wait_kernel *out)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct wait_kernel k = { 0 };
	bool has_function = false;

	if (btf) {
		k.has_exit = has_typedef(btf, "btf_trace_sched_exit_tp");
		k.has_state = tracepoint_argument_cnt(btf, "sched_switch") >= 4;
		k.has_storage = wait_kernel_has_storage(btf);
		k.can_copy = has_value(btf, "bpf_func_id", "BPF_FUNC_copy_from_user_task");
		find_count(&k, btf);
		has_function = btf__find_by_name_kind(btf, FINISH, BTF_KIND_FUNC) > 0;
	}
	btf__free(btf);
	read_symbols(&k);
	k.has_count &= k.count_id != 0; /* programs find it by both */
	k.can_enter = has_function && !strcmp(k.finish, FINISH);
	*out = k;
}
