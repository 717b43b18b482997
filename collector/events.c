#include "collector/events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collector/latency_programs.h"
#include "collector/latency_rows.h"
#include "collector/wait_hooks.h"

/*
 * Perf's own names are used throughout, so that what works after `perf record -e`
 * works here; the shorter ones that perf also takes are in `aliases`.
 */

#define SOFTWARE(event) .perf_type = PERF_TYPE_SOFTWARE, .perf_config = PERF_COUNT_SW_##event
#define HARDWARE(event) .perf_type = PERF_TYPE_HARDWARE, .perf_config = PERF_COUNT_HW_##event
#define CACHE(cache, operation, result)                                                            \
	.perf_type = PERF_TYPE_HW_CACHE,                                                           \
	.perf_config = PERF_COUNT_HW_CACHE_##cache | (PERF_COUNT_HW_CACHE_OP_##operation << 8) |   \
		       (PERF_COUNT_HW_CACHE_RESULT_##result << 16)

#define COUNTED .source = EVENT_SOURCE_PERF, .kind = TRACE_EVENT_SAMPLE, .unit = TRACE_UNIT_EVENTS

/* A stack takes about a microsecond. */
#define COST_RATE "99 stacks/s a CPU"
#define COST_EACH "a stack each time"

/* The four ways to draw one recording; which one only says what is taken beside the stacks of
 * who waits. */
#define WAITS .source = EVENT_SOURCE_SCHED, .kind = TRACE_EVENT_WAIT, .unit = TRACE_UNIT_NS
#define COST_WAIT "1 % at most"

/* Each event is counted where it ends; beside it, about a thousand a second are kept. */
#define LATENCY .source = EVENT_SOURCE_LATENCY, .kind = TRACE_EVENT_LATENCY, .unit = TRACE_UNIT_NS
#define COST_COUNT(ns) ns " an event"

static const struct event_row rows[] = {
	{ "cpu", EVENT_SOURCE_CPU, TRACE_EVENT_SAMPLE, TRACE_UNIT_SAMPLES,
	  .measures = "time on a CPU", .cost = COST_RATE },

	{ "offcpu", WAITS, .measures = "time off CPU: what threads wait in", .cost = COST_WAIT },
	{ "wakeup", WAITS, .measures = "the same time, by who ended the waits", .cost = COST_WAIT },
	{ "offwake", WAITS, .measures = "what threads wait in, and who ended it",
	  .cost = COST_WAIT },
	{ "chain", WAITS, .measures = "and who had ended the wait of whoever did, up to 8 times",
	  .cost = COST_WAIT },

	{ "block", LATENCY, .cost = COST_COUNT("0.5 us"),
	  .measures = "I/O of block devices: queued, in the device, and bytes" },
	{ "runq", LATENCY, .cost = COST_COUNT("0.5 us"),
	  .measures = "how long threads that could run wait for a CPU" },
	{ "file", LATENCY, .cost = COST_COUNT("0.5 us"),
	  .measures = "read, write, open and fsync, by file system" },
	{ "syscall", LATENCY, .cost = COST_COUNT("0.4 us"),
	  .measures = "system calls, from entry to return" },
	{ "dns", LATENCY, .cost = COST_COUNT("8 us"),
	  .measures = "look-ups of host names, by host" },
	{ "tcp", LATENCY, .cost = COST_COUNT("1 us"),
	  .measures = "TCP: connects, lives of connections, their bytes, retransmits" },
	{ "exec", LATENCY, .cost = COST_COUNT("9 us"),
	  .measures = "programs that are started, with their paths" },
	{ "open", LATENCY, .cost = COST_COUNT("2 us"),
	  .measures = "files that are opened, with their paths" },

	{ "cpu-clock", EVENT_SOURCE_PERF, TRACE_EVENT_SAMPLE, TRACE_UNIT_SAMPLES,
	  SOFTWARE(CPU_CLOCK), .measures = "time on a CPU, by its timer", .cost = COST_RATE },
	{ "page-faults", COUNTED, SOFTWARE(PAGE_FAULTS), .measures = "page faults of both kinds",
	  .cost = COST_EACH },
	{ "minor-faults", COUNTED, SOFTWARE(PAGE_FAULTS_MIN),
	  .measures = "page faults served from memory", .cost = COST_EACH },
	{ "major-faults", COUNTED, SOFTWARE(PAGE_FAULTS_MAJ),
	  .measures = "page faults that had to read a device", .cost = COST_EACH },
	{ "context-switches", COUNTED, SOFTWARE(CONTEXT_SWITCHES),
	  .measures = "switches to another thread", .cost = COST_EACH },
	{ "cpu-migrations", COUNTED, SOFTWARE(CPU_MIGRATIONS),
	  .measures = "threads moved to another CPU", .cost = COST_EACH },
	{ "alignment-faults", COUNTED, SOFTWARE(ALIGNMENT_FAULTS),
	  .measures = "unaligned accesses that the kernel mended", .cost = COST_EACH },
	{ "emulation-faults", COUNTED, SOFTWARE(EMULATION_FAULTS),
	  .measures = "instructions that the kernel emulated", .cost = COST_EACH },

	{ "cycles", COUNTED, HARDWARE(CPU_CYCLES), .measures = "CPU cycles", .cost = COST_RATE },
	{ "ref-cycles", COUNTED, HARDWARE(REF_CPU_CYCLES),
	  .measures = "CPU cycles at a constant rate", .cost = COST_RATE },
	{ "bus-cycles", COUNTED, HARDWARE(BUS_CYCLES), .measures = "bus cycles",
	  .cost = COST_RATE },
	{ "instructions", COUNTED, HARDWARE(INSTRUCTIONS), .measures = "instructions retired",
	  .cost = COST_RATE },
	{ "branches", COUNTED, HARDWARE(BRANCH_INSTRUCTIONS), .measures = "branches retired",
	  .cost = COST_RATE },
	{ "branch-misses", COUNTED, HARDWARE(BRANCH_MISSES), .measures = "branches mispredicted",
	  .cost = COST_RATE },
	{ "cache-references", COUNTED, HARDWARE(CACHE_REFERENCES),
	  .measures = "accesses to the last-level cache", .cost = COST_RATE },
	{ "cache-misses", COUNTED, HARDWARE(CACHE_MISSES),
	  .measures = "accesses that missed the last-level cache", .cost = COST_RATE },
	{ "stalled-cycles-frontend", COUNTED, HARDWARE(STALLED_CYCLES_FRONTEND),
	  .measures = "cycles without an instruction to start", .cost = COST_RATE },
	{ "stalled-cycles-backend", COUNTED, HARDWARE(STALLED_CYCLES_BACKEND),
	  .measures = "cycles without room to start one", .cost = COST_RATE },

	{ "L1-dcache-loads", COUNTED, CACHE(L1D, READ, ACCESS),
	  .measures = "loads from the first-level data cache", .cost = COST_RATE },
	{ "L1-dcache-load-misses", COUNTED, CACHE(L1D, READ, MISS),
	  .measures = "loads that missed it", .cost = COST_RATE },
	{ "L1-icache-load-misses", COUNTED, CACHE(L1I, READ, MISS),
	  .measures = "instruction fetches that missed the first-level cache", .cost = COST_RATE },
	{ "LLC-loads", COUNTED, CACHE(LL, READ, ACCESS),
	  .measures = "loads from the last-level cache", .cost = COST_RATE },
	{ "LLC-load-misses", COUNTED, CACHE(LL, READ, MISS), .measures = "loads that missed it",
	  .cost = COST_RATE },
	{ "LLC-stores", COUNTED, CACHE(LL, WRITE, ACCESS),
	  .measures = "stores to the last-level cache", .cost = COST_RATE },
	{ "LLC-store-misses", COUNTED, CACHE(LL, WRITE, MISS), .measures = "stores that missed it",
	  .cost = COST_RATE },
	{ "dTLB-loads", COUNTED, CACHE(DTLB, READ, ACCESS),
	  .measures = "data address translations for loads", .cost = COST_RATE },
	{ "dTLB-load-misses", COUNTED, CACHE(DTLB, READ, MISS),
	  .measures = "those that missed the data TLB", .cost = COST_RATE },
	{ "dTLB-stores", COUNTED, CACHE(DTLB, WRITE, ACCESS),
	  .measures = "data address translations for stores", .cost = COST_RATE },
	{ "dTLB-store-misses", COUNTED, CACHE(DTLB, WRITE, MISS),
	  .measures = "those that missed the data TLB", .cost = COST_RATE },
	{ "iTLB-loads", COUNTED, CACHE(ITLB, READ, ACCESS),
	  .measures = "instruction address translations", .cost = COST_RATE },
	{ "iTLB-load-misses", COUNTED, CACHE(ITLB, READ, MISS),
	  .measures = "those that missed the instruction TLB", .cost = COST_RATE },
};

#define ROW_CNT (sizeof(rows) / sizeof(rows[0]))

static const struct {
	const char *alias;
	const char *name;
} aliases[] = {
	{ "faults", "page-faults" },
	{ "cs", "context-switches" },
	{ "migrations", "cpu-migrations" },
	{ "cpu-cycles", "cycles" },
	{ "branch-instructions", "branches" },
	{ "idle-cycles-frontend", "stalled-cycles-frontend" },
	{ "idle-cycles-backend", "stalled-cycles-backend" },
};

size_t event_row_cnt(void)
{
	return ROW_CNT;
}

const struct event_row *event_row_at(size_t index)
{
	return index < ROW_CNT ? &rows[index] : NULL;
}

static const char *without_alias(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(name, aliases[i].alias))
			return aliases[i].name;
	return name;
}

/* What makes an event that is recorded with others only; NULL: nothing does. */
static const char *comes_with(const char *name)
{
	const struct latency_row *row;

	for (size_t i = 0; (row = latency_row_at(i)); i++)
		if (!strcmp(name, row->name))
			return row->source;
	return strcmp(name, "tcp-retransmit") ? NULL : latency_source_tcp.name;
}

const struct event_row *event_row_find(const char *name, struct err *err)
{
	const char *wanted = without_alias(name);
	const char *names[ROW_CNT];
	const char *nearest;

	for (size_t i = 0; i < ROW_CNT; i++) {
		if (!strcmp(wanted, rows[i].name))
			return &rows[i];
		names[i] = rows[i].name;
	}
	nearest = options_nearest(wanted, names, ROW_CNT);
	if (comes_with(name))
		err_set(err, -EINVAL, "\"%s\" is not recorded by itself; -e %s brings it", name,
			comes_with(name));
	else if (nearest)
		err_set(err, -EINVAL,
			"no event \"%s\"; did you mean \"%s\"? `profile list` shows all of them",
			name, nearest);
	else
		err_set(err, -EINVAL, "no event \"%s\"; `profile list` shows those there are",
			name);
	return NULL;
}

int event_rows_choose(const struct text_list *names, const struct event_row **out, uint32_t max,
		      uint32_t *out_cnt, struct err *err)
{
	uint32_t cnt = 0;

	for (size_t i = 0; i < names->cnt; i++) {
		const struct event_row *row = event_row_find(names->v[i], err);
		uint32_t at = 0;

		if (!row) {
			err_prefix(err, "-e");
			return -EINVAL;
		}
		while (at < cnt && out[at] != row)
			at++;
		if (at == max)
			return err_set(err, -EINVAL, "-e: at most %u events in one recording", max);
		out[at] = row;
		if (at == cnt)
			cnt++;
	}
	*out_cnt = cnt;
	return 0;
}

enum wait_way event_rows_part(const struct event_row **rows_chosen, uint32_t *cnt)
{
	enum wait_way widest = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < *cnt; i++) {
		const struct event_row *row = rows_chosen[i];

		if (row->source != EVENT_SOURCE_SCHED)
			rows_chosen[kept++] = row;
		else if (wait_way_find(row->name) > widest)
			widest = wait_way_find(row->name);
	}
	*cnt = kept;
	return widest;
}

/* Opens a sampling event on the CPU we run on, disabled, and closes it again: 0 or -errno. */
static int try_open(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = type,
		.config = config,
		.sample_period = 1000003,
		.disabled = 1,
	};
	int cpu = sched_getcpu();
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu < 0 ? 0 : cpu, -1,
			      PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int say_why_not(const struct event_row *row, int code, struct err *err)
{
	switch (-code) {
	case ENOSYS:
		return err_set(err, code, "the kernel was built without CONFIG_PERF_EVENTS");
	case EACCES:
	case EPERM:
		return err_set(err, code, "not permitted; needs CAP_PERFMON (`profile doctor`)");
	case EBUSY:
		return err_set(err, code, "the counter is in use by somebody else");
	case ENOENT:
	case ENODEV:
	case EINVAL:
	case EOPNOTSUPP:
		if (row->perf_type == PERF_TYPE_SOFTWARE)
			return err_set(err, code, "this kernel does not have it");
		return err_set(err, code,
			       "no such hardware counter is visible here "
			       "(virtual machines often hide them)");
	}
	return err_set(err, code, "perf_event_open: %s", strerror(-code));
}

int event_row_probe(const struct event_row *row, const char **out_attr_source, struct err *err)
{
	const char *source = row->name;
	int code;

	if (row->source == EVENT_SOURCE_SCHED)
		return wait_hooks_probe(wait_way_find(row->name), out_attr_source, err);
	if (row->source == EVENT_SOURCE_LATENCY)
		return latency_source_find(row->name)->probe(out_attr_source, err);
	if (row->source == EVENT_SOURCE_CPU) {
		source = "cycles";
		code = try_open(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
		if (code) {
			source = "cpu-clock";
			code = try_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
		}
	} else {
		code = try_open(row->perf_type, row->perf_config);
	}
	if (code)
		return say_why_not(row, code, err);
	if (out_attr_source)
		*out_attr_source = source;
	return 0;
}
