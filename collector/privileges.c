#include "collector/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"

/*
 * capget and capset are called directly: libcap would be one more library for
 * two calls of ten lines.
 */

#define PARANOID_MAX 64
#define BIT(capability) (1ull << (capability))

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

static const struct {
	int capability;
	const char *name;
} names[] = {
	{ CAP_BPF, "bpf" },
	{ CAP_PERFMON, "perfmon" },
	{ CAP_SYS_PTRACE, "sys_ptrace" },
	{ CAP_SYSLOG, "syslog" },
	{ CAP_DAC_READ_SEARCH, "dac_read_search" },
	{ CAP_SYS_ADMIN, "sys_admin" },
};

#define NAME_CNT (sizeof(names) / sizeof(names[0]))

uint64_t privileges_needed(void)
{
	return BIT(CAP_BPF) | BIT(CAP_PERFMON);
}

/* Mappings and files of others' processes, kernel symbols. */
uint64_t privileges_useful(void)
{
	return BIT(CAP_SYS_PTRACE) | BIT(CAP_SYSLOG) | BIT(CAP_DAC_READ_SEARCH);
}

static int cap_get(struct __user_cap_data_struct out[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, out) < 0 ? -errno : 0;
}

static int cap_set(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		set[i].effective = (uint32_t)(effective >> (32 * i));
		set[i].permitted = (uint32_t)(permitted >> (32 * i));
	}
	return syscall(SYS_capset, &header, set) < 0 ? -errno : 0;
}

uint64_t privileges_held(void)
{
	struct __user_cap_data_struct set[2] = { 0 };

	if (cap_get(set) < 0)
		return 0;
	return set[0].effective | (uint64_t)set[1].effective << 32;
}

char *privileges_text(uint64_t capabilities, const char *last_and)
{
	struct buf b = { 0 };
	char *text;

	for (size_t i = 0; i < NAME_CNT; i++) {
		uint64_t bit = BIT(names[i].capability);
		const char *c = names[i].name;

		if (!(capabilities & bit))
			continue;
		capabilities &= ~bit;
		if (b.len)
			buf_puts(&b, capabilities ? ", " : last_and);
		buf_puts(&b, "CAP_");
		for (; *c; c++)
			buf_u8(&b, *c == '_' ? '_' : (uint8_t)(*c - 'a' + 'A'));
	}
	text = mem_dup(buf_text(&b), b.len);
	buf_release(&b);
	return text;
}

char *privileges_setcap_text(uint64_t capabilities)
{
	struct buf b = { 0 };
	char *text;

	for (size_t i = 0; i < NAME_CNT; i++)
		if (capabilities & BIT(names[i].capability))
			buf_printf(&b, "%scap_%s", b.len ? "," : "", names[i].name);
	buf_puts(&b, "+ep");
	text = mem_dup(buf_text(&b), b.len);
	buf_release(&b);
	return text;
}

static bool events_need_admin(void)
{
	char *text;
	bool above;

	if (io_read_text("/proc/sys/kernel/perf_event_paranoid", PARANOID_MAX, &text, NULL, NULL))
		return false;
	above = strtol(text, NULL, 10) > 2;
	free(text);
	return above;
}

/*
 * What polling still needs: opening events on a CPU that comes back, with room for
 * their rings (IPC_LOCK); map calls on kernels that ask for BPF with each of them;
 * mappings, files and kernel symbols of processes that start later. Kernels that do not
 * know CHECKPOINT_RESTORE (before 5.9) ask for SYS_ADMIN where others ask for less, and so
 * do those of Debian and Ubuntu for opening an event, at their levels of paranoia above 2.
 */
static uint64_t kept(bool may_signal)
{
	uint64_t set = privileges_needed() | privileges_useful() | BIT(CAP_IPC_LOCK);

	if (prctl(PR_CAPBSET_READ, CAP_CHECKPOINT_RESTORE) < 0)
		set |= BIT(CAP_SYS_ADMIN);
	else
		set |= BIT(CAP_CHECKPOINT_RESTORE);
	if (events_need_admin())
		set |= BIT(CAP_SYS_ADMIN);
	if (may_signal)
		set |= BIT(CAP_KILL);
	return set;
}

/* Without SETPCAP the bounding set stays; no_new_privs then does the same work. */
static void drop_bounding(void)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		prctl(PR_CAPBSET_DROP, capability);
}

int privileges_drop(bool may_signal, struct err *err)
{
	struct __user_cap_data_struct set[2] = { 0 };
	uint64_t permitted;
	int rc = cap_get(set);

	if (rc)
		return err_set(err, rc, "capget: %s", strerror(-rc));
	permitted = (set[0].permitted | (uint64_t)set[1].permitted << 32) & kept(may_signal);
	drop_bounding();
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	rc = cap_set(permitted, permitted);
	if (rc)
		return err_set(err, rc, "cannot give up capabilities: %s", strerror(-rc));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(err, -errno, "cannot give up privileges: %s", strerror(errno));
	return 0;
}
